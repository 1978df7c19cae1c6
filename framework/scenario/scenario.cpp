#include "scenario/scenario.hpp"

#include <algorithm>
#include <set>

#include "scenario/overrides.hpp"
#include "scenario/units.hpp"
#include "scenario/walk.hpp"

namespace iodyno::host {
namespace {

constexpr std::size_t kPointsMax = 10'000, kPhasesMax = 1'000, kBackendsMax = 1'000;
constexpr std::size_t kMistakesMax = 1'000, kPointNameMax = 1'000;

/// Nobody reads more mistakes than these.
struct Enough {};

constexpr const char* kNameTooLong = "makes names of more than 1000 letters";

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

/// Where a key belongs, in words; empty where there is no such key.
std::string home_of(std::string_view key) {
  if (find_key(Scope::phase, key)) return "in a phase";
  if (find_key(Scope::dataset, key)) return "in dataset";
  return find_key(Scope::top, key) ? "at the top" : "";
}

/// What other tools call a key of ours. By their letters alone they would not be found.
constexpr std::pair<std::string_view, std::string_view> kOtherWords[] = {
    {"bs", "block"},          {"blocksize", "block"},        {"block_size", "block"},
    {"queue_depth", "depth"}, {"threads", "depth"},          {"numjobs", "depth"},
    {"runtime", "time"},      {"duration", "time"},          {"rw", "op"},
    {"sync", "durability"},   {"fsync", "durability"},       {"filesize", "size"},
    {"file_size", "size"},    {"iterations", "repetitions"}, {"loops", "repetitions"},
    {"engine", "backends"},   {"ioengine", "backends"}};

}  // namespace

void Walk::read(const Node& root) {
  root_ = &root;
  if (!is(root, Node::Kind::map, "")) return;
  read_keys(root, "", {Scope::top, Scope::phase}, {&scenario, nullptr, &defaults_});
  required(root, "", Scope::top);
  ops_swept_ = swept("op");
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

void Walk::problem(const Node& at, const std::string& path, std::string message) {
  out_.push_back({at.at, path, std::move(message)});
  if (out_.size() - first_ > kMistakesMax) throw Enough{};
}

bool Walk::is(const Node& node, Node::Kind kind, const std::string& path) {
  if (node.kind == kind) return true;
  problem(node, path, kind == Node::Kind::map ? "must be a map of keys" : "must be a list");
  return false;
}

bool Walk::sound(const std::string& path) const {
  return std::none_of(out_.begin() + std::ptrdiff_t(first_), out_.end(), [&](const Diagnostic& d) {
    return d.key.starts_with(path) &&
           (d.key.size() == path.size() || d.key[path.size()] == '.' || d.key[path.size()] == '[');
  });
}

bool Walk::sound_defaults() const {
  return std::ranges::all_of(key_names(Scope::phase),
                             [&](std::string_view key) { return sound(std::string(key)); });
}

void Walk::read_keys(const Node& map, const std::string& path, const std::vector<Scope>& scopes,
                     Target to) {
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

bool Walk::is_nameless(const std::vector<Scope>& scopes, std::string_view key) {
  return scopes.front() == Scope::top && key == "name";
}

std::string Walk::where_instead(const std::string& name, const std::vector<Scope>& scopes) {
  if (const auto home = home_of(name); !home.empty()) return "; it belongs " + home;
  for (const auto& [theirs, ours] : kOtherWords) {
    if (name != theirs) continue;
    const bool is_here = std::ranges::any_of(
        scopes, [&, key = ours](const Scope scope) { return find_key(scope, key) != nullptr; });
    return "; did you mean " + quote(ours) + (is_here ? "?" : ", " + home_of(ours) + "?");
  }
  std::vector<std::string_view> known;
  for (const auto scope : scopes)
    for (const auto one : key_names(scope))
      if (!is_nameless(scopes, one)) known.push_back(one);
  return suggestion(name, known);
}

void Walk::required(const Node& map, const std::string& path, Scope scope) {
  for (const auto& key : keys())
    if (key.scope == scope && key.rule.required && !map.find(key.name) &&
        !(scope == Scope::phase && root_->find(key.name)))
      problem(map, path, "needs the key " + std::string(key.name));
}

void Walk::read_dataset(const Node& node) {
  if (!is(node, Node::Kind::map, "dataset")) return;
  read_keys(node, "dataset", {Scope::dataset}, {nullptr, &scenario.dataset, nullptr});
  const Node* from = node.find("from");
  if (!from) return;
  scenario.from_at = from->at;
  for (const auto& [name, value] : node.entries)
    if (name.text != "from" && find_key(Scope::dataset, name.text))
      problem(name, "dataset." + name.text, "`from` stands alone: the tree says the rest");
}

void Walk::read_phases(const Node& list) {
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
          !ops_swept_)
        problem(name, path + "." + name.text, "only for " + std::string(key->rule.applies_to));
    }
    scenario.phases.push_back(std::move(phase));
    written_.push_back({&node, path});
  }
}

bool Walk::swept(std::string_view key) const {
  const auto* sweep = root_->find("sweep");
  if (!sweep) return false;
  if (sweep->kind == Node::Kind::map) return sweep->find(key) != nullptr;
  return std::ranges::any_of(sweep->items,
                             [&](const Node& point) { return point.find(key) != nullptr; });
}

bool Walk::used(const Key& key) const {
  return !key.rule.applies || scenario.phases.empty() || ops_swept_ ||
         std::ranges::any_of(scenario.phases, [&](const Phase& phase) {
           return phase.ops.empty() || key.rule.applies(phase);
         });
}

const Key* Walk::sweep_key(const Node& name, const std::string& path) {
  const auto* key = find_key(Scope::phase, name.text);
  if (!key) key = find_key(Scope::dataset, name.text);
  if (!key) {
    auto known = key_names(Scope::phase);
    for (const auto one : key_names(Scope::dataset)) known.push_back(one);
    const auto dot = name.text.rfind('.');
    const auto hint = dot != name.text.npos && std::ranges::count(known, name.text.substr(dot + 1))
                          ? "; write " + quote(name.text.substr(dot + 1))
                          : suggestion(name.text, known);
    problem(name, path, "not a key of a phase or of the dataset" + hint);
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

void Walk::read_sweep(const Node& node) {
  if (node.kind == Node::Kind::map) return read_product(node);
  if (node.kind == Node::Kind::list) return read_list(node);
  problem(node, "sweep", "must be a map of lists, or a list of maps");
}

void Walk::read_product(const Node& map) {
  std::vector<Point> points(1);
  std::set<std::string> seen;
  std::size_t name_size = 0;
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
    const auto before = out_.size();
    const auto choices = read_values(*key, values, path);
    if (too_many || out_.size() > before) continue;
    name_size += longest_name(choices);
    if (name_size > kPointNameMax) {
      problem(name, path, kNameTooLong);
      return;
    }
    too_many = choices.size() > kPointsMax / points.size();
    if (too_many)
      problem(name, path, "more than 10000 points");
    else
      points = product(points, choices);
  }
  scenario.points = std::move(points);
}

std::vector<Assignment> Walk::read_values(const Key& key, const Node& values,
                                          const std::string& path) {
  std::vector<Assignment> all;
  for (std::size_t i = 0; i < values.items.size(); ++i)
    all.push_back(assignment(key, values.items[i], element(path, i)));
  return all;
}

std::size_t Walk::longest_name(const std::vector<Assignment>& choices) {
  std::size_t longest = 0;
  for (const auto& choice : choices)
    longest = std::max(longest, choice.key.size() + choice.token.size() + 2);
  return longest;
}

std::vector<Point> Walk::product(const std::vector<Point>& points,
                                 const std::vector<Assignment>& choices) {
  std::vector<Point> longer;
  for (const auto& point : points)
    for (const auto& choice : choices) {
      longer.push_back(point);
      longer.back().push_back(choice);
    }
  return longer;
}

void Walk::read_list(const Node& list) {
  if (list.items.empty()) return problem(list, "sweep", "needs at least one point");
  if (list.items.size() > kPointsMax) return problem(list, "sweep", "more than 10000 points");
  const Node* first = nullptr;
  for (std::size_t i = 0; i < list.items.size(); ++i) {
    const auto path = element("sweep", i);
    if (!is(list.items[i], Node::Kind::map, path)) continue;
    if (!first) first = &list.items[i];
    auto point = read_point(list.items[i], *first, path);
    std::size_t name_size = 0;
    for (const auto& one : point) name_size += longest_name({one});
    if (name_size > kPointNameMax) return problem(list.items[i], path, kNameTooLong);
    scenario.points.push_back(std::move(point));
  }
}

Point Walk::read_point(const Node& map, const Node& first, const std::string& path) {
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

void Walk::read_backends(const Node& list) {
  if (!is(list, Node::Kind::list, "backends")) return;
  if (list.items.empty()) problem(list, "backends", "needs at least one backend");
  for (std::size_t i = 0; i < list.items.size(); ++i) {
    read_backend(list.items[i], element("backends", i), scenario.backends, out_);
    if (scenario.backends.size() > kBackendsMax)
      return problem(list, "backends", "more than 1000 backends");
  }
  check_labels(scenario.backends, out_);
}

const Node& Walk::place(const Point& point, const Node* map, std::string_view key) const {
  const auto swept = std::ranges::find(point, key, &Assignment::key);
  if (swept != point.end()) return *swept->value;
  if (const auto* own = map ? map->find(key) : nullptr) return *own;
  if (const auto* top = root_->find(key)) return *top;
  return map ? *map : *root_;
}

Assignment Walk::assignment(const Key& key, const Node& value, const std::string& path) {
  Phase phase;
  Dataset dataset;
  Reader reader(out_, path, key);
  key.set(reader, value, {nullptr, &dataset, &phase});
  return {std::string(key.name), std::make_shared<const Node>(value), token_of(key, value)};
}

std::pair<Phase, Dataset> apply(const Point& point, Phase phase, Dataset dataset) {
  Diagnostics none;  // the values were read once already
  for (const auto& [name, value, token] : point) {
    const auto* key = find_key(Scope::phase, name);
    if (!key) key = find_key(Scope::dataset, name);
    Reader reader(none, name, *key);
    key->set(reader, *value, {nullptr, &dataset, &phase});
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
  try {
    walk.read(*root);
  } catch (const Enough&) {
  }
  std::stable_sort(out.begin() + std::ptrdiff_t(before), out.end(),
                   [](const Diagnostic& a, const Diagnostic& b) {
                     return std::pair(a.at.line, a.at.column) < std::pair(b.at.line, b.at.column);
                   });
  if (out.size() - before > kMistakesMax) {
    out.resize(before + kMistakesMax);
    out.push_back({{root->at.source}, "", "more than 1000 mistakes; the others are not told"});
  }
  return std::move(walk.scenario);
}

std::optional<Scenario> parse_scenario(std::string_view text, const std::string& file,
                                       const Overrides& overrides, Diagnostics& out) {
  const auto before = out.size();
  auto scenario = read_scenario(text, file, overrides, out);
  return out.size() > before ? std::nullopt : std::optional(std::move(scenario));
}

}  // namespace iodyno::host
