#include "run/time_left.hpp"

#include <algorithm>

namespace iodyno::host {

TimeLeft::TimeLeft(const std::vector<std::uint64_t>& guesses_ns, std::uint64_t trials) {
  for (const auto guess_ns : guesses_ns)
    works_.push_back({.guess_ns = double(guess_ns), .due = guess_ns == 0 ? 0 : trials});
}

void TimeLeft::took(std::size_t index, std::uint64_t elapsed_ns) {
  auto& work = works_[index];
  (work.done++ == 0 ? work.first_ns : work.later_ns) += double(elapsed_ns);
  if (work.due > 0) --work.due;
}

void TimeLeft::is_over(std::size_t index) { works_[index].due = 0; }

void TimeLeft::goes_on(std::size_t index) {
  works_[index].due = std::max<std::uint64_t>(works_[index].due, 1);
}

/// The first one may have made a dataset that stands, and has looked at what was written.
double TimeLeft::Work::next_ns(double scale) const {
  if (done == 0) return guess_ns * scale;
  return done == 1 ? first_ns : later_ns / double(done - 1);
}

std::optional<std::uint64_t> TimeLeft::ns(std::size_t running, std::uint64_t running_ns) const {
  double guessed_ns = 0, measured_ns = 0;
  for (const auto& work : works_) {
    guessed_ns += work.guess_ns * double(work.done);
    measured_ns += work.first_ns + work.later_ns;
  }
  if (guessed_ns <= 0) return {};
  const double scale = measured_ns / guessed_ns;
  double left_ns = 0;
  for (const auto& work : works_) left_ns += work.next_ns(scale) * double(work.due);
  if (running < works_.size() && works_[running].due > 0)
    left_ns -= std::min(double(running_ns), works_[running].next_ns(scale));
  return std::uint64_t(left_ns);
}

std::string span_text(std::uint64_t ns) {
  const auto seconds = (ns + 500'000'000) / 1'000'000'000;
  const auto minutes = seconds / 60, hours = minutes / 60;
  if (hours > 0) return std::to_string(hours) + " h " + std::to_string(minutes % 60) + " m";
  if (minutes > 0) return std::to_string(minutes) + " m " + std::to_string(seconds % 60) + " s";
  return std::to_string(seconds) + " s";
}

}  // namespace iodyno::host
