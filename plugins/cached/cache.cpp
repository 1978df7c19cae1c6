#include "cache.hpp"

#include <sys/mman.h>

#include <algorithm>
#include <bit>
#include <cerrno>

namespace {

/// So many parts for each thread that two seldom want the same one, as long as each is large enough
/// to choose from.
constexpr std::uint64_t kPartsForEach = 8, kLeastFrames = 64;

std::uint64_t parts_for(std::uint32_t threads, std::uint64_t frames) {
  if (threads == 1) return 1;
  return std::bit_floor(
      std::clamp<std::uint64_t>(frames / kLeastFrames, 1, threads * kPartsForEach));
}

}  // namespace

Cache::Cache(const How& how, std::uint64_t pages)
    : page_(how.page), shared_(how.threads > 1), glances_(shared_ && how.policy == Policy::clock) {
  if (pages != 0) lay_out(how, pages);
}

/// Memory is there before it is used, or each frame would be paid for by its first page. It is only
/// as much as the set can fill.
void Cache::lay_out(const How& how, std::uint64_t pages) {
  const std::uint64_t most =
      std::clamp<std::uint64_t>(how.capacity / page_, 1, std::uint64_t{kNoFrame} - 1);
  const std::uint64_t parts = parts_for(how.threads, std::min(most, pages));
  const std::uint64_t runs = (pages + kNeighbours - 1) / kNeighbours,
                      share = (runs + parts - 1) / parts * kNeighbours;
  const std::uint64_t each = std::min({most / parts, share, pages});
  frames_of_all_ = each * parts;
  table_.emplace(1u, pages * sizeof(std::uint32_t));
  arena_.emplace(1u, frames_of_all_ * page_);
  memory_ = (*arena_)[0].data();
  if (how.huge && ::madvise(memory_, bytes(), MADV_HUGEPAGE) < 0) huge_error_ = errno;
  populate((*arena_)[0]);
  populate((*table_)[0]);
  frames_ = std::make_unique<Frame[]>(frames_of_all_);
  shards_ = std::vector<Part>(parts);
  const PageTable table{reinterpret_cast<std::uint32_t*>((*table_)[0].data()), pages};
  for (std::uint64_t i = 0; i < parts; ++i) {
    shards_[i].first = std::uint32_t(i * each);
    shards_[i].shard = Shard(how.policy, table, {&frames_[i * each], each});
  }
}

/// Without the lock: none also if it is not known whether it is there.
Cache::Held Cache::glance(std::uint64_t page) {
  Part& part = part_of(page);
  const std::uint32_t frame = part.shard.find(page);
  if (frame == kNoFrame) return {};
  const Held found = held(part, frame);
  if (!found.frame->pin()) return {};
  if (found.frame->page != page) {  // it got another before it was held
    release(found);
    return {};
  }
  part.shard.use(frame);
  return found;
}

Cache::Held Cache::look(std::uint64_t page) {
  if (glances_) [[likely]] {
    if (const Held found = glance(page)) return found;
  }
  Part& part = part_of(page);
  for (;;) {
    Lock lock(part.mutex, shared_);
    const std::uint32_t frame = part.shard.find(page);
    if (frame == kNoFrame) return {};
    const Held found = held(part, frame);
    auto& users = found.frame->users;
    const std::uint32_t seen = users.load(std::memory_order_acquire);
    if ((seen & (Frame::kExclusive | Frame::kWanted)) == 0) [[likely]] {
      if (!shared_)
        users.store(seen + 1, std::memory_order_relaxed);
      else if (!found.frame->pin())
        continue;
      part.shard.use(frame);
      return found;
    }
    lock.unlock();
    users.wait(seen, std::memory_order_acquire);
  }
}

Cache::Held Cache::change(std::uint64_t page) {
  Part& part = part_of(page);
  for (;;) {
    Lock lock(part.mutex, shared_);
    const std::uint32_t frame = part.shard.find(page);
    if (frame == kNoFrame) return {};
    const Held found = held(part, frame);
    auto& users = found.frame->users;
    std::uint32_t seen = users.load(std::memory_order_acquire);
    if ((seen & (Frame::kExclusive | Frame::kReaders)) == 0) {
      const std::uint32_t generation = seen & Frame::kGenerations;
      if (!users.compare_exchange_strong(seen, Frame::kExclusive | generation,
                                         std::memory_order_acquire))
        continue;
      part.shard.use(frame);
      return found;
    }
    if (!(seen & Frame::kExclusive)) {
      seen = users.fetch_or(Frame::kWanted) | Frame::kWanted;
      if ((seen & Frame::kReaders) == 0) continue;  // the last one has just left
    }
    lock.unlock();
    users.wait(seen, std::memory_order_acquire);
  }
}

Cache::Held Cache::load(std::uint64_t page) {
  Part& part = part_of(page);
  const Lock lock(part.mutex, shared_);
  if (part.shard.find(page) != kNoFrame) return {};
  const std::uint32_t frame = part.shard.take(page);
  if (frame == kNoFrame) return {};
  return held(part, frame);
}

bool Cache::is_full_for(std::uint64_t page) {
  Part& part = part_of(page);
  const Lock lock(part.mutex, shared_);
  return part.shard.find(page) == kNoFrame;
}

void Cache::publish(const Held& held, std::uint32_t valid) {
  held.frame->valid = valid;
  held.frame->users.store(held.frame->generation() + 1, std::memory_order_release);
  held.frame->users.notify_all();
}

void Cache::publish_and_release(const Held& held, std::uint32_t valid) {
  held.frame->valid = valid;
  held.frame->users.store(held.frame->generation(), std::memory_order_release);
  held.frame->users.notify_all();
}

void Cache::drop(const Held& held) {
  Part& part = part_of(held.frame->page);
  {
    const Lock lock(part.mutex, shared_);
    part.shard.drop(std::uint32_t(held.frame - frames_.get()) - part.first);
  }
  held.frame->users.notify_all();
}

std::uint64_t Cache::evictions() const {
  std::uint64_t all = 0;
  for (const Part& part : shards_) all += part.shard.evictions();
  return all;
}
