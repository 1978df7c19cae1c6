#pragma once
#include <string>

#include "report/export.hpp"

namespace iodyno::host {

/// Writes a text to a file. Who reads the file meanwhile, as Prometheus does, finds the old one or
/// the new one. What is no file, as /dev/stdout, is written to.
void replace_file(const std::string& path, const std::string& text);

/// A mistake where the file to be written is one that was read: its figures would be lost.
int refuse_to_replace(const std::string& path, const ExportedRuns&);

}  // namespace iodyno::host
