// Rules that a compiler does not keep: who may include whom, where each library is used, how long
// lines and files are, and that each operation is known everywhere.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <regex>
#include <set>
#include <string>
#include <vector>

#include "scenario/operation.hpp"

namespace iodyno::test {
namespace {

namespace fs = std::filesystem;

// --- The rules

/// What the files of a folder of framework/ may include beside their own folder and the SDK.
const std::map<std::string, std::set<std::string>> kMayInclude = {
    {"scenario", {}},
    {"report", {}},
    {"trial", {"scenario", "report/sample.hpp", "report/histogram.hpp"}},
    {"run",
     {"scenario", "trial", "report/find_results.hpp", "report/format.hpp", "report/gbench.hpp",
      "report/histogram.hpp", "report/results.hpp", "report/sample.hpp", "report/statistics.hpp",
      "report/steal.hpp", "report/text.hpp"}},
    {"check", {"scenario", "trial", "report/gbench.hpp", "run/guard.hpp", "run/signals.hpp"}},
    {"cli", {"scenario", "trial", "run", "report", "check"}},
};

/// How the headers of a third-party library begin, and the files that may name them.
const std::map<std::string, std::set<std::string>> kLibraries = {
    {"yaml-cpp/", {"framework/scenario/yaml.cpp"}},
    {"boost/", {"framework/report/student.cpp", "framework/trial/plugin.cpp"}},
    {"xxhash", {"framework/scenario/hash.cpp"}},
    {"CLI/", {"framework/cli/arguments.cpp"}},
    {"benchmark/", {"framework/report/gbench.cpp"}},
    {"nlohmann/",
     {"framework/cli/check.cpp", "framework/cli/describe.cpp", "framework/cli/doctor.cpp",
      "framework/cli/list.cpp", "framework/cli/plan.cpp", "framework/cli/self_test.cpp",
      "framework/report/compare_json.cpp", "framework/report/export_gbench.cpp",
      "framework/report/export_json.cpp", "framework/report/gbench.cpp",
      "framework/report/history_json.cpp", "framework/report/page_data.cpp",
      "framework/report/reader.cpp", "framework/report/sample.cpp", "framework/run/begun.cpp",
      "framework/scenario/schema.cpp", "framework/trial/message.cpp"}},
    {"fmt/",
     {"framework/cli/against.cpp",
      "framework/cli/check.cpp",
      "framework/cli/compare.cpp",
      "framework/cli/describe.cpp",
      "framework/cli/doctor.cpp",
      "framework/cli/export.cpp",
      "framework/cli/history.cpp",
      "framework/cli/list.cpp",
      "framework/cli/new_backend.cpp",
      "framework/cli/new_scenario.cpp",
      "framework/cli/outcome.cpp",
      "framework/cli/plan.cpp",
      "framework/cli/report.cpp",
      "framework/cli/resume.cpp",
      "framework/cli/run.cpp",
      "framework/cli/self_test.cpp",
      "framework/report/agreement.cpp",
      "framework/report/compare.cpp",
      "framework/report/compare_text.cpp",
      "framework/report/compare_words.cpp",
      "framework/report/conditions.cpp",
      "framework/report/export.cpp",
      "framework/report/export_csv.cpp",
      "framework/report/export_gobench.cpp",
      "framework/report/export_json.cpp",
      "framework/report/export_openmetrics.cpp",
      "framework/report/format.cpp",
      "framework/report/gbench.cpp",
      "framework/report/history.cpp",
      "framework/report/history_text.cpp",
      "framework/report/not_measured.cpp",
      "framework/report/optimization.cpp",
      "framework/report/optimization_document.cpp",
      "framework/report/optimization_words.cpp",
      "framework/report/page.cpp",
      "framework/report/page_overview.cpp",
      "framework/report/page_tables.cpp",
      "framework/report/ranking.cpp",
      "framework/report/reader.cpp",
      "framework/report/results.cpp",
      "framework/report/sample.cpp",
      "framework/report/self_test.cpp",
      "framework/report/table.cpp",
      "framework/report/text.cpp",
      "framework/report/verdict.cpp"}},
    {"liburing", {}},
    {"libaio", {}},
    {"asio", {}},
};

constexpr std::size_t kColumns = 100;
constexpr std::uintmax_t kFileBytes = 20'000;

// --- The tree

struct Source {
  std::string path;  ///< from the root of the tree
  std::vector<std::string> lines;
};

std::string text_of(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> all;
  for (std::size_t begin = 0; begin < text.size();) {
    const auto end = std::min(text.find('\n', begin), text.size());
    all.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return all;
}

bool is_cpp(const std::string& path) {
  return std::ranges::any_of(std::vector{".c", ".h", ".cpp", ".hpp"},
                             [&](const char* end) { return path.ends_with(end); });
}
bool is_header(const std::string& path) { return path.ends_with(".h") || path.ends_with(".hpp"); }

/// All files below some folders of the tree.
const std::vector<Source>& tree() {
  static const auto all = [] {
    const fs::path root = IODYNO_SOURCE;
    std::vector<Source> found;
    for (const char* folder : {"framework", "plugins", "scripts", "tests", "scenarios", ".ci"})
      if (fs::exists(root / folder))
        for (const auto& entry : fs::recursive_directory_iterator(root / folder))
          if (entry.is_regular_file() && !entry.path().string().ends_with(".pyc"))
            found.push_back({entry.path().lexically_relative(root), lines_of(text_of(entry))});
    std::ranges::sort(found, {}, &Source::path);
    return found;
  }();
  return all;
}

std::string first_folder(const std::string& path) { return path.substr(0, path.find('/')); }

/// Calls `look(file, number, line)` for each line of the files whose paths satisfy `which`.
void each_line(auto which, auto look) {
  for (const auto& file : tree())
    if (which(file.path))
      for (std::size_t i = 0; i < file.lines.size(); ++i) look(file, i + 1, file.lines[i]);
}

/// Calls `look(file, where, included)` for each include in framework/ and plugins/.
void each_include(auto look) {
  static const std::regex include(R"(^\s*#\s*include\s*[<"]([^>"]+)[>"])");
  each_line(
      [](const std::string& path) {
        return is_cpp(path) && (path.starts_with("framework/") || path.starts_with("plugins/"));
      },
      [&](const Source& file, std::size_t number, const std::string& line) {
        std::smatch match;
        if (std::regex_search(line, match, include))
          look(file, file.path + ":" + std::to_string(number), match[1].str());
      });
}

bool may_include(const std::string& folder, const std::string& included) {
  const auto& allowed = kMayInclude.at(folder);
  return first_folder(included) == folder || allowed.contains(included) ||
         allowed.contains(first_folder(included));
}

// --- The tests

TEST(Tidy, TheTreeIsFound) { EXPECT_GT(tree().size(), 100u); }

TEST(Tidy, IncludesGoInOneDirection) {
  std::set<std::string> seen;
  each_include([&](const Source& file, const std::string& where, const std::string& included) {
    const bool of_a_stage =
        included.find('/') != included.npos && kMayInclude.contains(first_folder(included));
    const bool in_framework = file.path.starts_with("framework/");
    const auto folder = in_framework ? first_folder(file.path.substr(10)) : "";
    if (kMayInclude.contains(folder)) {
      seen.insert(folder);
      EXPECT_TRUE(!of_a_stage || may_include(folder, included)) << where << ": " << included;
    } else {
      EXPECT_FALSE(of_a_stage) << where << ": the SDK and backends know nothing of the host";
    }
  });
  EXPECT_EQ(seen.size(), kMayInclude.size());
}

TEST(Tidy, EachStageHasItsRule) {
  for (const auto& entry : fs::directory_iterator(fs::path(IODYNO_SOURCE) / "framework")) {
    const auto name = entry.path().filename().string();
    EXPECT_TRUE(!entry.is_directory() || name == "sdk" || name == "cmake" || name == "package" ||
                name == "scaffold" || kMayInclude.contains(name))
        << "framework/" << name;
  }
}

TEST(Tidy, EachLibraryIsUsedWhereTheTableSays) {
  std::map<std::string, std::set<std::string>> used;
  each_include([&](const Source& file, const std::string& where, const std::string& included) {
    if (file.path.starts_with("plugins/")) return;  // a backend may use what it measures
    for (const auto& [library, files] : kLibraries) {
      if (!included.starts_with(library)) continue;
      EXPECT_FALSE(is_header(file.path)) << where << ": " << included << " in a header";
      EXPECT_TRUE(files.contains(file.path)) << where << ": " << included;
      used[library].insert(file.path);
    }
  });
  for (const auto& [library, files] : kLibraries)
    EXPECT_EQ(used[library], files) << "the table names files that do not use " << library;
}

TEST(Tidy, LinesAreShort) {
  each_line(is_cpp, [](const Source& file, std::size_t number, const std::string& line) {
    const auto columns = std::ranges::count_if(
        line, [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; });
    EXPECT_LE(std::size_t(columns), kColumns) << file.path << ":" << number;
  });
}

TEST(Tidy, FilesAreShort) {
  for (const auto& file : tree()) {
    if (!is_cpp(file.path) && !file.path.starts_with("scripts/")) continue;
    EXPECT_LE(fs::file_size(fs::path(IODYNO_SOURCE) / file.path), kFileBytes) << file.path;
  }
}

TEST(Tidy, NoTabsAndNoSpacesAtEnds) {
  const auto written = [](const std::string& path) {
    return is_cpp(path) || path.ends_with("CMakeLists.txt") || path.ends_with(".cmake") ||
           path.starts_with("scripts/");
  };
  each_line(written, [](const Source& file, std::size_t number, const std::string& line) {
    EXPECT_EQ(line.find('\t'), line.npos) << file.path << ":" << number << " has a tab";
    EXPECT_FALSE(line.ends_with(' ') || line.ends_with('\r')) << file.path << ":" << number;
  });
}

TEST(Tidy, NothingIsLeftForLater) {
  static const std::regex later(R"(\b(TODO|FIXME|XXX)\b)");
  each_line([](const std::string& path) { return first_folder(path) != "tests"; },
            [](const Source& file, std::size_t number, const std::string& line) {
              EXPECT_FALSE(std::regex_search(line, later)) << file.path << ":" << number;
            });
}

TEST(Tidy, HeadersAreGuarded) {
  for (const auto& file : tree()) {
    if (!file.path.ends_with(".hpp")) continue;
    EXPECT_NE(std::ranges::find(file.lines, "#pragma once"), file.lines.end()) << file.path;
  }
}

// --- The report's page

TEST(Tidy, ThePageMakesNoMarkupAndNoCodeOfText) {
  static const std::regex maker(
      R"((inner|outer|Adjacent)HTML|document\.write|\beval\b|\bFunction\(|setAttribute\('style)");
  std::size_t lines = 0;
  each_line(
      [](const std::string& path) {
        return path.starts_with("framework/report/page/") && path.ends_with(".js");
      },
      [&](const Source& file, std::size_t number, const std::string& line) {
        ++lines;
        EXPECT_FALSE(std::regex_search(line, maker)) << file.path << ":" << number;
      });
  EXPECT_GT(lines, 100u);
}

// --- Operations

/// The enumerators of the C header, as a scenario writes them: `read_block`.
std::vector<std::string> enumerated() {
  const auto text = text_of(fs::path(IODYNO_SOURCE) / "framework/sdk/include/iodyno/backend.h");
  const auto begin = text.find("IODYNO_OP_");
  const std::regex name(R"(\bIODYNO_OP_([A-Z_]+)\b)");
  std::vector<std::string> all;
  for (std::sregex_iterator at(text.begin() + std::ptrdiff_t(begin), text.end(), name), end;
       at != end; ++at) {
    std::string word = (*at)[1];
    std::ranges::transform(word, word.begin(), [](char c) { return char(std::tolower(c)); });
    if (word == "count") break;  // it comes last
    if (std::ranges::find(all, word) == all.end()) all.push_back(word);
  }
  return all;
}

TEST(Tidy, EachOperationIsInTheTable) {
  std::set<std::string> named;
  for (const auto& row : host::operations()) named.emplace(row.name);
  const auto all = enumerated();
  EXPECT_EQ(all.size(), std::size_t(IODYNO_OP_COUNT));
  EXPECT_EQ(named, std::set<std::string>(all.begin(), all.end()));
}

TEST(Tidy, EachOperationIsInTheSchemaAndInTheDocuments) {
  const fs::path root = IODYNO_SOURCE;
  const auto schema = text_of(root / "scenarios/scenario.schema.json");
  std::string documents;
  for (const auto& entry : fs::directory_iterator(root / "docs"))
    if (entry.path().extension() == ".md") documents += text_of(entry);
  for (const auto& name : enumerated()) {
    EXPECT_NE(schema.find('"' + name + '"'), schema.npos) << name << " is not in the schema";
    EXPECT_NE(documents.find('`' + name + '`'), documents.npos) << name << " is not in docs/";
  }
}

}  // namespace
}  // namespace iodyno::test
