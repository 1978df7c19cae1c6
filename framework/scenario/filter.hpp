#pragma once
#include <regex>
#include <string>

namespace iodyno::host {

/// What --filter says. It is searched by steps, not by recursion: that way `(a*)*b` takes for ever,
/// and a name of others' results that has 100,000 letters fills the stack. So there are no
/// back-references. Throws std::regex_error.
inline std::regex filter_of(const std::string& text) {
  constexpr std::size_t kLettersMax = 1000;  // it reads by recursion
  if (text.size() > kLettersMax) throw std::regex_error(std::regex_constants::error_complexity);
#ifdef __GLIBCXX__
  return std::regex(text, std::regex::ECMAScript | std::regex_constants::__polynomial);
#else
  return std::regex(text, std::regex::ECMAScript);
#endif
}

}  // namespace iodyno::host
