#pragma once
#include <cstdint>
#include <optional>
#include <string>

namespace iodyno::host {

/// Waits until a block device is idle: nothing in flight, and nothing done within 10 ms, as what a
/// sync leads to (discards) comes after it. Returns whether that came before `limit_ns` were over.
/// `stat_file`: as /sys/block/DEVICE/stat (Documentation/block/stat.rst); where it can't be read,
/// the device counts as idle.
bool wait_until_idle(const std::string& stat_file, std::uint64_t limit_ns);

/// What the whole system has in memory and has yet to write, in bytes: `Dirty` and `Writeback` of
/// /proc/meminfo.
std::uint64_t system_unwritten_bytes();

/// What processes may still take without swapping, in bytes: `MemAvailable` of /proc/meminfo.
std::uint64_t memory_available_bytes();

/// What this process, with all of its threads, has had read from devices, in bytes
/// (/proc/PID/io of proc(5)). None where the kernel does not count it.
std::optional<std::uint64_t> device_read_bytes();

}  // namespace iodyno::host
