#include "field.hpp"

#include <algorithm>
#include <exception>

namespace engine::automatic {

Field::Field(const iodyno::Config& config)
    : config_(config),
      contenders_(candidates().size()),
      why_not_(candidates().size()),
      has_files_(candidates().size()) {
  contenders_[kBasic] = std::make_unique<Contender>(candidates()[kBasic], config_);
}

bool Field::may(std::size_t candidate, Kind kind) const {
  const Candidate& one = candidates()[candidate];
  const std::uint32_t flags = config_.raw().flags;
  // What is mapped can't be evicted, and comes a page at a time from a device.
  const bool cold = config_.raw().expect == IODYNO_COLD || config_.direct();
  return why_not_[candidate].empty() && (one.ops & one.engine->ops & kind.bit()) != 0 &&
         (one.engine->flags & flags) == flags && (one.for_cold || !cold);
}

/// Of two with the same depth the second is the first.
std::vector<std::size_t> Field::eligible(Kind kind) const {
  std::vector<std::size_t> all;
  for (std::size_t i = 0; i < size(); ++i)
    if (may(i, kind) && find(label(i)) == i) all.push_back(i);
  return all;
}

std::size_t Field::find(std::string_view way, Width width) const {
  std::size_t best = size();
  for (std::size_t i = 0; i < size(); ++i)
    if (candidates()[i].way == way && (best == size() || candidates()[i].width <= width)) best = i;
  return best;
}

std::size_t Field::find(std::string_view label_of_it) const {
  std::size_t i = 0;
  while (i < size() && label(i) != label_of_it) ++i;
  return i;
}

std::string Field::label(std::size_t candidate) const {
  const Candidate& one = candidates()[candidate];
  return one.label(depth_of(one.width, config_));
}

Contender* Field::ready(std::size_t candidate, Kind kind) try {
  if (!why_not_[candidate].empty()) return nullptr;
  auto& contender = contenders_[candidate];
  if (contender == nullptr)
    contender = std::make_unique<Contender>(candidates()[candidate], config_);
  if ((contender->ops() & kind.bit()) == 0) return nullptr;
  if (kind.is_on_block()) open_files(candidate);
  return contender.get();
} catch (const std::exception& e) {
  if (candidate == kBasic) throw;
  give_up(candidate, e.what());
  return nullptr;
}

Contender& Field::working(std::size_t candidate, Kind kind) {
  if (Contender* const contender = ready(candidate, kind)) return *contender;
  if (kind.is_known() && kind.is_on_block()) open_files(kBasic);
  return basic();
}

void Field::open_files(std::size_t candidate) {
  if (has_files_[candidate] || paths_.empty()) return;
  contenders_[candidate]->front().try_out();
  contenders_[candidate]->open_files(paths_, set_flags_);
  has_files_[candidate] = true;
}

void Field::set_files(std::span<const char* const> paths, std::uint32_t flags,
                      std::span<const std::size_t> at_once) try {
  constexpr Kind kBlock{IODYNO_OP_READ_BLOCK};
  close_files();
  paths_.assign(paths.begin(), paths.end());
  set_flags_ = flags;
  bool opened = false;
  for (const std::size_t candidate : at_once) opened |= ready(candidate, kBlock) != nullptr;
  if (!opened) open_files(kBasic);
} catch (...) {
  close_files();
  throw;
}

void Field::close_files() noexcept {
  for (std::size_t i = 0; i < size(); ++i) {
    if (has_files_[i]) {
      contenders_[i]->front().try_out();
      contenders_[i]->open_files({}, 0);
    }
    has_files_[i] = false;
  }
  paths_.clear();
}

void Field::give_up(std::size_t candidate, const std::string& why) {
  contenders_[candidate].reset();
  has_files_[candidate] = false;
  why_not_[candidate] = why;
  config_.note(("missing." + label(candidate)).c_str(), why.c_str());
}

void Field::close_others(std::span<const std::size_t> keep) {
  for (std::size_t i = 0; i < size(); ++i) {
    if (i == kBasic || std::ranges::find(keep, i) != keep.end()) continue;
    contenders_[i].reset();
    has_files_[i] = false;
  }
}

void Field::tell_notes(std::size_t candidate) const {
  if (contenders_[candidate] != nullptr) contenders_[candidate]->tell_notes(config_);
}

}  // namespace engine::automatic
