/// The engine that chooses: for each kind of request the fastest of all mechanisms, as measured, or
/// by a rule.
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <iodyno/backend.hpp>
#include <span>
#include <string>
#include <vector>

#include "field.hpp"
#include "kind.hpp"
#include "learner.hpp"
#include "parts.hpp"
#include "sub_batch.hpp"

namespace engine::automatic {

/// Hands whole batches to other engines. Where one batch has requests of several kinds that
/// different engines are best at, each gets its part, one after the other. Nothing is allocated
/// while requests run, but for the first batches of such a mix.
class Auto {
 public:
  static constexpr auto name = "auto", version = "1.0",
                        summary = "the fastest of all mechanisms, for each kind of request";
  static constexpr std::uint64_t ops = IODYNO_BIT(IODYNO_OP_COUNT) - 1;
  static constexpr std::uint32_t flags = IODYNO_DIRECT | IODYNO_PACED | IODYNO_CALIBRATES;
  static constexpr const char* kPolicy[] = {"measured", "by_size", nullptr};
  static constexpr std::array options{
      iodyno::choice("policy", "measured", kPolicy,
                     "How it picks: as `measured` in rehearsals, or `by_size`: up to 1 MiB by "
                     "buffered calls, up to 100 MiB from a mapping, above that within the kernel."),
      iodyno::time("patience", 1'500'000'000, 1'000'000, 10'000'000'000,
                   "The most that it takes to find out what is fastest for a kind of request."),
  };

  explicit Auto(const iodyno::Config& config);

  void run(const iodyno_batch& batch);
  void open_files(std::span<const char* const> paths, std::uint32_t set);

 private:
  struct Choice {
    Kind kind;
    std::size_t candidate;
    std::string why;  ///< for people; it begins with the candidate's label and a comma
  };

  void rehearse(const iodyno_batch& batch);
  void learn(const iodyno_batch& batch, Kind kind, std::span<const std::uint32_t> numbers);
  bool is_settled() const;  ///< all kinds of the batch are decided
  void finish();
  void keep() const;
  void take_up(const std::string& kept);
  void take_up_line(const std::string& line);

  void run_chosen(const iodyno_batch& batch);
  void run_mixed(const iodyno_batch& batch);
  void run_all(Contender& contender, const iodyno_batch& batch);
  bool is_uniform(const iodyno_batch& batch) const;
  Contender& best_for_most(const iodyno_batch& batch);

  const Choice* find(Kind kind) const;
  Learner& learner_of(Kind kind);
  void choose(Kind kind, std::size_t candidate, const std::string& why);
  void choose_unlearned(Kind kind, const std::string& why);
  /// As the rule says, and where that is missing the next in the chain.
  std::size_t by_rule(Kind kind);
  Contender& contender_for(Kind kind);

  const iodyno::Config config_;
  const bool measures_;
  const Bounds bounds_;
  Field field_;
  std::vector<Choice> choices_;
  std::vector<Learner> learners_;    ///< of the kinds that have been measured
  bool is_rehearsal_ = false;        ///< what is run
  std::size_t settled_ = 0;          ///< how many choices there were when losers were closed
  const std::string setting_;        ///< what choices are made for, beside their kind
  std::vector<std::string> others_;  ///< lines that were kept for other settings
  SubBatch part_;
  Parts<Kind> kinds_;
  Parts<Contender*> shares_;
};

}  // namespace engine::automatic
