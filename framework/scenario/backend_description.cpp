#include "scenario/backend_description.hpp"

#include <algorithm>
#include <charconv>

namespace iodyno::host {
namespace {

template <class T>
Parsed<OptionValue> bounded(const OptionDescription& option, const Parsed<T>& parsed) {
  if (!parsed.value) return {{}, parsed.problem};
  using Held = std::conditional_t<std::is_same_v<T, double>, double, std::int64_t>;
  const auto value = Held(*parsed.value);
  if (option.bounded) {
    if (value < std::get<Held>(option.min))
      return {{}, "is too small; at least " + format_option(option, option.min)};
    if (value > std::get<Held>(option.max))
      return {{}, "is too large; at most " + format_option(option, option.max)};
  }
  return {OptionValue(value), {}};
}

std::string join(const std::vector<std::string>& words) {
  std::string all;
  for (const auto& word : words) all += (all.empty() ? "" : ", ") + word;
  return all;
}

std::vector<std::string_view> views(const std::vector<std::string>& words) {
  return {words.begin(), words.end()};
}

}  // namespace

Parsed<OptionValue> parse_option(const OptionDescription& option, const Node& node) {
  const std::string& text = node.text;
  const bool plain =
      option.type == IODYNO_BOOL || option.type == IODYNO_INT || option.type == IODYNO_REAL;
  if (plain && node.quoted) return {{}, "is text; write it without quotes"};
  switch (option.type) {
    case IODYNO_BOOL:
      if (text != "true" && text != "false") return {{}, "is neither true nor false"};
      return {OptionValue(std::int64_t(text == "true")), {}};
    case IODYNO_INT: return bounded(option, parse_integer(text));
    case IODYNO_REAL: return bounded(option, parse_real(text));
    case IODYNO_SIZE: return bounded(option, parse_size(text));
    case IODYNO_TIME: return bounded(option, parse_time(text));
    case IODYNO_CHOICE: {
      const auto at = std::ranges::find(option.choices, text);
      if (at == option.choices.end())
        return {{}, "is none of " + join(option.choices) + suggestion(text, views(option.choices))};
      return {OptionValue(std::int64_t(at - option.choices.begin())), {}};
    }
    default: return {OptionValue(text), {}};
  }
}

std::string format_option(const OptionDescription& option, const OptionValue& value) {
  if (const auto* text = std::get_if<std::string>(&value)) return *text;
  if (const auto* real = std::get_if<double>(&value)) {
    char digits[32];
    return {digits, std::to_chars(digits, digits + sizeof digits, *real).ptr};
  }
  const auto integer = std::get<std::int64_t>(value);
  switch (option.type) {
    case IODYNO_BOOL: return integer != 0 ? "true" : "false";
    case IODYNO_SIZE: return format_size(std::uint64_t(integer));
    case IODYNO_TIME: return format_time(std::uint64_t(integer));
    case IODYNO_CHOICE:
      return std::size_t(integer) < option.choices.size() ? option.choices[std::size_t(integer)]
                                                          : "?";
    default: return std::to_string(integer);
  }
}

std::string describe_range(const OptionDescription& option) {
  switch (option.type) {
    case IODYNO_BOOL: return "true or false";
    case IODYNO_TEXT: return "text";
    case IODYNO_CHOICE: return "one of " + join(option.choices);
    default: break;
  }
  const std::string kind = option.type == IODYNO_SIZE   ? "a size"
                           : option.type == IODYNO_TIME ? "a time"
                           : option.type == IODYNO_REAL ? "a number"
                                                        : "a whole number";
  if (!option.bounded) return kind;
  return kind + " from " + format_option(option, option.min) + " to " +
         format_option(option, option.max);
}

std::vector<OptionValue> resolve_options(const BackendChoice& choice,
                                         const BackendDescription& backend, Diagnostics& out) {
  std::vector<OptionValue> values;
  if (!backend.left_out.empty()) return values;  // nothing of them is known
  std::vector<std::string_view> known;
  for (const auto& option : backend.options) {
    values.push_back(option.fallback);
    known.push_back(option.name);
  }
  for (const auto& [name, node, named_at] : choice.options) {
    const auto key = choice.path + "." + name;
    const auto at = std::ranges::find(known, name);
    if (at == known.end()) {
      out.push_back({named_at, key,
                     "backend " + backend.name + " has no such option" +
                         (known.empty() ? "; it has none" : suggestion(name, known))});
      continue;
    }
    const auto index = std::size_t(at - known.begin());
    auto parsed = parse_option(backend.options[index], node);
    if (parsed.value)
      values[index] = std::move(*parsed.value);
    else
      out.push_back({node.at, key, quote(node.text) + " " + parsed.problem});
  }
  return values;
}

}  // namespace iodyno::host
