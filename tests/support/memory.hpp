/// How much memory something takes.
#pragma once
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <functional>

namespace iodyno::test {

/// Does it in a process of its own, which must come to its end, and tells the most memory that was
/// resident in that, in bytes: what this process has already is in it.
inline std::uint64_t peak_memory(const std::function<void()>& act) {
  std::fflush(nullptr);  // so that it is not said twice
  const pid_t child = fork();
  if (child == 0) {
    act();
    std::fflush(nullptr);  // what has failed
    _exit(testing::Test::HasFailure() ? 1 : 0);
  }
  int status = -1;
  rusage usage{};
  EXPECT_EQ(wait4(child, &status, 0, &usage), child);
  EXPECT_EQ(status, 0) << "the child failed, or was ended";
  return std::uint64_t(usage.ru_maxrss) * 1024;
}

}  // namespace iodyno::test
