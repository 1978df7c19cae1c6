// What files in a directory can do, and what the file system that it is on is like.
#include <linux/stat.h>
#include <sys/stat.h>

#include <array>
#include <cstring>
#include <iodyno/posix.hpp>

#include "report/format.hpp"
#include "run/doctor_areas.hpp"
#include "run/probes.hpp"
#include "scenario/units.hpp"
#include "trial/cache.hpp"

namespace iodyno::host {
namespace {

using State = Ability::State;

constexpr std::size_t kPage = 4096;
constexpr std::uint64_t kFreeBytesMin = std::uint64_t(1) << 30;
constexpr std::uint64_t kFreeInodesMin = 20'000;
constexpr double kSlowTouchNs = 3000;

/// From Linux 6.1 on a file system may say so itself.
bool stated_alignment(int file, FileTrials& to) {
#ifdef STATX_DIOALIGN
  struct statx status {};
  if (statx(file, "", AT_EMPTY_PATH, STATX_DIOALIGN, &status) != 0) return false;
  if (!(status.stx_mask & STATX_DIOALIGN)) return false;
  to.direct_memory_align = status.stx_dio_mem_align;
  to.direct_offset_align = status.stx_dio_offset_align;
  return true;
#else
  (void)file, (void)to;
  return false;
#endif
}

/// The smallest power of two of which memory, offset and length may be odd multiples.
void try_alignment(int file, FileTrials& to) {
  alignas(2 * kPage) static std::array<std::byte, 3 * kPage> memory{};
  for (std::uint32_t size = 512; size <= kPage; size *= 2) {
    if (pwrite(file, memory.data() + size, size, size) != ssize_t(size)) continue;
    to.direct_memory_align = to.direct_offset_align = size;
    return;
  }
}

std::string try_copy_file_range(int directory) {
  const Fd from = nameless_file(directory);
  write_fully(from, std::array<std::byte, kPage>{}, 0);
  const Fd to = nameless_file(directory);
  const ssize_t copied = copy_file_range(from, nullptr, to, nullptr, kPage, 0);
  return copied < 0 ? std::strerror(errno) : copied == kPage ? "" : "copies nothing";
}

/// What a probe answers: "yes", or "no: " and why.
std::string answer_of(const Facts& probed, const char* key) {
  const std::string& answer = probed.at(key);
  return answer.starts_with("no: ") ? answer.substr(4) : answer;
}

Ability direct(const Facts& probed, const FileTrials& trials) {
  Ability ability{"O_DIRECT", State::ok, answer_of(probed, "o_direct"), ""};
  if (ability.found != "yes") {
    ability.state = State::missing;
    ability.remedy =
        "Phases with `direct: true` are skipped or fail here. ext4, XFS and btrfs on a block "
        "device can do it.";
    return ability;
  }
  if (trials.direct_offset_align != 0)
    ability.found = "memory aligned to " + format_size(trials.direct_memory_align) +
                    ", offsets to " + format_size(trials.direct_offset_align) +
                    (trials.align_stated ? "" : ", by trying");
  return ability;
}

Ability network(const FileSystem& fs) {
  return {"file system", State::warning, fs.type + ", over a network",
          "Other clients and the network are in all figures, and a server's cache can't be made "
          "cold from here. Measure a local directory, or say so beside the figures."};
}

/// Those that statfs does not tell apart go by name.
bool is_network(const FileSystem& fs) {
  static constexpr const char* kNames[] = {
      "nfs",         "cifs",      "smb",        "ceph",           "lustre",    "9p",
      "afs",         "beegfs",    "gpfs",       "orangefs",       "pvfs2",     "ocfs2",
      "gfs2",        "glusterfs", "fuse.sshfs", "fuse.glusterfs", "fuse.ceph", "fuse.s3fs",
      "fuse.rclone", "fuse.davfs"};
  for (const char* name : kNames)
    if (fs.type.starts_with(name)) return true;
  return fs.network;
}

Ability file_system(const FileSystem& fs) {
  if (is_network(fs)) return network(fs);
  Ability ability{"file system", State::ok, fs.type + " from " + fs.source, ""};
  if (fs.in_memory)
    ability.remedy =
        "It is memory: figures say nothing of a disk, and nothing here can be cold or direct. Name "
        "a directory on a disk.";
  else if (fs.type == "overlay")
    ability.remedy =
        "A container's own layer copies files up and hides their pages. Mount a volume, and name a "
        "directory in it.";
  else if (fs.type.starts_with("fuse"))
    ability.remedy = "Each request passes through a process: figures are those of that process.";
  else if (fs.type == "virtiofs")
    ability.remedy = "The files are the host's, whose cache can't be made cold from here.";
  if (!ability.remedy.empty()) ability.state = State::warning;
  return ability;
}

/// The options are a list with commas, "rw,relatime,data=ordered".
bool has_option(const FileSystem& fs, const std::string& option) {
  return ("," + fs.mount_options + ",").find("," + option + ",") != std::string::npos;
}

Ability mount_options(const FileSystem& fs) {
  Ability ability{"mount options", State::ok, fs.mount_options, ""};
  const auto add = [&](const char* remedy) {
    ability.state = State::warning;
    ability.remedy += (ability.remedy.empty() ? "" : " ") + std::string(remedy);
  };
  if (has_option(fs, "sync") || has_option(fs, "dirsync"))
    add("Each write waits for the device: mount without `sync` and `dirsync`, and ask for "
        "durability in the scenario.");
  if (!has_option(fs, "relatime") && !has_option(fs, "noatime") && !fs.in_memory)
    add("Each read writes an access time: mount with `noatime` or `relatime`.");
  if (has_option(fs, "discard") && !fs.in_memory)
    add("Deleting makes the device discard at once, which later trials pay for: mount with "
        "`nodiscard`, and let `fstrim` do it.");
  if (has_option(fs, "data=journal"))
    add("All data is written twice: `data=ordered` is the usual way.");
  return ability;
}

Ability journal(const std::string& found) {
  return {"journal", State::ok, found == "yes" ? "yes" : "none", ""};
}

Ability space(const FileSystem& fs) {
  Ability ability{"free space", State::ok,
                  format_rough_bytes(fs.free_bytes) + " of " + format_rough_bytes(fs.total_bytes),
                  ""};
  if (fs.free_bytes < kFreeBytesMin || fs.free_bytes < fs.total_bytes / 20) {
    ability.state = State::warning;
    ability.remedy =
        "A run leaves 5 % of a file system free and is refused otherwise, and one that is nearly "
        "full is slower. Make room.";
  }
  return ability;
}

Ability inodes(const FileSystem& fs) {
  const bool limited = fs.free_inodes != UINT64_MAX;
  Ability ability{"free inodes", State::ok, limited ? std::to_string(fs.free_inodes) : "no limit",
                  ""};
  if (limited && fs.free_inodes < kFreeInodesMin) {
    ability.state = State::warning;
    ability.remedy =
        "Scenarios of many files need more. Delete files, or name another file system.";
  }
  return ability;
}

}  // namespace

FileTrials try_files(int directory) {
  FileTrials trials;
  try {
    const Fd file = nameless_file(directory, true);
    trials.align_stated = stated_alignment(file, trials);
    if (!trials.align_stated) try_alignment(file, trials);
  } catch (const std::system_error&) {
    // That there is no O_DIRECT is told by another probe.
  }
  trials.copy_file_range = try_copy_file_range(directory);
  trials.cachestat = has_cachestat(nameless_file(directory));
  return trials;
}

Abilities judge_files(const Facts& probed, const FileTrials& trials, const FileSystem& fs) {
  Ability reflink{"reflink", State::ok, answer_of(probed, "reflink"), ""};
  if (reflink.found != "yes") {
    reflink.state = State::missing;
    reflink.remedy = fs.type +
                     " can't share extents here, so copies move bytes. XFS (made with reflink=1) "
                     "and btrfs can.";
  }
  Ability copy{"copy_file_range", State::ok, "works", ""};
  if (!trials.copy_file_range.empty()) {
    copy.state = State::missing;
    copy.found = trials.copy_file_range;
    copy.remedy = "Copies within the kernel fall back on reading and writing.";
  }
  Ability cachestat{"cachestat", State::ok, "works", ""};
  if (!trials.cachestat) {
    cachestat.state = State::missing;
    cachestat.found = "not in this kernel, or forbidden";
    cachestat.remedy =
        "mincore takes its place: it can't tell pages that are yet to be written. Linux 6.5 has "
        "it.";
  }
  Ability touch{"memory", State::ok, probed.at("first_touch_ns") + " ns to touch a new page", ""};
  if (std::stod(probed.at("first_touch_ns")) > kSlowTouchNs) {
    touch.state = State::warning;
    touch.remedy =
        "A virtual machine that gives memory back to its host pays for it again with each new "
        "page, in copies and mappings most of all. Turn free page reporting and ballooning off.";
  }
  return {direct(probed, trials), reflink, copy, cachestat, touch};
}

Abilities judge_file_system(const FileSystem& fs, const Facts& facts) {
  Abilities all = {file_system(fs), mount_options(fs)};
  if (const auto found = facts.find("journal"); found != facts.end())
    all.push_back(journal(found->second));
  all.push_back(space(fs));
  all.push_back(inodes(fs));
  return all;
}

Abilities judge_leftovers(const std::string& directory, const std::vector<Leftover>& leftovers) {
  Abilities all;
  for (const Leftover& one : leftovers) {
    const bool in_use = one.kind == Leftover::Kind::in_use;
    all.push_back(
        {"left-over", State::warning, directory + "/" + one.name,
         in_use ? "Another run works there: figures of both suffer. Wait for its end."
                : "A run that was killed left it: `iodyno clean " + directory + "` removes it."});
  }
  if (all.empty()) all.push_back({"left-overs", State::ok, "none", ""});
  return all;
}

}  // namespace iodyno::host
