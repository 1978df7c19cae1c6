#include "run/doctor.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <chrono>
#include <iterator>
#include <thread>

#include "run/doctor_areas.hpp"
#include "run/probes.hpp"
#include "run/ring_probe.hpp"
#include "run/system.hpp"
#include "run/target.hpp"

namespace iodyno::host {
namespace {

/// How long others are watched, before this program does anything itself.
constexpr std::chrono::milliseconds kLook(500);

rlimit limit_of(int which) {
  rlimit limit{RLIM_INFINITY, RLIM_INFINITY};
  getrlimit(__rlimit_resource(which), &limit);
  return limit;
}

void append(Abilities& to, Abilities more) {
  to.insert(to.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
}

/// What is found by trying, and leaves nothing behind.
Abilities try_directory(const std::string& directory, const FileSystem& fs) {
  RunDirectory own(directory);
  Abilities all;
  try {
    all = judge_files(probe_facts(own.fd(), fs), try_files(own.fd()), fs);
  } catch (...) {
    own.remove();
    throw;
  }
  own.remove();
  return all;
}

}  // namespace

std::string_view to_text(Ability::State state) {
  switch (state) {
    case Ability::State::ok: return "ok";
    case Ability::State::warning: return "warning";
    case Ability::State::missing: return "missing";
  }
  return "";
}

Abilities examine(const std::string& directory) {
  const MachineState before = look_at_machine(directory);
  std::this_thread::sleep_for(kLook);
  const MachineState after = look_at_machine(directory);
  const FileSystem fs = look_at_file_system(directory);
  const Facts facts = system_facts(directory, fs);
  const bool root = geteuid() == 0;
  Abilities all = judge_machine(facts);
  append(all, judge_ring(probe_ring(), facts, has_seccomp_filter()));
  append(all, judge_limits(limit_of(RLIMIT_NOFILE), limit_of(RLIMIT_MEMLOCK), root));
  append(all, judge_caches(access("/proc/sys/vm/drop_caches", W_OK) == 0, root));
  append(all, judge_file_system(fs, facts));
  append(all, judge_leftovers(directory, find_leftovers(directory)));
  append(all, try_directory(directory, fs));
  append(all, judge_device(facts));
  append(all, judge_load(facts, before, after));
  return all;
}

}  // namespace iodyno::host
