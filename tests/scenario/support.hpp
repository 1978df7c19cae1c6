// What the tests of this stage share: reading files, parsing scenarios, diagnostics as text.
#pragma once
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "scenario/scenario.hpp"

namespace iodyno::host {

inline std::string read_text(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  EXPECT_TRUE(in) << file;
  return {std::istreambuf_iterator<char>(in), {}};
}

/// The `.yaml` files of a directory, sorted.
inline std::vector<std::filesystem::path> scenario_files(const std::filesystem::path& directory) {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(directory))
    if (entry.path().extension() == ".yaml") files.push_back(entry.path());
  std::ranges::sort(files);
  return files;
}

/// As on stderr, without `FILE:` and `error: `; what has no line in the file begins with its
/// source.
inline std::string text_of(const Diagnostic& d, const std::string& file) {
  auto text = to_text(d);
  if (text.starts_with(file + ":")) text.erase(0, file.size() + 1);
  text.erase(text.find("error: "), 7);
  return text;
}

inline std::vector<std::string> mistakes_in(const std::string& text,
                                            const Overrides& overrides = {}) {
  Diagnostics mistakes;
  const auto scenario = parse_scenario(text, "test.yaml", overrides, mistakes);
  EXPECT_EQ(scenario.has_value(), mistakes.empty());
  std::vector<std::string> texts;
  for (const auto& mistake : mistakes) texts.push_back(text_of(mistake, "test.yaml"));
  return texts;
}

/// A scenario that must be right.
inline Scenario parse(const std::string& text, const Overrides& overrides = {}) {
  Diagnostics mistakes;
  auto scenario = parse_scenario(text, "test.yaml", overrides, mistakes);
  for (const auto& mistake : mistakes) ADD_FAILURE() << to_text(mistake) << "\nin\n" << text;
  return scenario.value_or(Scenario{});
}

using Texts = std::vector<std::string>;

}  // namespace iodyno::host
