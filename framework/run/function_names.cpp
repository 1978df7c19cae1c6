#include "run/function_names.hpp"

#include <cxxabi.h>

#include <algorithm>
#include <cstdlib>
#include <memory>

namespace iodyno::host {
namespace {

std::string readable(const std::string& name) {
  int status = 0;
  const std::unique_ptr<char, decltype(&std::free)> demangled(
      abi::__cxa_demangle(name.c_str(), nullptr, nullptr, &status), &std::free);
  if (status != 0) return name;
  constexpr std::string_view kNameless = "(anonymous namespace)::";
  std::string text = demangled.get();
  for (std::size_t at; (at = text.find(kNameless)) != text.npos;) text.erase(at, kNameless.size());
  return text.substr(0, text.find('('));
}

}  // namespace

std::string with_readable_names(std::string_view text) {
  std::string result;
  while (!text.empty()) {
    const auto word = text.substr(0, text.find(' '));
    result += word.starts_with("_Z") ? readable(std::string(word)) : std::string(word);
    text.remove_prefix(word.size());
    const auto spaces = std::min(text.find_first_not_of(' '), text.size());
    result += text.substr(0, spaces);
    text.remove_prefix(spaces);
  }
  return result;
}

}  // namespace iodyno::host
