// What is wrong with a scenario although each of its values is right.
#include <algorithm>
#include <optional>
#include <set>

#include "scenario/operation.hpp"
#include "scenario/phase.hpp"
#include "scenario/units.hpp"
#include "scenario/walk.hpp"

namespace iodyno::host {
namespace {

constexpr std::size_t kCasesMax = 100'000;
constexpr std::uint64_t kDrawsMax = 1'000'000'000;

}  // namespace

void Walk::check_defaults() {
  for (const auto& [name, value] : root_->entries) {
    const auto* key = find_key(Scope::top, name.text) ? nullptr : find_key(Scope::phase, name.text);
    if (key && !used(*key))
      problem(name, name.text, "no phase uses it: only for " + std::string(key->rule.applies_to));
  }
}

void Walk::check_baseline() {
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

bool Walk::check_size() {
  const auto backends = std::max<std::size_t>(scenario.backends.size(), 1);
  // None of the factors is above 10000.
  if (scenario.phases.size() * scenario.points.size() * backends <= kCasesMax) return true;
  const auto* sweep = root_->find("sweep");
  problem(sweep ? *sweep : *root_, sweep ? "sweep" : "",
          "more than 100000 cases: phases × points × backends");
  return false;
}

void Walk::check_datasets() {
  const auto* node = root_->find("dataset");
  if (!scenario.dataset.from.empty()) return;
  const auto cases_of_a_point =
      scenario.phases.size() * std::max<std::size_t>(scenario.backends.size(), 1);
  std::uint64_t draws = 0;  // at most 10^9 files, 10^4 points, 10^5 cases in all
  for (const auto& point : scenario.points) {
    const auto dataset = apply(point, {}, scenario.dataset).second;
    if (dataset.directories > dataset.files)
      return problem(place(point, node, "directories"), "dataset.directories",
                     "more directories than files: some would be empty");
    // The largest that all files could be. One more bit would not fit an off_t.
    if (dataset.size.max != 0 && dataset.files > std::uint64_t(INT64_MAX) / dataset.size.max)
      return problem(place(point, node, "files"), "dataset", "more than 8 EiB");
    if (dataset.size.min != dataset.size.max) draws += dataset.files * cases_of_a_point;
    if (draws > kDrawsMax)
      return problem(place(point, node, "files"), "dataset.files",
                     "more than 1000000000 sizes to draw: files of unequal sizes, in each case");
  }
}

void Walk::check_phases(bool points_known, bool dataset_known) {
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

void Walk::wrong(const Point& point, const Written& written, std::string_view key,
                 std::string message) {
  const auto& node = place(point, written.node, key);
  const auto path = written.path + (key.empty() ? "" : "." + std::string(key));
  const bool told = std::ranges::any_of(out_, [&](const Diagnostic& d) {
    return d.key == path && d.at.line == node.at.line && d.at.column == node.at.column;
  });
  if (!told) problem(node, path, std::move(message));
}

void Walk::check_block(const Phase& phase, const Point& point, const Written& written) {
  if (phase.block == 0)
    wrong(point, written, "", "needs the key block");
  else if (phase.direct && phase.block % 4096 != 0)
    wrong(point, written, "block", "with `direct`, must be a multiple of 4 KiB");
}

void Walk::check_block_fits(const Phase& phase, const Dataset& dataset, const Point& point,
                            const Written& written) {
  if (dataset.from.empty() && phase.block > dataset.size.min)
    wrong(point, written, "block",
          format_size(phase.block) + " is larger than the smallest file, of " +
              format_size(dataset.size.min) + ": see dataset.size");
}

void Walk::check_case(const Phase& phase, const Dataset& dataset, const Point& point,
                      const Written& written) {
  if (phase.count && phase.time_ns) wrong(point, written, "time", "either count or time, not both");
  if (phase.rate && !phase.timed)
    wrong(point, written, "rate", "needs `timed: true`: an open loop is about latency");
  const auto& row = operation(phase.ops[0].op);
  if (!dataset.from.empty() && row.object == Object::directory && row.op != IODYNO_OP_LIST)
    wrong(point, written, "op", "a copy of a tree serves operations on its files, and list");
}

void Walk::check_distinct_points() {
  std::set<std::string> names;
  for (const auto& point : scenario.points) {
    std::string name;
    for (const auto& a : point) name += "/" + a.key + ":" + a.token;
    if (!names.insert(name).second)
      return problem(*root_->find("sweep"), "sweep", "has the same point twice: " + name.substr(1));
  }
}

void Walk::check_lifecycle() {
  if (!sound("phases")) return;
  for (const auto& point : scenario.points) {
    check_lifecycle(point);
    if (!sound("phases")) return;
  }
}

void Walk::check_lifecycle(const Point& point) {
  bool present = false, second_paths = false;
  std::optional<std::vector<int>> pin;
  for (std::size_t p = 0; p < scenario.phases.size(); ++p) {
    const auto phase = apply(point, scenario.phases[p], {}).first;
    if (!can_be_step(phase)) continue;
    if (!pin) pin = phase.pin;
    if (phase.pin != *pin)
      problem(place(point, written_[p].node, "pin"), written_[p].path + ".pin",
              "a lifecycle is done in one worker: all its phases need the same pin");
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

}  // namespace iodyno::host
