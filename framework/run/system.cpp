#include "run/system.hpp"

#include <linux/magic.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/sysmacros.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <iodyno/posix.hpp>
#include <optional>
#include <sstream>
#include <vector>

namespace iodyno::host {
namespace {

std::string read_line(const std::string& path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  return line;
}

/// For where no mount is known, as in a chroot: what statfs says, in the kernel's words.
std::string type_name(long type) {
  switch (type) {
    case EXT4_SUPER_MAGIC: return "ext4";
    case XFS_SUPER_MAGIC: return "xfs";
    case BTRFS_SUPER_MAGIC: return "btrfs";
    case TMPFS_MAGIC: return "tmpfs";
    case OVERLAYFS_SUPER_MAGIC: return "overlay";
    default: return "unknown";
  }
}

/// The kernel writes a space in a path as \040.
std::string unescape(const std::string& text) {
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && i + 3 < text.size()) {
      plain += char(std::stoi(text.substr(i + 1, 3), nullptr, 8));
      i += 3;
    } else {
      plain += text[i];
    }
  }
  return plain;
}

struct Mount {
  std::string device, point, options, type, source, super_options;
};

/// proc(5): ID parent major:minor root point options tags… - type source super-options
std::optional<Mount> parse_mount(const std::string& line) {
  const auto dash = line.find(" - ");
  if (dash == line.npos) return {};
  std::istringstream front(line.substr(0, dash)), back(line.substr(dash + 3));
  Mount m;
  std::string id, parent, root;
  front >> id >> parent >> m.device >> root >> m.point >> m.options;
  back >> m.type >> m.source >> m.super_options;
  m.point = unescape(m.point);
  return m;
}

/// The mount with the longest point that the path lies below: btrfs has device numbers of its own.
std::optional<Mount> mount_of(const std::string& directory) {
  const auto path = std::filesystem::canonical(directory).string() + "/";
  std::ifstream file("/proc/self/mountinfo");
  std::optional<Mount> best;
  for (std::string line; std::getline(file, line);) {
    const auto mount = parse_mount(line);
    if (!mount) continue;
    const auto point = mount->point == "/" ? "/" : mount->point + "/";
    if (path.starts_with(point) && (!best || mount->point.size() >= best->point.size()))
      best = mount;
  }
  return best;
}

/// What /proc/cpuinfo says of the first CPU under a name.
std::string cpu_info(const std::string& name) {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);)
    if (line.starts_with(name)) return line.substr(std::min(line.find(": "), line.size() - 2) + 2);
  return {};
}

/// "no", "yes", or the maker and model that the virtual machine's firmware names. The kernel sets
/// the CPU flag `hypervisor` on x86 alone; elsewhere only firmware tells.
std::string virtualization() {
  const auto maker = read_line("/sys/class/dmi/id/sys_vendor");
  const auto model = read_line("/sys/class/dmi/id/product_name");
  const bool guest = (" " + cpu_info("flags") + " ").find(" hypervisor ") != std::string::npos;
  if (!guest) return cpu_info("flags").empty() ? "" : "no";
  return maker.empty() && model.empty() ? "yes" : maker + " " + model;
}

/// Whether this process is in a container, as far as their makers leave a mark.
std::string container() {
  for (const auto& [mark, name] :
       {std::pair("/.dockerenv", "docker"), std::pair("/run/.containerenv", "podman"),
        std::pair("/run/systemd/container", "systemd")})
    if (std::filesystem::exists(mark)) return name;
  return "none seen";
}

/// Whether the CPUs may go beyond their rated speed.
std::string turbo() {
  if (const auto boost = read_line("/sys/devices/system/cpu/cpufreq/boost"); !boost.empty())
    return boost == "1" ? "on" : "off";
  const auto off = read_line("/sys/devices/system/cpu/intel_pstate/no_turbo");
  return off.empty() ? "" : off == "1" ? "off" : "on";
}

/// Where sysfs describes the device that a directory is on, or its file system comes from: btrfs
/// has device numbers of its own. Of several devices, one.
std::string find_device(const std::string& directory, const std::string& source) {
  namespace fs = std::filesystem;
  const auto look = [](dev_t number) -> fs::path {
    std::error_code error;
    const auto device = fs::canonical(
        "/sys/dev/block/" + std::to_string(major(number)) + ":" + std::to_string(minor(number)),
        error);
    return error || !fs::exists(device / "partition") ? device : device.parent_path();
  };
  struct stat status;
  if (stat(directory.c_str(), &status) != 0) return {};
  auto device = look(status.st_dev);
  if (device.empty() && stat(source.c_str(), &status) == 0 && S_ISBLK(status.st_mode))
    device = look(status.st_rdev);
  return device;
}

void add_device_facts(const std::filesystem::path& device,
                      std::map<std::string, std::string>& facts) {
  if (device.empty()) return;
  const auto add = [&](const char* key, const std::filesystem::path& file) {
    if (auto value = read_line(file); !value.empty()) facts[key] = value;
  };
  facts["device"] = device.filename();
  add("device_model", device / "device" / "model");
  add("device_rotational", device / "queue" / "rotational");
  add("device_scheduler", device / "queue" / "scheduler");
  add("device_read_ahead_kb", device / "queue" / "read_ahead_kb");
  add("device_write_cache", device / "queue" / "write_cache");
}

/// "yes" or "no"; nothing where it can't be found out.
std::string has_journal(const std::string& source) {
  std::error_code error;
  const auto name = std::filesystem::canonical(source, error).filename().string() + "-";
  if (error) return {};
  for (const auto& entry : std::filesystem::directory_iterator("/proc/fs/jbd2", error))
    if (entry.path().filename().string().starts_with(name)) return "yes";
  return error && error != std::errc::no_such_file_or_directory ? "" : "no";
}

std::string limit_text(int which) {
  rlimit limit;
  if (getrlimit(__rlimit_resource(which), &limit) != 0) return {};
  return limit.rlim_cur == RLIM_INFINITY ? "unlimited" : std::to_string(limit.rlim_cur);
}

}  // namespace

FileSystem look_at_file_system(const std::string& directory) {
  struct statfs status;
  check(statfs(directory.c_str(), &status), directory.c_str());
  FileSystem fs;
  fs.type = type_name(long(status.f_type));
  fs.source = "unknown";
  if (const auto mount = mount_of(directory)) {
    fs.type = mount->type;
    fs.source = mount->source;
    fs.mount_options = mount->options + "," + mount->super_options;
  }
  fs.device = find_device(directory, fs.source);
  fs.free_bytes = std::uint64_t(status.f_bavail) * std::uint64_t(status.f_frsize);
  fs.total_bytes = std::uint64_t(status.f_blocks) * std::uint64_t(status.f_frsize);
  fs.free_inodes = status.f_files == 0 ? UINT64_MAX : std::uint64_t(status.f_ffree);
  constexpr long kRamfs = 0x858458f6, kCifs = 0xff534d42, kSmb2 = 0xfe534d42, kCeph = 0x00c36400,
                 kLustre = 0x0bd00bd0, k9p = 0x01021997;
  fs.in_memory = status.f_type == TMPFS_MAGIC || status.f_type == kRamfs;
  for (const long type :
       {long(NFS_SUPER_MAGIC), kCifs, kSmb2, kCeph, kLustre, k9p, long(AFS_FS_MAGIC)})
    fs.network |= long(status.f_type) == type;
  return fs;
}

std::string cpu_governor() {
  return read_line("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor");
}

std::map<std::string, std::string> system_facts(const std::string& directory,
                                                const FileSystem& fs) {
  std::map<std::string, std::string> facts;
  const auto add = [&](const char* key, const std::string& value) {
    if (!value.empty()) facts[key] = value;
  };
  utsname name;
  if (uname(&name) == 0) add("kernel", std::string(name.release) + " " + name.machine);
  add("cpu_model", cpu_info("model name"));
  add("virtualization", virtualization());
  add("container", container());
  add("cpus", std::to_string(sysconf(_SC_NPROCESSORS_ONLN)));
  add("cpu_governor", cpu_governor());
  add("cpu_turbo", turbo());
  add("memory_bytes", std::to_string(std::uint64_t(sysconf(_SC_PHYS_PAGES)) *
                                     std::uint64_t(sysconf(_SC_PAGESIZE))));
  add("transparent_hugepages", read_line("/sys/kernel/mm/transparent_hugepage/enabled"));
  add("io_uring_disabled", read_line("/proc/sys/kernel/io_uring_disabled"));
  add("dirty_ratio", read_line("/proc/sys/vm/dirty_ratio"));
  add("dirty_background_ratio", read_line("/proc/sys/vm/dirty_background_ratio"));
  add("root", geteuid() == 0 ? "true" : "false");
  add("limit_open_files", limit_text(RLIMIT_NOFILE));
  add("limit_locked_memory", limit_text(RLIMIT_MEMLOCK));
  add("target", std::filesystem::canonical(directory).string());
  add("file_system", fs.type);
  add("mount_options", fs.mount_options);
  add("mount_source", fs.source);
  add("free_bytes", std::to_string(fs.free_bytes));
  add("total_bytes", std::to_string(fs.total_bytes));
  // jbd2 has a directory for each journal, named after the device.
  if (fs.type == "ext4" && fs.source.starts_with("/dev/")) add("journal", has_journal(fs.source));
  add_device_facts(fs.device, facts);
  return facts;
}

}  // namespace iodyno::host
