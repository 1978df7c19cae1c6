#include "candidates.hpp"

#include <sched.h>

#include <algorithm>

#include "../copy/engine.hpp"
#include "../mmap/engine.hpp"
#include "../posix/engine.hpp"
#ifdef IODYNO_HAS_RING
#include "../uring/engine.hpp"
#endif

namespace engine::automatic {
namespace {

using iodyno::ops;

constexpr std::uint64_t kAll = IODYNO_BIT(IODYNO_OP_COUNT) - 1;
constexpr std::uint64_t kLoads = ops(IODYNO_OP_READ_BLOCK);
constexpr std::uint64_t kStores = ops(IODYNO_OP_WRITE_BLOCK);
/// What a mapping may do faster than a call.
constexpr std::uint64_t kMapped = kLoads | ops(IODYNO_OP_READ, IODYNO_OP_OVERWRITE);
constexpr std::uint64_t kCopies = ops(IODYNO_OP_COPY);

constexpr const iodyno_backend* kPosix = &iodyno::Glue<posix::Posix>::descriptor;
constexpr const iodyno_backend* kMmap = &iodyno::Glue<mmap::Mmap>::descriptor;
constexpr const iodyno_backend* kCopy = &iodyno::Glue<copy::Copy>::descriptor;
#ifdef IODYNO_HAS_RING
constexpr const iodyno_backend* kUring = &iodyno::Glue<uring::Uring>::descriptor;
#endif

using enum Width;

void add(std::vector<Candidate>& all, std::initializer_list<Width> widths, Candidate one) {
  for (const Width width : widths) {
    one.width = width;
    all.push_back(one);
  }
}

std::vector<Candidate> table() {
  std::vector<Candidate> all;
  add(all, {one, cores, Width::all}, {"posix", kPosix, one, {}, kAll, true});
  add(all, {one, cores}, {"mmap", kMmap, one, {}, kMapped, false});
  add(all, {one, cores}, {"mmap:prefetch=true", kMmap, one, {{"prefetch", "true"}}, kLoads, false});
  // Stores have a mapping of their own: the first store to a page that a load has mapped is a slow
  // fault, of a page alone, where the first touch by a store maps all of a large folio.
  for (const std::string_view populate : {"auto", "all"})
    add(all, {one, cores},
        {populate == "all" ? "mmap:populate=all" : "mmap:populate=auto",
         kMmap,
         one,
         {{"populate", populate}},
         kStores,
         false});
  for (const std::string_view method :
       {"copy:method=read_write", "copy:method=copy_file_range", "copy:method=sendfile",
        "copy:method=mmap_windowed", "copy:method=reflink"})
    add(all, {one, cores},
        {method,
         kCopy,
         one,
         {{"method", method.substr(sizeof "copy:method=" - 1)}},
         kCopies,
         true});
  add(all, {one}, {"copy:method=parallel", kCopy, one, {{"method", "parallel"}}, kCopies, true});
#ifdef IODYNO_HAS_RING
  add(all, {Width::all}, {"uring", kUring, one, {}, kAll, true});
#endif
  return all;
}

const iodyno_option& row_of(const iodyno_backend& engine, std::string_view name) {
  const std::span rows(engine.options, engine.option_count);
  const auto found = std::ranges::find(rows, name, &iodyno_option::name);
  if (found == rows.end()) iodyno::fail(EINVAL, "no option " + std::string(name));
  return *found;
}

std::int64_t value_of(const iodyno_option& row, std::string_view text) {
  if (row.type == IODYNO_BOOL) return text == "true";
  for (std::int64_t i = 0; row.choices != nullptr && row.choices[i] != nullptr; ++i)
    if (row.choices[i] == text) return i;
  iodyno::fail(EINVAL, std::string(row.name) + " has no choice " + std::string(text));
}

}  // namespace

std::span<const Candidate> candidates() {
  static const std::vector<Candidate> all = table();
  return all;
}

std::vector<iodyno_value> values_of(const Candidate& candidate) {
  const iodyno_backend& engine = *candidate.engine;
  std::vector<iodyno_value> values;
  for (const auto& row : std::span(engine.options, engine.option_count))
    values.push_back(row.fallback);
  for (const Setting& setting : candidate.settings) {
    const iodyno_option& row = row_of(engine, setting.option);
    values[std::size_t(&row - engine.options)].i = value_of(row, setting.choice);
  }
  return values;
}

std::uint32_t depth_of(Width width, const iodyno::Config& config) {
  // At a rate requests begin when they are due, and not when one of few threads comes to them.
  if (width == all || config.paced()) return config.depth();
  if (width == one) return 1;
  cpu_set_t mine;
  iodyno::check(::sched_getaffinity(0, sizeof mine, &mine), "sched_getaffinity");
  return std::min(config.depth(), std::uint32_t(CPU_COUNT(&mine)));
}

}  // namespace engine::automatic
