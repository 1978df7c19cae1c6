#pragma once
#include <cstdint>
#include <map>
#include <string>

namespace iodyno::host {

/// What is known of the file system that a target is on.
struct FileSystem {
  std::string type;                               ///< "ext4", "tmpfs"
  std::string mount_options;                      ///< of the mount and of the file system
  std::string source;                             ///< "/dev/sda1"
  std::string device;                             ///< the whole one, in sysfs; or nothing
  std::uint64_t free_bytes = 0, total_bytes = 0;  ///< free: to us
  std::uint64_t free_inodes = 0;                  ///< UINT64_MAX where the file system has no limit
  bool in_memory = false;  ///< tmpfs, ramfs: nothing is ever written to a device
  bool network = false;
};

/// Throws std::system_error.
FileSystem look_at_file_system(const std::string& directory);

/// Of CPU 0; empty where it can't be read.
std::string cpu_governor();

/// The machine, the kernel and the target as facts for the results: keys without a prefix. What
/// can't be found out is left out.
std::map<std::string, std::string> system_facts(const std::string& directory, const FileSystem&);

}  // namespace iodyno::host
