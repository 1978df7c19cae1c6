#include "kind.hpp"

#include <algorithm>
#include <array>

namespace engine::automatic {
namespace {

// In the order of enum iodyno_op.
constexpr std::array<std::string_view, IODYNO_OP_COUNT> kOps{
    "create", "read",       "overwrite",   "append", "rewrite", "copy",
    "delete", "stat",       "rename",      "link",   "mkdir",   "rmdir",
    "list",   "read_block", "write_block", "fsync",  "symlink", "replace"};
constexpr std::array<std::string_view, 5> kSizes{"", "small", "medium", "large", "unknown"};

constexpr std::string_view kDurable = ".durable";

template <std::size_t N>
std::size_t index_of(const std::array<std::string_view, N>& names, std::string_view name) {
  return std::size_t(std::ranges::find(names, name) - names.begin());
}

}  // namespace

std::string Kind::text() const {
  std::string text(kOps[op]);
  if (size != Size::none) text += "." + std::string(kSizes[std::size_t(size)]);
  if (durable) text += kDurable;
  return text;
}

Kind Kind::from(std::string_view text) {
  const bool durable = text.ends_with(kDurable);
  if (durable) text.remove_suffix(kDurable.size());
  const auto dot = text.find('.');
  const auto op = index_of(kOps, text.substr(0, dot));
  const auto size = dot == text.npos ? 0 : index_of(kSizes, text.substr(dot + 1));
  if (size == kSizes.size() || text.ends_with('.')) return {IODYNO_OP_COUNT};
  return {std::uint16_t(op), Size(size), durable};
}

}  // namespace engine::automatic
