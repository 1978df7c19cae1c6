// Every option at its bounds, with a little of all operations.
#include "check/lab.hpp"
#include "scenario/operation.hpp"

namespace iodyno::host::conformance {
namespace {

constexpr std::uint64_t kSizes[] = {100, 0, 5000, 70'000};

void with_option(Lab& lab, std::size_t index, const OptionValue& value, const std::string& text) {
  Opening opening{.depth = 2};
  for (const auto& option : lab.plugin.description().options)
    opening.options.push_back(option.fallback);
  opening.options[index] = value;
  try {
    // What does no I/O may also take an hour to do it.
    if (lab.synthetic()) return Bench(lab.plugin, lab.first.fd(), lab.second.fd(), opening).close();
    for (const auto& row : operations()) {
      if (!lab.has(row.op)) continue;
      Lab part{lab.plugin, World(lab.first.fd(), std::string(row.name)),
               World(lab.second.fd(), std::string(row.name)), lab.seed};
      const auto work = make_work(
          part, row.op, 8, row.object == Object::block ? std::span(kSizes, 1) : std::span(kSizes));
      Bench bench(part.plugin, part.first.fd(), part.second.fd(), opening);
      if (bench.ops() & IODYNO_BIT(row.op)) run_and_compare(part, bench, work);
    }
  } catch (const Refused& e) {
    skipped("open() refuses " + text + ": " + e.what());
  }
}

/// The values to try: the default is what all other checks have.
std::vector<OptionValue> bounds_of(const OptionDescription& option) {
  std::vector<OptionValue> values;
  if (option.type == IODYNO_BOOL) values = {std::int64_t{0}, std::int64_t{1}};
  if (option.type == IODYNO_CHOICE)
    for (std::size_t i = 0; i < option.choices.size(); ++i) values.push_back(std::int64_t(i));
  if (option.bounded && values.empty()) values = {option.min, option.max};
  std::erase(values, option.fallback);
  return values;
}

bool is_name(const std::string& text) {
  return !text.empty() &&
         text.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_-") == text.npos;
}

/// The table itself: what no compiler sees of a plugin in C.
void table(Lab& lab) {
  const auto& backend = lab.plugin.description();
  if (backend.summary.empty()) failed("the descriptor has no summary");
  if (backend.version.empty()) failed("the descriptor has no version");
  if (backend.ops == 0) failed("the descriptor has no operation");
  for (const auto& option : backend.options) {
    if (option.doc.empty()) failed("option " + option.name + " has no doc");
    if (!is_name(option.name)) failed("option " + option.name + " has no name of [a-z0-9_-]");
  }
  if (!is_name(backend.name)) failed("the name " + backend.name + " is not of [a-z0-9_-]");
  if (!backend.file.ends_with("/libiodyno-" + backend.name + ".so"))
    warned("the file of " + backend.name + " is not called libiodyno-" + backend.name + ".so");
}

}  // namespace

std::vector<Check> option_checks(const BackendDescription& backend) {
  std::vector<Check> checks{{"descriptor", table}};
  for (std::size_t i = 0; i < backend.options.size(); ++i) {
    const auto& option = backend.options[i];
    for (const auto& value : bounds_of(option)) {
      const auto text = option.name + ": " + format_option(option, value);
      checks.push_back({"option/" + option.name + "/" + format_option(option, value),
                        [=](Lab& lab) { with_option(lab, i, value, text); }});
    }
  }
  for (auto& check : checks) check.in_memory = true;
  return checks;
}

}  // namespace iodyno::host::conformance
