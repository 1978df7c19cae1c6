#include "scenario/scenario.hpp"

#include <algorithm>
#include <set>

#include "scenario/keys.hpp"
#include "scenario/operation.hpp"
#include "scenario/overrides.hpp"
#include "scenario/units.hpp"

namespace iodyno::host {
namespace {

constexpr std::size_t kPointsMax = 10'000, kPhasesMax = 1'000, kBackendsMax = 1'000,
                      kCasesMax = 100'000;

std::string element(const std::string& path, std::size_t index) {
  return path + "[" + std::to_string(index) + "]";
}

/// Reads the nodes of one scenario. Every mistake becomes a diagnostic, and reading goes on.
class Walk {
 public:
  explicit Walk(Diagnostics& out) : out_(out), first_(out.size()) {}

  Scenario scenario;

  void read(const Node& root) {
    root_ = &root;
    if (!is(root, Node::Kind::map, "")) return;
    read_keys(root, "", {Scope::top, Scope::phase}, {&scenario, nullptr, &defaults_});
    required(root, "", Scope::top);
    if (const auto* node = root.find("dataset")) read_dataset(*node);
    if (const auto* node = root.find("phases")) read_phases(*node);
    check_defaults();
    if (const auto* node = root.find("sweep")) read_sweep(*node);
    if (scenario.points.empty()) scenario.points.emplace_back();
    if (const auto* node = root.find("backends")) read_backends(*node);
    check_baseline();
    if (!sound_defaults() || !check_size()) return;
    const bool points_known = sound("sweep"), dataset_known = sound("dataset");
    check_phases(points_known, dataset_known);
    if (points_known) check_distinct_points();
    if (points_known && dataset_known) check_datasets();
    if (points_known && scenario.lifecycle) check_lifecycle();
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

  /// Whether nothing is wrong at a key or below it: what follows from a mistake is not another one.
  bool sound(const std::string& path) const {
    return std::none_of(out_.begin() + std::ptrdiff_t(first_), out_.end(),
                        [&](const Diagnostic& d) {
                          return d.key.starts_with(path) &&
                                 (d.key.size() == path.size() || d.key[path.size()] == '.' ||
                                  d.key[path.size()] == '[');
                        });
  }
  bool sound_defaults() const {
    return std::ranges::all_of(key_names(Scope::phase),
                               [&](std::string_view key) { return sound(std::string(key)); });
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
      for (const auto scope : scopes)
        if (!key && !is_nameless(scopes, name.text)) key = find_key(scope, name.text);
      if (!key) {
        problem(name, below, "unknown key" + where_instead(name.text, scopes));
      } else if (key->set) {
        Reader reader(out_, below, *key);
        key->set(reader, value, to);
      }
    }
  }

  /// At the top stand the defaults of all phases, of which a name can't be one.
  static bool is_nameless(const std::vector<Scope>& scopes, std::string_view key) {
    return scopes.front() == Scope::top && key == "name";
  }

  /// Where a key belongs that is unknown here, or which key may have been meant.
  static std::string where_instead(const std::string& name, const std::vector<Scope>& scopes) {
    if (find_key(Scope::phase, name)) return "; it belongs in a phase";
    if (find_key(Scope::dataset, name)) return "; it belongs in dataset";
    if (find_key(Scope::top, name)) return "; it belongs at the top";
    std::vector<std::string_view> known;
    for (const auto scope : scopes)
      for (const auto one : key_names(scope))
        if (!is_nameless(scopes, one)) known.push_back(one);
    return suggestion(name, known);
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
      written_.push_back({&node, path});
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
           std::ranges::any_of(scenario.phases, [&](const Phase& phase) {
             return phase.ops.empty() || key.rule.applies(phase);
           });
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
    bool too_many = false;
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
      if (values.items.size() > kPointsMax) {
        problem(name, path, "more than 10000 points");
        continue;
      }
      const auto choices = read_values(*key, values, path);
      if (too_many) continue;
      too_many = choices.size() > kPointsMax / points.size();
      if (too_many)
        problem(name, path, "more than 10000 points");
      else
        points = product(points, choices);
    }
    scenario.points = std::move(points);
  }

  std::vector<Assignment> read_values(const Key& key, const Node& values, const std::string& path) {
    std::vector<Assignment> all;
    for (std::size_t i = 0; i < values.items.size(); ++i)
      all.push_back(assignment(key, values.items[i], element(path, i)));
    return all;
  }

  static std::vector<Point> product(const std::vector<Point>& points,
                                    const std::vector<Assignment>& choices) {
    std::vector<Point> longer;
    for (const auto& point : points)
      for (const auto& choice : choices) {
        longer.push_back(point);
        longer.back().push_back(choice);
      }
    return longer;
  }

  void read_list(const Node& list) {
    if (list.items.empty()) return problem(list, "sweep", "needs at least one point");
    if (list.items.size() > kPointsMax) return problem(list, "sweep", "more than 10000 points");
    const Node* first = nullptr;
    for (std::size_t i = 0; i < list.items.size(); ++i) {
      const auto path = element("sweep", i);
      if (!is(list.items[i], Node::Kind::map, path)) continue;
      if (!first) first = &list.items[i];
      scenario.points.push_back(read_point(list.items[i], *first, path));
    }
  }

  Point read_point(const Node& map, const Node& first, const std::string& path) {
    for (const auto& [name, unused] : first.entries)
      if (!map.find(name.text))
        problem(map, path, "lacks " + quote(name.text) + ", which the first point has");
    Point point;
    std::set<std::string> seen;
    for (const auto& [name, value] : map.entries) {
      const auto below = path + "." + name.text;
      if (!seen.insert(name.text).second)
        problem(name, below, "given twice");
      else if (!first.find(name.text))
        problem(name, below, "the first point does not have it");
      else if (const auto* key = sweep_key(name, below))
        point.push_back(assignment(*key, value, below));
    }
    // In the order of the first point, so that names of one scenario have one order.
    std::ranges::sort(point, {}, [&](const Assignment& a) {
      return std::ranges::find(first.entries, a.key, [](const Entry& e) { return e.key.text; });
    });
    return point;
  }

  void read_backends(const Node& list) {
    if (!is(list, Node::Kind::list, "backends")) return;
    if (list.items.empty()) problem(list, "backends", "needs at least one backend");
    for (std::size_t i = 0; i < list.items.size(); ++i)
      read_backend(list.items[i], element("backends", i), scenario.backends, out_);
    if (scenario.backends.size() > kBackendsMax)
      return problem(list, "backends", "more than 1000 backends");
    check_labels(scenario.backends, out_);
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

  bool check_size() {
    const auto backends = std::max<std::size_t>(scenario.backends.size(), 1);
    // None of the factors is above 10000.
    if (scenario.phases.size() * scenario.points.size() * backends <= kCasesMax) return true;
    const auto* sweep = root_->find("sweep");
    problem(sweep ? *sweep : *root_, sweep ? "sweep" : "",
            "more than 100000 cases: phases × points × backends");
    return false;
  }

  /// Where a key's value was written: in the sweep, in its map, or as a default.
  const Node& place(const Point& point, const Node* map, std::string_view key) const {
    const auto swept = std::ranges::find(point, key, &Assignment::key);
    if (swept != point.end()) return swept->value;
    if (const auto* own = map ? map->find(key) : nullptr) return *own;
    if (const auto* top = root_->find(key)) return *top;
    return map ? *map : *root_;
  }

  void check_datasets() {
    const auto* node = root_->find("dataset");
    if (!scenario.dataset.from.empty()) return;
    for (const auto& point : scenario.points) {
      const auto dataset = apply(point, {}, scenario.dataset).second;
      if (dataset.directories > dataset.files)
        return problem(place(point, node, "directories"), "dataset.directories",
                       "more directories than files: some would be empty");
      // The largest that all files could be. One more bit would not fit an off_t.
      if (dataset.size.max != 0 && dataset.files > std::uint64_t(INT64_MAX) / dataset.size.max)
        return problem(place(point, node, "files"), "dataset", "more than 8 EiB");
    }
  }

  /// What only shows when a phase, the dataset and a point come together.
  void check_phases(bool points_known, bool dataset_known) {
    const std::vector<Point> no_sweep(1);
    if (!points_known && swept("op")) return;
    for (std::size_t p = 0; p < scenario.phases.size(); ++p) {
      if (!sound(written_[p].path)) continue;
      for (const auto& point : points_known ? scenario.points : no_sweep) {
        const auto [phase, dataset] = apply(point, scenario.phases[p], scenario.dataset);
        const bool blocks = find_key(Scope::phase, "block")->rule.applies(phase);
        // A swept value that could not be read is no mistake of the phase.
        if (blocks && (points_known || !swept("block"))) {
          check_block(phase, point, written_[p]);
          if (dataset_known && (points_known || !swept("size")))
            check_block_fits(phase, dataset, point, written_[p]);
        }
        check_case(phase, dataset, point, written_[p]);
      }
    }
  }

  /// A phase as it was written.
  struct Written {
    const Node* node;
    std::string path;
  };

  /// A mistake of a phase at some point: told once where it was written, not once a point.
  void wrong(const Point& point, const Written& written, std::string_view key,
             std::string message) {
    const auto& node = place(point, written.node, key);
    const auto path = written.path + (key.empty() ? "" : "." + std::string(key));
    const bool told = std::ranges::any_of(out_, [&](const Diagnostic& d) {
      return d.key == path && d.at.line == node.at.line && d.at.column == node.at.column;
    });
    if (!told) problem(node, path, std::move(message));
  }

  void check_block(const Phase& phase, const Point& point, const Written& written) {
    if (phase.block == 0)
      wrong(point, written, "", "needs the key block");
    else if (phase.direct && phase.block % 4096 != 0)
      wrong(point, written, "block", "with `direct`, must be a multiple of 4 KiB");
  }

  void check_block_fits(const Phase& phase, const Dataset& dataset, const Point& point,
                        const Written& written) {
    if (dataset.from.empty() && phase.block > dataset.size.min)
      wrong(point, written, "block",
            format_size(phase.block) + " is larger than the smallest file, of " +
                format_size(dataset.size.min) + ": see dataset.size");
  }

  void check_case(const Phase& phase, const Dataset& dataset, const Point& point,
                  const Written& written) {
    if (phase.count && phase.time_ns)
      wrong(point, written, "time", "either count or time, not both");
    if (phase.rate && !phase.timed)
      wrong(point, written, "rate", "needs `timed: true`: an open loop is about latency");
    const auto& row = operation(phase.ops[0].op);
    if (!dataset.from.empty() && row.object == Object::directory && row.op != IODYNO_OP_LIST)
      wrong(point, written, "op", "a copy of a tree serves operations on its files, and list");
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

  void check_lifecycle() {
    if (!sound("phases")) return;
    for (const auto& point : scenario.points) {
      check_lifecycle(point);
      if (!sound("phases")) return;
    }
  }

  /// In a lifecycle a phase finds what the phases before it left.
  void check_lifecycle(const Point& point) {
    bool present = false, second_paths = false;
    for (std::size_t p = 0; p < scenario.phases.size(); ++p) {
      const auto phase = apply(point, scenario.phases[p], {}).first;
      if (phase.cache == CacheState::cold || phase.metadata == CacheState::cold) continue;
      const auto& op = operation(phase.ops[0].op);
      const auto wrong = [&](const char* message) {
        problem(place(point, written_[p].node, "op"), written_[p].path + ".op", message);
      };
      if (phase.ops.size() > 1 && op.object != Object::block)
        wrong("a lifecycle has no mixes of operations on files");
      else if (op.object == Object::directory)
        wrong("a lifecycle is of files; its directories are made first and removed last");
      else if (op.needs_object && !present)
        wrong("in a lifecycle, a phase with create must stand before it");
      else if (op.op == IODYNO_OP_CREATE && present)
        wrong("in a lifecycle, the files are there already");
      else if (op.second_path && second_paths)
        wrong("in a lifecycle, a phase before it took the second names");
      if (op.op == IODYNO_OP_CREATE) present = true;
      if (op.op == IODYNO_OP_DELETE || op.op == IODYNO_OP_RENAME) present = false;
      second_paths |= op.second_path;
    }
  }

  Diagnostics& out_;
  const std::size_t first_;  ///< of the diagnostics of this scenario
  const Node* root_ = nullptr;
  Phase defaults_;
  std::vector<Written> written_;  ///< of each of scenario.phases
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
  drop_unused(phase);
  return {std::move(phase), std::move(dataset)};
}

Scenario read_scenario(std::string_view text, const std::string& file, const Overrides& overrides,
                       Diagnostics& out) {
  const auto before = out.size();
  auto root = parse_yaml(text, file, out);
  if (!root) return {};
  override_nodes(*root, overrides, out);
  Walk walk(out);
  walk.read(*root);
  std::stable_sort(out.begin() + std::ptrdiff_t(before), out.end(),
                   [](const Diagnostic& a, const Diagnostic& b) {
                     return std::pair(a.at.line, a.at.column) < std::pair(b.at.line, b.at.column);
                   });
  return std::move(walk.scenario);
}

std::optional<Scenario> parse_scenario(std::string_view text, const std::string& file,
                                       const Overrides& overrides, Diagnostics& out) {
  const auto before = out.size();
  auto scenario = read_scenario(text, file, overrides, out);
  return out.size() > before ? std::nullopt : std::optional(std::move(scenario));
}

}  // namespace iodyno::host
