// The command lines in the documents are ones that the program takes: each command that they name,
// with each of its options, is in --help.
#include <regex>
#include <set>

#include "cli/fixture.hpp"

namespace iodyno::test {
namespace {

/// What a text says after `iodyno`, up to the end of the command.
struct Line {
  std::string command;
  std::set<std::string> options;
};

std::vector<Line> lines_in(const std::string& code) {
  static const std::regex start(R"((?:^|[\s/(])iodyno ([a-z][a-z-]*)([^\n|;&]*))");
  static const std::regex option(R"(\s\[?(--[a-z][a-z-]*))");
  std::vector<Line> all;
  for (std::sregex_iterator at(code.begin(), code.end(), start), end; at != end; ++at) {
    Line line{.command = (*at)[1]};
    const std::string rest = (*at)[2];
    for (std::sregex_iterator one(rest.begin(), rest.end(), option); one != end; ++one)
      line.options.insert((*one)[1]);
    all.push_back(line);
  }
  return all;
}

/// The code of a page: its blocks of commands, and what stands in backquotes and begins so.
std::vector<std::string> code_in(const std::string& page) {
  std::vector<std::string> all;
  const auto gather = [&](const std::regex& pattern) {
    for (std::sregex_iterator at(page.begin(), page.end(), pattern), end; at != end; ++at)
      all.push_back(std::regex_replace((*at)[1].str(), std::regex(R"(\\\n)"), " "));
  };
  gather(std::regex(R"(```sh\n([^`]*)```)"));
  gather(std::regex(R"(`(iodyno [^`]+)`)"));
  return all;
}

std::vector<fs::path> pages() {
  const fs::path root = IODYNO_SOURCE;
  std::vector<fs::path> all = {root / "README.md", root / "CHANGELOG.md", root / "CONTRIBUTING.md",
                               root / "results/README.md"};
  for (const auto& entry : fs::recursive_directory_iterator(root / "docs"))
    if (entry.path().extension() == ".md") all.push_back(entry.path());
  return all;
}

class Documents : public Cli {
 protected:
  /// The options of a command; none where there is no such command.
  const std::set<std::string>& options_of(const std::string& command) {
    const auto [at, is_new] = known_.try_emplace(command);
    if (!is_new) return at->second;
    const auto help = iodyno({command, "--help"});
    static const std::regex option(R"(\n  (?:-h,)?(--[a-z-]+))");
    if (help.status == 0)
      for (std::sregex_iterator one(help.out.begin(), help.out.end(), option), end; one != end;
           ++one)
        at->second.insert((*one)[1]);
    return at->second;
  }

 private:
  std::map<std::string, std::set<std::string>> known_;
};

TEST_F(Documents, NameCommandsAndOptionsThatThereAre) {
  std::size_t count = 0;
  for (const auto& page : pages()) {
    for (const auto& code : code_in(read_text(page))) {
      for (const auto& [command, options] : lines_in(code)) {
        const auto& known = options_of(command);
        EXPECT_FALSE(known.empty()) << page << ": iodyno " << command;
        for (const auto& option : options)
          EXPECT_TRUE(known.empty() || known.contains(option))
              << page << ": iodyno " << command << " " << option;
        ++count;
      }
    }
  }
  EXPECT_GT(count, 100u);
}

}  // namespace
}  // namespace iodyno::test
