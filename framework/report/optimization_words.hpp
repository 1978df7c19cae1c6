#pragma once
#include <string>
#include <vector>

#include "report/document.hpp"
#include "report/optimization.hpp"

namespace iodyno::host {

/// The words and figures of the optimization report. What is promised is rounded to the side of
/// less: "at least 1.69 ×" is never more than what the value says.

std::string at_least_times(double times);  ///< "1.69", to two decimals, downwards
std::string at_most_times(double times);   ///< upwards
std::string at_least_duration(double ns);  ///< "3.21 us", to three digits, downwards
/// "1.31 to 1.52": so many times as fast, by the 99 % interval; "-" where there is none.
std::string times_as_fast(const Comparison&);
std::string percent_text(double fraction);  ///< "94 %", "<1 %", "0 %"
/// A text of a user, of at most so many characters.
std::string shown(const std::string& text, std::size_t characters_max = 40);

/// "read, depth 32, size 64 KiB".
std::string contest_text(const Contest&);
/// "depth 32, size 64 KiB"; empty where nothing is swept.
std::string point_text(const Contest&);
/// "kernel CPU", "waiting, perhaps for the device", "kernel CPU 48 %, waiting 41 %".
std::string bound_text(const Bound&, const Conditions&);
/// "best", "not told from posix"; empty where it is not ranked.
std::string standing_text(const Contest&, const Contender&);
/// Bytes per second where they are the measure, requests per second elsewhere.
std::string throughput_text(const Contender&);
/// "uring", "uring and aio", "uring, aio and mmap".
std::string names_of(const std::vector<const Contender*>&);

/// The advice of a run, phase by phase; an item for each backend that is to be used or kept.
std::vector<Item> advice_items(const OptimizationReport&);
/// Backends that could stand for the baseline everywhere, with what there is to lose.
std::vector<Item> overall_items(const OptimizationReport&);
/// The phases and points without advice, and why.
std::vector<Item> no_advice_items(const OptimizationReport&);

enum class Detail {
  brief,  ///< all but the figures of every case, unless sizes differ
  full,
};
/// All of it as a text.
Document optimization_document(const OptimizationReport&, Detail);

}  // namespace iodyno::host
