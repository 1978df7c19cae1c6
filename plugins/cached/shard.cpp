#include "shard.hpp"

#include <utility>

std::uint32_t Shard::take(std::uint64_t page) {
  std::uint32_t frame = empty_frame();
  if (frame == kNoFrame) {
    frame = victim();
    if (frame == kNoFrame) return kNoFrame;
    set(frames_[frame].page, 0);
    if (policy_ == Policy::lru) unlink(frame);
    ++evictions_;
  }
  Frame& taken = frames_[frame];
  taken.page = page;
  taken.used.store(false, std::memory_order_relaxed);  // once is no reason to stay
  set(page, frame + 1);
  if (policy_ == Policy::lru) make_newest(frame);
  return frame;
}

void Shard::drop(std::uint32_t frame) {
  Frame& dropped = frames_[frame];
  set(dropped.page, 0);
  dropped.users.store(Frame::kExclusive | dropped.next_generation(), std::memory_order_release);
  if (policy_ == Policy::lru) unlink(frame);
  dropped.older = std::exchange(empty_, frame);  // the list of the empty ones goes this way
}

std::uint32_t Shard::empty_frame() {
  if (empty_ == kNoFrame) {
    if (touched_ == frames_.size()) return kNoFrame;
    frames_[touched_].users.store(Frame::kExclusive, std::memory_order_relaxed);
    return touched_++;
  }
  const std::uint32_t frame = empty_;
  empty_ = std::exchange(frames_[frame].older, kNoFrame);
  return frame;
}

std::uint32_t Shard::victim() {
  return policy_ == Policy::clock ? victim_of_clock() : victim_of_lru();
}

/// Two times around: the first may only take chances away.
std::uint32_t Shard::victim_of_clock() {
  const auto size = std::uint32_t(frames_.size());
  for (std::uint64_t looked = 0; looked < 2ull * size; ++looked) {
    const std::uint32_t frame = hand_;
    hand_ = hand_ + 1 == size ? 0 : hand_ + 1;
    Frame& candidate = frames_[frame];
    if (candidate.is_in_use()) continue;
    if (!candidate.used.exchange(false, std::memory_order_relaxed) && candidate.claim())
      return frame;
  }
  return kNoFrame;
}

std::uint32_t Shard::victim_of_lru() {
  std::uint32_t frame = oldest_;
  while (frame != kNoFrame && !frames_[frame].claim()) frame = frames_[frame].newer;
  return frame;
}

/// Also of one that is in no list.
void Shard::make_newest(std::uint32_t frame) {
  if (frame == newest_) return;
  unlink(frame);
  frames_[frame].older = newest_;
  if (newest_ != kNoFrame) frames_[newest_].newer = frame;
  if (oldest_ == kNoFrame) oldest_ = frame;
  newest_ = frame;
}

void Shard::unlink(std::uint32_t frame) {
  Frame& f = frames_[frame];
  if (f.older != kNoFrame)
    frames_[f.older].newer = f.newer;
  else if (oldest_ == frame)
    oldest_ = f.newer;
  if (f.newer != kNoFrame)
    frames_[f.newer].older = f.older;
  else if (newest_ == frame)
    newest_ = f.older;
  f.older = f.newer = kNoFrame;
}
