#pragma once
#include <iodyno/posix.hpp>
#include <string>
#include <vector>

#include "report/results.hpp"
#include "run/earlier.hpp"

namespace iodyno::host {

/// Where the results of one scenario go. Samples are kept as they come; the set stands in its place
/// only when it is whole. Throws std::system_error.
class Output {
 public:
  /// `out`: the directory of --out, or empty: a new `results/<scenario>/<UTC time>` below the
  /// current directory, and a link `latest` to it.
  Output(const std::string& out, const std::string& scenario);
  /// Goes on with an earlier run: the results go where that one's would have gone. Its own files
  /// stay until those are whole on the disk.
  explicit Output(const Earlier&);
  /// What has no trial of its own leaves nothing.
  ~Output();
  Output(const Output&) = delete;

  void append(const Sample&);

  /// Keeps what the run was begun with beside the samples, so that it can be gone on with. Of an
  /// earlier run all trials that count must have been appended before.
  void remember(const std::string& begun_text);

  /// Writes results.json and results.summary.json and puts all three in place. What was interrupted
  /// does not take the place of an older set: it goes beside it. Returns the directory.
  std::string finish(const Results&, bool interrupted);

  /// Where the trials are that have finished, as long as they are not in their place; or nothing.
  std::string kept() const { return keeps() ? part_ : std::string(); }
  /// With it, the run can be gone on with.
  bool is_remembered() const { return is_remembered_; }

 private:
  void open_part(const std::string& prefix);
  void write(const std::string& name, const std::string& text) const;
  /// Its own: of copies, the earlier run still has the originals.
  bool keeps() const { return has_trials_ && (earlier_.empty() || is_remembered_); }
  std::string place_beside() const;
  void put_in(const std::string& to, bool interrupted);
  void link_latest(const std::string& to) const;

  std::string directory_, part_, latest_of_;
  std::vector<std::string> earlier_;  // the ids of the runs that it goes on with
  bool is_remembered_ = false, has_trials_ = false;
  Fd samples_;
};

}  // namespace iodyno::host
