// What is wrong with a command line, a scenario, a backend or a target: the status, one clear line
// for each mistake, and nothing made or changed.
#include "cli/fixture.hpp"

namespace iodyno::test {
namespace {

constexpr int kEnvironment = 1, kMistake = 2;
constexpr const char* kSound =
    "scenario: s\ndataset: {files: 3, size: 100 B}\nphases: [{name: read, op: read}]\n"
    "backends: [posix]\n";

class Mistakes : public Cli {
 protected:
  /// Runs it; everything must be as it was.
  Ended refused(const std::vector<std::string>& arguments, const Process::Settings& settings) {
    const auto before = listing(work());
    auto ended = iodyno(arguments, settings);
    EXPECT_EQ(listing(work()), before);
    EXPECT_EQ(ended.out, "");
    return ended;
  }
  Ended refused(const std::vector<std::string>& arguments) { return refused(arguments, here()); }

  /// `run` in the target with one mistake of a person.
  void expect_mistake(std::vector<std::string> arguments, const std::string& message,
                      std::map<std::string, std::string> environment = {}) {
    arguments.insert(arguments.begin(), {"run", "--target", "target"});
    const auto ended = refused(arguments, here(std::move(environment)));
    EXPECT_EQ(ended.status, kMistake);
    EXPECT_TRUE(contains(ended.err, message));
    EXPECT_TRUE(contains(ended.err, "error: "));
    EXPECT_TRUE(is_one_line(ended.err)) << ended.err;
  }
  void expect_bad_backend(const std::string& spec, const std::string& message,
                          std::map<std::string, std::string> environment = {}) {
    expect_mistake({"smoke", "--backend", spec}, message, std::move(environment));
  }
  void expect_bad_target(const std::string& directory, const std::string& message) {
    for (const char* backend : {"null", "posix"}) {
      const auto ended = refused({"run", "smoke", "--backend", backend, "--target", directory});
      EXPECT_EQ(ended.status, kEnvironment);
      EXPECT_TRUE(contains(ended.err, message));
      EXPECT_TRUE(contains(ended.err, directory));
      EXPECT_TRUE(is_one_line(ended.err)) << ended.err;
    }
  }
};

// --- Scenarios

TEST_F(Mistakes, NoSuchScenario) {
  expect_mistake({"smoek"}, "smoek: error: no such scenario is shipped; did you mean \"smoke\"?");
  expect_mistake({"smoke", "quite-another"}, "quite-another: error: no such scenario is shipped");
  expect_mistake({"absent.yaml"}, "absent.yaml: error: No such file or directory");
  expect_mistake({"./absent"}, "./absent: error: No such file or directory");
  expect_mistake({"./target"}, "./target: error: Is a directory");
}

TEST_F(Mistakes, AScenarioThatDoesNotParse) {
  write_text(work() / "bad.yaml", "scenario: s\nphases: [{name: read\n");
  expect_mistake({"bad.yaml"}, "bad.yaml:3:1: error: not YAML: ");
  write_text(work() / "bad.yaml", "");
  expect_mistake({"bad.yaml"}, "bad.yaml:");
  write_text(work() / "bad.yaml", std::string("\0\1\2\xff\xfe", 5));
  expect_mistake({"bad.yaml"}, "bad.yaml:");
}

/// Before it is read whole, which of /dev/zero would take all memory.
TEST_F(Mistakes, AScenarioThatIsTooLarge) {
  write_text(work() / "large.yaml", kSound);
  fs::resize_file(work() / "large.yaml", 100 << 20);
  expect_mistake({"large.yaml"}, "large.yaml:1:1: error: more than 1 MiB of text");
  expect_mistake({"/dev/zero"}, "/dev/zero:1:1: error: more than 1 MiB of text");
  const auto ended = iodyno({"validate", "/dev/zero"});
  EXPECT_EQ(ended.status, kMistake);
  EXPECT_TRUE(contains(ended.err, "more than 1 MiB of text"));
}

TEST_F(Mistakes, AKeyThatIsNone) {
  write_text(work() / "s.yaml", kSound + std::string("repetitons: 3\n"));
  expect_mistake({"./s.yaml"},
                 "./s.yaml:5:1: error: repetitons: unknown key; did you mean \"repetitions\"?");
}

TEST_F(Mistakes, ScenarioWithoutBackends) {
  write_text(work() / "s.yaml", "scenario: s\nphases: [{name: read, op: read}]\n");
  expect_mistake({"s.yaml"}, "backends");
}

TEST_F(Mistakes, ATreeThatIsNotThere) {
  write_text(work() / "s.yaml",
             "scenario: s\ndataset: {from: absent}\nphases: [{name: read, op: read}]\n"
             "backends: [posix]\n");
  expect_mistake({"s.yaml"}, "s.yaml:2:17: error: dataset.from: " + (work() / "absent").string() +
                                 ": No such file or directory\n");
  write_text(work() / "s.yaml",
             "scenario: s\ndataset: {from: s.yaml}\nphases: [{name: read, op: read}]\n"
             "backends: [posix]\n");
  expect_mistake({"s.yaml"}, "s.yaml:2:17: error: dataset.from: ");
}

TEST_F(Mistakes, AllAreToldAtOnce) {
  write_text(work() / "s.yaml",
             "scenario: s\ndataset: {files: -3, size: 100}\n"
             "phases: [{name: read, op: raed, depht: 2}]\nbackends: [nul, {posix: {speed: 9}}]\n");
  const auto ended = refused({"run", "s.yaml", "absent", "--set", "a.b=1", "--filter", "["});
  EXPECT_EQ(ended.status, kMistake);
  for (const char* part :
       {"s.yaml:2:", "dataset.files", "dataset.size", "phases[0].op", "did you mean \"read\"?",
        "phases[0].depht", "did you mean \"null\"?", "posix.speed",
        "absent: error:", "--set a.b=1: error:", "--filter [: error:"})
    EXPECT_TRUE(contains(ended.err, part));
}

TEST_F(Mistakes, WhatTheCommandLineAddsIsToldOnceForAllScenarios) {
  expect_mistake({"smoke", "small-files", "--set", "nonsense"},
                 "--set nonsense: error: must be KEY=VALUE");
}

TEST_F(Mistakes, TwoScenariosOfOneNameCannotHaveOneDirectory) {
  write_text(work() / "a.yaml", kSound);
  write_text(work() / "b.yaml", kSound);
  expect_mistake({"a.yaml", "b.yaml", "--out", "out"}, "two scenarios are called \"s\"");
}

// --- Backends

TEST_F(Mistakes, ABackendThatIsNotThere) {
  expect_bad_backend("nul", "no backend is called \"nul\"; did you mean \"null\"?");
  expect_bad_backend("./absent.so", "absent.so: there is no such file");
  expect_bad_backend("./target/x", "target/x: there is no such file");
}

TEST_F(Mistakes, ABackendThatIsNotInThisBuildIsSkippedInAScenario) {
  write_text(work() / "libiodyno-absent.left-out", "its library was not found\n");
  const std::string why = "absent is not in this build: its library was not found";
  const auto both =
      iodyno({"run", "smoke", "--quick", "--backend-path", ".", "--backend", "null", "--backend",
              "absent:some=option", "--target", "target", "--out", "out"});
  EXPECT_EQ(both.status, 0) << both.err;
  EXPECT_TRUE(contains(both.out, why)) << both.out;
  const auto alone = iodyno({"run", "smoke", "--backend-path", ".", "--backend", "absent",
                             "--target", "target", "--out", "out2"});
  EXPECT_EQ(alone.status, 1) << "nothing could run";
  for (const std::string command : {"describe", "check"}) {
    const auto ended = iodyno({command, "absent", "--backend-path", "."});
    EXPECT_EQ(ended.status, 2);
    EXPECT_TRUE(contains(ended.err, why)) << ended.err;
  }
  EXPECT_TRUE(contains(iodyno({"list", "backends", "--backend-path", "."}).out,
                       "not in this build: its library was not found"));
}

TEST_F(Mistakes, AFileThatIsNoSharedLibrary) {
  write_text(work() / "text.so", "#!/bin/sh\nexit 0\n# and more than a header of ELF is long\n");
  write_text(work() / "empty.so", "");
  fs::create_directory(work() / "directory.so");
  expect_bad_backend("./text.so", "text.so: not a shared library");
  expect_bad_backend("./empty.so", "empty.so: not a shared library");
  expect_bad_backend("x=./directory.so", "directory.so: not a file");
}

TEST_F(Mistakes, ASharedLibraryThatExportsNothing) {
  expect_bad_backend(NO_ENTRY_LIBRARY, "exports no iodyno_backend_entry");
}

TEST_F(Mistakes, AnotherAbi) {
  expect_bad_backend(MALFORMED_PLUGIN, "made for version 2 of the backend ABI",
                     {{"IODYNO_TEST_FLAW", "other major"}});
  expect_bad_backend(MALFORMED_PLUGIN, "its descriptor has", {{"IODYNO_TEST_FLAW", "short"}});
}

TEST_F(Mistakes, ALibraryThatCrashesWhenItIsLoaded) {
  expect_bad_backend(CRASHES_ON_LOAD_PLUGIN, "crashed with SIGSEGV");
}

TEST_F(Mistakes, OptionsOfBackends) {
  expect_bad_backend("null:latency=-1ns", "null.latency: \"-1ns\" ");
  expect_bad_backend("null:latency=2h", "is too large; at most 3600 s");
  expect_bad_backend("null:latency=5", "\"5\" needs a unit");
  expect_bad_backend("null:latency=5 KiB", "has an unknown unit");
  expect_bad_backend("null:latency=", "null.latency: needs a value");
  expect_bad_backend("null:latency=1ns,latency=2ns", "null.latency: given twice");
  expect_bad_backend("null:latncy=1ns", "no such option; did you mean \"latency\"?");
  expect_bad_backend("null:latency", "\"latency\" must be option=value");
  expect_bad_backend("posix:copy=fast", "is none of ");
  expect_bad_backend("a b=null", "the label \"a b\" may have only letters");
  expect_bad_backend("", "backend");
}

TEST_F(Mistakes, TwoBackendsOfOneLabel) {
  expect_mistake({"smoke", "--backend", "null", "--backend", "null:latency=2ns"},
                 "two backends have the label \"null\"");
}

// --- The command line

TEST_F(Mistakes, Filters) {
  expect_mistake({"smoke", "--filter", "("}, "--filter (: error: not a regular expression");
  expect_mistake({"smoke", "--filter", "raed"}, "--filter raed: error: no case has a name");
  // Ones that would take for ever, or the stack.
  expect_mistake({"smoke", "--filter", "(.*)*(.*)*(.*)*(.*)*!"}, "no case has a name");
  expect_mistake({"smoke", "--filter", std::string(100'000, '(')}, "not a regular expression");
}

TEST_F(Mistakes, Set) {
  expect_mistake({"smoke", "--set", "files"}, "--set files: error: must be KEY=VALUE");
  expect_mistake({"smoke", "--set", "dataset.fils=3"}, "did you mean \"files\"?");
  expect_mistake({"smoke", "--set", "dataset.files=some"}, "dataset.files: ");
  expect_mistake({"smoke", "--set", "dataset.size=100"}, "needs a unit");
  expect_mistake({"smoke", "--set", "phases.raed.depth=2"}, "did you mean \"read\"?");
  expect_mistake({"smoke", "--set", "dataset.files=[1"}, "--set dataset.files=[1: error: ");
  expect_mistake({"smoke", "--set", "dataset.files="}, "dataset.files: ");
}

TEST_F(Mistakes, Numbers) {
  for (const char* number : {"x", "-1", "1.5", "99999999999999999999", "1e3", ""})
    expect_mistake({"smoke", "--seed", number}, "--seed: ");
  for (const char* number : {"0", "-1", "10001", "two"})
    expect_mistake({"smoke", "--repetitions", number}, "--repetitions: ");
  expect_mistake({"smoke", "--time-limit", "5"}, "--time-limit: \"5\" needs a unit");
  expect_mistake({"smoke", "--time-limit", "5 parsecs"}, "has an unknown unit");
  expect_mistake({"smoke", "--time-limit", "-5 s"}, "--time-limit: \"-5 s\" ");
  expect_mistake({"smoke", "--memory-limit", "5"}, "--memory-limit: \"5\" needs a unit");
  expect_mistake({"smoke", "--memory-limit", "1 KiB"},
                 "--memory-limit 1 KiB: error: smoke: a worker needs ");
  expect_mistake({"smoke", "--memory-limit", "1 GiB", "--in-process"},
                 "--memory-limit excludes --in-process");
}

TEST_F(Mistakes, UnknownFlagsAndCommands) {
  expect_mistake({"--repetition", "3"}, "no \"--repetition\"; did you mean \"--repetitions\"?");
  expect_mistake({"smoke", "-x"}, "takes no \"-x\"");
  for (const auto& [arguments, message] : std::map<std::vector<std::string>, std::string>{
           {{"rnu"}, "\"rnu\" is no command; did you mean \"run\"?"},
           {{"schema", "smoke"}, "`iodyno schema` takes no \"smoke\""},
           {{"list", "scenario"}, "scenario not in {backends,scenarios}"},
           {{"validate"}, "SCENARIO is required"},
           {{"plan"}, "SCENARIO is required"},
           {{"describe"}, "NAME is required"},
           {{"clean"}, "DIR is required"},
           {{"run", "--target"}, "--target"},
           {{}, "is required"}}) {
    const auto ended = refused(arguments);
    EXPECT_EQ(ended.status, kMistake);
    EXPECT_TRUE(contains(ended.err, message));
    EXPECT_TRUE(is_one_line(ended.err)) << ended.err;
  }
}

TEST_F(Mistakes, TheOtherCommandsThatReadScenarios) {
  write_text(work() / "s.yaml", kSound + std::string("repetitons: 3\n"));
  for (const char* command : {"plan", "validate", "describe"}) {
    const auto ended = refused({command, "./s.yaml"});
    EXPECT_EQ(ended.status, kMistake);
    EXPECT_TRUE(contains(ended.err, "./s.yaml:5:1: error: repetitons: unknown key"));
  }
  const auto ended = refused({"describe", "nul"});
  EXPECT_EQ(ended.status, kMistake);
  EXPECT_TRUE(contains(ended.err, "\"nul\"; did you mean \"null\"?"));
}

// --- Targets and results

TEST_F(Mistakes, ATargetThatIsNotThere) {
  expect_bad_target("absent", "No such file or directory");
  expect_bad_target("target/absent", "No such file or directory");
}

TEST_F(Mistakes, ATargetThatIsAFile) {
  expect_bad_target("target/someone's.txt", "not a directory");
}

TEST_F(Mistakes, ATargetWithSomethingOfOurNameThatIsNotOurs) {
  fs::create_directory(target() / "iodyno-0badcafe");
  write_text(target() / "iodyno-0badcafe" / "precious", "theirs");
  expect_bad_target("target", "target/iodyno-0badcafe has a name of ours but not our mark");
  fs::remove_all(target() / "iodyno-0badcafe");
  write_text(target() / "iodyno-file", "theirs");
  expect_bad_target("target", "target/iodyno-file has a name of ours");
}

/// Its descriptors would be those of files of ours, into which is printed.
TEST_F(Mistakes, AnOutputThatIsClosed) {
  for (const std::string closed : {">&-", "<&- >&-"}) {
    std::vector<std::string> words{"sh", "-c", "exec \"$@\" " + closed, "sh"};
    for (auto& word : command({"list"})) words.push_back(word);
    const auto ended = Process(words, here()).wait();
    EXPECT_EQ(ended.status, 1);
    EXPECT_EQ(ended.err, "iodyno: error: the standard output could not be written\n");
  }
}

TEST_F(Mistakes, ATargetThatIsNotWritable) {
  if (geteuid() == 0) GTEST_SKIP() << "root may write everywhere";
  fs::permissions(target(), fs::perms::owner_read | fs::perms::owner_exec);
  expect_bad_target("target", "not writable");
  fs::permissions(target(), fs::perms::owner_all);
}

TEST_F(Mistakes, ResultsThatCannotBeWritten) {
  write_text(work() / "file", "a file");
  for (const char* out : {"file", "file/below", "/proc/here"}) {
    const auto before = entries_of(target());
    const auto ended =
        iodyno({"run", "smoke", "--backend", "null", "--target", "target", "--out", out});
    EXPECT_EQ(ended.status, kEnvironment);
    EXPECT_TRUE(contains(ended.err, std::string(out)));
    EXPECT_EQ(ended.out, "");
    EXPECT_EQ(entries_of(target()), before);
    EXPECT_EQ(names_in(work()), (std::set<std::string>{"file", "target"}));
  }
}

/// The first scenario is not to be measured for a night where the second has no place.
TEST_F(Mistakes, ResultsThatWouldReplaceWhatIsNotOurs) {
  const auto expect = [&](const std::vector<std::string>& scenarios, const std::string& why) {
    const auto before = listing(work());
    std::vector<std::string> words = {"run", "--backend", "null", "--target", "target"};
    words.insert(words.end(), scenarios.begin(), scenarios.end());
    const auto ended = iodyno(words);
    EXPECT_EQ(ended.status, kEnvironment);
    EXPECT_TRUE(contains(ended.err, why));
    EXPECT_EQ(ended.out, "");
    EXPECT_EQ(listing(work()), before);
  };
  fs::create_directories(work() / "out/small-files");
  write_text(work() / "out/small-files/samples.jsonl", "{\"text\": \"theirs\"}\n");
  expect({"--out=out", "smoke", "small-files"}, "out/small-files/samples.jsonl was not written by");
  fs::remove_all(work() / "out/small-files");
  write_text(work() / "out/small-files", "theirs");
  expect({"--out=out", "smoke", "small-files"}, "out/small-files is not a directory");
  fs::create_directories(work() / "results/smoke");
  write_text(work() / "results/smoke/latest", "theirs");
  expect({"smoke"}, "results/smoke/latest is not a link to results");
}

TEST_F(Mistakes, AStandardOutputThatIsFull) {
  const std::string program = IODYNO_PROGRAM;
  for (const char* arguments : {"schema", "list", "--version"}) {
    const auto ended = run({"/bin/sh", "-c", program + " " + arguments + " > /dev/full"}, here());
    EXPECT_EQ(ended.status, kEnvironment);
    EXPECT_TRUE(contains(ended.err, "the standard output could not be written"));
  }
}

}  // namespace
}  // namespace iodyno::test
