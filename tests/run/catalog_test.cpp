// Where backends and scenarios are looked for.
#include "run/catalog.hpp"

#include <gtest/gtest.h>

#include "support/scratch.hpp"

namespace iodyno::host {
namespace {

namespace fs = std::filesystem;

TEST(Catalog, FindsBackendsInTheOrderOfThePath) {
  const test::TempDir dir;
  for (const std::string name : {"one/libiodyno-a.so", "two/libiodyno-a.so", "two/libiodyno-b.so",
                                 "two/liba.so", "two/libiodyno-.so", "three/libiodyno-c.so"}) {
    fs::create_directories((dir / name).parent_path());
    test::write_text(dir / name, "");
  }
  setenv("IODYNO_BACKEND_PATH", (dir / "three").c_str(), 1);
  const Catalog catalog({(dir / "one").string() + "::" + (dir / "two").string(), "/nonexistent"});
  unsetenv("IODYNO_BACKEND_PATH");
  EXPECT_EQ(catalog.find_backend("a"), dir / "one/libiodyno-a.so");
  EXPECT_EQ(catalog.find_backend("b"), dir / "two/libiodyno-b.so");
  EXPECT_EQ(catalog.find_backend("c"), dir / "three/libiodyno-c.so");
  EXPECT_FALSE(catalog.find_backend("d"));
  EXPECT_FALSE(catalog.find_backend(""));
  std::set<std::string> names;
  for (const auto& found : catalog.backends()) names.insert(found.name);
  EXPECT_TRUE(names.contains("a") && names.contains("b") && names.contains("c"));
  EXPECT_FALSE(names.contains(""));
}

TEST(Catalog, KnowsWhatWasLeftOutOfTheBuildAndWhy) {
  const test::TempDir dir;
  test::write_text(dir / "libiodyno-absent.left-out", "its library was not found\n");
  test::write_text(dir / "libiodyno-stale.left-out", "was built since\n");
  test::write_text(dir / "libiodyno-stale.so", "");
  const Catalog catalog({dir.path()});
  EXPECT_FALSE(catalog.find_backend("absent"));
  EXPECT_EQ(catalog.why_left_out("absent"), "its library was not found");
  EXPECT_FALSE(catalog.why_left_out("stale")) << "what is there counts";
  EXPECT_FALSE(catalog.why_left_out("unknown"));
}

TEST(Catalog, DoesNotSearchWhereEverybodyMayWrite) {
  const test::TempDir dir;
  EXPECT_NO_THROW(Catalog({dir.path()}));
  fs::permissions(dir.path(), fs::perms::all);
  EXPECT_EQ(test::thrown_by([&] { Catalog({dir.path()}); }),
            dir.path().string() +
                ": everybody may write there, so no backend is looked for in it; "
                "`chmod o-w` it, or take it off the search path");
  EXPECT_NE(test::thrown_by([] { Catalog({"/tmp"}); }), "") << "also with the sticky bit";
}

TEST(Catalog, DoesNotSearchTheCurrentDirectoryUnasked) {
  const test::TempDir dir;
  test::write_text(dir / "libiodyno-stranger.so", "");
  const auto here = fs::current_path();
  fs::current_path(dir.path());
  for (const char* path : {"", ":", "::"}) {
    setenv("IODYNO_BACKEND_PATH", path, 1);
    EXPECT_FALSE(Catalog({path}).find_backend("stranger")) << path;
  }
  unsetenv("IODYNO_BACKEND_PATH");
  EXPECT_FALSE(Catalog({}).find_backend("stranger"));
  EXPECT_TRUE(Catalog({"."}).find_backend("stranger")) << "it is asked for";
  fs::current_path(here);
}

TEST(Catalog, TakesANameWithASlashForAFile) {
  const Catalog catalog({});
  EXPECT_EQ(catalog.find_backend("./x/../libmine.so"),
            (fs::current_path() / "libmine.so").string());
  EXPECT_EQ(catalog.find_scenario("dir/s"), "dir/s");
  EXPECT_EQ(catalog.find_scenario("s.yaml"), "s.yaml");
  EXPECT_FALSE(catalog.find_scenario("no-such-scenario"));
}

TEST(ReadFile, GivesAllOfIt) {
  const test::TempDir dir;
  std::string text(200'000, 'x');
  text[100] = 0;
  test::write_text(dir / "file", text);
  EXPECT_TRUE(read_file(dir / "file") == text);
  EXPECT_TRUE(read_file(dir / "file", 100'000) == text.substr(0, 100'000));
  EXPECT_EQ(test::errno_of([&] { read_file(dir / "missing"); }), ENOENT);
  EXPECT_EQ(test::errno_of([&] { read_file(dir.path()); }), EISDIR);
}

}  // namespace
}  // namespace iodyno::host
