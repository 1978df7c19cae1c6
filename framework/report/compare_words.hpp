#pragma once
#include <cstddef>
#include <string>
#include <vector>

#include "report/compare.hpp"
#include "report/text.hpp"

namespace iodyno::host {

/// The words and figures of comparisons that text and Markdown have in common.

/// The phases in their order, each with its comparisons.
struct PhaseComparisons {
  std::string phase;
  std::vector<const Comparison*> cases;
};
std::vector<PhaseComparisons> by_phase(const Comparisons&);

/// "read: uring is 1.80 × as fast as posix (1.71 to 1.90)." A ratio of times is not put before
/// people as it is: what is faster is so many times as fast, what is slower takes so many times as
/// long.
std::string phase_sentence(const Comparisons&, const std::string& phase);

/// "uring", "uring and aio", "uring, aio and mmap".
std::string names_text(const std::vector<std::string>&);
/// "at 3 of 4 points", or of one "at depth 8", unless that would be long.
std::string where_text(const std::vector<SweptPoint>& some, std::size_t points);
/// "1.80 × as fast", or "1.20 to 1.80 × as fast" of several. `what` says it: a ratio below 1 is
/// turned over.
std::string times_of(const std::vector<const Comparison*>&, std::string_view what);
/// "1.71 to 1.90" of one; of several there is no such interval.
std::string interval_of(const std::vector<const Comparison*>&);
/// "1.26 × (1.20 to 1.33)": how many times as fast as the baseline, with the 95 % interval.
std::string as_fast_text(const Assessment&);
/// "1.024", "12.3", "350": a ratio of times, to three decimals where one of them may count.
std::string ratio_text(double ratio);
/// "0.982 to 1.021"; "-" where there is none.
std::string interval_text(const std::optional<Interval>&);
/// "0.002", "<0.001".
std::string p_text(double p);
/// What stands behind a verdict: "16 more blocks", "uring degraded: cv 14 %". Empty when nothing.
std::string remark_text(const Comparison&, const Comparisons&);
/// "small-files: each backend against posix, paired by block; ext4 in /mnt/data".
std::string title_line(const Comparisons&);
/// What was compared in spite of what, and what to keep in mind: a line each, without an end.
std::vector<std::string> warning_lines(const Comparisons&);
/// What the columns mean and what there was in all: a line each.
std::vector<std::string> closing_lines(const Comparisons&);

}  // namespace iodyno::host
