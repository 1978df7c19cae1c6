// Which files are backends, and what is said of those that are not.
#include "trial/plugin.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <variant>

#include "support/scratch.hpp"

namespace iodyno::host {
namespace {

using test::contains;

std::string refusal(const std::string& file) {
  return test::thrown_by<NotABackend>([&] { Plugin{file}; });
}

TEST(PluginFile, IsThereAndAFile) {
  const test::TempDir dir;
  const auto missing = (dir / "libiodyno-x.so").string();
  EXPECT_EQ(refusal(missing), missing + ": there is no such file");
  EXPECT_EQ(refusal(dir.path()), dir.path().string() + ": not a file");
  std::filesystem::create_symlink("nowhere", dir / "dangling");
  EXPECT_TRUE(contains(refusal(dir / "dangling"), "there is no such file"));
}

TEST(PluginFile, IsASharedLibraryWithTheEntry) {
  const test::TempDir dir;
  for (const std::string text : {"", "#!/bin/sh\necho no\n",
                                 "\x7f"
                                 "ELF but no more"}) {
    test::write_text(dir / "file.so", text);
    const auto said = refusal(dir / "file.so");
    EXPECT_TRUE(contains(said, "file.so: not a shared library that can be loaded here: "));
    EXPECT_FALSE(said.ends_with(": ")) << said;
  }
  EXPECT_TRUE(contains(refusal(NO_ENTRY_LIBRARY),
                       "a shared library, but it exports no iodyno_backend_entry"));
}

/// Sets how the descriptor of `malformed` is wrong.
/// As root, what others could have written is not run.
TEST(PluginFile, IsOfSomebodyWhomRootMayTrust) {
  if (geteuid() != 0) GTEST_SKIP() << "owner and mode count for root";
  const test::TempDir dir;
  const auto file = (dir / "libiodyno-null.so").string();
  std::filesystem::copy_file(NULL_PLUGIN, file);
  const auto why = [&] { return test::thrown_by([&] { Plugin{file}; }); };
  ASSERT_EQ(chmod(file.c_str(), 0666), 0);
  EXPECT_TRUE(contains(why(), file + ": everybody may write to it, so root does not load it"));
  ASSERT_EQ(chmod(file.c_str(), 0644), 0);
  struct stat program;
  ASSERT_EQ(stat("/proc/self/exe", &program), 0);
  const auto other = program.st_uid + 12345;
  if (chown(file.c_str(), other, gid_t(-1)) != 0) GTEST_SKIP() << "chown: " << strerror(errno);
  unsetenv("SUDO_UID");
  EXPECT_TRUE(contains(why(), file + ": it belongs to user " + std::to_string(other)));
  setenv("SUDO_UID", std::to_string(other).c_str(), 1);
  EXPECT_EQ(why(), "");
  unsetenv("SUDO_UID");
  EXPECT_TRUE(contains(why(), "so root does not load it"));
  ASSERT_EQ(chown(file.c_str(), program.st_uid, gid_t(-1)), 0);
  EXPECT_EQ(why(), "");
}

class Flaw {
 public:
  explicit Flaw(const char* flaw) { setenv("IODYNO_TEST_FLAW", flaw, 1); }
  ~Flaw() { unsetenv("IODYNO_TEST_FLAW"); }
};

struct Wrong {
  const char* flaw;
  const char* said;
};
class Malformed : public testing::TestWithParam<Wrong> {};

TEST_P(Malformed, IsRefusedInItsOwnWords) {
  const Flaw flaw(GetParam().flaw);
  const auto said = refusal(MALFORMED_PLUGIN);
  EXPECT_TRUE(said.starts_with(std::string(MALFORMED_PLUGIN) + ": ")) << said;
  EXPECT_TRUE(contains(said, GetParam().said));
}

INSTANTIATE_TEST_SUITE_P(
    Descriptor, Malformed,
    testing::Values(
        Wrong{"null entry", "iodyno_backend_entry returned nothing"},
        Wrong{"other major", "made for version 2 of the backend ABI; this host has version 1"},
        Wrong{"short", "its descriptor has 88 bytes, at least 96 are needed"},
        Wrong{"no name", "its descriptor has no name"},
        Wrong{"empty name", "its descriptor has no name"},
        Wrong{"bad name", "its name \"a/b\" may have only letters, digits, and _ . -"},
        Wrong{"no version", "its descriptor has no version"},
        Wrong{"no summary", "its descriptor has no summary"},
        Wrong{"no open", "its descriptor lacks open, run or close"},
        Wrong{"no run", "its descriptor lacks open, run or close"},
        Wrong{"no close", "its descriptor lacks open, run or close"},
        Wrong{"no open_files", "has block operations, but no open_files"},
        Wrong{"no table", "its option table is broken"},
        Wrong{"short rows", "its option table is broken"},
        Wrong{"odd rows", "its option table is broken"},
        Wrong{"no option name", "no name for one of its options"},
        Wrong{"no option doc", "no doc for its option number"},
        Wrong{"unknown type", "its option number has a type that this host does not know"},
        Wrong{"duplicate", "has two options named number"},
        Wrong{"above range", "its option number has a default outside its range"},
        Wrong{"below range", "its option number has a default outside its range"},
        Wrong{"real above range", "its option real has a default outside its range"},
        Wrong{"not finite", "its option real has a default that is not finite"},
        Wrong{"not a bool", "its option flag has a default that is neither 0 nor 1"},
        Wrong{"no text", "its option text has no default"},
        Wrong{"no choices", "its option choice has no choices"},
        Wrong{"empty choices", "its option choice has no choices"},
        Wrong{"no such choice", "its option choice has no such default"},
        Wrong{"negative choice", "its option choice has no such default"},
        Wrong{"negative size", "its option size has a negative default or least value"},
        Wrong{"negative time", "its option time has a negative default or least value"}),
    [](const auto& instance) {
      std::string name = instance.param.flaw;
      std::ranges::replace(name, ' ', '_');
      return name;
    });

void expect_sound_options(const BackendDescription& d) {
  ASSERT_EQ(d.options.size(), 7u);
  EXPECT_EQ(std::get<std::int64_t>(d.options[0].fallback), 1);
  EXPECT_EQ(d.options[1].name, "number");
  EXPECT_EQ(d.options[1].doc, "A number.");
  EXPECT_EQ(std::get<std::int64_t>(d.options[1].fallback), 5);
  EXPECT_EQ(std::get<std::int64_t>(d.options[1].min), -1);
  EXPECT_EQ(std::get<std::int64_t>(d.options[1].max), 9);
  EXPECT_TRUE(d.options[1].bounded);
  EXPECT_EQ(std::get<double>(d.options[2].fallback), 0.5);
  EXPECT_EQ(std::get<std::string>(d.options[3].fallback), "some");
  EXPECT_EQ(d.options[4].choices, (std::vector<std::string>{"one", "two"}));
  EXPECT_FALSE(d.options[5].bounded);
  EXPECT_EQ(d.options[6].type, std::uint32_t{IODYNO_TIME});
  EXPECT_EQ(std::get<std::int64_t>(d.options[6].fallback), 7);
}

TEST(Plugin, ReadsOptionRowsByTheStrideOfThePlugin) {
  const Flaw flaw("none");
  const Plugin plugin(MALFORMED_PLUGIN);
  EXPECT_EQ(plugin.description().file, MALFORMED_PLUGIN);
  EXPECT_EQ(plugin.description().name, "malformed");
  EXPECT_EQ(plugin.description().version, "0.1");
  EXPECT_EQ(plugin.description().flags, std::uint32_t{IODYNO_DIRECT});
  expect_sound_options(plugin.description());
}

TEST(Plugin, ServesANewerMinorVersion) {
  const Flaw flaw("newer");
  const Plugin plugin(MALFORMED_PLUGIN);
  const auto& d = plugin.description();
  EXPECT_EQ(d.abi_major, IODYNO_ABI_MAJOR);
  EXPECT_EQ(d.abi_minor, IODYNO_ABI_MINOR + 1);
  EXPECT_EQ(d.ops, IODYNO_BIT(IODYNO_OP_READ) | IODYNO_BIT(IODYNO_OP_READ_BLOCK) |
                       IODYNO_BIT(IODYNO_OP_WRITE_BLOCK) | IODYNO_BIT(IODYNO_OP_FSYNC));
  EXPECT_EQ(d.flags, std::uint32_t{IODYNO_DIRECT});
  expect_sound_options(d);
  EXPECT_EQ(plugin.descriptor().open_files(nullptr, nullptr, 0, 0, nullptr), ENOSYS);
}

TEST(Plugin, DescribesTheRealBackends) {
  const auto null = Plugin(NULL_PLUGIN).description();
  EXPECT_EQ(null.name, "null");
  EXPECT_TRUE(null.synthetic());
  EXPECT_EQ(null.ops, IODYNO_BIT(IODYNO_OP_COUNT) - 1);
  ASSERT_EQ(null.options.size(), 1u);
  EXPECT_EQ(null.options[0].name, "latency");
  EXPECT_EQ(describe_range(null.options[0]), "a time from 0 ns to 3600 s");
  EXPECT_EQ(format_option(null.options[0], null.options[0].fallback), "1 us");

  const auto posix = Plugin(POSIX_PLUGIN).description();
  EXPECT_EQ(posix.name, "posix");
  EXPECT_FALSE(posix.synthetic());
  EXPECT_EQ(posix.ops, IODYNO_BIT(IODYNO_OP_COUNT) - 1);
  EXPECT_EQ(posix.abi_major, IODYNO_ABI_MAJOR);
  for (const auto& option : posix.options) {
    EXPECT_FALSE(option.doc.empty());
    EXPECT_NE(format_option(option, option.fallback), "?") << option.name;
  }
}

TEST(Plugin, CanBeLoadedAgain) {
  const Plugin first(NULL_PLUGIN), second(NULL_PLUGIN);
  EXPECT_EQ(first.descriptor().run, second.descriptor().run);
}

}  // namespace
}  // namespace iodyno::host
