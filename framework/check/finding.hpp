#pragma once
#include <stdexcept>
#include <string>

namespace iodyno::host::conformance {

enum class Result { pass, warn, skip, fail, crashed };

/// What came of one check of a plugin.
struct Finding {
  std::string check;  ///< "read/sizes/depth-64"
  Result result = Result::pass;
  std::string text;  ///< empty when it passed
  double seconds = 0;
};

/// Ends a check: with what was expected and what came, or with why it can't be made here.
struct Ended : std::runtime_error {
  Ended(Result what, const std::string& text) : std::runtime_error(text), result(what) {}
  Result result;
};
[[noreturn]] inline void failed(const std::string& text) { throw Ended(Result::fail, text); }
[[noreturn]] inline void skipped(const std::string& text) { throw Ended(Result::skip, text); }
[[noreturn]] inline void warned(const std::string& text) { throw Ended(Result::warn, text); }

}  // namespace iodyno::host::conformance
