/// iodyno/config.hpp - how a session was opened: options, directories, buffers, and the way back to
/// the host. Part of backend.hpp.
#pragma once
#include <algorithm>
#include <cerrno>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <ctime>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <type_traits>

#include "backend.h"

namespace iodyno {

/// CLOCK_MONOTONIC in nanoseconds: the clock of completions and deadlines.
inline std::uint64_t now() noexcept {
  timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return std::uint64_t(t.tv_sec) * 1'000'000'000u + std::uint64_t(t.tv_nsec);
}

/// Ends a constructor, a batch or a request with an errno value, and a text for people.
[[noreturn]] inline void fail(int error, const std::string& what = "") {
  if (what.empty()) throw std::system_error(error, std::generic_category());
  throw std::system_error(error, std::generic_category(), what);
}

/// The mask of some operations.
template <std::same_as<iodyno_op>... Op>
consteval std::uint64_t ops(Op... op) {
  return (std::uint64_t{0} | ... | IODYNO_BIT(op));
}

// Rows of a backend's option table. A default outside of the range does not compile.

/// The row of a number, in its range `least` to `greatest`; both zero: any.
template <class Number>
consteval iodyno_option number(iodyno_type type, const char* name, Number fallback, Number least,
                               Number greatest, const char* doc) {
  const bool any = least == 0 && greatest == 0;
  if (!any && (fallback < least || fallback > greatest)) throw "the default is out of its range";
  if constexpr (std::is_integral_v<Number>)
    return {name, doc, type, 0, {.i = fallback}, {.i = least}, {.i = greatest}, nullptr};
  else
    return {name, doc, type, 0, {.r = fallback}, {.r = least}, {.r = greatest}, nullptr};
}
consteval iodyno_option flag(const char* name, bool fallback, const char* doc) {
  return number<std::int64_t>(IODYNO_BOOL, name, fallback, 0, 1, doc);
}
consteval iodyno_option integer(const char* name, std::int64_t fallback, std::int64_t least,
                                std::int64_t greatest, const char* doc) {
  return number(IODYNO_INT, name, fallback, least, greatest, doc);
}
consteval iodyno_option real(const char* name, double fallback, double least, double greatest,
                             const char* doc) {
  return number(IODYNO_REAL, name, fallback, least, greatest, doc);
}
/// In bytes.
consteval iodyno_option size(const char* name, std::int64_t fallback, std::int64_t least,
                             std::int64_t greatest, const char* doc) {
  return number(IODYNO_SIZE, name, fallback, least, greatest, doc);
}
/// In nanoseconds.
consteval iodyno_option time(const char* name, std::int64_t fallback, std::int64_t least,
                             std::int64_t greatest, const char* doc) {
  return number(IODYNO_TIME, name, fallback, least, greatest, doc);
}
consteval iodyno_option text(const char* name, const char* fallback, const char* doc) {
  return {name, doc, IODYNO_TEXT, 0, {.s = fallback}, {.i = 0}, {.i = 0}, nullptr};
}
/// `choices` is a static array of names that ends with nullptr; `fallback` is one of them.
template <std::size_t N>
consteval iodyno_option choice(const char* name, std::string_view fallback,
                               const char* const (&choices)[N], const char* doc) {
  if (choices[N - 1] != nullptr) throw "the choices must end with nullptr";
  std::int64_t index = 0;
  while (choices[index] != nullptr && choices[index] != fallback) ++index;
  if (choices[index] == nullptr) throw "the default is not one of the choices";
  return {name, doc, IODYNO_CHOICE, 0, {.i = index}, {.i = 0}, {.i = 0}, choices};
}

/// How the session was opened, and the way back to the host. A copy is cheap and good until
/// close().
class Config {
 public:
  /// `table` are the options of the backend; unsupported() takes operations out of `*ops`.
  Config(const iodyno_config& raw, std::span<const iodyno_option> table,
         std::uint64_t* ops = nullptr)
      : table_(table), ops_(ops) {
    std::memcpy(&raw_, &raw, std::min<std::size_t>(raw.size, sizeof raw_));  // an older host: zeros
  }
  const iodyno_config& raw() const { return raw_; }
  int dir() const { return raw_.dir_fd; }
  int dir2() const { return raw_.dir_fd2; }
  bool direct() const { return raw_.flags & IODYNO_DIRECT; }
  bool paced() const { return raw_.flags & IODYNO_PACED; }
  std::uint32_t depth() const { return raw_.queue_depth; }
  /// What keep() was given by an earlier session of this case, or nullptr.
  const char* kept() const { return raw_.kept; }

  // The value of an option, by the type of its row. Another type, or no such option: throws.
  bool flag(std::string_view name) const { return value(name, IODYNO_BOOL).i != 0; }
  std::int64_t integer(std::string_view name) const { return value(name, IODYNO_INT).i; }
  double real(std::string_view name) const { return value(name, IODYNO_REAL).r; }
  const char* text(std::string_view name) const { return value(name, IODYNO_TEXT).s; }
  std::uint64_t size(std::string_view name) const {
    return std::uint64_t(value(name, IODYNO_SIZE).i);
  }
  std::int64_t time(std::string_view name) const { return value(name, IODYNO_TIME).i; }
  std::string_view choice(std::string_view name) const {
    const std::int64_t index = value(name, IODYNO_CHOICE).i;
    return row(name).choices[index];
  }
  /// What stands behind a flag, an integer, the index of a choice, a size or a time.
  std::int64_t option(std::string_view name) const {
    const iodyno_type type = iodyno_type(row(name).type);
    if (type == IODYNO_REAL || type == IODYNO_TEXT)
      fail(EINVAL, "option " + std::string(name) + " is not an integer");
    return value(name, type).i;
  }

  /// The buffer to read into of one of the `depth()` slots; empty if the host has none.
  std::span<std::byte> buffer(std::uint32_t slot) const {
    return {static_cast<std::byte*>(raw_.buffers) + slot * raw_.buffer_size, raw_.buffer_size};
  }
  /// What to write next when `done` bytes of a request are written: as much as lies in one piece.
  std::span<const std::byte> source(const iodyno_request& r, std::uint64_t done) const {
    const std::uint64_t at = (r.data + done) % raw_.source_size;
    return {static_cast<const std::byte*>(raw_.source) + at,
            std::min(r.length - done, raw_.source_size - at + raw_.source_tail)};
  }

  void deliver(std::uint32_t index, std::uint64_t offset, std::span<const std::byte> piece) const {
    raw_.host->deliver(raw_.host->self, index, offset, piece.data(), piece.size());
  }
  void note(const char* key, const char* text) const {
    raw_.host->note(raw_.host->self, key, text);
  }
  void count(const char* name, double add) const { raw_.host->count(raw_.host->self, name, add); }
  void keep(const char* text) const { raw_.host->keep(raw_.host->self, text); }
  /// In a constructor alone: `op` does not work here, and why.
  void unsupported(iodyno_op op, const char* why) const {
    raw_.host->unsupported(raw_.host->self, op, why);
    if (ops_ != nullptr) *ops_ &= ~IODYNO_BIT(op);
  }

 private:
  const iodyno_option& row(std::string_view name) const {
    const auto found = std::ranges::find(table_, name, &iodyno_option::name);
    if (found == table_.end()) fail(EINVAL, "the backend has no option " + std::string(name));
    return *found;
  }
  const iodyno_value& value(std::string_view name, iodyno_type type) const {
    static constexpr const char* kTypes[] = {"flag",   "integer", "real", "text",
                                             "choice", "size",    "time"};
    const iodyno_option& found = row(name);
    if (found.type != std::uint32_t(type))
      fail(EINVAL, "option " + std::string(name) + " has the type " + kTypes[found.type] +
                       ", and was asked for as " + kTypes[type]);
    return raw_.options[&found - table_.data()];
  }

  iodyno_config raw_{};
  std::span<const iodyno_option> table_;
  std::uint64_t* ops_;
};

}  // namespace iodyno
