#include "check/check.hpp"

#include <sys/stat.h>

#include <filesystem>
#include <iodyno/posix.hpp>

#include "check/isolate.hpp"
#include "check/lab.hpp"
#include "scenario/filter.hpp"
#include "trial/directory.hpp"

namespace iodyno::host::conformance {
namespace {

std::vector<Check> all_checks(const BackendDescription& backend, const std::string& filter) {
  std::vector<Check> all;
  const auto add = [&](std::vector<Check> some) {
    for (auto& check : some) all.push_back(std::move(check));
  };
  add(option_checks(backend));
  // What does no I/O has no data to be wrong, and no errors.
  if (!backend.synthetic()) {
    add(data_checks(backend));
    add(error_checks(backend));
  }
  add(time_checks(backend));
  add(session_checks(backend));
  if (!filter.empty()) {
    const auto wanted = filter_of(filter);
    std::erase_if(all, [&](const Check& c) { return !std::regex_search(c.name, wanted); });
  }
  return all;
}

class Runner {
 public:
  Runner(const BackendDescription& backend, const CheckSettings& settings)
      : backend_(backend), settings_(settings) {}

  Finding run(const Check& check) {
    const bool has_memory = settings_.memory_directory >= 0;
    const int first =
        check.in_memory && has_memory ? settings_.memory_directory : settings_.directory;
    const int second = check.two_systems && has_memory ? settings_.memory_directory : first;
    if (check.two_systems && !has_memory)
      return {check.name, Result::skip, "there is no second file system"};
    const auto name = "check-" + std::to_string(++number_);
    const auto body = [&] {
      enter("entry");
      const Plugin plugin(backend_.file);
      enter("");
      Lab lab{plugin, World(first, name), World(second, name + "-second"), settings_.seed};
      try {
        check.body(lab);
      } catch (const Refused& e) {
        failed("open() failed with " + name_of_error(e.code) + ": " + e.what());
      }
    };
    auto finding = isolate(check.name, body, settings_.limit_ns);
    remove(first, name);
    remove(second, name + "-second");
    return finding;
  }

 private:
  /// Also what a check or a plugin made unreadable.
  static void remove(int at, const std::string& name) {
    if (faccessat(at, name.c_str(), F_OK, AT_SYMLINK_NOFOLLOW) != 0) return;
    make_writable(at, name);
    remove_tree(at, name);
  }
  static void make_writable(int at, const std::string& name) {
    if (geteuid() == 0) return;
    check(fchmodat(at, name.c_str(), 0700, 0), name.c_str());
    const Fd directory = open_below(at, name);
    for (const auto& entry :
         std::filesystem::directory_iterator("/proc/self/fd/" + std::to_string(int(directory))))
      if (entry.symlink_status().type() == std::filesystem::file_type::directory)
        make_writable(directory, entry.path().filename());
  }

  const BackendDescription& backend_;
  const CheckSettings& settings_;
  int number_ = 0;
};

}  // namespace

std::vector<std::string> check_names(const BackendDescription& backend, const std::string& filter) {
  std::vector<std::string> names;
  for (const auto& check : all_checks(backend, filter)) names.push_back(check.name);
  return names;
}

std::vector<Finding> run_checks(const BackendDescription& backend, const CheckSettings& settings,
                                const std::function<void(const Finding&)>& tell) {
  std::vector<Finding> findings;
  Runner runner(backend, settings);
  for (const auto& check : all_checks(backend, settings.filter)) {
    findings.push_back(runner.run(check));
    tell(findings.back());
  }
  return findings;
}

}  // namespace iodyno::host::conformance
