#pragma once
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace iodyno::host {

/// Where a piece of a scenario was written. Lines and columns count from 1; a value from the
/// command line has line 0, and `source` is then the argument itself.
struct Position {
  std::shared_ptr<const std::string> source;  ///< the file as it was given; may be null
  int line = 0;
  int column = 0;
};

/// A mistake of a person. All mistakes of a scenario are collected before anyone is told.
struct Diagnostic {
  Position at;
  std::string key;      ///< as in `phases[0].op`; empty for the file as a whole
  std::string message;  ///< one line, without a full stop
};

using Diagnostics = std::vector<Diagnostic>;

/// `FILE:LINE:COLUMN: error: KEY.PATH: message`: one line, whatever the texts in it are.
std::string to_text(const Diagnostic&);

/// The candidate that `name` was most likely meant to be, or an empty view when none is near.
std::string_view nearest(std::string_view name, const std::vector<std::string_view>& candidates);

/// In quotation marks, and cut when it is long.
std::string quote(std::string_view text);

/// `; did you mean "…"?`, or nothing.
std::string suggestion(std::string_view name, const std::vector<std::string_view>& candidates);

}  // namespace iodyno::host
