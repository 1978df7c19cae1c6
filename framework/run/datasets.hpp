#pragma once
#include <cstdint>
#include <ctime>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "report/sample.hpp"
#include "run/places.hpp"
#include "run/target.hpp"
#include "scenario/plan.hpp"
#include "trial/inventory.hpp"

namespace iodyno::host {

/// The datasets below a run's directory: made when a trial needs one, kept as long as another trial
/// may use it.
class Datasets {
 public:
  Datasets(const RunDirectory& run, std::shared_ptr<const Tree> tree)
      : run_(run.fd()), tree_(std::move(tree)), places_(run.fd(), tree_ ? "tree-" : "set-") {}

  struct Found {
    std::string directory;
    bool anew = false;
    std::optional<double> extents_per_file;  ///< as found in an earlier trial
  };

  /// A directory with what the trial must find: a standing dataset where one serves, else a new one
  /// in a new place. `seed` is the trial's: a mix draws its operations from it.
  Found for_trial(const Case&, std::uint64_t seed, const Tick& making, const Tick& removing = {});
  /// A directory for the second paths of a trial's requests, with the dataset's directories in it.
  std::string for_second_paths(const Case&);
  /// A directory with nothing in it, for a backend that does no I/O.
  std::string empty();

  /// What is wrong with a standing dataset since it was made, or asked for the last time; or
  /// nothing. To be asked after each trial on it: who did it is known then. Throws
  /// std::system_error where it can't be told.
  std::string fault(const std::string& name, const Tick& = {});
  /// Whether one may serve others after a trial: it is whole. A sample whose trial has damaged it
  /// is invalid; where it can't be told, its notes say why.
  bool is_whole(const std::string& name, Sample&, const Tick&);

  /// What a trial found of one that is new, for those to come.
  void keep_extents(const std::string& name, std::optional<double> extents_per_file);
  /// Removes a directory that was given to a trial, unless it is a standing dataset.
  void give_back(const std::string& name, const Tick&);
  /// Removes one that was given to a trial that failed: it may not be what it should be.
  void discard(const std::string& name, const Tick&);
  void remove_all(const Tick&);

 private:
  struct Standing {
    Dataset dataset;
    bool written = false;   ///< trials write to it in place: its bytes are no longer the host's
    std::time_t began = 0;  ///< to be made
    std::string name;
    std::optional<double> extents_per_file;
    Inventory inventory;
  };

  std::string make_new(std::uint64_t files, const std::function<void(const std::string&)>& fill);
  void make(const Case&, const std::string& name, std::uint64_t seed, const Tick&) const;

  int run_;
  std::shared_ptr<const Tree> tree_;
  std::vector<Standing> standing_;
  Places places_;
};

}  // namespace iodyno::host
