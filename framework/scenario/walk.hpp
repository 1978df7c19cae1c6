#pragma once
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "scenario/keys.hpp"
#include "scenario/scenario.hpp"

namespace iodyno::host {

/// Reads the nodes of one scenario. Every mistake becomes a diagnostic, and reading goes on.
class Walk {
 public:
  explicit Walk(Diagnostics& out) : out_(out), first_(out.size()) {}

  Scenario scenario;

  void read(const Node& root);

 private:
  /// `phases[0]`
  static std::string element(const std::string& path, std::size_t index) {
    return path + "[" + std::to_string(index) + "]";
  }
  void problem(const Node& at, const std::string& path, std::string message);

  bool is(const Node& node, Node::Kind kind, const std::string& path);

  /// Whether nothing is wrong at a key or below it: what follows from a mistake is not another one.
  bool sound(const std::string& path) const;
  bool sound_defaults() const;

  /// Sets what the keys of a map say. Those that are read elsewhere have no setter.
  void read_keys(const Node& map, const std::string& path, const std::vector<Scope>& scopes,
                 Target to);

  /// At the top stand the defaults of all phases, of which a name can't be one.
  static bool is_nameless(const std::vector<Scope>& scopes, std::string_view key);

  /// Where a key belongs that is unknown here, or which key may have been meant.
  static std::string where_instead(const std::string& name, const std::vector<Scope>& scopes);

  void required(const Node& map, const std::string& path, Scope scope);

  void read_dataset(const Node& node);

  void read_phases(const Node& list);

  bool swept(std::string_view key) const;

  /// A key that no phase can use is a mistake, be it a default or swept.
  bool used(const Key& key) const;

  void check_defaults();

  /// The row of a key that a sweep may set, or null after a diagnostic.
  const Key* sweep_key(const Node& name, const std::string& path);

  Assignment assignment(const Key& key, const Node& value, const std::string& path);

  void read_sweep(const Node& node);

  void read_product(const Node& map);

  std::vector<Assignment> read_values(const Key& key, const Node& values, const std::string& path);

  /// Of what these add to the name of a case.
  static std::size_t longest_name(const std::vector<Assignment>& choices);

  static std::vector<Point> product(const std::vector<Point>& points,
                                    const std::vector<Assignment>& choices);

  void read_list(const Node& list);

  Point read_point(const Node& map, const Node& first, const std::string& path);

  void read_backends(const Node& list);

  void check_baseline();

  bool check_size();

  /// Where a key's value was written: in the sweep, in its map, or as a default.
  const Node& place(const Point& point, const Node* map, std::string_view key) const;

  void check_datasets();

  /// What only shows when a phase, the dataset and a point come together.
  void check_phases(bool points_known, bool dataset_known);

  /// A phase as it was written.
  struct Written {
    const Node* node;
    std::string path;
  };

  /// A mistake of a phase at some point: told once where it was written, not once a point.
  void wrong(const Point& point, const Written& written, std::string_view key, std::string message);

  void check_block(const Phase& phase, const Point& point, const Written& written);

  void check_block_fits(const Phase& phase, const Dataset& dataset, const Point& point,
                        const Written& written);

  void check_case(const Phase& phase, const Dataset& dataset, const Point& point,
                  const Written& written);

  void check_distinct_points();

  void check_lifecycle();

  /// In a lifecycle a phase finds what the phases before it left.
  void check_lifecycle(const Point& point);

  Diagnostics& out_;
  const std::size_t first_;  ///< of the diagnostics of this scenario
  const Node* root_ = nullptr;
  bool ops_swept_ = false;  ///< so that each phase's operations are known only at a point
  Phase defaults_;
  std::vector<Written> written_;  ///< of each of scenario.phases
};

}  // namespace iodyno::host
