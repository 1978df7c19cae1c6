// The only file that knows CLI11.
#include "cli/arguments.hpp"

#include <CLI/CLI.hpp>
#include <sstream>

#include "cli/program_text.hpp"
#include "report/export.hpp"
#include "scenario/diagnostic.hpp"
#include "scenario/units.hpp"

namespace iodyno::host {
namespace {

std::string check_time(const std::string& text) {
  const auto parsed = parse_time(text);
  return parsed.value ? "" : '"' + text + "\" " + parsed.problem;
}

std::string check_size(const std::string& text) {
  const auto parsed = parse_size(text);
  return parsed.value ? "" : '"' + text + "\" " + parsed.problem;
}

std::string check_percent(const std::string& text) {
  const auto parsed = parse_percent(text);
  return parsed.value ? "" : '"' + text + "\" " + parsed.problem;
}

/// CLI11 alone would take "-1" for the greatest number.
std::string check_seed(const std::string& text) {
  const auto parsed = parse_integer(text);
  return parsed.value && *parsed.value >= 0
             ? ""
             : '"' + text + "\" is not a whole number from 0 to " + std::to_string(INT64_MAX);
}

constexpr const char* kSpec =
    "[LABEL=]NAME[:option=value,...]; a NAME with / is a plugin's file. Replaces the scenario's "
    "list. May be repeated";

class Parser {
 public:
  explicit Parser(Arguments& to) : to_(to) {
    app_.require_subcommand(1);
    app_.set_version_flag("--version", "iodyno " IODYNO_VERSION);
    app_.failure_message([](const CLI::App*, const CLI::Error& e) {
      return std::string("iodyno: error: ") + e.what() + "\n";
    });
    app_.footer(
        "Exit status: 0 done, also with skipped or degraded cases; 1 the environment; 2 a mistake "
        "in the\n"
        "command line or a scenario, or results that can't be compared; 3 a case failed or is "
        "invalid, or a\n"
        "check or self-test failed; 4 results are slower than the baseline; 129, 130, 143 after a "
        "signal.");
    add_run();
    add_plan();
    add_validate();
    add_schema();
    add_list();
    add_describe();
    add_check();
    add_compare();
    add_report();
    add_export();
    add_history();
    add_doctor();
    add_self_test();
    add_new_backend();
    add_new_scenario();
    add_clean();
    add_generate();
    add_worker();
  }

  std::optional<Answer> parse(int count, char** values) {
    try {
      app_.parse(count, values);
      keep_given();
    } catch (const CLI::ParseError& e) {
      if (const auto unknown = unknown_word(count, values);
          !unknown.empty() && e.get_exit_code() != 0)
        return Answer{2, "iodyno: error: " + unknown + "\n"};
      std::ostringstream out, err;
      const int status = app_.exit(e, out, err);
      return Answer{status == 0 ? 0 : 2, status == 0 ? out.str() : err.str()};
    }
    return {};
  }

  ProgramText text() const {
    ProgramText all{.about = app_.get_description(), .footer = app_.get_footer()};
    all.options = options_of(app_);
    for (const auto* sub : app_.get_subcommands([](const CLI::App*) { return true; }))
      if (!sub->get_group().empty())
        all.commands.push_back({sub->get_name(), sub->get_description(), options_of(*sub)});
    return all;
  }

 private:
  using Command = Arguments::Command;

  /// What there is no command or no flag for, with the nearest that there is; or nothing.
  std::string unknown_word(int count, char** values) const {
    const auto commands = app_.get_subcommands();
    std::vector<std::string> known;
    if (commands.empty()) {
      if (count < 2 || values[1][0] == '-') return {};
      for (const auto* sub : app_.get_subcommands([](const CLI::App*) { return true; }))
        if (!sub->get_group().empty()) known.push_back(sub->get_name());
      return '"' + std::string(values[1]) + "\" is no command" +
             suggestion(values[1], {known.begin(), known.end()}) + "; `iodyno --help` lists them";
    }
    const auto rest = app_.remaining(true);
    if (rest.empty()) return {};
    for (const auto* option : commands[0]->get_options())
      if (option->nonpositional()) known.push_back("--" + option->get_lnames().front());
    return "`iodyno " + commands[0]->get_name() + "` takes no " + quote(rest[0]) +
           suggestion(rest[0], {known.begin(), known.end()}) + "; its --help lists what it takes";
  }

  static std::vector<OptionText> options_of(const CLI::App& app) {
    std::vector<OptionText> all;
    for (const CLI::Option* option : app.get_options()) {
      OptionText one{.about = option->get_description(), .fallback = option->get_default_str()};
      one.positional = !option->nonpositional();
      one.name = one.positional ? option->get_name(true) : "--" + option->get_lnames().front();
      one.required = option->get_required();
      one.repeated = option->get_expected_max() > 1;
      if (option->get_type_size() != 0) one.value = option->get_type_name();
      // A validator stands behind the type: "TEXT:{gbench,csv}".
      if (const auto at = one.value.find(":{"); at != one.value.npos)
        one.choices = CLI::detail::split(one.value.substr(at + 2, one.value.size() - at - 3), ',');
      one.value = one.value.substr(0, one.value.find(':'));
      all.push_back(std::move(one));
    }
    return all;
  }

  void keep_given() {
    for (const auto* sub : app_.get_subcommands())
      for (const CLI::Option* option : sub->get_options())
        if (option->count() != 0)
          to_.given[option->nonpositional() ? "--" + option->get_lnames().front()
                                            : option->get_name(true)] = option->results();
  }

  CLI::App* add(const char* name, const char* doc, Command command) {
    auto* sub = app_.add_subcommand(name, doc);
    sub->callback([this, command] { to_.command = command; });
    return sub;
  }

  void add_scenarios(CLI::App* sub, bool required) {
    auto* option = sub->add_option(
        "SCENARIO", to_.prepare.scenarios,
        required ? "Files (with / or .yaml), or names of shipped scenarios"
                 : "Files (with / or .yaml), or names of shipped scenarios; none: all shipped");
    if (required) option->required();
  }

  void add_backend_path(CLI::App* sub) {
    sub->add_option("--backend-path", to_.backend_path,
                    "Directories to look for backends in first, colon-separated")
        ->type_name("DIRS")
        ->allow_extra_args(false);
  }

  void add_overrides(CLI::App* sub) {
    sub->add_option("--backend", to_.prepare.overrides.backends, kSpec)
        ->type_name("SPEC")
        ->allow_extra_args(false);
    sub->add_option("--set", to_.prepare.overrides.set,
                    "Change a key: dataset.files=100, phases.read.cache=cold, sweep.depth=[1,8]. "
                    "May be repeated")
        ->type_name("KEY=VALUE")
        ->allow_extra_args(false);
    sub->add_option("--repetitions", to_.prepare.repetitions, "Blocks: trials of each case")
        ->check(CLI::Range(1, 10'000))
        ->type_name("N");
    sub->add_option("--filter", to_.prepare.filter,
                    "Only cases whose names this regular expression finds")
        ->type_name("REGEX");
    sub->add_flag("--quick", to_.prepare.quick,
                  "3 repetitions, at most 64 MiB and 2 s a trial; marked in the results");
    sub->add_option("--seed", to_.prepare.seed, "Makes the order of trials and requests repeatable")
        ->type_name("N")
        ->check(CLI::Validator(check_seed, ""));
    add_backend_path(sub);
  }

  CLI::Option* add_memory_limit(CLI::App* sub) {
    return sub
        ->add_option_function<std::string>(
            "--memory-limit",
            [this](const std::string& text) {
              to_.prepare.memory_limit_bytes = parse_size(text).value;
            },
            "Memory of its own that a worker may have, beside the stacks of its threads: 8 GiB; "
            "without it three quarters of the machine's")
        ->type_name("SIZE")
        ->check(CLI::Validator(check_size, ""));
  }

  void add_run() {
    auto* sub = add("run", "Measure backends in scenarios, and write the results", Command::run);
    add_scenarios(sub, false);
    sub->add_option(
           "--target", to_.target,
           "Directory on the file system to measure; a marked directory is made in it and removed")
        ->type_name("DIR")
        ->capture_default_str();
    sub->add_option("--out", to_.out,
                    "Write to DIR/<scenario>, over earlier results; without it to "
                    "results/<scenario>/<UTC time>")
        ->type_name("DIR");
    add_overrides(sub);
    sub->add_option_function<std::string>(
           "--time-limit",
           [this](const std::string& text) { to_.time_limit_ns = parse_time(text).value; },
           "Begin no block after so long: 90 s, 5 min")
        ->type_name("T")
        ->check(CLI::Validator(check_time, ""));
    sub->add_option("--against", to_.prepare.against,
                    "An older plugin (with / a file): run it beside the backend of its name, and "
                    "compare; status 4 when that has become slower")
        ->type_name("PLUGIN");
    sub->add_option("--resume", to_.resume,
                    "Go on with an interrupted run: the directory of its results; scenario and "
                    "options are those that it was begun with")
        ->type_name("DIR");
    sub->add_flag("--keep", to_.keep, "Leave the marked directory where it is");
    sub->add_flag("--quiet", to_.quiet, "No progress");
    auto* limit = add_memory_limit(sub);
    sub->add_flag("--in-process", to_.in_process,
                  "Trials in this process, for a debugger; not for figures")
        ->excludes(limit);
  }

  void add_plan() {
    auto* sub =
        add("plan", "Say what a run would do: cases, files, bytes, memory, time", Command::plan);
    add_scenarios(sub, true);
    add_overrides(sub);
    add_memory_limit(sub);
    sub->add_flag("--json", to_.json, "As JSON");
  }

  void add_validate() {
    auto* sub = add("validate", "Say everything that is wrong with scenarios", Command::validate);
    add_scenarios(sub, true);
    sub->add_option("--backend", to_.prepare.overrides.backends, kSpec)
        ->type_name("SPEC")
        ->allow_extra_args(false);
    sub->add_option("--set", to_.prepare.overrides.set, "Change a key first")
        ->type_name("KEY=VALUE")
        ->allow_extra_args(false);
    add_backend_path(sub);
  }

  void add_schema() { add("schema", "Print the JSON Schema of scenarios", Command::schema); }

  void add_list() {
    auto* sub = add("list", "List backends and scenarios", Command::list);
    sub->add_option("WHAT", to_.name, "backends or scenarios; none: both")
        ->check(CLI::IsMember({"backends", "scenarios"}));
    add_backend_path(sub);
    sub->add_flag("--json", to_.json, "As JSON");
  }

  void add_describe() {
    auto* sub = add("describe", "Describe a backend (its options, what works here) or a scenario",
                    Command::describe);
    sub->add_option("NAME", to_.name, "A backend or a scenario; with / a file")->required();
    sub->add_option("--target", to_.target, "Where to try what works")
        ->type_name("DIR")
        ->capture_default_str();
    add_backend_path(sub);
    sub->add_flag("--json", to_.json, "As JSON");
  }

  void add_check() {
    auto* sub =
        add("check", "Hold a backend to the contract of the plugin interface", Command::check);
    sub->add_option("PLUGIN", to_.name, "A backend; with / a file")->required();
    sub->add_option("--target", to_.target,
                    "Where to work; a marked directory is made in it and removed")
        ->type_name("DIR")
        ->capture_default_str();
    sub->add_option("--filter", to_.prepare.filter,
                    "Only checks whose names this regular expression finds")
        ->type_name("REGEX");
    sub->add_option("--seed", to_.prepare.seed, "Makes the random checks repeatable")
        ->type_name("N")
        ->check(CLI::Validator(check_seed, ""));
    sub->add_option_function<std::string>(
           "--timeout",
           [this](const std::string& text) { to_.check_limit_ns = parse_time(text).value; },
           "End a check that takes longer: 30 s")
        ->type_name("T")
        ->check(CLI::Validator(check_time, ""));
    add_backend_path(sub);
    sub->add_flag("--json", to_.json, "As JSON");
    sub->add_flag("--quiet", to_.quiet, "No progress");
  }

  void add_threshold(CLI::App* sub) {
    sub->add_option_function<std::string>(
           "--threshold",
           [this](const std::string& text) { to_.threshold = *parse_percent(text).value; },
           "What differs by less counts as the same: 3%")
        ->type_name("PERCENT")
        ->check(CLI::Validator(check_percent, ""));
  }

  void add_compare() {
    auto* sub = add("compare",
                    "Say which backend is faster, or what has become of an earlier run, and how "
                    "sure that is",
                    Command::compare);
    sub->add_option("FILE", to_.results,
                    "A results.json, or the directory of one: its backends are compared, paired by "
                    "block. With RESULTS after it, the baseline")
        ->required();
    sub->add_option("RESULTS", to_.later_results,
                    "A later run: its cases are compared with those of FILE");
    sub->add_option_function<std::string>(
           "--by", [this](const std::string&) { to_.by_backend = true; },
           "Compare what in one file: backend, which is what it does without this, too")
        ->check(CLI::IsMember({"backend"}));
    sub->add_option("--baseline", to_.baseline,
                    "The backend that others are compared with; without it the scenario's baseline")
        ->type_name("NAME");
    add_threshold(sub);
    sub->add_flag("--force", to_.force,
                  "Compare what should not be compared, and say so in the output");
    sub->add_flag("--fail-on-slower", to_.fail_on_slower,
                  "Exit status 4 also where a backend is slower than the baseline");
    auto* json = sub->add_flag("--json", to_.json, "As JSON");
    sub->add_flag("--markdown", to_.markdown, "As Markdown")->excludes(json);
  }

  void add_report() {
    auto* sub =
        add("report", "Say what is best for each phase, what it saves at least, and what bounds it",
            Command::report);
    add_results(sub);
    sub->add_option("--html", to_.html,
                    "Write a page with charts to a file, which is replaced at once: it opens "
                    "from disk and loads nothing")
        ->type_name("FILE");
    sub->add_flag("--markdown", to_.markdown, "As Markdown");
    sub->add_option("--baseline", to_.baseline,
                    "The backend that others are compared with; without it the scenario's baseline")
        ->type_name("NAME");
    add_threshold(sub);
  }

  void add_results(CLI::App* sub) {
    sub->add_option("RESULTS", to_.paths, "Files results.json, or directories that have some")
        ->required();
  }

  void add_export() {
    std::vector<std::string> names;
    for (const ExportFormat& format : export_formats()) names.emplace_back(format.name);
    auto* sub = add("export", "Put results into a format of others", Command::export_);
    sub->add_option("--format", to_.format, "Which one; docs/dashboards.md says who reads it")
        ->required()
        ->type_name("FORMAT")
        ->check(CLI::IsMember(names));
    add_results(sub);
    sub->add_option("--out", to_.out, "Write to a file, which is replaced at once; not to stdout")
        ->type_name("FILE");
  }

  void add_history() {
    auto* sub =
        add("history", "Show what the cases of a scenario were, run by run", Command::history);
    sub->add_option("SCENARIO", to_.name,
                    "A name, a scenario's file, or a directory (with /) that holds its runs")
        ->required();
    sub->add_option("--filter", to_.prepare.filter,
                    "Only cases whose names this regular expression finds")
        ->type_name("REGEX");
    sub->add_option("--in", to_.runs, "Where the runs are, each scenario's in DIR/<scenario>")
        ->type_name("DIR")
        ->capture_default_str();
    sub->add_flag("--json", to_.json, "As JSON");
  }

  void add_doctor() {
    auto* sub = add("doctor",
                    "Say what this machine and a directory can do, and what to change to "
                    "measure better",
                    Command::doctor);
    sub->add_option("DIR", to_.target,
                    "A directory as for `run --target`; a marked one is made in it and removed")
        ->capture_default_str();
    sub->add_flag("--json", to_.json, "As JSON");
  }

  void add_self_test() {
    auto* sub = add("self-test",
                    "Say how far comparisons can be believed here: equals and known slowdowns, in "
                    "about a minute",
                    Command::self_test);
    sub->add_option("--target", to_.target,
                    "Where to work; a marked directory is made in it and removed")
        ->type_name("DIR")
        ->capture_default_str();
    sub->add_option("--out", to_.out, "Keep the results in DIR/self-test")->type_name("DIR");
    sub->add_flag("--quick", to_.prepare.quick, "Half as many blocks");
    sub->add_option("--seed", to_.prepare.seed, "Makes the order of trials and requests repeatable")
        ->type_name("N")
        ->check(CLI::Validator(check_seed, ""));
    add_backend_path(sub);
    sub->add_flag("--json", to_.json, "As JSON");
    sub->add_flag("--quiet", to_.quiet, "No progress");
  }

  void add_new_backend() {
    auto* sub =
        add("new-backend", "Begin a backend: a project that builds, with the commands to try it",
            Command::new_backend);
    sub->add_option("NAME", to_.name, "Letters, digits, _ and -: what it is called")->required();
    sub->add_option("--language", to_.language, "What it is written in")
        ->type_name("LANGUAGE")
        ->check(CLI::IsMember({"c++", "c", "rust"}))
        ->capture_default_str();
    sub->add_option("--into", to_.into, "The project's directory; without it ./NAME")
        ->type_name("DIR");
  }

  void add_new_scenario() {
    auto* sub = add("new-scenario",
                    "Begin a scenario: NAME.yaml, and the schema by which editors know its keys",
                    Command::new_scenario);
    sub->add_option("NAME", to_.name, "Letters, digits, _ . and -: what it is called")->required();
    sub->add_option("--into", to_.into, "The directory to write to; without it this one")
        ->type_name("DIR");
  }

  void add_generate() {
    auto* sub = add("generate", "Print the manual page, or what completes command lines in a shell",
                    Command::generate);
    sub->add_option("WHAT", to_.name, "The manual page, or the completion of a shell")
        ->required()
        ->check(CLI::IsMember({"man", "bash", "zsh", "fish"}));
  }

  void add_clean() {
    auto* sub =
        add("clean", "Remove what runs that were killed left in a directory", Command::clean);
    sub->add_option("DIR", to_.target, "The target of those runs")->required();
  }

  void add_worker() {
    add("worker", "", Command::worker)->group("");  // for this program alone
  }

  Arguments& to_;
  CLI::App app_{
      "A dynamometer for file-I/O engines: which way of doing file I/O is fastest for your work, "
      "here?",
      "iodyno"};
};

}  // namespace

std::optional<Answer> read_arguments(int count, char** values, Arguments& to) {
  return Parser(to).parse(count, values);
}

ProgramText program_text() {
  Arguments nobodys;
  return Parser(nobodys).text();
}

}  // namespace iodyno::host
