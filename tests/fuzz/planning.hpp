/// A backend that can do all and has an option of each type: nothing is loaded to plan with it.
#pragma once
#include <limits>

#include "fuzz/target.hpp"
#include "scenario/plan.hpp"

namespace iodyno::fuzz {

inline host::BackendDescription any_backend(const std::string& name) {
  using Limits = std::numeric_limits<std::int64_t>;
  const auto whole = [](std::int64_t value) { return host::OptionValue(value); };
  return {
      .name = name,
      .ops = ~std::uint64_t{0},
      .options = {{"flag", "", IODYNO_BOOL, whole(0), {}, {}, false, {}},
                  {"threads", "", IODYNO_INT, whole(4), whole(1), whole(64), true, {}},
                  {"share", "", IODYNO_REAL, 0.5, 0.0, 1.0, true, {}},
                  {"chunk", "", IODYNO_SIZE, whole(4096), whole(0), whole(Limits::max()), true, {}},
                  {"pause", "", IODYNO_TIME, whole(0), {}, {}, false, {}},
                  {"method", "", IODYNO_CHOICE, whole(0), {}, {}, false, {"one", "another"}},
                  {"text", "", IODYNO_TEXT, std::string(), {}, {}, false, {}}}};
}

/// What `validate` and `plan` do with a scenario, but for the plugins and the trees on disk.
inline void plan(std::string_view text, const host::Overrides& overrides) {
  host::Diagnostics mistakes;
  auto scenario = host::read_scenario(text, "scenario.yaml", overrides, mistakes);
  std::vector<host::PlannedBackend> backends;
  for (const auto& choice : scenario.backends) {
    const auto description = any_backend(choice.name);
    backends.push_back({choice, description, resolve_options(choice, description, mistakes)});
  }
  for (const auto& mistake : mistakes) must(is_a_line(to_text(mistake)), "a mistake is a line");
  if (!mistakes.empty() || backends.empty()) return;
  std::shared_ptr<const host::Tree> tree;
  if (!scenario.dataset.from.empty())
    tree = std::make_shared<host::Tree>(host::Tree{{"."}, {{"a", 5000, 0}, {"b", 0, 0}}});
  const auto made = make_plan(std::move(scenario), std::move(backends), tree, {.seed = 1});
  for (const auto& one : made.cases) must(is_a_line(one.name), "the name of a case is a line");
  // Sizes that differ are drawn one by one: right, but too slow here.
  for (const auto& one : made.cases)
    if (one.dataset.size.min != one.dataset.size.max && one.dataset.files > 1000) return;
  const auto cost = cost_of(made);
  must(cost.trials >= made.runnable(), "each case that runs has a trial");
}

}  // namespace iodyno::fuzz
