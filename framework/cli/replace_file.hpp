#pragma once
#include <string>

namespace iodyno::host {

/// Writes a text to a file. Who reads the file meanwhile, as Prometheus does, finds the old one or
/// the new one. What is no file, as /dev/stdout, is written to.
void replace_file(const std::string& path, const std::string& text);

}  // namespace iodyno::host
