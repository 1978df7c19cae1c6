#pragma once
#include <cstdint>
#include <string>

#include "run/live_line.hpp"

namespace iodyno::host {

/// What a person sees of a run while it goes on, on stderr: a line that is written over on a
/// terminal, plain lines otherwise.
class Progress {
 public:
  enum class Style { quiet, plain, terminal };
  explicit Progress(Style style) : style_(style) {}
  ~Progress() { clear(); }

  /// A line that stays.
  void say(const std::string& line);
  /// Like say(), but also when quiet: what may not be missed.
  void warn(const std::string& line);
  /// Like say(), where there is no line that has told it before.
  void say_if_plain(const std::string& line);

  /// Whether there is a line that is written over.
  bool is_live() const { return style_ == Style::terminal; }
  /// Whether work that tells of each step should tell again: ten times a second.
  bool is_due() const;
  /// Writes the line over, in what the terminal's width is now.
  void show(const LiveLine&);
  /// The same of a step alone, the one after `done` of `total`; of 0 nothing is said.
  void now(const std::string& what, std::uint64_t done = 0, std::uint64_t total = 0);
  void clear();

 private:
  Style style_;
  bool dirty_ = false;  // the line on the terminal is ours
  std::uint64_t shown_ns_ = 0;
};

}  // namespace iodyno::host
