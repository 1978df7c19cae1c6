#include "scenario/overrides.hpp"

#include <algorithm>
#include <set>

#include "scenario/keys.hpp"
#include "scenario/units.hpp"

namespace iodyno::host {
namespace {

Position from_command_line(const std::string& argument) {
  return {std::make_shared<const std::string>(argument), 0, 0};
}

void relocate(Node& node, const Position& at) {
  node.at = at;
  for (auto& item : node.items) relocate(item, at);
  for (auto& [key, value] : node.entries) relocate(key, at), relocate(value, at);
}

Node scalar(std::string text, const Position& at) { return {.at = at, .text = std::move(text)}; }

void put(Node& map, const std::string& key, Node value) {
  for (auto& entry : map.entries)
    if (entry.key.text == key) {
      entry.value = std::move(value);
      return;
    }
  auto name = scalar(key, value.at);
  map.entries.push_back({std::move(name), std::move(value)});
}

/// The map that a key of --set is in: the top, the dataset, the sweep or a phase by its name.
Node* find_map(Node& root, std::string& key, Diagnostics& out, const Position& at) {
  const auto dot = key.find('.');
  if (dot == key.npos || root.kind != Node::Kind::map) return &root;
  const auto head = key.substr(0, dot);
  const auto child = [&](const std::string& name) -> Node& {
    if (!root.find(name)) put(root, name, {.kind = Node::Kind::map, .at = at});
    return const_cast<Node&>(*root.find(name));
  };
  if (head == "dataset" || head == "sweep") {
    key.erase(0, dot + 1);
    return &child(head);
  }
  const auto* phases = root.find("phases");
  const auto next = key.rfind('.');  // a phase's name may have dots, a key has none
  if (head != "phases" || next == dot || !phases) {
    out.push_back({at, key,
                   "names no key; keys are KEY, dataset.KEY, sweep.KEY and phases.NAME.KEY" +
                       suggestion(head, {"dataset", "phases", "sweep"})});
    return nullptr;
  }
  const auto name = key.substr(dot + 1, next - dot - 1);
  std::vector<std::string_view> known;
  for (const auto& phase : phases->items) {
    const auto* own = phase.find("name");
    if (!own) continue;
    known.push_back(own->text);
    if (own->text != name) continue;
    key.erase(0, next + 1);
    return const_cast<Node*>(&phase);
  }
  out.push_back({at, key, "no phase has the name " + quote(name) + suggestion(name, known)});
  return nullptr;
}

void set(Node& root, const std::string& argument, Diagnostics& out) {
  const auto at = from_command_line("--set " + argument);
  const auto equals = argument.find('=');
  if (equals == argument.npos || equals == 0) {
    out.push_back({at, "", "must be KEY=VALUE"});
    return;
  }
  const auto path = argument.substr(0, equals);
  Diagnostics mistakes;
  auto value = equals + 1 < argument.size()
                   ? parse_yaml(argument.substr(equals + 1), "--set", mistakes)
                   : std::optional<Node>(scalar("", at));
  if (!value) {
    out.push_back({at, path, mistakes.empty() ? "needs a value" : mistakes.front().message});
    return;
  }
  relocate(*value, at);
  auto key = path;
  Node* map = find_map(root, key, out, at);
  if (!map) return;
  if (map->kind == Node::Kind::map)
    put(*map, key, std::move(*value));
  else
    out.push_back({at, path, "that part of the scenario is no map of keys"});
}

/// A key that is swept has its values from there: another one would be lost unseen.
void check_not_swept(const Node& root, const std::string& argument, Diagnostics& out) {
  const auto path = argument.substr(0, argument.find('='));
  const auto* sweep = root.find("sweep");
  if (!sweep || path.starts_with("sweep.")) return;
  const auto key = path.substr(path.rfind('.') + 1);
  const bool listed = sweep->kind == Node::Kind::list;
  if (listed ? std::ranges::any_of(sweep->items, [&](const Node& point) { return point.find(key); })
             : sweep->find(key) != nullptr)
    out.push_back({from_command_line("--set " + argument), path,
                   "the sweep overrides it; set " + (listed ? "sweep" : "sweep." + key)});
}

/// [LABEL=]NAME[:option=value,…] as the node that the scenario would have.
Node backend_node(std::string spec, Diagnostics& out) {
  const auto at = from_command_line("--backend " + spec);
  Node map{.kind = Node::Kind::map, .at = at};
  Node options{.kind = Node::Kind::map, .at = at};
  const auto colon = spec.find(':');
  const auto equals = spec.find('=');
  std::optional<std::string> label;
  if (equals < colon && equals != spec.npos && equals < spec.find('/'))
    label = spec.substr(0, equals), spec.erase(0, equals + 1);
  const auto names_end = std::min(spec.find(':'), spec.size());
  const auto name = spec.substr(0, names_end);
  for (auto rest = std::string_view(spec).substr(names_end); !rest.empty();) {
    rest.remove_prefix(1);  // the colon, or a comma
    const auto end = std::min(rest.find(','), rest.size());
    const auto option = rest.substr(0, end);
    const auto is = option.find('=');
    if (is == option.npos || is == 0)
      out.push_back({at, "backends", quote(std::string(option)) + " must be option=value"});
    else
      options.entries.push_back({scalar(std::string(option.substr(0, is)), at),
                                 scalar(std::string(option.substr(is + 1)), at)});
    rest.remove_prefix(end);
  }
  map.entries.push_back({scalar(name, at), std::move(options)});
  if (label) map.entries.push_back({scalar("as", at), scalar(*label, at)});
  return map;
}

/// The end of a label that tells a variant from its siblings: sizes in bytes, times in nanoseconds.
std::string variant_token(const std::string& text) {
  if (const auto bytes = parse_size(text); bytes.value) return std::to_string(*bytes.value);
  if (const auto ns = parse_time(text); ns.value) return std::to_string(*ns.value);
  std::string token = text;
  for (char& c : token)
    if (!is_token({&c, 1})) c = '_';
  return token;
}

/// `libiodyno-NAME.so` or a file's stem: a label for a backend that was named by its file.
std::string label_of(const std::string& name) {
  auto stem = name.substr(name.rfind('/') + 1);
  if (stem.ends_with(".so")) stem.resize(stem.size() - 3);
  if (stem.starts_with("libiodyno-")) stem.erase(0, 10);
  return stem;
}

bool is_no_value(const Node& node) { return node.kind != Node::Kind::scalar || node.empty(); }

/// Each choice once for each value of the option.
void add_option(std::vector<BackendChoice>& variants, const Entry& option) {
  if (option.value.kind != Node::Kind::list) {
    for (auto& variant : variants)
      variant.options.push_back({option.key.text, option.value, option.key.at});
    return;
  }
  std::vector<BackendChoice> more;
  for (const auto& variant : variants)
    for (const auto& value : option.value.items) {
      more.push_back(variant);
      more.back().label += "-" + variant_token(value.text);
      more.back().options.push_back({option.key.text, value, option.key.at});
    }
  variants = std::move(more);
}

}  // namespace

void override_nodes(Node& root, const Overrides& overrides, Diagnostics& out) {
  const auto mistakes = out.size();
  for (const auto& argument : overrides.set) set(root, argument, out);
  if (out.size() == mistakes)
    for (const auto& argument : overrides.set) check_not_swept(root, argument, out);
  if (overrides.backends.empty() || root.kind != Node::Kind::map) return;
  Node list{.kind = Node::Kind::list, .at = root.at};
  for (const auto& spec : overrides.backends) list.items.push_back(backend_node(spec, out));
  put(root, "backends", std::move(list));
  // Its baseline may be a backend of the list that was replaced. Then it is the first one.
  std::erase_if(root.entries, [&](const Entry& entry) {
    if (entry.key.text != "baseline") return false;
    std::vector<BackendChoice> choices;
    Diagnostics later;
    for (const auto& item : root.find("backends")->items)
      read_backend(item, "backends", choices, later);
    return std::ranges::find(choices, entry.value.text, &BackendChoice::label) == choices.end();
  });
}

void read_backend(const Node& node, const std::string& path, std::vector<BackendChoice>& to,
                  Diagnostics& out) {
  const auto problem = [&](const Node& at, const std::string& where, std::string message) {
    out.push_back({at.at, where, std::move(message)});
  };
  if (node.kind == Node::Kind::scalar) {
    if (node.text.empty()) return problem(node, path, "needs the name of a backend");
    to.push_back({label_of(node.text), node.text, node.at, {}, path});
    return;
  }
  if (node.kind != Node::Kind::map)
    return problem(node, path, "must be a name, or {NAME: {option: value}, as: LABEL}");
  const Entry* backend = nullptr;
  const Node* label = nullptr;
  for (const auto& entry : node.entries) {
    if (entry.key.text == "as" && !label)
      label = &entry.value;
    else if (entry.key.text != "as" && !backend)
      backend = &entry;
    else
      return problem(entry.key, path, "has more than NAME: {option: value} and `as: LABEL`");
  }
  if (!backend) return problem(node, path, "needs the name of a backend");
  if (backend->key.text.empty()) return problem(backend->key, path, "needs the name of a backend");
  const auto below = path + "." + backend->key.text;
  if (label && (label->kind != Node::Kind::scalar || label->empty()))
    return problem(*label, path + ".as", "must be a label");
  std::vector<BackendChoice> variants{{label ? label->text : label_of(backend->key.text),
                                       backend->key.text,
                                       backend->key.at,
                                       {},
                                       below}};
  if (backend->value.kind != Node::Kind::map && !backend->value.empty())
    return problem(backend->value, below, "must be a map of options");
  std::set<std::string> seen;
  for (const auto& option : backend->value.entries) {
    const auto where = below + "." + option.key.text;
    if (!seen.insert(option.key.text).second)
      problem(option.key, where, "given twice");
    else if (option.value.kind == Node::Kind::map)
      problem(option.value, where, "must be a value or a list of values");
    else if (option.value.kind == Node::Kind::list && option.value.items.empty())
      problem(option.value, where, "needs at least one value");
    else if (option.value.empty() || std::ranges::any_of(option.value.items, is_no_value))
      problem(option.value, where, "needs a value, or a list of values");
    else if (variants.size() * std::max<std::size_t>(option.value.items.size(), 1) > 1000)
      problem(option.value, where, "more than 1000 variants");
    else
      add_option(variants, option);
  }
  for (auto& variant : variants) to.push_back(std::move(variant));
}

// As of the other names that those of results are made of.
constexpr std::size_t kLabelMax = 100;

void check_labels(const std::vector<BackendChoice>& backends, Diagnostics& out) {
  std::set<std::string> seen;
  for (const auto& backend : backends) {
    const auto problem = [&](std::string message) {
      out.push_back({backend.at, backend.path, std::move(message)});
    };
    if (!is_token(backend.label))
      problem("the label " + quote(backend.label) + " may have only letters, digits, and _ . -");
    if (backend.label.size() > kLabelMax)
      problem("the label " + quote(backend.label) + " has more than " + std::to_string(kLabelMax) +
              " letters; give it a short one with `as: LABEL`");
    if (!seen.insert(backend.label).second)
      problem("two backends have the label " + quote(backend.label) +
              "; give one another with `as: LABEL`");
    for (const std::string_view suffix : {"_mean", "_median", "_stddev", "_cv"})
      if (backend.label.ends_with(suffix))
        problem("the label " + quote(backend.label) + " ends like an aggregate");
  }
}

}  // namespace iodyno::host
