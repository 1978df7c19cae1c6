#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <system_error>
#include <thread>

#include "cli/commands.hpp"
#include "report/gbench.hpp"
#include "run/progress.hpp"
#include "run/signals.hpp"
#include "run/target.hpp"
#include "trial/failure.hpp"

namespace iodyno::host {
namespace {

constexpr std::size_t kToldMax = 10;

/// A target holds names of anybody's.
void tell(const std::string& path, const std::string& what) {
  std::fprintf(stderr, "iodyno: %s %s\n", clean_text(path).c_str(), clean_text(what).c_str());
}

void tell_of_strangers(const std::string& path, const std::vector<std::string>& kept) {
  for (std::size_t i = 0; i < std::min(kept.size(), kToldMax); ++i)
    tell(path + "/" + kept[i], "is not ours; left alone, and " + path + " with it");
  if (kept.size() > kToldMax)
    std::fprintf(stderr, "iodyno: and %zu more\n", kept.size() - kToldMax);
}

/// A run that was killed is gone at once; what it had just started may have its lock for a moment
/// longer.
std::vector<Leftover> leftovers_that_stay(const std::string& target) {
  constexpr int kLooks = 20;
  for (int i = 1;; ++i) {
    auto found = find_leftovers(target);
    if (i == kLooks || std::ranges::none_of(found, [](const Leftover& one) {
          return one.kind == Leftover::Kind::in_use;
        }))
      return found;
    throw_if_interrupted();
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
}

/// Returns whether it is gone. What can't be removed is told, and does not keep others from going.
bool remove(const std::string& target, const std::string& name) try {
  const auto path = target + "/" + name;
  const auto kept =
      remove_leftover(target, name, [](std::uint64_t, std::uint64_t) { throw_if_interrupted(); });
  tell_of_strangers(path, kept);
  if (!kept.empty()) return false;
  std::printf("removed %s\n", clean_text(path).c_str());
  return true;
} catch (const std::system_error& e) {
  if (std::error_code unknown; !std::filesystem::exists(target + "/" + name, unknown) && !unknown)
    return true;  // another `clean` was quicker
  tell(target + "/" + name, "could not be removed: " + failure_text(e));
  return false;
}

}  // namespace

int clean_command(const Arguments& arguments) {
  const auto found = leftovers_that_stay(arguments.target);
  bool refused = false;
  for (const auto& leftover : found) {
    const auto path = arguments.target + "/" + leftover.name;
    switch (leftover.kind) {
      case Leftover::Kind::abandoned: refused |= !remove(arguments.target, leftover.name); break;
      case Leftover::Kind::in_use:
        tell(path, "is in use by a run that goes on; left alone");
        refused = true;
        break;
      case Leftover::Kind::foreign:
        tell(path, "does not have our mark; left alone");
        refused = true;
        break;
    }
  }
  if (found.empty()) std::printf("nothing to remove in %s\n", clean_text(arguments.target).c_str());
  return refused ? kEnvironment : kDone;
}

}  // namespace iodyno::host
