// The commands that only tell: plan, validate, schema, list, describe, the version and the help.
#include "cli/fixture.hpp"

namespace iodyno::test {
namespace {

class Commands : public Cli {
 protected:
  /// Something that only tells changes nothing, and says nothing on stderr.
  std::string told(const std::vector<std::string>& arguments,
                   std::map<std::string, std::string> environment = {}) {
    const auto before = listing(work());
    const auto ended = iodyno(arguments, here(std::move(environment)));
    EXPECT_EQ(ended.status, 0);
    EXPECT_EQ(ended.err, "");
    EXPECT_EQ(listing(work()), before);
    return ended.out;
  }
  json told_json(const std::vector<std::string>& arguments) { return json::parse(told(arguments)); }
};

const json* named(const json& list, const std::string& name) {
  for (const auto& one : list)
    if (one.at("name") == name) return &one;
  return nullptr;
}

TEST_F(Commands, Version) { EXPECT_TRUE(contains(told({"--version"}), "iodyno 0.")); }

TEST_F(Commands, HelpNamesEveryOption) {
  const std::map<std::string, std::vector<std::string>> all = {
      {"run",
       {"SCENARIO", "--backend ", "--target", "--out", "--repetitions", "--set", "--filter",
        "--quick", "--seed", "--backend-path", "--keep", "--time-limit", "--quiet", "--in-process",
        "--against", "--resume", "--memory-limit"}},
      {"plan",
       {"SCENARIO", "--backend ", "--repetitions", "--set", "--filter", "--quick", "--seed",
        "--backend-path", "--memory-limit", "--json"}},
      {"validate", {"SCENARIO", "--backend ", "--set", "--backend-path"}},
      {"schema", {}},
      {"list", {"backends", "scenarios", "--backend-path", "--json"}},
      {"describe", {"NAME", "--target", "--backend-path", "--json"}},
      {"self-test", {"--target", "--out", "--quick", "--seed", "--backend-path", "--json"}},
      {"clean", {"DIR"}}};
  const auto help = told({"--help"});
  for (const auto& [command, options] : all) {
    EXPECT_TRUE(contains(help, "  " + command + " "));
    const auto text = told({command, "--help"});
    for (const auto& option : options) EXPECT_TRUE(contains(text, option)) << command;
  }
  EXPECT_FALSE(contains(help, "worker")) << "it is for the program alone";
}

TEST_F(Commands, Schema) {
  const auto committed = read_text(fs::path(IODYNO_SOURCE) / "scenarios/scenario.schema.json");
  EXPECT_TRUE(told({"schema"}) == committed)
      << "make it anew: iodyno schema > scenarios/scenario.schema.json";
}

TEST_F(Commands, Validate) {
  EXPECT_EQ(told({"validate", "smoke", "small-files"}),
            "smoke: valid, 10 cases\nsmall-files: valid, 72 cases\n");
  EXPECT_EQ(told({"validate", "smoke", "--backend", "null", "--backend", "posix", "--set",
                  "sweep.depth=[1,2]"}),
            "smoke: valid, 20 cases\n");
}

TEST_F(Commands, Plan) {
  const auto text = told({"plan", "smoke"});
  EXPECT_TRUE(contains(text, "smoke/read-block/backend:posix/real_time\n"));
  EXPECT_TRUE(contains(text, "30 trials: 10 cases, 3 repetitions each\n"));
}

TEST_F(Commands, PlanAsJson) {
  const auto plans = told_json({"plan", "smoke", "--json", "--seed", "5", "--filter", "/read/",
                                "--backend", "a=null", "--backend", "b=posix", "--repetitions", "2",
                                "--set", "dataset.files=7"});
  ASSERT_EQ(plans.size(), 1u);
  const auto& plan = plans[0];
  EXPECT_EQ(plan.at("scenario"), "smoke");
  EXPECT_EQ(plan.at("seed"), 5);
  EXPECT_EQ(plan.at("repetitions"), 2);
  EXPECT_EQ(plan.at("trials"), 4);
  EXPECT_EQ(plan.at("requests"), 14) << "those of a synthetic backend do not count";
  EXPECT_EQ(plan.at("files_made"), 7) << "once, as reading leaves them";
  EXPECT_EQ(plan.at("bytes_written"), 7 * 5000);
  EXPECT_EQ(plan.at("peak_bytes"), 7 * 5000);
  EXPECT_GE(plan.at("peak_inodes"), 7);
  EXPECT_GT(plan.at("estimate_ns"), 0);
  EXPECT_GT(plan.at("worker_memory_bytes"), 0);
  ASSERT_EQ(plan.at("cases").size(), 2u);
  EXPECT_EQ(plan.at("cases")[0].at("name"), "smoke/read/backend:a/real_time");
  EXPECT_EQ(plan.at("cases")[1].at("backend"), "b");
}

TEST_F(Commands, PlanWithoutALine) {
  const auto plans = told_json({"plan", "smoke", "small-files", "--json", "--filter", "depth:32"});
  ASSERT_EQ(plans.size(), 1u) << "a scenario without a case that the filter finds is left out";
  EXPECT_EQ(plans[0].at("scenario"), "small-files");
}

TEST_F(Commands, List) {
  const auto text = told({"list"});
  for (const char* part : {"backends\n", "  null ", "  posix ", "scenarios\n", "  smoke "})
    EXPECT_TRUE(contains(text, part));
  EXPECT_TRUE(contains(text, "  Does everything work here?\n")) << "the rest says describe";
  EXPECT_FALSE(contains(told({"list", "backends"}), "scenarios"));
  EXPECT_FALSE(contains(told({"list", "scenarios"}), "backends\n"));
}

TEST_F(Commands, ListAsJson) {
  const auto all = told_json({"list", "--json"});
  for (const char* backend : {"null", "posix"}) {
    const auto* one = named(all.at("backends"), backend);
    ASSERT_TRUE(one);
    for (const char* key : {"version", "summary", "file"}) EXPECT_TRUE(one->contains(key));
  }
  for (const char* scenario : {"smoke", "small-files"})
    EXPECT_TRUE(named(all.at("scenarios"), scenario));
  EXPECT_FALSE(told_json({"list", "backends", "--json"}).contains("scenarios"));
}

TEST_F(Commands, ListTellsOfWhatIsNoBackend) {
  fs::create_directory(work() / "more");
  write_text(work() / "more" / "libiodyno-broken.so", "no shared library, but long enough for one");
  fs::copy(CRASHES_ON_LOAD_PLUGIN, work() / "more" / "libiodyno-crashing.so");
  fs::copy(NULL_PLUGIN, work() / "more" / "libiodyno-other.so");
  write_text(work() / "more" / "notes.txt", "no backend by its name");
  const auto text = told({"list", "backends", "--backend-path", "more"});
  EXPECT_TRUE(contains(text, "broken    not usable: "));
  EXPECT_TRUE(contains(text, "crashing  not usable: "));
  EXPECT_FALSE(contains(text, "notes"));
  EXPECT_EQ(told({"list", "backends"}, {{"IODYNO_BACKEND_PATH", "absent:more"}}), text);
  const auto all = told_json({"list", "backends", "--backend-path", "more", "--json"});
  EXPECT_TRUE(contains(named(all.at("backends"), "broken")->at("error"), "not a shared library"));
  EXPECT_FALSE(named(all.at("backends"), "other")->contains("error"));
}

TEST_F(Commands, DescribeABackend) {
  const auto text = told({"describe", "posix"});
  for (const char* part : {"posix ", "options\n", "operations in ", "  read ", "O_DIRECT"})
    EXPECT_TRUE(contains(text, part));
  const auto null = told_json({"describe", "null", "--json"});
  EXPECT_EQ(null.at("name"), "null");
  EXPECT_EQ(null.at("options")[0].at("name"), "latency");
  EXPECT_EQ(null.at("options")[0].at("default"), "1 us");
  EXPECT_EQ(null.at("options")[0].at("values"), "a time from 0 ns to 3600 s");
  for (const auto& operation : null.at("operations"))
    EXPECT_TRUE(operation.at("works").get<bool>()) << operation;
}

TEST_F(Commands, DescribeSaysWhyAnOperationDoesNotWork) {
  const auto liar = told_json({"describe", LIAR_PLUGIN, "--json"});
  EXPECT_TRUE(named(liar.at("operations"), "read")->at("works").get<bool>());
  const auto* remove = named(liar.at("operations"), "delete");
  EXPECT_FALSE(remove->at("works").get<bool>());
  EXPECT_EQ(remove->at("why_not"), "this backend does not have it");
}

TEST_F(Commands, DescribeAScenario) {
  EXPECT_TRUE(contains(told({"describe", "smoke"}), "phases\n  create "));
  const auto smoke = told_json({"describe", "smoke", "--json"});
  EXPECT_EQ(smoke.at("name"), "smoke");
  EXPECT_EQ(smoke.at("phases").size(), 5u);
  write_text(work() / "own.yaml",
             "scenario: own\nphases: [{name: r, op: read}]\nbackends: [null]\n");
  EXPECT_EQ(told_json({"describe", "own.yaml", "--json"}).at("backends"), json::array({"null"}));
  EXPECT_EQ(told_json({"describe", "./own.yaml", "--json"}).at("file"), "./own.yaml");
  write_text(work() / "own.yaml",
             "scenario: own\nabout: \"\\e[31mred\"\nphases: [{name: r, op: read}]\n");
  EXPECT_EQ(told({"describe", "own.yaml"}).find('\x1b'), std::string::npos);
}

TEST_F(Commands, DescribeInADirectoryThatIsNotThere) {
  const auto ended = iodyno({"describe", "null", "--target", "absent"});
  EXPECT_EQ(ended.status, 1);
  EXPECT_EQ(ended.out, "");
  EXPECT_TRUE(contains(ended.err, "absent: No such file or directory"));
}

TEST_F(Commands, AReaderThatHasEnoughIsNoFailure) {
  for (const char* command : {"list", "schema"}) {
    const auto ended = iodyno({command}, here({}, Process::Output::closed));
    EXPECT_EQ(ended.status, 0);
    EXPECT_EQ(ended.err, "");
  }
}

}  // namespace
}  // namespace iodyno::test
