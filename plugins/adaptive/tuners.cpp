#include "tuners.hpp"

#include <charconv>
#include <concepts>
#include <string_view>
#include <system_error>

namespace {

constexpr std::string_view kTitle = "adaptive 1";

/// Takes a number and what stands before it off the text.
bool take_number(std::string_view& text, char before, std::unsigned_integral auto& number) {
  if (text.empty() || text.front() != before) return false;
  const char* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data() + 1, end, number);
  if (error != std::errc()) return false;
  text.remove_prefix(std::size_t(rest - text.data()));
  return true;
}

}  // namespace

Tuners::Tuners(const Bounds& bounds, const Settings& start) : bounds_(bounds) {
  for (std::uint32_t kind = 0; kind < kKinds; ++kind) tuners_[kind] = {bounds_of(kind), start};
}

Bounds Tuners::bounds_of(std::uint32_t kind) const {
  Bounds bounds = bounds_;
  if (kind != kMixed && !(kCanBeBegun & (std::uint64_t{1} << kind))) bounds.most_group = 1;
  return bounds;
}

std::uint32_t Tuners::kind_of(const iodyno_batch& batch) {
  const std::uint32_t op = batch.requests[0].op;
  for (std::uint32_t i = 1; i < batch.count; ++i)
    if (batch.requests[i].op != op) return kMixed;
  return op < kMixed ? op : kMixed;
}

std::string Tuners::text() const {
  std::string text(kTitle);
  for (std::uint32_t kind = 0; kind < kKinds; ++kind) {
    const Tuner& tuner = tuners_[kind];
    if (!tuner.has_looked()) continue;
    const Settings& s = tuner.best();
    text += ' ' + std::to_string(kind) + ':' + std::to_string(s.threads) + ',' +
            std::to_string(s.group) + ',' + std::to_string(s.buffer);
  }
  return text;
}

bool Tuners::take(const char* said) {
  std::string_view text = said;
  if (!text.starts_with(kTitle)) return false;
  text.remove_prefix(kTitle.size());
  auto taken = tuners_;
  while (!text.empty()) {
    std::uint32_t kind = 0;
    Settings s;
    if (!take_number(text, ' ', kind) || kind >= kKinds || !take_number(text, ':', s.threads) ||
        !take_number(text, ',', s.group) || !take_number(text, ',', s.buffer))
      return false;
    const Bounds bounds = bounds_of(kind);
    if (!bounds.allow(s)) return false;
    taken[kind] = {bounds, s, Tuner::Start::found};
  }
  tuners_ = taken;
  return true;
}
