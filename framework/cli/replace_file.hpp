#pragma once
#include <string>

#include "report/export.hpp"

namespace iodyno::host {

/// Writes a text to a file. Who reads the file meanwhile, as Prometheus does, finds the old one or
/// the new one. A link stays a link, and a file as open to others as it was. What is no file, as
/// /dev/stdout, is written to.
void replace_file(const std::string& path, const std::string& text);

/// A mistake where the file to be written is one that was read, or of the same set: what is in it
/// would be lost.
int refuse_to_replace(const std::string& path, const ExportedRuns&);

}  // namespace iodyno::host
