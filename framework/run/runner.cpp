#include "run/runner.hpp"

#include <unistd.h>

#include <algorithm>
#include <iodyno/posix.hpp>
#include <optional>
#include <set>
#include <tuple>

#include "report/gbench.hpp"
#include "run/context.hpp"
#include "run/datasets.hpp"
#include "run/earlier_trials.hpp"
#include "run/live.hpp"
#include "run/overhead.hpp"
#include "run/preflight.hpp"
#include "run/process.hpp"
#include "run/recent_probes.hpp"
#include "run/signals.hpp"
#include "run/stopping.hpp"
#include "run/time_spent.hpp"
#include "scenario/phase.hpp"
#include "scenario/random.hpp"
#include "trial/failure.hpp"
#include "trial/worker.hpp"

namespace iodyno::host {
namespace {

constexpr std::uint64_t kHangNs = 60'000'000'000;
constexpr std::uint64_t kSlowest = 20;  // so much slower than estimated is slow, and more a hang

bool counts_bytes(const Case& c) {
  return !c.lifecycle() && any_operation(c.steps[0], &Operation::counts_bytes);
}

class Runner {
 public:
  Runner(Plan plan, RunDirectory& directory, const FileSystem& fs, Output& output,
         Progress& progress, const RunSettings& settings)
      : plan_(std::move(plan)),
        directory_(directory),
        fs_(fs),
        output_(output),
        progress_(progress),
        settings_(settings),
        stopping_{plan_.scenario.repetitions,
                  settings.known_within ? plan_.scenario.precision : std::nullopt},
        began_ns_(now()),
        taken_(plan_.groups.size()),
        begun_(settings.begun),
        datasets_(directory, plan_.tree) {}

  RunResult run() {
    bool interrupted = false;
    make_results();
    try {
      if (!settings_.earlier) remember();
      skip_what_does_not_work();
      time_.add("probes", now() - began_ns_);
      live_.emplace(progress_, plan_, results_, stopping_, settings_.deadline_ns);
      if (settings_.earlier) {
        take_earlier();
        remember();
      }
      for (std::size_t g = 0; g < plan_.groups.size(); ++g) run_group(g);
      const auto measured = now();
      remove_datasets();
      time_.add("datasets", now() - measured);
    } catch (const Interrupted&) {
      if (settings_.earlier && !is_remembered_) throw;  // nothing has become of it
      interrupted = true;
      for (auto& c : results_.cases)
        if (c.samples.empty() && c.skipped.empty()) c.skipped = "interrupted before its turn";
    }
    add_context(interrupted);
    return {std::move(results_), interrupted};
  }

 private:
  void make_results() {
    results_.scenario = plan_.scenario.name;
    results_.baseline = plan_.scenario.baseline;
    if (!stopping_.precision) results_.repetitions = std::uint32_t(stopping_.repetitions);
    for (const auto& c : plan_.cases)
      results_.cases.push_back({.name = c.name,
                                .phase = c.phase,
                                .backend = plan_.backends[c.backend].choice.label,
                                .point = c.point,
                                .family = c.family,
                                .instance = c.instance,
                                .depth = std::uint32_t(c.steps[0].depth),
                                .counts_bytes = counts_bytes(c),
                                .synthetic = plan_.backends[c.backend].description.synthetic(),
                                .skipped = c.skipped});
  }

  bool synthetic(const Case& c) const { return plan_.backends[c.backend].description.synthetic(); }

  /// What can't be had here is skipped before anything of it is made.
  void skip_what_does_not_work() {
    std::map<std::tuple<std::size_t, bool, bool, std::uint64_t, std::uint64_t>, Outcome> probes;
    for (std::size_t i = 0; i < plan_.cases.size(); ++i) {
      const auto& c = plan_.cases[i];
      if (!c.skipped.empty()) continue;
      auto reason = synthetic(c)
                        ? std::string()
                        : skip_reason(c, Files(c.dataset, plan_.tree).count(), fs_, geteuid() == 0);
      for (const auto& step : c.steps) {
        if (!reason.empty()) break;
        const auto key =
            std::tuple(c.backend, step.direct, step.rate.has_value(), step.depth, step.block);
        if (!probes.contains(key)) probes.emplace(key, probe(c, step));
        reason = why_not(probes.at(key), step);
      }
      if (!reason.empty()) skip(i, reason);
    }
  }

  Outcome probe(const Case& c, const Phase& step) {
    const auto& backend = plan_.backends[c.backend];
    progress_.now("asking " + backend.choice.label + " what works here");
    auto outcome = run_job({.kind = Job::Kind::probe,
                            .spec = {.plugin_file = backend.description.file,
                                     .options = backend.options,
                                     .steps = {step},
                                     .memory_limit_bytes = settings_.memory_limit_bytes}},
                           directory_.fd(), kHangNs);
    if (outcome.reply && outcome.reply->probe)
      tell_of_limits(backend.choice.label, outcome.reply->probe->notes);
    return outcome;
  }

  /// What a backend has to go without because of a limit names that limit in its notes.
  void tell_of_limits(const std::string& label, const std::map<std::string, std::string>& notes) {
    for (const auto& [key, value] : notes) {
      const auto text = clean_text(label + ": " + key + ": " + value);
      if (value.find("RLIMIT_") != value.npos && told_limits_.insert(text).second)
        progress_.warn("warning: " + text);
    }
  }

  static std::string why_not(const Outcome& outcome, const Phase& step) {
    // A crash here will be one in the trial, too: there it is a failure, and not a skip.
    if (!outcome.reply) return {};
    if (!outcome.reply->error.empty()) return outcome.reply->error;
    return missing_operation(step, outcome.reply->probe->ops, outcome.reply->probe->unsupported);
  }

  void skip(std::size_t index, const std::string& reason) {
    plan_.cases[index].skipped = results_.cases[index].skipped = reason;
    for (auto& group : plan_.groups) std::erase(group.cases, index);
  }

  void remember() {
    if (begun_) output_.remember(begun_text(*begun_));
    is_remembered_ = true;
  }

  std::string name_of(const Group& group) const {
    const auto& first = plan_.cases[group.cases[0]];
    auto name = first.phase;
    for (const auto& [key, value] : first.point) name += "/" + key + ":" + value;
    return name;
  }

  std::vector<std::string> case_names(const std::vector<std::size_t>& cases) const {
    std::vector<std::string> names;
    for (const auto index : cases) names.push_back(results_.cases[index].name);
    return names;
  }

  void take_earlier() {
    EarlierTrials earlier(*settings_.earlier);
    Resumption resumption;
    for (std::size_t g = 0; g < plan_.groups.size(); ++g) {
      if (plan_.groups[g].cases.empty()) continue;
      while (take_block(g, earlier)) ++taken_[g];
      if (taken_[g] > 0 || earlier.has_any_of(case_names(plan_.groups[g].cases))) last_taken_ = g;
    }
    if (plan_.groups.empty() || plan_.groups[last_taken_].cases.empty()) {
      earlier.drop({}, 0);
    } else {
      const auto& group = plan_.groups[last_taken_];
      resumption.group = name_of(group);
      resumption.blocks = taken_[last_taken_];
      resumption.dropped = earlier.drop(case_names(group.cases), resumption.blocks);
    }
    for (const auto& c : results_.cases) resumption.kept += c.samples.size();
    begin_behind(earlier.end_s(), resumption);
    progress_.say(text_of(resumption));
    if (begun_) begun_->resumptions.push_back(std::move(resumption));
  }

  /// The clock of the run went on meanwhile; one that was set back did not.
  void begin_behind(double end_s, Resumption& resumption) {
    earlier_s_ = std::max(begun_ ? since_epoch_s() - begun_->began_s : 0, end_s);
    resumption.pause_s = earlier_s_ - end_s;
  }

  /// Takes the next block of a group, where it is whole.
  bool take_block(std::size_t g, EarlierTrials& earlier) {
    auto order = block_order(plan_, g, taken_[g]);
    std::erase_if(order, [&](std::size_t index) { return has_failed(results_.cases[index]); });
    auto samples = earlier.take(case_names(order), taken_[g]);
    for (std::size_t i = 0; i < samples.size(); ++i) {
      const auto& sample = samples[i];
      output_.append(sample);
      if (!sample.kept.empty()) kept_[sample.name] = sample.kept;
      ++version_;
      results_.cases[order[i]].samples.push_back(sample);
      live_->end_trial(order[i], std::uint64_t(spent_ns_of(sample)));
    }
    return !samples.empty();
  }

  void run_group(std::size_t g) {
    const auto& group = plan_.groups[g];
    if (group.cases.empty()) return;
    const auto name = plan_.scenario.name + "/" + name_of(group);
    if (settings_.deadline_ns != 0 && now() >= settings_.deadline_ns && taken_[g] == 0) {
      for (const auto index : group.cases)
        results_.cases[index].skipped = "the time limit was reached before its turn";
      if (stopping_.precision) say_of_precision(name, "not reached: the time limit");
      return;
    }
    // Each phase and point gets an equal share of the time that is left.
    const auto rest = std::ranges::count_if(std::span(plan_.groups).subspan(g),
                                            [](const Group& one) { return !one.cases.empty(); });
    const auto time = now();
    const auto left_ns = std::max(settings_.deadline_ns, time) - time;
    const auto deadline =
        settings_.deadline_ns == 0 ? UINT64_MAX : time + left_ns / std::uint64_t(rest);
    live_->begin_group(g);
    measure_overhead(group, name);
    run_blocks(g, name, deadline);
    live_->end_group();
  }

  void run_blocks(std::size_t g, const std::string& name, std::uint64_t deadline) {
    std::vector<const CaseResult*> cases;
    for (const auto index : plan_.groups[g].cases) cases.push_back(&results_.cases[index]);
    const auto known_within = [&] { return settings_.known_within(cases); };
    const auto goes_on = [](const CaseResult* c) { return !has_failed(*c); };
    std::optional<Stop> stop;
    auto block = taken_[g];
    // Where a later group has begun, there were blocks enough, or it was late, or all had failed.
    const bool was_left = g < last_taken_ && std::ranges::any_of(cases, goes_on);
    if (block != 0) stop = stop_after(block, was_left, stopping_, known_within);
    while (!stop) {
      run_block(g, block++);
      stop = stop_after(block, now() >= deadline, stopping_, known_within);
    }
    cut_short_ |= stop->by_time;
    if (stopping_.precision) say_of_precision(name, stop->precision);
  }

  void say_of_precision(const std::string& name, const std::string& outcome) {
    context_["precision." + name.substr(name.find('/') + 1)] = outcome;
    if (!outcome.starts_with("reached")) progress_.say(name + ": precision: " + outcome);
  }

  /// What the host costs for such requests stands beside what it measured.
  void measure_overhead(const Group& group, const std::string& name) {
    // A lifecycle is one thing that is done, and opening sessions is most of what that costs.
    if (!settings_.null || plan_.cases[group.cases[0]].lifecycle()) return;
    live_->step("the host's own cost");
    const auto began = now();
    try {
      try_to_measure_overhead(group, name);
    } catch (const std::system_error& e) {
      lack_overhead(name, clean_text(failure_text(e)));
    }
    time_.add("overhead", now() - began);
  }

  /// The first reason is, as a rule, that of all.
  void lack_overhead(const std::string& name, const std::string& why) {
    context_.emplace("host_overhead", "not measured: " + name + ": " + why);
  }

  void try_to_measure_overhead(const Group& group, const std::string& name) {
    const auto directory = datasets_.empty();
    const auto run = [&](TrialSpec spec) {
      spec.directory = spec.second_directory = directory;
      return do_trial(spec, kHangNs);
    };
    const auto overhead =
        host_overhead(*settings_.null, plan_.cases[group.cases[0]], plan_.tree, run);
    datasets_.give_back(directory, {});
    for (const auto index : group.cases) results_.cases[index].host_overhead_ns = overhead.ns;
    if (!overhead.ns) return lack_overhead(name, overhead.failure);
    context_["host_overhead_ns." + name.substr(name.find('/') + 1)] = std::to_string(*overhead.ns);
  }

  void run_block(std::size_t g, std::uint64_t block) {
    std::uint32_t order = 0;
    live_->begin_block(block);
    for (const auto index : block_order(plan_, g, block)) {
      auto& result = results_.cases[index];
      // A case that has failed once has failed: its backend may hang each time.
      if (has_failed(result)) continue;
      live_->begin_trial(index);
      const auto started = now();
      auto sample =
          run_trial_of(plan_.cases[index], mix(plan_.seed + g, block), result.samples.empty());
      sample.name = result.name;
      sample.block = std::uint32_t(block);
      sample.order = order++;
      sample.started_s = earlier_s_ + double(started - began_ns_) * 1e-9;
      if (!sample.error.empty()) progress_.warn(result.name + ": failed: " + sample.error);
      output_.append(sample);
      result.samples.push_back(std::move(sample));
      live_->end_trial(index, now() - started);
    }
  }

  /// The first of a case is verified. What a step of a lifecycle has written would be read back
  /// before the next, which finds it in the page cache then: that trial does not count.
  Sample run_trial_of(const Case& c, std::uint64_t seed, bool first) {
    if (!first || !c.lifecycle()) return run_trial(c, seed, first);
    auto verified = run_trial(c, seed, true);
    return verified.usable() ? run_trial(c, seed, false) : verified;
  }

  Sample run_trial(const Case& c, std::uint64_t seed, bool verify) {
    const auto& backend = plan_.backends[c.backend];
    TrialSpec spec{.plugin_file = backend.description.file,
                   .options = backend.options,
                   .steps = c.steps,
                   .lifecycle = c.lifecycle(),
                   .dataset = c.dataset,
                   .tree = plan_.tree,
                   .seed = seed,
                   .version = ++version_,
                   .cap_ns = c.cap_ns,
                   .kept = kept_[c.name],
                   .verify = verify,
                   .cpu_probe_ns = probes_.fastest_ns(),
                   .device_stat = fs_.device.empty() ? "" : fs_.device + "/stat"};
    Sample sample;
    try {
      const auto began = now();
      const auto found = synthetic(c) ? Datasets::Found{datasets_.empty()}
                                      : datasets_.for_trial(c, seed, making(c), removing());
      spec.directory = found.directory;
      spec.check_layout = found.anew;
      spec.extents_per_file = found.extents_per_file;
      spec.second_directory = synthetic(c) ? datasets_.empty() : datasets_.for_second_paths(c);
      const auto made = now();
      time_.add("datasets", made - began);
      sample = do_trial(spec, kHangNs + kSlowest * trial_estimate_ns(plan_, c),
                        live_->watch(directory_.fd(), c, spec));
      time_.add_trial(sample, now() - made);
      probes_.remember(sample.cpu_probe_ns);
      if (found.anew) datasets_.keep_extents(found.directory, sample.extents_per_file);
    } catch (const std::system_error& e) {
      sample.error = clean_text(failure_text(e));
    }
    if (!sample.kept.empty()) kept_[c.name] = sample.kept;
    // A dataset that was found faulty, or may have been made so, does not serve others.
    const auto began = now();
    const bool serves = sample.usable() && datasets_.is_whole(spec.directory, sample, looking());
    clean_up(c, spec, !serves);
    time_.add("datasets", now() - began);
    return sample;
  }

  Sample do_trial(const TrialSpec& spec, std::uint64_t limit_ns, const Watch& watch = {}) {
    Job job{Job::Kind::trial, spec};
    job.spec.memory_limit_bytes = settings_.memory_limit_bytes;
    Outcome outcome;
    if (settings_.in_process)
      outcome.reply = do_job(job, directory_.fd(), [](const std::string&) {});
    else
      outcome = run_job(job, directory_.fd(), limit_ns, watch);
    Sample sample;
    if (outcome.reply && outcome.reply->sample)
      sample = std::move(*outcome.reply->sample);
    else
      sample.error = outcome.reply ? outcome.reply->error : outcome.failure;
    // Plugins and paths may have any bytes in them; people and files get text.
    sample.error = clean_text(sample.error);
    return sample;
  }

  Tick making(const Case& c) {
    return [show = live_->making(c)](std::uint64_t done, std::uint64_t bytes) {
      throw_if_interrupted();
      if (show) show(done, bytes);
    };
  }

  Tick removing() {
    return [this](std::uint64_t done, std::uint64_t) {
      throw_if_interrupted();
      live_->removing(done);
    };
  }

  static Tick looking() {
    return [](std::uint64_t, std::uint64_t) { throw_if_interrupted(); };
  }

  void remove_datasets() {
    if (settings_.keep) return;
    try {
      datasets_.remove_all(removing());
    } catch (const std::system_error& e) {
      progress_.warn("removing the datasets: " + failure_text(e));
    }
  }

  void clean_up(const Case& c, const TrialSpec& spec, bool failed) {
    try {
      datasets_.give_back(spec.second_directory, removing());
      if (failed)
        datasets_.discard(spec.directory, removing());
      else
        datasets_.give_back(spec.directory, removing());
    } catch (const std::system_error& e) {
      progress_.warn("cleaning up after " + c.name + ": " + failure_text(e));
    }
    // What of it can't be written back is its failure: the next to ask would be told, too.
    if (failed) (void)syncfs(directory_.fd());
  }

  void add_context(bool interrupted) {
    auto& context = results_.context;
    context = settings_.context;
    context.merge(context_);
    context.merge(plan_facts(plan_));
    if (begun_) context.merge(resumption_facts(begun_->resumptions));
    if (interrupted) context["interrupted"] = "true";
    if (cut_short_) context["time_limit_reached"] = "true";
    const auto elapsed = now() - began_ns_;
    context["elapsed_s"] = std::to_string(double(elapsed) * 1e-9);
    results_.spent_s = time_.of(elapsed);
    for (const auto& [what, spent_s] : results_.spent_s)
      context["spent_s." + what] = std::to_string(spent_s);
    context["clock_share"] = std::to_string(results_.spent_s["clock"] * 1e9 /
                                            double(std::max<std::uint64_t>(elapsed, 1)));
  }

  Plan plan_;
  RunDirectory& directory_;
  const FileSystem& fs_;
  Output& output_;
  Progress& progress_;
  const RunSettings& settings_;
  const Stopping stopping_;
  const std::uint64_t began_ns_;
  double earlier_s_ = 0;              // from when the run began until it was gone on with
  std::vector<std::uint64_t> taken_;  // blocks of each group that are from before
  std::size_t last_taken_ = 0;        // the last group of which anything is
  std::optional<Begun> begun_;
  bool is_remembered_ = false;
  Datasets datasets_;
  Results results_;
  std::optional<Live> live_;  // once it is known what can run
  TimeSpent time_;
  std::map<std::string, std::string> kept_, context_;
  RecentProbes probes_;
  std::set<std::string> told_limits_;
  std::uint64_t version_ = 0;
  bool cut_short_ = false;
};

}  // namespace

RunResult run_plan(Plan plan, RunDirectory& directory, const FileSystem& fs, Output& output,
                   Progress& progress, const RunSettings& settings) {
  return Runner(std::move(plan), directory, fs, output, progress, settings).run();
}

}  // namespace iodyno::host
