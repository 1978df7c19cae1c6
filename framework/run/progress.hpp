#pragma once
#include <cstdint>
#include <string>

namespace iodyno::host {

/// What a person sees of a run while it goes on, on stderr: a line that is written over on a
/// terminal, plain lines of what began otherwise.
class Progress {
 public:
  enum class Style { quiet, plain, terminal };
  explicit Progress(Style style) : style_(style) {}
  ~Progress() { clear(); }

  /// A line that stays.
  void say(const std::string& line);
  /// Like say(), but also when quiet: what may not be missed.
  void warn(const std::string& line);
  /// Trials of a new phase and point begin.
  void begin_group(const std::string& name, std::uint64_t trials);
  /// What is going on now. `done` of all trials of the run are.
  void now(const std::string& what, std::uint64_t done, std::uint64_t total);
  void clear();

 private:
  Style style_;
  bool dirty_ = false;  // the line on the terminal is ours
};

}  // namespace iodyno::host
