// Sizes, times, counts and all that has a unit: any text is a value or has a problem, and what is
// printed is read back as it was.
#include "scenario/units.hpp"

#include <cmath>
#include <cstring>

#include "fuzz/target.hpp"

namespace {

using namespace iodyno::host;
using iodyno::fuzz::must;

template <class T>
void one_of_both(const Parsed<T>& parsed) {
  must(parsed.value.has_value() == parsed.problem.empty(), "a value or a problem");
  must(iodyno::fuzz::is_a_line(parsed.problem), "a problem is a line");
}

void round_trip(std::uint64_t value) {
  must(parse_size(format_size(value)).value == value, "a size is read as it was printed");
  must(parse_time(format_time(value)).value == value, "a time is read as it was printed");
  must(parse_count(std::to_string(value)).value == value, "a count is read as it was printed");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const auto text = iodyno::fuzz::as_text(bytes, size);
  const auto size_ = parse_size(text), time = parse_time(text);
  one_of_both(size_);
  one_of_both(time);
  one_of_both(parse_count(text));
  one_of_both(parse_integer(text));
  const auto real = parse_real(text), share = parse_percent(text), rate = parse_rate(text);
  one_of_both(real);
  one_of_both(share);
  one_of_both(rate);
  if (size_.value) round_trip(*size_.value);
  if (time.value) round_trip(*time.value);
  must(!(size_.value && time.value), "no text is both a size and a time");
  must(!real.value || std::isfinite(*real.value), "a number is finite");
  must(!share.value || (*share.value >= 0 && *share.value <= 1), "a share is a part of a whole");
  must(!rate.value || (*rate.value >= 1e-3 && *rate.value <= 1e9), "a rate is within its limits");
  std::uint64_t number = 0;
  std::memcpy(&number, bytes, std::min(size, sizeof number));
  round_trip(number >> 1);  // up to the greatest that a size may be
  return 0;
}
