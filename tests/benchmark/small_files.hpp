/// The program that somebody writes who has to create, read, overwrite and delete many small files,
/// on one thread or on several, each of which has its part of the names.
#pragma once
#include <atomic>
#include <thread>

#include "peer.hpp"

namespace iodyno::host {

inline const std::vector<std::string> kLifeOfFiles{"create", "read", "overwrite", "delete"};

class SmallFiles : public Performer {
 public:
  SmallFiles(const Place& place, const Files& files, std::size_t threads)
      : place_(place), threads_(threads), bytes_(files.largest(), 'x') {
    for (std::uint64_t i = 0; i < files.count(); ++i) names_.push_back(files.path(i));
  }

  std::vector<PassTime> perform() override {
    const auto name = place_.new_directory();
    const Fd directory = open_below(place_.directory(), name);
    const int at = directory;
    const auto read = [=](const char* file, std::span<char> to) {
      const int fd = openat(at, file, O_RDONLY | O_CLOEXEC);
      return pread(fd, to.data(), to.size(), 0) == ssize_t(to.size()) && close(fd) == 0;
    };
    const auto write = [=](int flags) {
      return [=](const char* file, std::span<char> from) {
        const int fd = openat(at, file, O_WRONLY | O_CLOEXEC | flags, 0644);
        return pwrite(fd, from.data(), from.size(), 0) == ssize_t(from.size()) && close(fd) == 0;
      };
    };
    const auto remove = [=](const char* file, auto) { return unlinkat(at, file, 0) == 0; };
    std::vector<PassTime> times{each(write(O_CREAT | O_EXCL)), each(read), each(write(0)),
                                each(remove)};
    check(unlinkat(place_.directory(), name.c_str(), AT_REMOVEDIR), "rmdir");
    return times;
  }

 private:
  PassTime each(auto step) const {
    std::atomic<bool> good = true;
    const auto work = [&](std::size_t part) {
      std::vector<char> bytes = bytes_;
      const auto begin = names_.size() * part / threads_,
                 end = names_.size() * (part + 1) / threads_;
      for (auto i = begin; i < end; ++i)
        if (!step(names_[i].c_str(), std::span(bytes))) good = false;
    };
    const auto start = now();
    {
      std::vector<std::jthread> others;
      for (std::size_t part = 1; part < threads_; ++part) others.emplace_back(work, part);
      work(0);
    }
    const auto end = now();
    if (!good) fail(EIO, "a small file");
    return {double(end - start) / double(names_.size())};
  }

  const Place& place_;
  const std::size_t threads_;
  const std::vector<char> bytes_;
  std::vector<std::string> names_;
};

}  // namespace iodyno::host
