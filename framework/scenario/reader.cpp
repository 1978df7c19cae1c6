#include <algorithm>
#include <cmath>

#include "scenario/keys.hpp"
#include "scenario/operation.hpp"
#include "scenario/units.hpp"

namespace iodyno::host {
namespace {

// Names of results are made of them, and a scenario's is the name of a directory.
constexpr std::size_t kNameMax = 100;
// A path can't be longer, and nobody reads more of what a scenario is about.
constexpr std::size_t kTextMax = 4095;

std::string list(const std::vector<std::string_view>& words) {
  std::string all;
  for (const auto word : words) all += (all.empty() ? "" : ", ") + std::string(word);
  return all;
}

}  // namespace

void Reader::problem(const Node& node, std::string message, const std::string& below) {
  out_.push_back({node.at, path_ + below, std::move(message)});
}

const std::string* Reader::scalar(const Node& node, bool plain, const std::string& below) {
  if (node.empty()) {
    problem(node, "needs a value", below);
  } else if (node.kind != Node::Kind::scalar) {
    problem(node,
            node.kind == Node::Kind::list ? "must be one value, not a list"
                                          : "must be a value, not a map",
            below);
  } else if (plain && node.quoted) {
    problem(node, quote(node.text) + " is text; write it without quotes", below);
  } else {
    return &node.text;
  }
  return nullptr;
}

std::optional<std::size_t> Reader::choice(const Node& node) {
  const auto* text = scalar(node, false);
  if (!text) return {};
  const auto at = std::ranges::find(key_.rule.choices, *text);
  if (at != key_.rule.choices.end()) return std::size_t(at - key_.rule.choices.begin());
  problem(node, quote(*text) + " is none of " + list(key_.rule.choices) +
                    suggestion(*text, key_.rule.choices));
  return {};
}

std::optional<std::uint64_t> Reader::quantity(const Node& node, Shape shape,
                                              const std::string& below) {
  const auto* text = scalar(node, shape == Shape::count, below);
  if (!text) return {};
  const auto parsed = shape == Shape::count  ? parse_count(*text)
                      : shape == Shape::time ? parse_time(*text)
                                             : parse_size(*text);
  const auto print = [&](std::uint64_t value) {
    return shape == Shape::count  ? std::to_string(value)
           : shape == Shape::time ? format_time(value)
                                  : format_size(value);
  };
  const bool large = parsed.value ? key_.rule.max != 0 && *parsed.value > key_.rule.max
                                  : parsed.problem == "is too large";
  const auto greatest = key_.rule.max != 0 ? "; at most " + print(key_.rule.max) : "";
  if (large) {
    problem(node, quote(*text) + " is too large" + greatest, below);
  } else if (!parsed.value) {
    problem(node, quote(*text) + " " + parsed.problem, below);
  } else if (*parsed.value < key_.rule.min) {
    problem(node, quote(*text) + " is too small; at least " + print(key_.rule.min), below);
  } else {
    return parsed.value;
  }
  return {};
}

const Node* Reader::only(const Node& node, std::string_view name) {
  if (node.entries.size() == 1 && node.entries[0].key.text == name) return &node.entries[0].value;
  problem(node, "must be a map with the one key " + std::string(name));
  return nullptr;
}

void Reader::read(const Node& node, std::string& to) {
  const auto* text = scalar(node, false);
  if (!text) return;
  if (key_.shape == Shape::token && !is_token(*text))
    return problem(node, quote(*text) + " may have only letters, digits, and _ . -");
  if (key_.shape == Shape::token && (*text == "." || *text == ".."))
    return problem(node, quote(*text) + " is no name: it means a directory");
  if (key_.shape == Shape::token && text->size() > kNameMax)
    return problem(node, quote(*text) + " has more than " + std::to_string(kNameMax) + " letters");
  if (key_.shape == Shape::text && text->size() > kTextMax)
    return problem(node, "has more than " + std::to_string(kTextMax) + " bytes");
  if (key_.scope == Scope::phase && *text == "lifecycle")
    return problem(node, "\"lifecycle\" is the name of the case that `lifecycle: true` adds");
  to = *text;
}

void Reader::read(const Node& node, bool& to) {
  const auto* text = scalar(node, true);
  if (!text) return;
  if (*text != "true" && *text != "false")
    return problem(node, quote(*text) + " is neither true nor false");
  to = *text == "true";
}

void Reader::read(const Node& node, std::uint64_t& to) {
  if (const auto value = quantity(node, key_.shape)) to = *value;
}

void Reader::read(const Node& node, std::optional<std::uint64_t>& to) {
  if (const auto value = quantity(node, key_.shape)) to = *value;
}

void Reader::read(const Node& node, std::optional<double>& to) {
  const auto* text = scalar(node, false);
  if (!text) return;
  const auto parsed = parse_percent(*text);
  if (!parsed.value) return problem(node, quote(*text) + " " + parsed.problem);
  if (*parsed.value <= 0) return problem(node, quote(*text) + " is not above 0%");
  to = *parsed.value;
}

void Reader::read(const Node& node, std::optional<Rate>& to) {
  const auto* text = scalar(node, false);
  if (!text) return;
  const auto parsed = parse_rate(*text);
  if (!parsed.value) return problem(node, quote(*text) + " " + parsed.problem);
  to = Rate{*parsed.value};
}

void Reader::read(const Node& node, FileSize& to) {
  if (node.kind != Node::Kind::map) {
    if (const auto value = quantity(node, Shape::size)) to = {*value, *value, false};
    return;
  }
  FileSize size;
  const auto before = out_.size();
  bool min = false, max = false, distribution = false;
  for (const auto& [key, value] : node.entries) {
    const std::string below = "." + key.text;
    if (key.text == "min" || key.text == "max") {
      auto& seen = key.text == "min" ? min : max;
      if (seen) problem(key, "given twice", below);
      seen = true;
      if (const auto bytes = quantity(value, Shape::size, below))
        (key.text == "min" ? size.min : size.max) = *bytes;
    } else if (key.text == "distribution") {
      if (distribution) problem(key, "given twice", below);
      distribution = true;
      const auto* text = scalar(value, false, below);
      if (text && *text != "uniform" && *text != "log-uniform")
        problem(value,
                quote(*text) + " is neither uniform nor log-uniform" +
                    suggestion(*text, {"uniform", "log-uniform"}),
                below);
      size.log_uniform = text && *text == "log-uniform";
    } else {
      problem(key, "unknown key" + suggestion(key.text, {"min", "max", "distribution"}), below);
    }
  }
  if (!min || !max) return problem(node, "needs min and max");
  if (out_.size() > before) return;  // what follows from a mistake is not another one
  if (size.min > size.max) return problem(node, "min is larger than max");
  if (size.log_uniform && size.min == 0) return problem(node, "log-uniform needs a min above 0 B");
  to = size;
}

void Reader::read(const Node& node, Content& to) {
  if (node.kind == Node::Kind::map) {
    const auto* share = only(node, "compressible");
    const auto* text = share ? scalar(*share, false, ".compressible") : nullptr;
    if (!text) return;
    const auto parsed = parse_percent(*text);
    if (!parsed.value) return problem(*share, quote(*text) + " " + parsed.problem, ".compressible");
    to.random_fraction = 1 - *parsed.value;
    return;
  }
  const auto* text = scalar(node, false);
  if (!text) return;
  if (*text != "random" && *text != "zeros")
    return problem(node, quote(*text) + " is none of random, zeros, {compressible: 50%}" +
                             suggestion(*text, {"random", "zeros"}));
  to.random_fraction = *text == "random" ? 1 : 0;
}

void Reader::read(const Node& node, Order& to) {
  if (node.kind == Node::Kind::map) {
    const auto* theta = only(node, "zipf");
    const auto* text = theta ? scalar(*theta, true, ".zipf") : nullptr;
    if (!text) return;
    const auto parsed = parse_real(*text);
    if (!parsed.value) return problem(*theta, quote(*text) + " " + parsed.problem, ".zipf");
    if (*parsed.value <= 0 || *parsed.value >= 1)
      return problem(*theta, "must lie between 0 and 1, such as 0.99", ".zipf");
    to = {Order::Kind::zipf, *parsed.value};
    return;
  }
  const auto* text = scalar(node, false);
  if (!text) return;
  if (*text != "sequential" && *text != "random")
    return problem(node, quote(*text) + " is none of sequential, random, {zipf: 0.99}" +
                             suggestion(*text, {"sequential", "random"}));
  to = {*text == "random" ? Order::Kind::random : Order::Kind::sequential, 0};
}

void Reader::read(const Node& node, Consume& to) {
  using enum Consume::Kind;
  if (node.kind == Node::Kind::map) {
    const auto* what = only(node, "count");
    const auto* text = what ? scalar(*what, false, ".count") : nullptr;
    if (!text) return;
    if (text->empty() || text->size() > 256)
      return problem(*what, "must have 1 to 256 bytes", ".count");
    to = {count, *text};
    return;
  }
  const auto* text = scalar(node, false);
  if (!text) return;
  if (*text == "none")
    to = {none, {}};
  else if (*text == "touch")
    to = {touch, {}};
  else if (*text == "checksum")
    to = {checksum, {}};
  else
    problem(node, quote(*text) + " is none of none, touch, checksum, {count: TEXT}" +
                      suggestion(*text, {"none", "touch", "checksum"}));
}

void Reader::read(const Node& node, std::vector<Share>& to) {
  std::vector<std::string_view> known;
  for (const auto& row : operations()) known.push_back(row.name);
  // What other tools call them. By their letters alone some would be taken for something else.
  static constexpr std::pair<std::string_view, std::string_view> kOtherWords[] = {
      {"unlink", "delete"},
      {"remove", "delete"},
      {"update", "overwrite"},
      {"move", "rename"},
      {"truncate", "rewrite"},
      {"randread", "read_block"},
      {"randwrite", "write_block"},
      {"pread", "read_block"},
      {"pwrite", "write_block"},
      {"scan", "list"},
      {"sync", "fsync"}};
  const auto hint = [&](const std::string& name) {
    for (const auto& [theirs, ours] : kOtherWords)
      if (name == theirs) return "; did you mean " + quote(ours) + "?";
    const auto near = suggestion(name, known);
    return near.empty() ? "; known are " + list(known) : near;
  };
  std::vector<Share> shares;
  const auto before = out_.size();
  const auto add = [&](const Node& name, std::uint64_t weight) {
    const auto* found = find_operation(name.text);
    if (!found) return problem(name, quote(name.text) + " is not an operation" + hint(name.text));
    if (std::ranges::find(shares, found->op, &Share::op) != shares.end())
      return problem(name, "given twice", "." + name.text);
    if (!shares.empty() && operation(shares[0].op).object != found->object)
      return problem(
          name,
          "a mix is of operations on files, on directories or on blocks, not of several kinds");
    if (!shares.empty() && found->object == Object::directory)
      return problem(name, "operations on directories can't be mixed");
    shares.push_back({found->op, weight});
  };
  if (node.kind == Node::Kind::map) {
    if (node.entries.empty()) return problem(node, "needs at least one operation");
    for (const auto& [name, weight] : node.entries) {
      const std::string below = "." + name.text;
      const auto* text = scalar(weight, true, below);
      if (!text) continue;
      const auto parsed = parse_count(*text);
      if (!parsed.value || *parsed.value < 1 || *parsed.value > 1'000'000)
        problem(weight, quote(*text) + " is not a weight from 1 to 1000000", below);
      else
        add(name, *parsed.value);
    }
  } else if (scalar(node, false)) {
    add(node, 1);
  }
  // What is half read would bring mistakes that nobody made.
  if (out_.size() > before) shares.clear();
  to = std::move(shares);
}

void Reader::read(const Node& node, std::vector<int>& to) {
  std::vector<int> cpus;
  const auto add = [&](const Node& item) {
    const auto* text = scalar(item, true);
    if (!text) return;
    const auto parsed = parse_count(*text);
    if (!parsed.value || *parsed.value >= 1024)
      return problem(item, quote(*text) + " is not the number of a CPU");
    if (std::ranges::find(cpus, int(*parsed.value)) != cpus.end())
      return problem(item, "the same CPU twice");
    cpus.push_back(int(*parsed.value));
  };
  if (node.kind == Node::Kind::list) {
    if (node.items.empty()) return problem(node, "needs at least one CPU");
    for (const auto& item : node.items) add(item);
  } else if (node.text != "none") {
    add(node);
  }
  to = std::move(cpus);
}

void Reader::read(const Node& node, CacheState& to) {
  if (const auto index = choice(node)) to = CacheState(*index);
}
void Reader::read(const Node& node, Sizes& to) {
  if (const auto index = choice(node)) to = Sizes(*index);
}
void Reader::read(const Node& node, Durability& to) {
  if (const auto index = choice(node)) to = Durability(*index);
}

}  // namespace iodyno::host
