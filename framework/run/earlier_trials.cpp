#include "run/earlier_trials.hpp"

#include <algorithm>

#include "report/gbench.hpp"
#include "run/earlier.hpp"

namespace iodyno::host {
namespace {

std::string text_of(const std::pair<std::string, std::uint64_t>& trial) {
  return clean_text(trial.first) + ", block " + std::to_string(trial.second);
}

}  // namespace

double spent_ns_of(const Sample& sample) {
  double spent_ns = 0;
  for (const auto& [stage, ns] : sample.spent_ns) spent_ns += ns;
  return spent_ns;
}

EarlierTrials::EarlierTrials(const std::vector<Sample>& samples) {
  for (const auto& sample : samples) {
    const auto [place, is_new] = left_.emplace(std::pair(sample.name, sample.block), sample);
    if (!is_new) throw CannotResume("samples.jsonl: two trials of " + text_of(place->first));
    end_s_ = std::max(end_s_, sample.started_s + spent_ns_of(sample) * 1e-9);
  }
}

std::vector<Sample> EarlierTrials::take(const std::vector<std::string>& cases,
                                        std::uint64_t block) {
  const auto is_there = [&](const std::string& name) { return left_.contains({name, block}); };
  std::vector<Sample> taken;
  if (std::ranges::all_of(cases, is_there))
    for (const auto& name : cases) taken.push_back(left_.extract({name, block}).mapped());
  return taken;
}

bool EarlierTrials::has_any_of(const std::vector<std::string>& cases) const {
  return std::ranges::any_of(left_, [&](const auto& trial) {
    return std::ranges::find(cases, trial.first.first) != cases.end();
  });
}

std::uint64_t EarlierTrials::drop(const std::vector<std::string>& cases, std::uint64_t block) {
  for (const auto& [trial, sample] : left_)
    if (trial.second != block || std::ranges::find(cases, trial.first) == cases.end())
      throw CannotResume("samples.jsonl: a trial that does not come there now: " + text_of(trial));
  const auto count = left_.size();
  left_.clear();
  return count;
}

}  // namespace iodyno::host
