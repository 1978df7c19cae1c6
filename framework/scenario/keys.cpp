#include "scenario/keys.hpp"

#include <algorithm>

#include "scenario/phase.hpp"
#include "scenario/units.hpp"

namespace iodyno::host {
namespace {

template <auto Member>
constexpr Setter top{
    [](Reader& reader, const Node& node, Target to) { reader.read(node, to.scenario->*Member); }};
template <auto Member>
constexpr Setter data{
    [](Reader& reader, const Node& node, Target to) { reader.read(node, to.dataset->*Member); }};
template <auto Member>
constexpr Setter phase{
    [](Reader& reader, const Node& node, Target to) { reader.read(node, to.phase->*Member); },
    [](Phase& to) { to.*Member = Phase{}.*Member; }};

template <bool Operation::*Property>
bool any(const Phase& p) {
  return any_operation(p, Property);
}
bool on_blocks(const Phase& p) {
  return std::ranges::any_of(p.ops, [](const Share& s) {
    return s.op == IODYNO_OP_READ_BLOCK || s.op == IODYNO_OP_WRITE_BLOCK;
  });
}
bool reads_whole_files(const Phase& p) {
  return std::ranges::any_of(
      p.ops, [](const Share& s) { return s.op == IODYNO_OP_READ || s.op == IODYNO_OP_COPY; });
}
bool makes_durable(const Phase& p) {
  return any<&Operation::writes>(p) || any<&Operation::second_path>(p) ||
         std::ranges::any_of(p.ops, [](const Share& s) {
           return !operation(s.op).leaves_object || s.op == IODYNO_OP_MKDIR;
         });
}

constexpr std::uint64_t kGiB = std::uint64_t{1} << 30, kEiB = std::uint64_t{1} << 60;

std::vector<Key> make_keys() {
  using enum Shape;
  constexpr auto T = Scope::top, D = Scope::dataset, P = Scope::phase;
  constexpr auto open_files = "read_block, write_block and fsync";
  constexpr auto blocks = "read_block and write_block";
  return {
      {T,
       "scenario",
       token,
       "",
       "The scenario's name; it begins the names of all results.",
       top<&Scenario::name>,
       {.required = true}},
      {T, "about", text, "", "What it isolates, and what it does not.", top<&Scenario::about>},
      {T, "dataset", dataset, "", "The files that the phases work on.", {}},
      {T, "phases", phases, "", "What is measured, each on its own.", {}, {.required = true}},
      {T,
       "sweep",
       sweep,
       "",
       "Values to try: a map of lists (all combinations), or a list of maps with equal keys (just "
       "those).",
       {}},
      {T,
       "backends",
       backends,
       "",
       "Who is measured: names, or {NAME: {option: value}, as: LABEL}.",
       {}},
      {T, "baseline", token, "the first backend", "The label that others are compared with.",
       top<&Scenario::baseline>},
      {T,
       "repetitions",
       count,
       "10",
       "Blocks: trials of each case.",
       top<&Scenario::repetitions>,
       {1, 10'000}},
      {T, "precision", percent, "none",
       "Go on until the 95 % interval of each ratio to the baseline is that narrow, to either "
       "side.",
       top<&Scenario::precision>},
      {T,
       "time_limit",
       time,
       "none",
       "Begin no further block after so long.",
       top<&Scenario::time_limit_ns>,
       {1, 0}},
      {T, "lifecycle", boolean, "false",
       "Add one case in which a backend does all phases but cold ones in sequence on its own "
       "files.",
       top<&Scenario::lifecycle>},
      {T, "seed", count, "random", "Makes the order of trials and requests repeatable.",
       top<&Scenario::seed>},

      {D, "files", count, "1", "How many files.", data<&Dataset::files>, {1, 1'000'000'000}},
      {D,
       "size",
       file_size,
       "0 B",
       "Of each file: a size, or {min, max, distribution: uniform|log-uniform}.",
       data<&Dataset::size>,
       {0, kEiB}},
      {D,
       "directories",
       count,
       "1",
       "The files are spread evenly over so many.",
       data<&Dataset::directories>,
       {1, 1'000'000}},
      {D, "content", content, "random",
       "random, zeros, or {compressible: 50%}: the share of zeros in each 4 KiB.",
       data<&Dataset::content>},
      {D,
       "from",
       text,
       "none",
       "A copy of this directory, relative to the scenario's file, instead of all the above.",
       data<&Dataset::from>,
       {.sweepable = false}},

      {P,
       "name",
       token,
       "",
       "The phase's name; it stands in the names of its results.",
       phase<&Phase::name>,
       {.required = true, .sweepable = false}},
      {P,
       "op",
       operations,
       "",
       "An operation, or a mix {operation: weight, …}.",
       phase<&Phase::ops>,
       {.required = true}},
      {P, "depth", count, "1", "The most requests in flight.", phase<&Phase::depth>, {1, 65'536}},
      {P,
       "batch",
       count,
       "1024, or 1000 × depth; with a rate all that is due, up to 131072; within 16 MiB",
       "Requests that a backend gets at once.",
       phase<&Phase::batch>,
       {1, 131'072}},
      {P, "timed", boolean, "true", "Stamp each request, for latencies.", phase<&Phase::timed>},
      {P,
       "cache",
       choice,
       "warm",
       "Of the files' data before the clock: as it comes, in the page cache, or out of it.",
       phase<&Phase::cache>,
       {.choices = {"as_is", "warm", "cold"}}},
      {P,
       "metadata",
       choice,
       "warm",
       "The same of directory entries and inodes.",
       phase<&Phase::metadata>,
       {.choices = {"as_is", "warm", "cold"}}},
      {P,
       "sizes",
       choice,
       "known",
       "Whether a backend is told the size of a file that it reads or copies.",
       phase<&Phase::sizes>,
       {.choices = {"known", "unknown"},
        .applies = reads_whole_files,
        .applies_to = "read and copy"}},
      {P, "rehearse", boolean, "true",
       "Do the same kind of requests on scratch files before the clock.", phase<&Phase::rehearse>},
      {P, "direct", boolean, "false", "O_DIRECT: past the page cache.", phase<&Phase::direct>},
      {P,
       "consume",
       consume,
       "touch",
       "What the host does with bytes read: none, touch (load each 64-byte line), checksum, or "
       "{count: TEXT}.",
       phase<&Phase::consume>,
       {.applies = any<&Operation::reads>, .applies_to = "read and read_block"}},
      {P,
       "durability",
       choice,
       "none",
       "When data must be on the device: never asked, before each completion that writes, or at "
       "the end, inside the clock.",
       phase<&Phase::durability>,
       {.choices = {"none", "each", "end"},
        .applies = makes_durable,
        .applies_to = "operations that change files"}},
      {P, "pin", cpus, "none", "The CPUs that the worker may use: one, or a list.",
       phase<&Phase::pin>},
      {P, "rate", rate, "none",
       "Requests begin at this rate, ready or not, and latency counts from when they were due.",
       phase<&Phase::rate>},
      {P,
       "block",
       size,
       "",
       "Bytes of one request.",
       phase<&Phase::block>,
       {.min = 1, .max = kGiB, .applies = on_blocks, .applies_to = blocks}},
      {P,
       "count",
       count,
       "one pass",
       "Requests of a trial.",
       phase<&Phase::count>,
       {.min = 1, .max = 1'000'000'000'000, .applies = on_open_files, .applies_to = open_files}},
      {P,
       "time",
       time,
       "none",
       "How long a trial goes on, instead of a count.",
       phase<&Phase::time_ns>,
       {.min = 1, .applies = on_open_files, .applies_to = open_files}},
      {P,
       "order",
       order,
       "random",
       "sequential, random, or {zipf: 0.99}.",
       phase<&Phase::order>,
       {.applies = on_open_files, .applies_to = open_files}},
  };
}

}  // namespace

std::span<const Key> keys() {
  static const std::vector<Key> all = make_keys();
  return all;
}

const Key* find_key(Scope scope, std::string_view name) {
  const auto row = std::ranges::find_if(
      keys(), [&](const Key& k) { return k.scope == scope && k.name == name; });
  return row == keys().end() ? nullptr : &*row;
}

void drop_unused(Phase& phase) {
  for (const auto& key : keys())
    if (key.rule.applies && !key.rule.applies(phase)) key.set.unset(phase);
}

std::vector<std::string_view> key_names(Scope scope) {
  std::vector<std::string_view> names;
  for (const auto& key : keys())
    if (key.scope == scope) names.push_back(key.name);
  return names;
}

}  // namespace iodyno::host
