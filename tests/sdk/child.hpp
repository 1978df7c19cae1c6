/// What is to be tried where rights can be given up for good.
#pragma once
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <string>

namespace sdk_test {

/// What `body` prints in a child process, where it may give up rights.
std::string in_a_child(auto body) {
  int ends[2];
  if (::pipe(ends) != 0) return "no pipe";
  const pid_t child = ::fork();
  if (child == 0) {
    const std::string text = body();
    const auto written = ::write(ends[1], text.data(), text.size());
    ::_exit(written == ssize_t(text.size()) ? 0 : 1);
  }
  ::close(ends[1]);
  std::string text(4096, '\0');
  text.resize(std::size_t(std::max<ssize_t>(::read(ends[0], text.data(), text.size()), 0)));
  ::close(ends[0]);
  ::waitpid(child, nullptr, 0);
  return text;
}

}  // namespace sdk_test
