// The manual page and the completions say what --help says: each command, option and choice.
#include <regex>
#include <set>

#include "cli/fixture.hpp"

namespace iodyno::test {
namespace {

/// What begins the lines of a help that tell of something.
std::set<std::string> named_in(const std::string& help, const char* pattern) {
  const std::regex line(pattern);
  std::set<std::string> all;
  for (std::sregex_iterator at(help.begin(), help.end(), line), end; at != end; ++at)
    all.insert((*at)[1]);
  return all;
}

class Generate : public Cli {
 protected:
  std::string generated(const std::string& what) const {
    const auto ended = iodyno({"generate", what});
    EXPECT_EQ(ended.status, 0);
    EXPECT_EQ(ended.err, "");
    return ended.out;
  }
  /// The commands, each with its options.
  std::map<std::string, std::set<std::string>> commands() const {
    std::map<std::string, std::set<std::string>> all;
    const auto help = iodyno({"--help"}).out;
    for (const auto& name : named_in(help.substr(help.find("Subcommands:")), R"(\n  ([a-z-]+) )"))
      all[name] = named_in(iodyno({name, "--help"}).out, R"(\n  (?:-h,)?(--[a-z-]+))");
    return all;
  }
};

/// The part of a text between two marks.
std::string part(const std::string& text, const std::string& from, const std::string& to) {
  const auto begin = text.find(from);
  if (begin == text.npos) return {};
  return text.substr(begin, text.find(to, begin + from.size()) - begin);
}

std::string without_backslashes(std::string text) {
  std::erase(text, '\\');
  return text;
}

TEST_F(Generate, TheManualPageHasEachCommandWithItsOptions) {
  const auto page = without_backslashes(generated("man"));
  const auto all = commands();
  EXPECT_GT(all.size(), 10u);
  for (const auto& [name, options] : all) {
    const auto section = part(page, ".SS fBiodyno " + name + "fR", "\n.S");
    EXPECT_NE(section, "") << name;
    for (const auto& option : options)
      EXPECT_TRUE(option == "--help" || contains(section, "fB" + option + "fR")) << name;
  }
  EXPECT_TRUE(contains(page, "IODYNO_BACKEND_PATH"));
  EXPECT_EQ(page.find(".SS fBiodyno worker"), page.npos) << "it is for the program alone";
}

TEST_F(Generate, CompletionsHaveEachCommandWithItsOptions) {
  const auto bash = generated("bash"), zsh = generated("zsh"), fish = generated("fish");
  for (const auto& [name, options] : commands()) {
    const auto in_bash = part(bash, "\n    " + name + ")", "esac");
    const auto in_zsh = part(zsh, "\n    " + name + ")", " ;;");
    EXPECT_TRUE(contains(fish, " -a " + name + " "));
    for (const auto& option : options) {
      EXPECT_TRUE(contains(in_bash, option)) << name;
      EXPECT_TRUE(contains(in_zsh, "'" + option + "'") || contains(in_zsh, "'*" + option + "'"))
          << name << " " << option;
      EXPECT_TRUE(
          contains(fish, "__fish_seen_subcommand_from " + name + "' -l " + option.substr(2) + " "));
    }
  }
  for (const auto* text : {&bash, &zsh, &fish})
    EXPECT_TRUE(contains(*text, "openmetrics") && contains(*text, "c++ c rust"));
}

TEST_F(Generate, BashTakesItsCompletion) {
  write_text(work() / "completion", generated("bash"));
  const auto checked = run({"bash", "-n", (work() / "completion").string()}, here());
  EXPECT_EQ(checked.status, 0) << checked.err;
}

}  // namespace
}  // namespace iodyno::test
