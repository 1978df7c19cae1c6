#include <algorithm>
#include <cerrno>
#include <exception>
#include <thread>
#include <utility>

#include "../common/direct.hpp"
#include "../common/pace.hpp"
#include "engine.hpp"

namespace engine::uring {

namespace {

/// Automatically: one for each processor, but none with so few requests that it is woken for each.
std::uint32_t rings_for(const iodyno::Config& c, std::uint32_t asked) {
  constexpr std::uint32_t kLeastDepth = 8;
  if (asked != 0) return std::min(asked, c.depth());
  return std::clamp(c.depth() / kLeastDepth, 1u, std::max(std::thread::hardware_concurrency(), 1u));
}

}  // namespace

Uring::Uring(const iodyno::Config& c)
    : config_(c),
      settings_(c),
      rules_(c, settings_.async),
      lanes_(rings_for(c, settings_.rings)),
      pool_((wake_exactly(c), std::uint32_t(lanes_.size()))),
      punting_(c, settings_.ring.sqpoll) {
  refuse_links_on_fat(c);
  require_what_was_asked_for();
  make_lanes();
  note();
}

Uring::~Uring() { end_lanes(); }

void Uring::require_what_was_asked_for() const {
  const Scratch room(1, Lane::kPage);
  if (settings_.dontcache && config_.direct())
    iodyno::fail(EINVAL, "dontcache is of the page cache, which O_DIRECT bypasses");
  for (const int dir : {config_.dir(), config_.dir2()}) {
    if (settings_.dontcache) require_dontcache(dir, room[0]);
    if (config_.direct()) require_direct(dir, room[0]);
    if (config_.dir2() == config_.dir()) break;
  }
}

/// Calls `work(lane number)` on each thread. What the first of them throws is thrown when all are
/// done.
void Uring::on_each_lane(auto work) {
  std::vector<std::exception_ptr> thrown(lanes_.size());
  pool_.run([&](std::uint32_t which) {
    try {
      work(which);
    } catch (...) {
      thrown[which] = std::current_exception();
    }
  });
  for (const auto& e : thrown)
    if (e != nullptr) std::rethrow_exception(e);
}

void Uring::make_lanes() try {
  const auto count = std::uint32_t(lanes_.size());
  on_each_lane([&](std::uint32_t which) {
    const Share share = Share::of(which, count, config_.depth());
    lanes_[which] = std::make_unique<Lane>(config_, settings_, rules_, share);
  });
} catch (...) {
  end_lanes();  // an object whose constructor throws is not destroyed
  throw;
}

void Uring::end_lanes() noexcept {
  pool_.run([this](std::uint32_t which) { lanes_[which].reset(); });
}

void Uring::note() const {
  const std::string count = std::to_string(lanes_.size());
  const bool fewer = lanes_.size() < settings_.rings;
  config_.note("rings", (count + (settings_.rings == 0 ? ", auto"
                                  : fewer              ? ": the depth allows no more"
                                                       : ""))
                            .c_str());
  std::vector<std::vector<Lane::Fact>> facts;
  for (const auto& lane : lanes_) facts.push_back(lane->facts());
  for (std::size_t i = 0; i < facts[0].size(); ++i) {
    std::string text = facts[0][i].text;
    for (std::size_t ring = 1; ring < facts.size(); ++ring)
      if (facts[ring][i].text != facts[0][i].text)
        text += "; ring " + std::to_string(ring + 1) + ": " + facts[ring][i].text;
    config_.note(facts[0][i].key, text.c_str());
  }
}

void Uring::run(const iodyno_batch& batch) {
  const auto count = std::uint32_t(lanes_.size());
  Claims claims(batch.count, count, config_.depth() / count, config_.paced());
  const bool watched = punting_.wants(batch);
  std::vector<HandOffs::Seen> seen(watched ? count : 0);
  on_each_lane([&](std::uint32_t which) {
    if (!watched) return lanes_[which]->run(batch, claims);
    const HandOffs hand_offs;
    lanes_[which]->run(batch, claims);
    seen[which] = hand_offs.seen();
  });
  punting_.add(batch, *lanes_[0], rules_, seen);
  std::uint64_t calls = 0;
  for (const auto& lane : lanes_) calls += lane->take_calls();
  config_.count("enter_calls", double(calls));
  if (noted_tail_ || std::ranges::none_of(lanes_, &Lane::had_tail)) return;
  config_.note("direct_tail", "what is not a multiple of 4096 went through the page cache");
  noted_tail_ = true;
}

void Uring::open_files(std::span<const char* const> paths, std::uint32_t set) {
  const auto use = [this](std::span<const iodyno::Fd> files) {
    on_each_lane([&](std::uint32_t which) { lanes_[which]->use_files(files); });
  };
  use({});
  files_.clear();
  const int mode = (set & IODYNO_WRITABLE ? O_RDWR : O_RDONLY) | (config_.direct() ? O_DIRECT : 0);
  std::vector<iodyno::Fd> files;  // the set is empty if one of them can't be opened
  files.reserve(paths.size());
  for (const char* path : paths) files.push_back(iodyno::open_at(config_.dir(), path, mode));
  files_ = std::move(files);
  use(files_);
  note();
}

}  // namespace engine::uring
