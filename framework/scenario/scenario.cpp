#include "scenario/scenario.hpp"

#include <algorithm>
#include <set>

#include "scenario/keys.hpp"
#include "scenario/operation.hpp"
#include "scenario/overrides.hpp"
#include "scenario/units.hpp"

namespace iodyno::host {
namespace {

constexpr std::size_t kPointsMax = 10'000, kPhasesMax = 1'000, kBackendsMax = 1'000;

std::string quote(const std::string& text) { return '"' + text + '"'; }

std::string element(const std::string& path, std::size_t index) {
  return path + "[" + std::to_string(index) + "]";
}

/// Reads the nodes of one scenario. Every mistake becomes a diagnostic, and reading goes on.
class Walk {
 public:
  explicit Walk(Diagnostics& out) : out_(out) {}

  Scenario scenario;

  void read(const Node& root) {
    root_ = &root;
    if (!is(root, Node::Kind::map, "")) return;
    read_keys(root, "", {Scope::top, Scope::phase}, {&scenario, nullptr, &defaults_});
    required(root, "", Scope::top);
    if (const auto* node = root.find("dataset")) read_dataset(*node);
    check_dataset(scenario.dataset, root.find("dataset"), root);
    if (const auto* node = root.find("phases")) read_phases(*node);
    check_defaults();
    if (const auto* node = root.find("sweep")) read_sweep(*node);
    if (scenario.points.empty()) scenario.points.emplace_back();
    if (const auto* node = root.find("backends")) read_backends(*node);
    check_baseline();
    check_points();
    if (scenario.lifecycle) check_lifecycle();
  }

 private:
  void problem(const Node& at, const std::string& path, std::string message) {
    out_.push_back({at.at, path, std::move(message)});
  }

  bool is(const Node& node, Node::Kind kind, const std::string& path) {
    if (node.kind == kind) return true;
    problem(node, path, kind == Node::Kind::map ? "must be a map of keys" : "must be a list");
    return false;
  }

  /// Sets what the keys of a map say. Those that are read elsewhere have no setter.
  void read_keys(const Node& map, const std::string& path, std::vector<Scope> scopes, Target to) {
    const std::string prefix = path.empty() ? "" : path + ".";
    std::set<std::string> seen;
    for (const auto& [name, value] : map.entries) {
      const std::string below = prefix + name.text;
      if (!seen.insert(name.text).second) {
        problem(name, below, "given twice");
        continue;
      }
      const Key* key = nullptr;
      std::vector<std::string_view> known;
      for (const auto scope : scopes) {
        // A default of all phases can't be a name.
        const bool nameless = scopes.size() > 1 && scope == Scope::phase && name.text == "name";
        if (!key && !nameless) key = find_key(scope, name.text);
        for (const auto one : key_names(scope)) known.push_back(one);
      }
      if (!key)
        problem(name, below, "unknown key" + suggestion(name.text, known));
      else if (key->set) {
        Reader reader(out_, below, *key);
        key->set(reader, value, to);
      }
    }
  }

  void required(const Node& map, const std::string& path, Scope scope) {
    for (const auto& key : keys())
      if (key.scope == scope && key.rule.required && !map.find(key.name) &&
          !(scope == Scope::phase && root_->find(key.name)))
        problem(map, path, "needs the key " + std::string(key.name));
  }

  void read_dataset(const Node& node) {
    if (!is(node, Node::Kind::map, "dataset")) return;
    read_keys(node, "dataset", {Scope::dataset}, {nullptr, &scenario.dataset, nullptr});
    if (!node.find("from")) return;
    for (const auto& [name, value] : node.entries)
      if (name.text != "from" && find_key(Scope::dataset, name.text))
        problem(name, "dataset." + name.text, "`from` stands alone: the tree says the rest");
  }

  void check_dataset(const Dataset& dataset, const Node* node, const Node& root) {
    const Node& at = node ? *node : root;
    if (dataset.directories > dataset.files)
      problem(at, "dataset", "more directories than files: some would be empty");
    // The largest that all files could be. One more bit would not fit an off_t.
    if (dataset.size.max != 0 && dataset.files > std::uint64_t(INT64_MAX) / dataset.size.max)
      problem(at, "dataset", "more than 8 EiB");
  }

  void read_phases(const Node& list) {
    if (!is(list, Node::Kind::list, "phases")) return;
    if (list.items.empty()) problem(list, "phases", "needs at least one phase");
    if (list.items.size() > kPhasesMax) return problem(list, "phases", "more than 1000 phases");
    std::set<std::string> names;
    for (std::size_t i = 0; i < list.items.size(); ++i) {
      const Node& node = list.items[i];
      const auto path = element("phases", i);
      if (!is(node, Node::Kind::map, path)) continue;
      Phase phase = defaults_;
      read_keys(node, path, {Scope::phase}, {nullptr, nullptr, &phase});
      required(node, path, Scope::phase);
      if (!phase.name.empty() && !names.insert(phase.name).second)
        problem(*node.find("name"), path + ".name",
                "another phase has the name " + quote(phase.name));
      for (const auto& [name, value] : node.entries) {
        const auto* key = find_key(Scope::phase, name.text);
        if (key && key->rule.applies && !phase.ops.empty() && !key->rule.applies(phase) &&
            !swept("op"))
          problem(name, path + "." + name.text, "only for " + std::string(key->rule.applies_to));
      }
      scenario.phases.push_back(std::move(phase));
      phase_nodes_.push_back(&node);
    }
  }

  bool swept(std::string_view key) const {
    const auto* sweep = root_->find("sweep");
    if (!sweep) return false;
    if (sweep->kind == Node::Kind::map) return sweep->find(key) != nullptr;
    return std::ranges::any_of(sweep->items,
                               [&](const Node& point) { return point.find(key) != nullptr; });
  }

  /// A key that no phase can use is a mistake, be it a default or swept.
  bool used(const Key& key) const {
    return !key.rule.applies || scenario.phases.empty() || swept("op") ||
           std::ranges::any_of(scenario.phases, key.rule.applies);
  }

  void check_defaults() {
    for (const auto& [name, value] : root_->entries) {
      const auto* key =
          find_key(Scope::top, name.text) ? nullptr : find_key(Scope::phase, name.text);
      if (key && !used(*key))
        problem(name, name.text, "no phase uses it: only for " + std::string(key->rule.applies_to));
    }
  }

  /// The row of a key that a sweep may set, or null after a diagnostic.
  const Key* sweep_key(const Node& name, const std::string& path) {
    const auto* key = find_key(Scope::phase, name.text);
    if (!key) key = find_key(Scope::dataset, name.text);
    if (!key) {
      auto known = key_names(Scope::phase);
      for (const auto one : key_names(Scope::dataset)) known.push_back(one);
      problem(name, path, "not a key of a phase or of the dataset" + suggestion(name.text, known));
    } else if (!key->rule.sweepable) {
      problem(name, path, "can't be swept");
      return nullptr;
    } else if (!used(*key)) {
      problem(name, path, "no phase uses it: only for " + std::string(key->rule.applies_to));
    } else if (key->scope == Scope::dataset && !scenario.dataset.from.empty()) {
      problem(name, path, "the dataset is a copy of a tree, which says it");
    }
    return key;
  }

  Assignment assignment(const Key& key, const Node& value, const std::string& path);

  void read_sweep(const Node& node) {
    if (node.kind == Node::Kind::map) return read_product(node);
    if (node.kind == Node::Kind::list) return read_list(node);
    problem(node, "sweep", "must be a map of lists, or a list of maps");
  }

  void read_product(const Node& map) {
    std::vector<Point> points(1);
    std::set<std::string> seen;
    for (const auto& [name, values] : map.entries) {
      const auto path = "sweep." + name.text;
      if (!seen.insert(name.text).second) {
        problem(name, path, "given twice");
        continue;
      }
      const auto* key = sweep_key(name, path);
      if (!is(values, Node::Kind::list, path)) continue;
      if (values.items.empty()) problem(values, path, "needs at least one value");
      if (values.items.empty() || !key) continue;
      if (points.size() * values.items.size() > kPointsMax || values.items.size() > kPointsMax)
        return problem(name, path, "more than 10000 points");
      std::vector<Point> longer;
      std::vector<Assignment> choices;
      for (std::size_t i = 0; i < values.items.size(); ++i)
        choices.push_back(assignment(*key, values.items[i], element(path, i)));
      for (const auto& point : points)
        for (const auto& choice : choices) {
          longer.push_back(point);
          longer.back().push_back(choice);
        }
      points = std::move(longer);
    }
    scenario.points = std::move(points);
  }

  void read_list(const Node& list) {
    if (list.items.empty()) return problem(list, "sweep", "needs at least one point");
    if (list.items.size() > kPointsMax) return problem(list, "sweep", "more than 10000 points");
    for (std::size_t i = 0; i < list.items.size(); ++i) {
      const Node& map = list.items[i];
      const auto path = element("sweep", i);
      if (!is(map, Node::Kind::map, path)) continue;
      Point point;
      // In the order of the first point, so that names of one scenario have one order.
      for (const auto& [first_name, unused] : list.items[0].entries)
        if (!map.find(first_name.text))
          problem(map, path, "lacks " + quote(first_name.text) + ", which the first point has");
      std::set<std::string> seen;
      for (const auto& [name, value] : map.entries) {
        const auto below = path + "." + name.text;
        if (!seen.insert(name.text).second)
          problem(name, below, "given twice");
        else if (!list.items[0].find(name.text))
          problem(name, below, "the first point does not have it");
        else if (const auto* key = sweep_key(name, below))
          point.push_back(assignment(*key, value, below));
      }
      const auto rank = [&](const Assignment& a) {
        return std::ranges::find(list.items[0].entries, a.key,
                                 [](const Entry& e) { return e.key.text; });
      };
      std::ranges::sort(point, {}, rank);
      scenario.points.push_back(std::move(point));
    }
  }

  void read_backends(const Node& list) {
    if (!is(list, Node::Kind::list, "backends")) return;
    if (list.items.empty()) problem(list, "backends", "needs at least one backend");
    for (std::size_t i = 0; i < list.items.size(); ++i)
      read_backend(list.items[i], element("backends", i), scenario.backends, out_);
    if (scenario.backends.size() > kBackendsMax)
      return problem(list, "backends", "more than 1000 backends");
    check_labels(scenario.backends, "backends", out_);
  }

  void check_baseline() {
    const auto* node = root_->find("baseline");
    if (!node) {
      if (!scenario.backends.empty()) scenario.baseline = scenario.backends.front().label;
      return;
    }
    std::vector<std::string_view> labels;
    for (const auto& backend : scenario.backends) labels.push_back(backend.label);
    if (labels.empty() || scenario.baseline.empty() ||
        std::ranges::find(labels, scenario.baseline) != labels.end())
      return;
    problem(*node, "baseline",
            quote(scenario.baseline) + " is no backend of this scenario" +
                suggestion(scenario.baseline, labels));
  }

  /// What only shows when a phase, the dataset and a point come together.
  void check_points() {
    if (!out_.empty()) return;  // what follows from a mistake is not another one
    for (std::size_t p = 0; p < scenario.phases.size(); ++p)
      for (const auto& point : scenario.points) {
        const auto [phase, dataset] = apply(point, scenario.phases[p], scenario.dataset);
        const auto before = out_.size();
        check_case(phase, dataset, element("phases", p), *phase_nodes_[p]);
        if (!point.empty()) check_dataset(dataset, root_->find("sweep"), *root_);
        if (out_.size() > before) break;  // once a phase, not once a point
      }
    check_distinct_points();
  }

  void check_case(const Phase& phase, const Dataset& dataset, const std::string& path,
                  const Node& node) {
    if (phase.ops.empty()) return;
    const auto at = [&](std::string_view key) -> const Node& {
      const auto* own = node.find(key);
      const auto* top = root_->find(key);
      return own ? *own : top ? *top : node;
    };
    const bool blocks = find_key(Scope::phase, "block")->rule.applies(phase);
    if (phase.count && phase.time_ns)
      problem(at("time"), path + ".time", "either count or time, not both");
    if (blocks && phase.block == 0) problem(node, path, "needs the key block");
    if (blocks && dataset.from.empty() && phase.block > dataset.size.min)
      problem(
          at("block"), path + ".block",
          format_size(phase.block) + " is larger than a file of " + format_size(dataset.size.min));
    if (phase.direct && blocks && phase.block % 4096 != 0)
      problem(at("block"), path + ".block", "with `direct`, must be a multiple of 4 KiB");
    if (phase.rate && !phase.timed)
      problem(at("rate"), path + ".rate", "needs `timed: true`: an open loop is about latency");
    const bool copies_tree = !dataset.from.empty();
    const bool directories = operation(phase.ops[0].op).object == Object::directory;
    if (copies_tree && directories && phase.ops[0].op != IODYNO_OP_LIST)
      problem(at("op"), path + ".op", "a copy of a tree serves operations on its files, and list");
  }

  void check_distinct_points() {
    std::set<std::string> names;
    for (const auto& point : scenario.points) {
      std::string name;
      for (const auto& a : point) name += "/" + a.key + ":" + a.token;
      if (!names.insert(name).second)
        return problem(*root_->find("sweep"), "sweep",
                       "has the same point twice: " + name.substr(1));
    }
  }

  /// In a lifecycle a phase finds what the phases before it left.
  void check_lifecycle() {
    if (!out_.empty()) return;
    enum class Files { absent, present, gone } files = Files::absent;
    bool second_paths = false;
    for (std::size_t p = 0; p < scenario.phases.size(); ++p) {
      const auto& phase = scenario.phases[p];
      if (phase.cache == CacheState::cold || phase.metadata == CacheState::cold) continue;
      const auto path = element("phases", p) + ".op";
      const auto& op = operation(phase.ops[0].op);
      const Node& node =
          phase_nodes_[p]->find("op") ? *phase_nodes_[p]->find("op") : *phase_nodes_[p];
      if (phase.ops.size() > 1 && op.object != Object::block)
        problem(node, path, "a lifecycle has no mixes of operations on files");
      else if (op.object == Object::directory)
        problem(node, path,
                "a lifecycle is of files; its directories are made first and removed last");
      else if (op.needs_object && files != Files::present)
        problem(node, path, "in a lifecycle, a phase with create must stand before it");
      else if (op.op == IODYNO_OP_CREATE && files == Files::present)
        problem(node, path, "in a lifecycle, the files are there already");
      else if (op.second_path && second_paths)
        problem(node, path, "in a lifecycle, a phase before it took the second names");
      if (op.op == IODYNO_OP_CREATE) files = Files::present;
      if (op.op == IODYNO_OP_DELETE || op.op == IODYNO_OP_RENAME) files = Files::gone;
      second_paths |= op.second_path;
    }
  }

  Diagnostics& out_;
  const Node* root_ = nullptr;
  Phase defaults_;
  std::vector<const Node*> phase_nodes_;  // of each of scenario.phases
};

/// A value as it stands in names: sizes in bytes, times in nanoseconds, bare.
std::string token_of(const Key& key, const Node& node) {
  if (node.kind != Node::Kind::scalar) {
    std::string all;
    const auto join = [&](const std::string& part) { all += (all.empty() ? "" : "-") + part; };
    for (const auto& item : node.items) join(token_of(key, item));
    for (const auto& [name, value] : node.entries) {
      if (key.shape == Shape::file_size && name.text != "distribution")
        join(token_of(key, value));
      else
        join(name.text), join(token_of(key, value));
    }
    return all;
  }
  if (const auto bytes = parse_size(node.text); bytes.value) return std::to_string(*bytes.value);
  if (const auto ns = parse_time(node.text); ns.value) return std::to_string(*ns.value);
  std::string text = node.text;
  if (text.ends_with('%')) text.pop_back();
  for (char& c : text)
    if (!is_token({&c, 1})) c = '_';
  return text;
}

Assignment Walk::assignment(const Key& key, const Node& value, const std::string& path) {
  Phase phase;
  Dataset dataset;
  Reader reader(out_, path, key);
  key.set(reader, value, {nullptr, &dataset, &phase});
  return {std::string(key.name), value, token_of(key, value)};
}

}  // namespace

std::pair<Phase, Dataset> apply(const Point& point, Phase phase, Dataset dataset) {
  Diagnostics none;  // the values were read once already
  for (const auto& [name, value, token] : point) {
    const auto* key = find_key(Scope::phase, name);
    if (!key) key = find_key(Scope::dataset, name);
    Reader reader(none, name, *key);
    key->set(reader, value, {nullptr, &dataset, &phase});
  }
  return {std::move(phase), std::move(dataset)};
}

std::optional<Scenario> parse_scenario(std::string_view text, const std::string& file,
                                       const Overrides& overrides, Diagnostics& out) {
  const auto before = out.size();
  auto root = parse_yaml(text, file, out);
  if (!root) return {};
  override_nodes(*root, overrides, out);
  Walk walk(out);
  walk.read(*root);
  if (out.size() > before) return {};
  return std::move(walk.scenario);
}

}  // namespace iodyno::host
