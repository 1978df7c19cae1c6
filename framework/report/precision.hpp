#pragma once
#include <optional>
#include <span>
#include <string_view>

#include "report/results.hpp"
#include "report/verdict.hpp"

namespace iodyno::host {

/// How far the 95 % interval of a ratio goes to either side of it, as a fraction: 0.02 is from 1 /
/// 1.02 of it to 1.02 times it. Infinite where there is no interval.
double known_within(const Ratio&);

/// The same of the least known ratio of a rival to the baseline, paired by block, among the cases
/// of a phase and point. Those that failed, are invalid or do no I/O don't count; nothing where no
/// rival is left, or the baseline is not.
std::optional<double> known_within(std::span<const CaseResult* const>, std::string_view baseline);

}  // namespace iodyno::host
