#include "field.hpp"

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
  if (kind.is_known() && (contender->ops() & kind.bit()) == 0) {
    if (const auto why = contender->why_not(kind.op); !why.empty())
      config_.note(("missing." + label(candidate)).c_str(), why.c_str());
    return nullptr;
  }
  if (kind.is_known() && kind.is_on_block()) open_files(candidate);
  return contender.get();
} catch (const std::exception& e) {
  if (candidate == kBasic) throw;
  give_up(candidate, e.what());
  return nullptr;
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
  paths_.clear();
  throw;
}

void Field::renew_files(std::size_t candidate) {
  if (!has_files_[candidate]) return;
  has_files_[candidate] = false;
  open_files(candidate);
}

/// One that can't even let go is given up, and with it what it holds.
void Field::close_files() {
  paths_.clear();
  for (std::size_t i = 0; i < size(); ++i) {
    if (!has_files_[i]) continue;
    has_files_[i] = false;
    contenders_[i]->front().try_out();
    try {
      contenders_[i]->open_files({}, 0);
    } catch (const std::exception& e) {
      if (i == kBasic) throw;
      give_up(i, e.what());
    }
  }
}

void Field::give_up(std::size_t candidate, const std::string& why) {
  contenders_[candidate].reset();
  has_files_[candidate] = false;
  why_not_[candidate] = why;
  config_.note(("missing." + label(candidate)).c_str(), why.c_str());
}

void Field::close(std::size_t candidate) {
  if (candidate == kBasic) return;
  contenders_[candidate].reset();
  has_files_[candidate] = false;
}

void Field::tell_notes(std::size_t candidate) const {
  if (contenders_[candidate] != nullptr) contenders_[candidate]->front().tell_notes();
}

}  // namespace engine::automatic
