#include "run/ours.hpp"

#include <string_view>

#include "scenario/files.hpp"

namespace iodyno::host {
namespace {

constexpr std::string_view kDigits = "0123456789", kHexDigits = "0123456789abcdef";

bool is_number(std::string_view text, std::string_view digits) {
  return !text.empty() && text.find_first_not_of(digits) == text.npos;
}

/// Such a name after such a beginning.
bool is_numbered(std::string_view name, std::string_view begin, std::string_view digits) {
  return name.starts_with(begin) && is_number(name.substr(begin.size()), digits);
}

/// As Files and rehearsals name things, and backends what they try things with.
bool is_of_a_dataset(std::string_view name) {
  if (name.ends_with(kTemporarySuffix)) name.remove_suffix(kTemporarySuffix.size());
  return is_numbered(name, "f", kDigits) || is_numbered(name, "d", kDigits) || name == "probe" ||
         is_numbered(name, "rehearsal-", kHexDigits) || name.starts_with(".iodyno-");
}

}  // namespace

IsOurs ours_below(const std::string& entry) {
  if (is_numbered(entry, "set-", kHexDigits) || entry == "probe") return is_of_a_dataset;
  // A copy of a real tree has its names, and a check makes what no dataset has: all of it is ours.
  const bool check = entry.starts_with("check-");
  if (check || is_numbered(entry, "tree-", kHexDigits))
    return [](const std::string&) { return true; };
  return {};
}

}  // namespace iodyno::host
