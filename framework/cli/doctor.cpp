#include "run/doctor.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <system_error>

#include "cli/commands.hpp"
#include "cli/terminal.hpp"
#include "report/gbench.hpp"
#include "report/text.hpp"
#include "run/preflight.hpp"

namespace iodyno::host {
namespace {

using json = nlohmann::ordered_json;

constexpr std::size_t kStateWidth = 7;

std::string_view style_of(Ability::State state) {
  switch (state) {
    case Ability::State::ok: return kGreen;
    case Ability::State::warning: return kYellow;
    case Ability::State::missing: return kRed;
  }
  return "";
}

json to_json(const Abilities& abilities) {
  json all = json::array();
  for (const Ability& one : abilities)
    all.push_back({{"name", one.name},
                   {"state", to_text(one.state)},
                   {"found", clean_text(one.found)},
                   {"remedy", one.remedy.empty() ? json() : json(clean_text(one.remedy))}});
  return all;
}

/// "ok       kernel   6.1.0", what goes on in the next lines below it, and the remedy below that.
void print(const Ability& one, std::size_t name_width, const Painter& paint) {
  const std::size_t indent = kStateWidth + name_width + 2 * kGap.size();
  const std::size_t width = kWidth - std::min(indent, kWidth / 2);
  fmt::print("{}{}{}{}", paint(style_of(one.state), left(to_text(one.state), kStateWidth)), kGap,
             left(one.name, name_width), kGap);
  bool first = true;
  for (const std::string& line : wrap(clean_text(one.found), width, width)) {
    fmt::print("{}{}\n", first ? "" : std::string(indent, ' '), line);
    first = false;
  }
  if (one.remedy.empty()) return;
  const std::size_t less = kStateWidth + kGap.size();
  for (const std::string& line : wrap(clean_text(one.remedy), kWidth - less, kWidth - less))
    fmt::print("{}{}\n", std::string(less, ' '), line);
}

void print(const Abilities& all) {
  const Painter paint(color());
  std::size_t width = 0;
  for (const Ability& one : all) width = std::max(width, one.name.size());
  for (const Ability& one : all) print(one, width, paint);
  const auto count = [&](Ability::State state) {
    return std::size_t(std::ranges::count(all, state, &Ability::state));
  };
  fmt::print("\n{} ok, {}, {} missing\n", count(Ability::State::ok),
             counted(count(Ability::State::warning), "warning"), count(Ability::State::missing));
}

}  // namespace

int doctor_command(const Arguments& arguments) try {
  if (const auto why = refuse_target(arguments.target); !why.empty()) {
    fmt::print(stderr, "iodyno: error: {}\n", why);
    return kEnvironment;
  }
  const Abilities all = examine(arguments.target);
  if (arguments.json)
    fmt::print("{}\n", to_json(all).dump(2));
  else
    print(all);
  return kDone;
} catch (const std::system_error& e) {
  fmt::print(stderr, "iodyno: error: {}: {}\n", clean_text(arguments.target), e.what());
  return kEnvironment;
}

}  // namespace iodyno::host
