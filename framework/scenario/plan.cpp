#include "scenario/plan.hpp"

#include <algorithm>

#include "scenario/content.hpp"
#include "scenario/filter.hpp"
#include "scenario/phase.hpp"
#include "scenario/workload.hpp"

namespace iodyno::host {
namespace {

constexpr std::uint64_t kQuickBytesMax = 64 << 20, kQuickRepetitions = 3,
                        kQuickTimeNs = 2'000'000'000;

bool all_operations(const Case& c, bool Operation::*property) {
  return std::ranges::all_of(c.steps,
                             [&](const Phase& step) { return all_operations(step, property); });
}

/// Why a backend can't do a case, as far as its descriptor says.
std::string why_not(const Case& c, const BackendDescription& backend) {
  if (!backend.left_out.empty()) return backend.name + " is not in this build: " + backend.left_out;
  for (const auto& step : c.steps) {
    for (const auto& share : step.ops)
      if (!(backend.ops & IODYNO_BIT(share.op)))
        return backend.name + " has no operation " + std::string(operation(share.op).name);
    if (step.direct && !(backend.flags & IODYNO_DIRECT))
      return backend.name + " can't bypass the page cache";
    if (step.rate && !(backend.flags & IODYNO_PACED))
      return backend.name + " can't pace its requests";
  }
  return {};
}

bool assigns(const Point& point, std::string_view key) {
  return std::ranges::find(point, key, &Assignment::key) != point.end();
}

/// Makes a case small enough for --quick, or says why that can't be done without lying about its
/// name.
void quicken(Case& c, const Point& point, const std::shared_ptr<const Tree>& tree) {
  // A step of a lifecycle needs what the steps before it made, all of it.
  if (!c.lifecycle()) c.cap_ns = kQuickTimeNs;
  for (auto& step : c.steps)
    if (step.time_ns) step.time_ns = std::min(*step.time_ns, kQuickTimeNs);
  if (tree) {
    if (Files(c.dataset, tree).total_bytes() > kQuickBytesMax)
      c.skipped = "--quick: the tree has more than 64 MiB";
    return;
  }
  auto& [files, size, directories, content, from] = c.dataset;
  if (size.max == 0 || files <= kQuickBytesMax / size.max) return;
  const auto smaller = std::min(size.max, kQuickBytesMax);
  const auto fewer = kQuickBytesMax / smaller;
  const auto smallest = std::min(size.min, smaller);
  const bool block_fits =
      std::ranges::all_of(c.steps, [&](const Phase& step) { return step.block <= smallest; });
  if (assigns(point, "files") || (assigns(point, "size") && size.max > kQuickBytesMax) ||
      (assigns(point, "directories") && directories > fewer))
    c.skipped = "--quick: this point has more than 64 MiB";
  else if (!block_fits)
    c.skipped = "--quick: a block is larger than 64 MiB";
  if (!c.skipped.empty()) return;
  size.min = smallest;
  size.max = smaller;
  files = fewer;
  directories = std::min(directories, files);
}

/// Cases of one dataset follow one another, so that it is made once and need not stand beside
/// others. Otherwise the order is that in which they were written.
void group_by_dataset(Plan& plan) {
  std::vector<Dataset> seen;
  const auto rank = [&](const Group& group) {
    const auto& dataset = plan.cases[group.cases[0]].dataset;
    const auto at = std::ranges::find(seen, dataset);
    const auto index = at - seen.begin();
    if (at == seen.end()) seen.push_back(dataset);
    return index;
  };
  std::vector<std::pair<std::ptrdiff_t, Group>> ranked;
  for (auto& group : plan.groups) ranked.emplace_back(rank(group), group);
  std::ranges::stable_sort(ranked, {}, [](const auto& one) { return one.first; });
  for (std::size_t i = 0; i < ranked.size(); ++i) plan.groups[i] = std::move(ranked[i].second);
}

class Maker {
 public:
  explicit Maker(Plan& plan, const PlanSettings& settings) : plan_(plan), settings_(settings) {
    if (!settings.filter.empty()) filter_ = filter_of(settings.filter);
  }

  void make() {
    const auto& scenario = plan_.scenario;
    for (std::size_t p = 0; p < scenario.phases.size(); ++p) {
      std::uint32_t instance = 0;
      for (const auto& point : scenario.points) {
        const auto [phase, dataset] = apply(point, scenario.phases[p], scenario.dataset);
        add_group(phase.name, {phase}, dataset, point, std::uint32_t(p), instance);
      }
    }
    if (!scenario.lifecycle) return;
    std::uint32_t instance = 0;
    for (const auto& point : scenario.points) {
      std::vector<Phase> steps;
      Dataset dataset = scenario.dataset;
      for (const auto& one : scenario.phases) {
        auto [phase, applied] = apply(point, one, scenario.dataset);
        dataset = applied;
        if (can_be_step(phase)) steps.push_back(phase);
      }
      if (!steps.empty())
        add_group("lifecycle", steps, dataset, point, std::uint32_t(scenario.phases.size()),
                  instance);
    }
  }

 private:
  void add_group(const std::string& phase, const std::vector<Phase>& steps, const Dataset& dataset,
                 const Point& point, std::uint32_t family, std::uint32_t& instance) {
    Group group;
    for (std::size_t b = 0; b < plan_.backends.size(); ++b) {
      Case c{.phase = phase,
             .steps = steps,
             .dataset = dataset,
             .backend = b,
             .family = family,
             .instance = instance++};
      c.name = plan_.scenario.name + "/" + phase + "/backend:" + plan_.backends[b].choice.label;
      for (const auto& a : point) {
        c.point.emplace_back(a.key, a.token);
        c.name += "/" + a.key + ":" + a.token;
      }
      c.name += "/real_time";
      if (filter_ && !std::regex_search(c.name, *filter_)) continue;
      if (settings_.quick) quicken(c, point, plan_.tree);
      if (c.skipped.empty()) c.skipped = why_not(c, plan_.backends[b].description);
      if (c.skipped.empty()) group.cases.push_back(plan_.cases.size());
      plan_.cases.push_back(std::move(c));
    }
    if (!group.cases.empty()) plan_.groups.push_back(std::move(group));
  }

  Plan& plan_;
  const PlanSettings& settings_;
  std::optional<std::regex> filter_;
};

// Typical costs on a warm machine with a local file system: [ns]. Only the estimate uses them.
constexpr std::uint64_t kFileMadeNs = 25'000, kRequestNs = 12'000, kTrialNs = 120'000'000;
constexpr std::uint64_t kDurableNs = 2'000'000;
constexpr std::uint64_t kBytesMadePerSecond = 600'000'000, kBytesPerSecond = 1'500'000'000;

// What is beyond counting stays as large as a size can be: it must not look small.
constexpr auto kGreatest = std::uint64_t(INT64_MAX);

std::uint64_t times(std::uint64_t a, std::uint64_t b) {
  return b != 0 && a > kGreatest / b ? kGreatest : a * b;
}
void add(std::uint64_t& to, std::uint64_t more) { to = std::min(kGreatest, to + more); }
std::uint64_t whole(double value) { return value < 9e18 ? std::uint64_t(value) : kGreatest; }

std::uint64_t bytes_ns(std::uint64_t bytes, std::uint64_t per_second) {
  return whole(double(bytes) * 1e9 / double(per_second));
}

struct TrialCost {
  std::uint64_t requests = 0, bytes_moved = 0, bytes_written = 0, extra_bytes = 0, extra_inodes = 0;
  std::uint64_t timed_ns = 0;
};

/// Adds what one operation of a step's mix does in `requests` requests.
void add_share(TrialCost& cost, const Phase& step, const Share& share, std::uint64_t requests,
               const Files& files) {
  const auto& row = operation(share.op);
  std::uint64_t total = 0;
  for (const auto& each : step.ops) total += each.weight;
  const double part = double(share.weight) / double(total);
  const bool moves = row.reads || row.writes || row.counts_bytes;
  const auto all = row.object == Object::block ? times(requests, step.block) : files.total_bytes();
  const auto bytes = !moves ? 0 : share.weight == total ? all : whole(double(all) * part);
  add(cost.bytes_moved, bytes);
  if (row.writes || row.second_path) add(cost.bytes_written, bytes);
  // What stands on the disk beside the dataset; of a mix, at worst all of it.
  if (row.op == IODYNO_OP_COPY || row.op == IODYNO_OP_APPEND)
    add(cost.extra_bytes, files.total_bytes());
  if (row.second_path) add(cost.extra_inodes, files.count());
  if (row.op == IODYNO_OP_REPLACE) {
    const auto in_flight = std::min(step.depth, files.count());
    add(cost.extra_bytes, times(files.largest(), in_flight));
    add(cost.extra_inodes, in_flight);
  }
}

TrialCost trial_cost(const Case& c, const Files& files) {
  TrialCost cost;
  for (const auto& step : c.steps) {
    const auto requests = step.time_ns ? 0 : step.count.value_or(one_pass(step, files));
    add(cost.requests, requests);
    add(cost.timed_ns, step.time_ns.value_or(0));
    if (step.durability == Durability::each) add(cost.timed_ns, times(requests, kDurableNs));
    if (step.rate) add(cost.timed_ns, whole(double(requests) * 1e9 / step.rate->per_second));
    for (const auto& share : step.ops) add_share(cost, step, share, requests, files);
  }
  if (c.cap_ns != 0) cost.timed_ns = std::min(cost.timed_ns, c.cap_ns);
  return cost;
}

std::uint64_t trial_ns(const Case& c, const TrialCost& cost) {
  auto ns = times(cost.requests, kRequestNs);
  add(ns, bytes_ns(cost.bytes_moved, kBytesPerSecond));
  if (c.cap_ns != 0) ns = std::min(ns, c.cap_ns);
  add(ns, cost.timed_ns + kTrialNs);
  return ns;
}

/// Memory for one step's buffers and batch.
std::uint64_t step_memory(const Phase& step, const Files& files) {
  const auto buffers = step.depth * std::max<std::uint64_t>(step.block, 256 << 10);
  const auto each = sizeof(iodyno_request) + sizeof(iodyno_completion) + 2 * files.path_capacity();
  return buffers + batch_size(step, files) * each + 2 * kSourceSize;
}

void add_case(Cost& cost, const Case& c, const Files& files, std::uint64_t repetitions,
              std::uint64_t datasets) {
  const auto trial = trial_cost(c, files);
  add(cost.trials, repetitions);
  add(cost.requests, times(repetitions, trial.requests));
  add(cost.files_made, times(datasets, files.count()));
  add(cost.bytes_written, times(datasets, files.total_bytes()));
  add(cost.bytes_written, times(repetitions, trial.bytes_written));
  auto bytes = files.total_bytes(), inodes = files.count() + files.directory_count() * 2;
  add(bytes, trial.extra_bytes);
  add(inodes, trial.extra_inodes);
  cost.peak_bytes = std::max(cost.peak_bytes, bytes);
  cost.peak_inodes = std::max(cost.peak_inodes, inodes);
  // A dataset's files are made, and removed.
  auto dataset_ns = 2 * files.count() * kFileMadeNs;
  add(dataset_ns, bytes_ns(files.total_bytes(), kBytesMadePerSecond));
  add(cost.estimate_ns, times(repetitions, trial_ns(c, trial)));
  add(cost.estimate_ns, times(datasets, dataset_ns));
  for (const auto& step : c.steps)
    cost.worker_memory_bytes = std::max(cost.worker_memory_bytes, step_memory(step, files));
}

/// Adds a case that has so many standing datasets beside it.
void add_beside(Cost& cost, const Cost& c, int standing, const Files& files) {
  add(cost.trials, c.trials);
  add(cost.requests, c.requests);
  add(cost.files_made, c.files_made);
  add(cost.bytes_written, c.bytes_written);
  add(cost.estimate_ns, c.estimate_ns);
  auto bytes = c.peak_bytes, inodes = c.peak_inodes;
  for (int i = 0; i < standing; ++i) {
    add(bytes, files.total_bytes());
    add(inodes, files.count() + files.directory_count());
  }
  cost.peak_bytes = std::max(cost.peak_bytes, bytes);
  cost.peak_inodes = std::max(cost.peak_inodes, inodes);
  cost.worker_memory_bytes = std::max(cost.worker_memory_bytes, c.worker_memory_bytes);
}

}  // namespace

std::size_t Plan::runnable() const {
  return std::size_t(std::ranges::count_if(cases, [](const Case& c) { return c.skipped.empty(); }));
}

Plan make_plan(Scenario scenario, std::vector<PlannedBackend> backends,
               std::shared_ptr<const Tree> tree, const PlanSettings& settings) {
  Plan plan{.scenario = std::move(scenario),
            .backends = std::move(backends),
            .tree = std::move(tree),
            .seed = settings.seed,
            .quick = settings.quick};
  if (plan.quick) {
    plan.scenario.repetitions = std::min(plan.scenario.repetitions, kQuickRepetitions);
    plan.scenario.precision.reset();  // more than that would not be quick
  }
  Maker(plan, settings).make();
  group_by_dataset(plan);
  return plan;
}

std::vector<std::size_t> block_order(const Plan& plan, std::size_t group, std::uint64_t block) {
  const auto& cases = plan.groups[group].cases;
  const auto n = cases.size();
  // A random order for each run of n blocks; within the run it is rotated by an amount that takes
  // each value once. So each case stands at each position once.
  const auto run_seed = mix(plan.seed + group, block / n);
  const Permutation order(n, run_seed), rotation(n, mix(run_seed));
  std::vector<std::size_t> result(n);
  for (std::size_t i = 0; i < n; ++i) result[i] = cases[order.at((i + rotation.at(block % n)) % n)];
  return result;
}

bool keeps_dataset(const Case& c) {
  return !c.lifecycle() && all_operations(c, &Operation::leaves_object) &&
         all_operations(c, &Operation::needs_object);
}

bool needs_no_files(const Case& c) { return c.lifecycle() || !finds_files(c.steps[0]); }

std::uint64_t trial_estimate_ns(const Plan& plan, const Case& c) {
  return trial_ns(c, trial_cost(c, Files(c.dataset, plan.tree)));
}

bool writes_in_place(const Case& c) {
  return keeps_dataset(c) && any_operation(c.steps[0], &Operation::writes);
}

Cost cost_of(const Plan& plan) {
  Cost cost;
  const auto repetitions = plan.scenario.repetitions;
  // A dataset that is kept is made once, and stands as long as the cases that follow have the same.
  const Dataset* standing = nullptr;
  bool pristine = false, written = false;
  for (const auto& group : plan.groups)
    for (const auto index : group.cases) {
      const auto& c = plan.cases[index];
      if (plan.backends[c.backend].description.synthetic()) {
        add(cost.trials, repetitions);
        add(cost.estimate_ns, times(repetitions, kTrialNs / 2));
        continue;
      }
      if (!standing || *standing != c.dataset) pristine = written = false;
      standing = &c.dataset;
      const bool keeps = keeps_dataset(c);
      bool& mine = writes_in_place(c) ? written : pristine;
      const auto datasets = needs_no_files(c) ? 0 : !keeps ? repetitions : mine ? 0 : 1;
      if (keeps) mine = true;
      const Files files(c.dataset, plan.tree);
      Cost alone;
      add_case(alone, c, files, repetitions, datasets);
      add_beside(cost, alone, pristine + written - (keeps ? 1 : 0), files);
    }
  return cost;
}

}  // namespace iodyno::host
