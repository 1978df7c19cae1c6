#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace iodyno::host {

/// How long the rest of a run will take. What a case has taken so far says how long its next trials
/// take. Of a case that has not begun only a guess is known: it is corrected by how far the guesses
/// were off so far.
class TimeLeft {
 public:
  /// A guess for a trial of each case, 0 of one that will not run; so many trials of each are due.
  TimeLeft(const std::vector<std::uint64_t>& guesses_ns, std::uint64_t trials);

  /// A trial of it is done, with all that it needed.
  void took(std::size_t index, std::uint64_t elapsed_ns);
  /// No more trials of it will come; or one more than were due, at least.
  void is_over(std::size_t index);
  void goes_on(std::size_t index);

  /// Nothing before the first trial is done. `running_ns`: so long a trial of `running` goes on.
  std::optional<std::uint64_t> ns(std::size_t running, std::uint64_t running_ns) const;

 private:
  struct Work {
    double guess_ns = 0, first_ns = 0, later_ns = 0;
    std::uint64_t done = 0, due = 0;
    double next_ns(double scale) const;
  };
  std::vector<Work> works_;
};

/// "45 s", "1 m 20 s", "2 h 5 m".
std::string span_text(std::uint64_t ns);

}  // namespace iodyno::host
