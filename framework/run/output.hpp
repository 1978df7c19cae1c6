#pragma once
#include <iodyno/posix.hpp>
#include <string>

#include "report/results.hpp"

namespace iodyno::host {

/// Where the results of one scenario go. Samples are kept as they come; the set stands in its place
/// only when it is whole. Throws std::system_error.
class Output {
 public:
  /// `out`: the directory of --out, or empty: a new `results/<scenario>/<UTC time>` below the
  /// current directory, and a link `latest` to it.
  Output(const std::string& out, const std::string& scenario);

  void append(const Sample&);

  /// Writes results.json and results.summary.json and puts all three in place. What was interrupted
  /// does not take the place of an older set: it goes beside it. Returns the directory.
  std::string finish(const Results&, bool interrupted);

 private:
  void write(const std::string& name, const std::string& text) const;

  std::string directory_, part_, latest_of_;
  Fd samples_;
};

}  // namespace iodyno::host
