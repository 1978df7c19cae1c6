// The kernel, io_uring, limits and what needs root.
#include <cerrno>
#include <charconv>
#include <cstring>

#include "run/doctor_areas.hpp"
#include "scenario/units.hpp"

namespace iodyno::host {
namespace {

using State = Ability::State;

constexpr std::uint64_t kOpenFilesMin = 16'384;
constexpr std::uint64_t kLockedBytesMin = 64 << 20;

std::string fact(const Facts& facts, const char* key) {
  const auto found = facts.find(key);
  return found == facts.end() ? std::string() : found->second;
}

std::string join(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : ", ") + word;
  return text;
}

/// "6.1.0-18-amd64" as 601; 0 where it is no version.
int version_of(const std::string& release) {
  int major = 0, minor = 0;
  const char* const end = release.data() + release.size();
  const auto dot = std::from_chars(release.data(), end, major);
  if (dot.ec != std::errc() || dot.ptr == end || *dot.ptr != '.') return 0;
  if (std::from_chars(dot.ptr + 1, end, minor).ec != std::errc()) return 0;
  return major * 100 + minor;
}

/// Why there is no ring, and what helps.
Ability no_ring(int error, const Facts& facts, bool seccomp) {
  Ability ring{"io_uring", State::missing, std::strerror(error), ""};
  const auto disabled = fact(facts, "io_uring_disabled");
  if (error == ENOSYS && !seccomp) {
    ring.remedy = "This kernel has no io_uring: it is older than 5.1 or was built without it.";
  } else if (error == EPERM && (disabled == "1" || disabled == "2")) {
    ring.found = "forbidden by kernel.io_uring_disabled = " + disabled;
    ring.remedy = "Root allows it with `sysctl -w kernel.io_uring_disabled=0`.";
  } else if (seccomp) {
    ring.found += ", by a seccomp filter";
    ring.remedy =
        "Containers have such filters: start yours with a profile that allows io_uring_setup, "
        "io_uring_enter and io_uring_register, or with `--security-opt seccomp=unconfined`.";
  } else if (error == ENOMEM) {
    ring.remedy = "Raise the limit of locked memory: `ulimit -l`.";
  } else {
    ring.remedy = "Ask whoever looks after this machine; a security module may forbid it.";
  }
  return ring;
}

std::string limit_text(rlim_t limit) {
  return limit == RLIM_INFINITY ? "unlimited" : std::to_string(limit);
}

}  // namespace

Abilities judge_machine(const Facts& facts) {
  Ability kernel{"kernel", State::ok, fact(facts, "kernel"), ""};
  if (version_of(kernel.found) < 601) {
    kernel.state = State::warning;
    kernel.remedy = "Linux 6.1 and later can more: see the lines on io_uring below.";
  }
  return {kernel};
}

Abilities judge_ring(const RingAbilities& ring, const Facts& facts, bool seccomp) {
  if (ring.error != 0) return {no_ring(ring.error, facts, seccomp)};
  Abilities all = {{"io_uring", State::ok, "allowed", ""}};
  Ability operations{"io_uring operations", State::ok,
                     "all " + std::to_string(ring.operations) + " that backends use", ""};
  if (!ring.absent.empty()) {
    operations.state = State::warning;
    operations.found = "without " + join(ring.absent);
    operations.remedy =
        "Backends do these by system calls instead. All are in Linux 6.9; all but FTRUNCATE in "
        "5.15.";
  }
  Ability modes{"io_uring modes", State::ok, "all that backends ask for", ""};
  if (!ring.absent_modes.empty()) {
    modes.state = State::warning;
    modes.found = "without " + join(ring.absent_modes);
    modes.remedy = "Linux 6.1 and later have all of them, where nothing forbids them.";
  }
  Ability buffers{"io_uring buffers", State::ok, "16 MiB can be registered", ""};
  if (ring.buffers_error != 0) {
    buffers.state = State::warning;
    buffers.found = std::string("16 MiB can't be registered: ") + std::strerror(ring.buffers_error);
    buffers.remedy = "Raise the limit of locked memory: `ulimit -l`.";
  }
  all.insert(all.end(), {operations, modes, buffers});
  return all;
}

Abilities judge_limits(const rlimit& open_files, const rlimit& locked_memory, bool root) {
  // A worker raises its own limit to the hard one.
  Ability files{"open files", State::ok, limit_text(open_files.rlim_max), ""};
  if (open_files.rlim_max != RLIM_INFINITY && open_files.rlim_max < kOpenFilesMin) {
    files.state = State::warning;
    files.remedy =
        "Block operations hold all files of a dataset open; cases with more are skipped. Raise the "
        "hard limit: `ulimit -Hn 1048576` as root, or `nofile` in /etc/security/limits.conf.";
  }
  const bool unlimited = locked_memory.rlim_cur == RLIM_INFINITY;
  Ability memory{"locked memory", State::ok,
                 unlimited ? "unlimited" : format_size(locked_memory.rlim_cur), ""};
  if (!unlimited && !root && locked_memory.rlim_cur < kLockedBytesMin) {
    memory.state = State::warning;
    memory.remedy =
        "Buffers that io_uring registers are locked, and without them it is slower: `ulimit -l "
        "unlimited`, or `memlock` in /etc/security/limits.conf.";
  }
  return {files, memory};
}

Abilities judge_caches(bool can_drop, bool root) {
  Ability metadata{"cold metadata", State::ok, "/proc/sys/vm/drop_caches can be written", ""};
  if (!can_drop) {
    metadata.state = State::missing;
    metadata.found = root ? "/proc/sys/vm/drop_caches is read-only" : "needs root";
    metadata.remedy = root
                          ? "Run outside of the container, or in a privileged one: phases with "
                            "`metadata: cold` are skipped here."
                          : "Run as root: phases with `metadata: cold` are skipped otherwise. Cold "
                            "file contents need no root.";
  }
  return {metadata};
}

Abilities judge_device(const Facts& facts) {
  const auto device = fact(facts, "device");
  if (device.empty())
    return {{"device", State::ok, "none that the kernel tells of below this file system", ""}};
  Abilities all;
  const auto model = fact(facts, "device_model");
  Ability what{"device", State::ok, device + (model.empty() ? "" : ", " + model), ""};
  if (device.starts_with("loop")) {
    what.state = State::warning;
    what.remedy =
        "A loop device is a file on another file system, whose cache and load are in all figures. "
        "Good for trying things out; measure on the device itself.";
  }
  all.push_back(what);
  const bool rotational = fact(facts, "device_rotational") == "1";
  all.push_back({"rotational", State::ok, rotational ? "yes, or so it says" : "no", ""});
  Ability scheduler{"scheduler", State::ok, fact(facts, "device_scheduler"), ""};
  if (!rotational && scheduler.found.find("[bfq]") != std::string::npos) {
    scheduler.state = State::warning;
    scheduler.remedy =
        "bfq costs CPU time with each request and holds fast devices back: `echo "
        "none > /sys/block/" +
        device + "/queue/scheduler` as root.";
  }
  if (!scheduler.found.empty()) all.push_back(scheduler);
  Ability ahead{"read-ahead", State::ok, fact(facts, "device_read_ahead_kb") + " KiB", ""};
  if (ahead.found == "0 KiB") {
    ahead.state = State::warning;
    ahead.remedy = "Sequential reads wait for each piece: `blockdev --setra 256 /dev/" + device +
                   "` as root sets the usual 128 KiB.";
  }
  if (ahead.found != " KiB") all.push_back(ahead);
  if (const auto cache = fact(facts, "device_write_cache"); !cache.empty())
    all.push_back({"write cache", State::ok, cache, ""});
  return all;
}

}  // namespace iodyno::host
