#pragma once
#include <span>
#include <string_view>
#include <vector>

#include "scenario/scenario.hpp"

namespace iodyno::host {

/// Where a key stands. A phase's key also stands at the top, as the default of all phases.
enum class Scope { top, dataset, phase };

/// What a value looks like: the schema has a case for each.
enum class Shape {
  token,
  text,
  count,
  boolean,
  choice,
  size,
  time,
  percent,
  rate,
  file_size,
  content,
  operations,
  order,
  consume,
  cpus,
  dataset,
  phases,
  sweep,
  backends  // read by scenario.cpp itself
};

class Reader;

/// Where a key's value goes: a row sets a member of the one that its scope names.
struct Target {
  Scenario* scenario;
  Dataset* dataset;
  Phase* phase;
};

/// How a key's value comes into its member, and out again.
struct Setter {
  void (*set)(Reader&, const Node&, Target) = nullptr;  ///< null: scenario.cpp reads it
  void (*unset)(Phase&) = nullptr;                      ///< of a phase's keys

  explicit operator bool() const { return set != nullptr; }
  void operator()(Reader& reader, const Node& node, Target to) const { set(reader, node, to); }
};

/// What a key's value must keep to.
struct Rule {
  std::uint64_t min = 0, max = 0;  ///< of counts, sizes and times; max 0: any
  std::vector<std::string_view> choices = {};
  bool required = false;
  bool sweepable = true;
  bool (*applies)(const Phase&) = nullptr;  ///< null: to every phase
  std::string_view applies_to = {};         ///< in words
};

/// One key of the scenario language: the parser, the JSON Schema and the reference read this.
struct Key {
  Scope scope;
  std::string_view name;
  Shape shape;
  std::string_view fallback;  ///< as the reference prints it
  std::string_view doc;
  Setter set;
  Rule rule = {};
};

std::span<const Key> keys();
const Key* find_key(Scope, std::string_view name);
/// What the operations of a phase can't use is as if nobody had said it: a default of all phases,
/// or a swept key, goes to those that can.
void drop_unused(Phase&);
std::vector<std::string_view> key_names(Scope);

/// Reads one value into a member, or adds a diagnostic. The overload is chosen by the member's
/// type, the limits come from the key.
class Reader {
 public:
  Reader(Diagnostics& out, std::string path, const Key& key)
      : out_(out), path_(std::move(path)), key_(key) {}

  void read(const Node&, std::string&);
  void read(const Node&, bool&);
  void read(const Node&, std::uint64_t&);
  void read(const Node&, std::optional<std::uint64_t>&);
  void read(const Node&, std::optional<double>&);
  void read(const Node&, std::optional<Rate>&);
  void read(const Node&, FileSize&);
  void read(const Node&, Content&);
  void read(const Node&, Order&);
  void read(const Node&, Consume&);
  void read(const Node&, std::vector<Share>&);
  void read(const Node&, std::vector<int>&);
  void read(const Node&, CacheState&);
  void read(const Node&, Sizes&);
  void read(const Node&, Durability&);

 private:
  void problem(const Node&, std::string message, const std::string& below = "");
  /// The scalar's text, or nothing after a diagnostic. `plain`: quotes would make it another type.
  const std::string* scalar(const Node&, bool plain, const std::string& below = "");
  std::optional<std::size_t> choice(const Node&);
  /// A size, time or count within the key's limits.
  std::optional<std::uint64_t> quantity(const Node&, Shape, const std::string& below = "");
  /// The one entry `name: value` of a map such as `{zipf: 0.99}`, or nothing after a diagnostic.
  const Node* only(const Node&, std::string_view name);

  Diagnostics& out_;
  std::string path_;
  const Key& key_;
};

}  // namespace iodyno::host
