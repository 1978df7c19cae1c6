// What works here: found out by doing it with files that have no names.
#include <linux/magic.h>

#include <system_error>

#include "../common/clone.hpp"
#include "../common/direct.hpp"
#include "engine.hpp"

namespace engine::copy {

using iodyno::fail;

namespace {

/// What can bypass the page cache.
bool may_be_direct(std::string_view method) {
  return method == "read_write" || method == "direct" || method == "uring";
}

}  // namespace

Copy::Copy(const iodyno::Config& c)
    : PerRequest(c),
      direct_(c.direct() || c.choice("method") == "direct" ? O_DIRECT : 0),
      granule_(direct_ != 0 ? kPage : 1),
      by_hand_(c.choice("method") == "read_write"),
      scratch_(c.depth(), std::uint64_t(c.size("buffer")) / kPage * kPage) {
  const auto method = c.choice("method");
  if (c.direct() && !may_be_direct(method))
    fail(ENOTSUP, "method=" + std::string(method) + " goes through the page cache");
  if (c.direct()) require_both_direct();
  c.note("method", std::string(method).c_str());
  if (const auto why = why_not(method); !why.empty()) {
    method_.reset();
    c.unsupported(IODYNO_OP_COPY, why.c_str());
    return;
  }
  settle_room(method);
}

/// Empty if the method works.
std::string Copy::why_not(std::string_view method) try {
  if (direct_ != 0 && !config.direct()) require_both_direct();
  method_ = make_method(method);
  const int refused = try_out();
  return refused == 0 ? "" : std::string(method) + ": " + std::generic_category().message(refused);
} catch (const std::system_error& e) {
  // These are shortages, and not the nature of the place.
  if (const int error = e.code().value(); error == EMFILE || error == ENFILE || error == ENOMEM)
    throw;
  return e.what();
}

std::unique_ptr<Method> Copy::make_method(std::string_view method) {
  const auto whole = [this](const char* option) {
    return std::uint64_t(config.size(option)) / kPage * kPage;
  };
  const Making making{.config = config,
                      .pool = pool,
                      .buffer = whole("buffer"),
                      .window = whole("window"),
                      .threads = std::uint32_t(config.integer("threads")),
                      .in_flight = std::uint32_t(config.integer("in_flight")),
                      .direct = direct_ != 0};
  if (method == "copy_file_range") return by_copy_file_range(making);
  if (method == "sendfile") return by_sendfile(making);
  if (method == "splice") return by_splice(making);
  if (method == "mmap") return by_mapping(making, 0);
  if (method == "mmap_windowed") return by_mapping(making, making.window);
  if (method == "reflink") return by_clone(making);
  if (method == "parallel" || method == "direct") return by_threads(making);
  if (method == "uring") return by_ring(making);
  return by_read_write(making);
}

void Copy::require_both_direct() {
  require_direct(config.dir(), scratch_[0].first(kPage));
  if (config.dir2() != config.dir()) require_direct(config.dir2(), scratch_[0].first(kPage));
}

/// What refuses a page refuses all. 0, or an errno value.
int Copy::try_out() {
  iodyno::Fd from, to;
  try {
    from = nameless_file(config.dir(), direct_);
    to = nameless_file(config.dir2(), direct_);
    iodyno::write_fully(from, scratch_[0].first(kPage), 0);
  } catch (const std::system_error&) {
    return 0;  // nothing may be written there: the first request shows
  }
  return method_
      ->copy({.from = from, .to = to, .length = kPage, .size = kPage, .slot = 0}, {0, kPage})
      .refused;
}

/// Each of the rules was measured, see docs/backends/copy.md.
void Copy::settle_room(std::string_view method) {
  const auto wish = config.choice("preallocate");
  const bool shares = method_->keeps_holes();  // there is nothing to write
  const bool by_itself = method == "copy_file_range";
  const bool wins = direct_ != 0 || file_system(config.dir2()) == EXT4_SUPER_MAGIC;
  if (shares || wish == "off" || (wish == "auto" && (by_itself || !wins)))
    room_ = method == "parallel" ? Room::truncate : Room::as_it_grows;
  else
    room_ = Room::fallocate;
  config.note("preallocated", room_ == Room::fallocate  ? "by fallocate, from 256 KiB"
                              : room_ == Room::truncate ? "no: the size alone, by ftruncate"
                                                        : "no");
}

}  // namespace engine::copy
