// Each backend has a page, and it knows every option.
#include <fstream>
#include <iterator>
#include <sstream>

#include "host.hpp"

namespace sdk_test {
namespace {

class Page : public testing::TestWithParam<std::string> {};

/// The plugin files, one a line.
std::vector<std::string> plugins() {
  std::istringstream list(ALL_PLUGINS);
  std::vector<std::string> files;
  for (std::string file; std::getline(list, file, ':');) files.push_back(file);
  return files;
}

std::string name_of_plugin(const testing::TestParamInfo<std::string>& info) {
  return load(info.param.c_str()).name;
}
INSTANTIATE_TEST_SUITE_P(, Page, testing::ValuesIn(plugins()), name_of_plugin);

TEST_P(Page, HasARowForEveryOptionWithItsChoices) {
  const iodyno_backend& backend = load(GetParam().c_str());
  std::ifstream file(std::string(BACKEND_PAGES "/") + backend.name + ".md");
  const std::string page{std::istreambuf_iterator<char>(file), {}};
  EXPECT_EQ(page.rfind("# " + std::string(backend.name) + "\n", 0), 0u) << "the title";
  EXPECT_NE(page.find("\n## Sources\n"), page.npos);
  for (std::uint32_t i = 0; i < backend.option_count; ++i) {
    const iodyno_option& option = backend.options[i];
    const auto at = page.find("\n| `" + std::string(option.name) + "` | ");
    EXPECT_NE(at, page.npos) << option.name;
    for (auto choice = option.choices; choice != nullptr && *choice != nullptr; ++choice)
      EXPECT_NE(page.find("`" + std::string(*choice) + "`"), page.npos) << *choice;
    EXPECT_TRUE(std::string(option.doc).ends_with('.')) << option.doc;
  }
}

}  // namespace
}  // namespace sdk_test
