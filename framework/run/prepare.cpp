#include "run/prepare.hpp"

#include <filesystem>
#include <map>
#include <random>
#include <system_error>

#include "run/preflight.hpp"
#include "scenario/filter.hpp"
#include "scenario/hash.hpp"
#include "scenario/overrides.hpp"
#include "scenario/units.hpp"
#include "trial/dataset.hpp"

namespace iodyno::host {
namespace {

std::uint64_t random_seed() {
  std::random_device device;
  return std::uint64_t(device()) << 20 ^ device();  // short enough to be typed again
}

class Preparer {
 public:
  Preparer(const Catalog& catalog, const PrepareSettings& settings, Diagnostics& out)
      : catalog_(catalog), settings_(settings), out_(out) {}

  std::vector<Prepared> run() {
    check_filter();
    auto names = settings_.scenarios;
    if (names.empty())
      for (const auto& shipped : catalog_.scenarios()) names.push_back(shipped.name);
    if (names.empty()) problem("", "no scenario was named, and none are shipped with this program");
    std::vector<Prepared> all;
    for (const auto& name : names)
      if (auto one = prepare_one(name)) all.push_back(std::move(*one));
    keep_filtered(all);
    check_memory_limit(all);
    if (!out_.empty()) all.clear();
    return all;
  }

  std::optional<Prepared> prepare_text(std::string text, const std::string& file) {
    const auto before = out_.size();
    // With mistakes in the text, those in its backends are still told.
    auto scenario = read_scenario(text, file, settings_.overrides, out_);
    if (settings_.repetitions) scenario.repetitions = *settings_.repetitions;
    if (out_.size() == before && scenario.backends.empty())
      problem(file, "names no backends, and no --backend does");
    auto backends = find_backends(scenario);
    auto tree = find_tree(scenario, file);
    std::vector<OlderPair> pairs;
    if (out_.size() == before && !settings_.against.empty()) pairs = pair(scenario, backends);
    if (!out_.empty()) return {};
    const auto as_given = text;
    for (const auto& added : settings_.overrides.set) text += "\n" + added;
    for (const auto& added : settings_.overrides.backends) text += "\n" + added;
    if (!settings_.against.empty()) text += "\n--against";
    const auto seed = settings_.seed  ? *settings_.seed
                      : scenario.seed ? *scenario.seed
                                      : random_seed();
    return Prepared{make_plan(std::move(scenario), std::move(backends), std::move(tree),
                              {seed, settings_.quick, settings_.filter}),
                    hash_text(text), std::move(pairs), file, as_given};
  }

 private:
  void problem(const std::string& source, std::string message) {
    Diagnostic mistake;
    if (!source.empty()) mistake.at.source = std::make_shared<const std::string>(source);
    mistake.message = std::move(message);
    out_.push_back(std::move(mistake));
  }

  void check_filter() {
    try {
      (void)filter_of(settings_.filter);
    } catch (const std::regex_error& e) {
      problem("--filter " + settings_.filter, std::string("not a regular expression: ") + e.what());
    }
  }

  /// Scenarios without a case that the filter finds are left out.
  void keep_filtered(std::vector<Prepared>& all) {
    if (settings_.filter.empty() || !out_.empty()) return;
    std::erase_if(all, [](const Prepared& one) { return one.plan.cases.empty(); });
    if (all.empty())
      problem("--filter " + settings_.filter,
              "no case has a name like that; `iodyno plan` lists the names");
  }

  void check_memory_limit(const std::vector<Prepared>& all) {
    if (!settings_.memory_limit_bytes) return;
    const auto limit = *settings_.memory_limit_bytes;
    for (const auto& one : all)
      if (const auto why = refuse_memory_limit(cost_of(one.plan), limit); !why.empty())
        problem("--memory-limit " + format_size(limit), one.plan.scenario.name + ": " + why);
  }

  std::optional<Prepared> prepare_one(const std::string& name) {
    const auto file = catalog_.find_scenario(name);
    if (!file) {
      std::vector<std::string> owned;
      for (const auto& shipped : catalog_.scenarios()) owned.push_back(shipped.name);
      problem(name, "no such scenario is shipped" + suggestion(name, {owned.begin(), owned.end()}) +
                        "; a file is named with `/` or with .yaml at its end");
      return {};
    }
    std::string text;
    try {
      text = read_scenario_file(*file);
    } catch (const std::system_error& e) {
      problem(*file, e.code().message());
      return {};
    }
    return prepare_text(std::move(text), *file);
  }

  std::vector<PlannedBackend> find_backends(const Scenario& scenario) {
    std::vector<PlannedBackend> planned;
    for (const auto& choice : scenario.backends)
      if (const auto* description = describe(choice)) {
        auto options = resolve_options(choice, *description, out_);
        planned.push_back({choice, *description, std::move(options)});
      }
    return planned;
  }

  /// Leaves only the backend that there is an older plugin of, and that beside each choice of it.
  std::vector<OlderPair> pair(Scenario& scenario, std::vector<PlannedBackend>& backends) {
    const auto what = "--against " + settings_.against;
    const auto* older = describe({.label = "", .name = settings_.against});
    if (!older) return {};
    if (!older->left_out.empty())
      return problem(what, "is not in this build: " + older->left_out), std::vector<OlderPair>();
    std::vector<OlderPair> pairs;
    std::vector<PlannedBackend> kept;
    for (auto& now : backends) {
      if (now.description.name != older->name) continue;
      auto choice = now.choice;
      choice.label += "-before";
      choice.name = settings_.against;
      auto options = resolve_options(choice, *older, out_);
      pairs.push_back({now.choice.label, choice.label});
      kept.push_back({choice, *older, std::move(options)});
      kept.push_back(std::move(now));
    }
    if (kept.empty())
      problem(what, "is an older `" + older->name + "`, and " + scenario.name +
                        " has no backend of that name; --backend names others");
    backends = std::move(kept);
    scenario.backends.clear();
    for (const auto& one : backends) scenario.backends.push_back(one.choice);
    check_labels(scenario.backends, out_);
    if (!pairs.empty()) scenario.baseline = pairs.front().older_label;
    return pairs;
  }

  /// Each plugin is asked once, however many variants of it there are.
  const BackendDescription* describe(const BackendChoice& choice) {
    const auto known = descriptions_.find(choice.name);
    if (known != descriptions_.end()) return known->second ? &*known->second : nullptr;
    auto& entry = descriptions_[choice.name];
    const auto complain = [&](std::string message) {
      out_.push_back({choice.at, "backends", std::move(message)});
    };
    const auto file = catalog_.find_backend(choice.name);
    if (!file)
      if (auto why = catalog_.why_left_out(choice.name)) {
        entry.emplace().name = choice.name;
        entry->left_out = std::move(*why);
        return &*entry;
      }
    if (!file) {
      std::vector<std::string> owned;
      for (const auto& found : catalog_.backends()) owned.push_back(found.name);
      complain("no backend is called \"" + choice.name + "\"" +
               suggestion(choice.name, {owned.begin(), owned.end()}) + "; `iodyno list` shows all");
      return nullptr;
    }
    try {
      entry = describe_backend(*file);
    } catch (const std::runtime_error& e) {
      complain(e.what());
      return nullptr;
    }
    return &*entry;
  }

  /// `from` is relative to the scenario's file.
  std::shared_ptr<const Tree> find_tree(Scenario& scenario, const std::string& file) {
    if (scenario.dataset.from.empty()) return nullptr;
    const auto path = std::filesystem::absolute(file).parent_path() / scenario.dataset.from;
    scenario.dataset.from = path.lexically_normal();
    try {
      auto tree = std::make_shared<Tree>(scan_tree(scenario.dataset.from));
      if (tree->files.empty())
        throw std::system_error(ENOENT, std::generic_category(), "the tree has no files");
      return tree;
    } catch (const std::system_error& e) {
      const std::string what = e.what();
      const auto where =
          what.starts_with(scenario.dataset.from) ? "" : scenario.dataset.from + ": ";
      out_.push_back({scenario.from_at, "dataset.from", where + what});
      return nullptr;
    }
  }

  const Catalog& catalog_;
  const PrepareSettings& settings_;
  Diagnostics& out_;
  std::map<std::string, std::optional<BackendDescription>> descriptions_;
};

}  // namespace

std::vector<Prepared> prepare(const Catalog& catalog, const PrepareSettings& settings,
                              Diagnostics& out) {
  return Preparer(catalog, settings, out).run();
}

std::optional<Prepared> prepare_text(const Catalog& catalog, const std::string& text,
                                     const std::string& name, const PrepareSettings& settings,
                                     Diagnostics& out) {
  return Preparer(catalog, settings, out).prepare_text(text, name);
}

}  // namespace iodyno::host
