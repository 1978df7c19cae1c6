#pragma once
#include <iodyno/backend.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "scenario/node.hpp"

namespace iodyno::host {

/// The sizes of a dataset's files: all between min and max.
struct FileSize {
  std::uint64_t min = 0, max = 0;
  bool log_uniform = false;  ///< otherwise uniform
  bool operator==(const FileSize&) const = default;
};

struct Content {
  double random_fraction = 1;  ///< of each 4 KiB block; the rest is zeros
  bool operator==(const Content&) const = default;
};

struct Dataset {
  std::uint64_t files = 1;
  FileSize size;
  std::uint64_t directories = 1;
  Content content;
  std::string from;  ///< a real tree to copy, relative to the scenario's file; empty: none
  bool operator==(const Dataset&) const = default;
};

struct Share {
  iodyno_op op;
  std::uint64_t weight = 1;
  bool operator==(const Share&) const = default;
};

enum class CacheState { as_is = IODYNO_AS_IS, warm = IODYNO_WARM, cold = IODYNO_COLD };
enum class Sizes { known, unknown };
enum class Durability { none, each, end };

struct Order {
  enum class Kind { sequential, random, zipf } kind = Kind::random;
  double theta = 0;  ///< of zipf
  bool operator==(const Order&) const = default;
};

struct Consume {
  enum class Kind { none, touch, checksum, count } kind = Kind::touch;
  std::string text;  ///< what count counts
  bool operator==(const Consume&) const = default;
};

struct Rate {
  double per_second = 0;
  bool operator==(const Rate&) const = default;
};

struct Phase {
  std::string name;
  std::vector<Share> ops;  ///< one, or a mix
  std::uint64_t depth = 1;
  std::optional<std::uint64_t>
      batch;  ///< requests; none: as many as make ramp and drain negligible
  bool timed = true;
  CacheState cache = CacheState::warm, metadata = CacheState::warm;
  Sizes sizes = Sizes::known;
  bool rehearse = true;
  bool direct = false;
  Consume consume;
  Durability durability = Durability::none;
  std::vector<int> pin;                         ///< CPUs; empty: any
  std::optional<Rate> rate;                     ///< none: closed loop
  std::uint64_t block = 0;                      ///< bytes of a block operation
  std::optional<std::uint64_t> count, time_ns;  ///< how much of block operations; neither: one pass
  Order order;
  bool operator==(const Phase&) const = default;
};

/// A value that a point of the sweep gives to a key.
struct Assignment {
  std::string key;                    ///< a key of a phase or of the dataset
  std::shared_ptr<const Node> value;  ///< one for all points that have it
  std::string token;                  ///< as it stands in names
};
using Point = std::vector<Assignment>;

struct BackendOption {
  std::string name;
  Node value;
  Position at;  ///< of the name
};

struct BackendChoice {
  std::string label;
  std::string name;  ///< with `/`: a file
  Position at;
  std::vector<BackendOption> options;
  std::string path;  ///< in diagnostics: `backends[0].uring`
};

/// A scenario as its author meant it.
struct Scenario {
  std::string name, about;
  Dataset dataset;
  Position from_at;  ///< where the dataset's `from` was written
  std::vector<Phase> phases;
  std::vector<Point> points;  ///< at least one, which may be empty
  std::vector<BackendChoice> backends;
  std::string baseline;  ///< a label
  std::uint64_t repetitions = 10;
  std::optional<double> precision;
  std::optional<std::uint64_t> time_limit_ns;
  bool lifecycle = false;
  std::optional<std::uint64_t> seed;
};

/// What the command line adds to a scenario before it is read.
struct Overrides {
  std::vector<std::string> set;       ///< KEY=VALUE
  std::vector<std::string> backends;  ///< SPECs, which replace the scenario's list
};

/// Reads a scenario, or says everything that is wrong with it. `file` is what stands in
/// diagnostics.
std::optional<Scenario> parse_scenario(std::string_view text, const std::string& file,
                                       const Overrides&, Diagnostics&);

/// The same, with what could be read also when there are mistakes: so that those of its backends
/// can be found in the same go.
Scenario read_scenario(std::string_view text, const std::string& file, const Overrides&,
                       Diagnostics&);

/// The phase and the dataset as a point makes them. Only the keys that the phase's operations can
/// use are set in it.
std::pair<Phase, Dataset> apply(const Point&, Phase, Dataset);

}  // namespace iodyno::host
