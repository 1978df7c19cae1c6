#pragma once
#include <string>

#include "report/format.hpp"
#include "report/reader.hpp"
#include "report/results.hpp"

namespace iodyno::host {

/// The results of a run for people, of its file (Keep::figures): for each phase a sentence that
/// says who is faster, and a line for each case: median time per request, requests or bytes per
/// second, CPU time, how many times it is as fast as the baseline, validity. The fastest of each
/// point is marked. Where nobody is to be compared, the spread stands in place of the ratio. What
/// was skipped, failed or is invalid stands there with the reason, and never with a number. Fits 80
/// columns where the names allow.
std::string results_table(const ReadResults&, bool color);

/// "took 83 s: 27 % inside the clock, 31 % datasets, 20 % settling": what is less than 1 % is left
/// out.
std::string time_spent_text(const Results&);

}  // namespace iodyno::host
