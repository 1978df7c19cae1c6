#pragma once
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "report/agreement.hpp"
#include "report/reader.hpp"
#include "report/verdict.hpp"

namespace iodyno::host {

/// One case beside the one that it is compared with.
struct Comparison {
  std::string phase, backend;  ///< of the rival
  std::vector<std::pair<std::string, std::string>> point;
  std::string name, baseline_name;      ///< of the two cases; one may not exist
  std::string label, baseline_label;    ///< how far each can be trusted: "ok", "degraded: …"
  std::string not_compared;             ///< why there is no figure; empty where there is one
  bool lost = false;                    ///< the baseline has figures, and the results have none
  double time_ns = 0, baseline_ns = 0;  ///< per request, medians
  std::size_t unpaired = 0;             ///< trials of either side without a partner, left out
  Assessment assessment;

  bool compared() const { return not_compared.empty(); }
};

/// A backend's ratios over all its cases that are compared, which have figures on both sides.
struct GeometricMean {
  std::string backend;
  double ratio = 1;
  std::size_t compared = 0, cases = 0;  ///< so many of so many
};

struct Comparisons {
  Pairing pairing = Pairing::by_block;
  std::string scenario;
  std::string baseline;  ///< a backend's label; empty where another run is the baseline
  std::string target;    ///< "ext4 in /mnt/data", of the results
  double threshold = 0;
  std::vector<Difference> differences;  ///< between two runs
  std::vector<std::string> doubts;      ///< of either run as a whole
  std::vector<Comparison> cases;
  std::vector<GeometricMean> means;

  /// Compared though they should not be: `--force`.
  bool forced() const { return !differences.empty() && differences.front().refused; }
};

/// The backend that others are compared with where nobody says otherwise: the scenario's, or the
/// first that does I/O, or the first.
std::string default_baseline(const ReadResults&);

/// The cases of each phase and point, in the order in which those come first, phases together.
std::vector<std::vector<const ReadCase*>> works_of(const ReadResults&);

/// Cases of a phase and point beside that of one of the backends, paired by block.
std::vector<Comparison> compare_work(const ReadResults&, std::span<const ReadCase* const>,
                                     const std::string& baseline, double threshold);

/// The same for all of a run, phase by phase and point by point.
Comparisons compare_backends(const ReadResults&, const std::string& baseline, double threshold);

/// The label of the backend that the run's others are compared with: the one that the run states.
/// Empty where it does no I/O, or where there is no other that does.
std::string stated_baseline(const ReadResults&);

/// Each case of a run beside the case of its name in an earlier run. Whether that makes sense,
/// `differences` of the outcome says.
Comparisons compare_runs(const ReadResults& baseline, const ReadResults& results, double threshold);

}  // namespace iodyno::host
