/// Programs started by a test, with all that they say.
#pragma once
#include <sys/types.h>

#include <chrono>
#include <filesystem>
#include <functional>
#include <iodyno/posix.hpp>
#include <map>
#include <string>
#include <vector>

namespace iodyno::test {

/// How a program ended.
struct Ended {
  int status = 0;  ///< of exit(), or -SIGNAL
  std::string out, err;
};

/// Asks again and again until it is so; false when it is not within a time that is ample.
bool eventually(const std::function<bool()>& so,
                std::chrono::seconds limit = std::chrono::seconds(20));

class Process {
 public:
  enum class Output {
    pipes,
    terminal,  ///< both outputs are terminals
    stalled,   ///< nobody reads the standard output, and nothing more fits into it
    closed,    ///< nobody will ever read the standard output
  };
  struct Settings {
    std::filesystem::path directory = ".";
    /// Added to what the test has, without what concerns this program.
    std::map<std::string, std::string> environment = {};
    Output output = Output::pipes;
    unsigned short columns = 0;  ///< of a terminal; 0: it does not say
  };

  Process(const std::vector<std::string>& command, const Settings&);
  Process(const Process&) = delete;
  ~Process();

  pid_t pid() const { return pid_; }
  void send(int signal) const;
  /// Changes the width of the terminal of stderr.
  void resize(unsigned short columns) const;
  /// What it has said so far on stderr.
  std::string said();
  /// Waits for its end; throws when that does not come.
  Ended wait(std::chrono::seconds limit = std::chrono::seconds(120));

 private:
  void read_what_is_there();

  Fd out_, err_, exit_;
  bool stalled_ = false, reaped_ = false;
  pid_t pid_ = -1;
  Ended ended_;
};

/// Runs a program to its end.
Ended run(const std::vector<std::string>& command, const Process::Settings& = {});

/// The processes whose parent this is.
std::vector<pid_t> children_of(pid_t);
/// It runs no more, though its parent may not know yet.
bool is_gone(pid_t);
bool is_stopped(pid_t);

}  // namespace iodyno::test
