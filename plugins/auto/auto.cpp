#include "auto.hpp"

#include <algorithm>
#include <sstream>
#include <utility>

namespace engine::automatic {
namespace {

/// Mechanisms change places there: a small file is mostly its name, and from 8 MiB on the caches of
/// a processor hold neither side of a copy.
constexpr Bounds kMeasured{64 << 10, 8 << 20};
/// The rule that is published for package managers and the like.
constexpr Bounds kBySize{1 << 20, 100 << 20};

/// What `kept` begins with. Then there is a line for each choice: the setting, the kind, and why it
/// was made, which begins with the candidate.
constexpr std::string_view kFormat = "auto-1";

/// A lifecycle's steps share what is kept, and may differ in this.
std::string setting_of(const iodyno::Config& c) {
  const iodyno_config& raw = c.raw();
  return std::to_string(raw.queue_depth) + "/" + std::to_string(raw.flags) + "/" +
         std::to_string(raw.expect);
}

/// Fewer and smaller than this say nothing.
bool are_enough(const iodyno_batch& batch, std::span<const std::uint32_t> numbers) {
  constexpr std::size_t kRequests = 32;
  constexpr std::uint64_t kBytes = 4 << 20;
  std::uint64_t bytes = 0;
  for (const std::uint32_t number : numbers)
    bytes += std::min(batch.requests[number].length, kBytes);
  return numbers.size() >= kRequests || bytes >= kBytes;
}

}  // namespace

Auto::Auto(const iodyno::Config& c)
    : config_(c),
      measures_(c.choice("policy") == "measured"),
      bounds_(measures_ ? kMeasured : kBySize),
      field_(c),
      setting_(setting_of(c)) {
  Contender& basic = field_.basic({IODYNO_OP_COUNT});
  for (std::uint16_t op = 0; op < IODYNO_OP_COUNT; ++op)
    if ((basic.ops() & IODYNO_BIT(op)) == 0)
      c.unsupported(iodyno_op(op), basic.why_not(op).c_str());
  c.note("policy", measures_ ? "measured" : "by size");
#ifndef IODYNO_HAS_RING
  c.note("missing.uring", "liburing was not found when this was built");
#endif
  if (c.kept() != nullptr) take_up(c.kept());
}

void Auto::open_files(std::span<const char* const> paths, std::uint32_t set) {
  std::vector<std::size_t> users;
  for (const Choice& choice : choices_)
    if (choice.kind.is_on_block()) users.push_back(choice.candidate);
  field_.set_files(paths, set, users);
  for (const std::size_t user : users) field_.tell_notes(user);
}

void Auto::run(const iodyno_batch& batch) {
  if (batch.count == 0) return;
  is_rehearsal_ = batch.flags & IODYNO_REHEARSAL;
  if (is_rehearsal_)
    rehearse(batch);
  else
    run_chosen(batch);
}

// ---- What is learned ----

/// What was learned before serves at once; each batch may have kinds that none had before it. Where
/// nothing is left to learn, the way that measured batches go is what has to be warm.
void Auto::rehearse(const iodyno_batch& batch) {
  kinds_.sort(batch, [this](const iodyno_request& r) { return Kind::of(r, bounds_); });
  if (is_settled())
    run_chosen(batch);
  else
    for (const auto& part : kinds_.all()) learn(batch, part.key, part.numbers);
  finish();
}

bool Auto::is_settled() const {
  return std::ranges::all_of(kinds_.all(), [this](const auto& part) {
    return !part.key.is_known() || find(part.key) != nullptr;
  });
}

void Auto::learn(const iodyno_batch& batch, Kind kind, std::span<const std::uint32_t> numbers) {
  if (kind.is_known() && find(kind) == nullptr) {
    if (!measures_)
      choose_unlearned(kind, "by size");
    else if (!kind.is_learnable())
      choose_unlearned(kind, "by rule: what is synced is clean, and can't be measured again");
    else if (!are_enough(batch, numbers))
      choose_unlearned(kind, "by rule: too little to measure");
    else {
      Learner& learner = learner_of(kind);
      numbers = learner.learn(batch, numbers, part_);
      if (learner.is_decided() && learner.has_begun())
        choose(kind, learner.leader(), learner.report());
      else if (learner.is_decided())
        choose_unlearned(kind, "by rule: nobody could be measured");
    }
  }
  if (numbers.empty()) return;
  part_.take(batch, numbers);
  part_.run(contender_for(kind));
}

/// When all that was seen is decided, it is kept, and who has lost is closed.
void Auto::finish() {
  if (!is_settled()) return;
  if (choices_.size() != settled_) {
    settled_ = choices_.size();
    for (std::size_t i = 0; i < field_.size(); ++i)
      if (std::ranges::find(choices_, i, &Choice::candidate) == choices_.end()) field_.close(i);
    // A learner of one kind may have closed what has won another.
    for (const Choice& choice : choices_)
      if (field_.ready(choice.candidate, choice.kind) != nullptr)
        field_.tell_notes(choice.candidate);
    if (choices_.size() > 1) part_.reserve(config_.raw().max_batch);
  }
  keep();
}

void Auto::keep() const {
  std::string text(kFormat);
  for (const Choice& choice : choices_)
    text += "\n" + setting_ + " " + choice.kind.text() + " " + choice.why;
  for (const std::string& line : others_) text += "\n" + line;
  config_.keep(text.c_str());
}

void Auto::take_up(const std::string& kept) {
  std::istringstream lines(kept);
  std::string line;
  if (!std::getline(lines, line) || line != kFormat)
    return config_.note("kept", "not of this version: ignored");
  while (std::getline(lines, line)) take_up_line(line);
}

void Auto::take_up_line(const std::string& line) {
  std::istringstream words(line);
  std::string setting, kind_text, why;
  words >> setting >> kind_text >> std::ws;
  std::getline(words, why);
  if (setting != setting_) return others_.push_back(line);
  const Kind kind = Kind::from(kind_text);
  const auto candidate = field_.find(why.substr(0, why.find(',')));
  if (!kind.is_known() || candidate == field_.size() || !field_.may(candidate, kind))
    config_.note("kept", ("not understood: " + line).c_str());
  else if (!kind.is_on_block() && field_.ready(candidate, kind) == nullptr)
    config_.note("kept", ("does not work any more: " + line).c_str());
  else
    choose(kind, candidate, why);
}

// ---- What is measured ----

void Auto::run_chosen(const iodyno_batch& batch) {
  if (!is_uniform(batch)) return run_mixed(batch);
  run_all(contender_for(Kind::of(batch.requests[0], bounds_)), batch);
}

void Auto::run_all(Contender& contender, const iodyno_batch& batch) {
  contender.front().pass_through();
  contender.run(batch);
}

bool Auto::is_uniform(const iodyno_batch& batch) const {
  const std::span requests(batch.requests, batch.count);
  const Kind first = Kind::of(requests[0], bounds_);
  return std::ranges::all_of(
      requests, [&](const iodyno_request& r) { return Kind::of(r, bounds_) == first; });
}

/// Each contender gets its share, one after the other. At a rate that would keep the second waiting
/// for what is due long after; and to sync files after all writes is another work than to sync them
/// in between: then one does all.
void Auto::run_mixed(const iodyno_batch& batch) {
  const bool syncs =
      std::ranges::any_of(std::span(batch.requests, batch.count),
                          [](const iodyno_request& r) { return r.op == IODYNO_OP_FSYNC; });
  if (config_.paced() || syncs) return run_all(best_for_most(batch), batch);
  shares_.sort(batch,
               [this, last = Kind{IODYNO_OP_COUNT},
                contender = static_cast<Contender*>(nullptr)](const iodyno_request& r) mutable {
                 const Kind kind = Kind::of(r, bounds_);
                 if (contender == nullptr || kind != last) contender = &contender_for(last = kind);
                 return contender;
               });
  const auto shares = shares_.all();
  if (shares.size() == 1) return run_all(*shares[0].key, batch);
  for (const auto& share : shares) {
    part_.take(batch, share.numbers);
    part_.run(*share.key);
  }
}

/// Who is chosen for the kind with the most requests, or if that can't do all of them, the first.
Contender& Auto::best_for_most(const iodyno_batch& batch) {
  kinds_.sort(batch, [this](const iodyno_request& r) { return Kind::of(r, bounds_); });
  std::uint64_t needed = 0;
  Kind most{IODYNO_OP_COUNT}, block = most;
  std::size_t count = 0;
  for (const auto& part : kinds_.all()) {
    if (!part.key.is_known()) continue;
    needed |= part.key.bit();
    if (part.key.is_on_block()) block = part.key;
    const bool more = part.numbers.size() > count && part.key.is_learnable();
    if (more || !most.is_known()) most = part.key;
    if (more) count = part.numbers.size();
  }
  Contender& contender = contender_for(most);
  if ((needed & ~contender.ops()) == 0) return contender;
  return field_.basic(block);
}

// ---- Who does what ----

const Auto::Choice* Auto::find(Kind kind) const {
  const auto found = std::ranges::find(choices_, kind, &Choice::kind);
  return found == choices_.end() ? nullptr : &*found;
}

Learner& Auto::learner_of(Kind kind) {
  const auto found = std::ranges::find(learners_, kind, &Learner::kind);
  return found == learners_.end() ? learners_.emplace_back(config_, field_, kind) : *found;
}

/// The last choice of a kind stands.
void Auto::choose(Kind kind, std::size_t candidate, const std::string& why) {
  std::erase_if(choices_, [&](const Choice& choice) { return choice.kind == kind; });
  choices_.push_back({kind, candidate, why});
  config_.note(("picked." + kind.text()).c_str(), why.c_str());
}

void Auto::choose_unlearned(Kind kind, const std::string& why) {
  const std::size_t candidate = by_rule(kind);
  choose(kind, candidate, field_.label(candidate) + ", " + why);
}

/// A kind that no rehearsal has decided is done as far as it has come, or as the rule says; so is
/// one whose winner can't be opened any more.
Contender& Auto::contender_for(Kind kind) {
  if (!kind.is_known()) return field_.basic(kind);
  if (const Choice* const choice = find(kind); choice == nullptr) {
    const auto begun = std::ranges::find(learners_, kind, &Learner::kind);
    if (begun != learners_.end() && begun->has_begun()) {
      const std::size_t leader = begun->leader();
      if (!is_rehearsal_) {  // it goes on no longer
        choose(kind, leader, begun->report() + "; not decided");
        keep();
      }
      if (Contender* const contender = field_.ready(leader, kind)) return *contender;
    } else {
      choose_unlearned(kind, "by rule: not rehearsed");
    }
  } else if (Contender* const contender = field_.ready(choice->candidate, kind)) {
    return *contender;
  } else {
    choose_unlearned(kind, "by rule: " + field_.label(choice->candidate) + " can't be opened");
  }
  return field_.basic(kind);
}

/// As the rule says, and where that is missing the next in the chain.
std::size_t Auto::by_rule(Kind kind) {
  // What waits for a device needs all of the depth, what is in memory no more than processors.
  const bool waits = config_.direct() || config_.raw().expect == IODYNO_COLD || kind.durable ||
                     !kind.is_learnable();
  const Width width = waits ? Width::all : Width::cores;
  std::vector<std::string_view> chain;
  if (kind.op == IODYNO_OP_COPY && measures_)
    chain = {"copy:method=reflink", "copy:method=copy_file_range"};
  else if (kind.op == IODYNO_OP_COPY && kind.size == Size::large)
    chain = {"copy:method=copy_file_range"};
  else if (kind.op == IODYNO_OP_COPY && kind.size == Size::medium)
    chain = {"copy:method=mmap_windowed"};
  else if (!measures_ && kind.size == Size::medium)
    chain = {"mmap", "mmap:populate=auto"};
  chain.push_back("posix");
  for (const std::string_view way : chain)
    if (const auto candidate = field_.find(way, width); candidate != field_.size() &&
                                                        field_.may(candidate, kind) &&
                                                        field_.ready(candidate, kind) != nullptr)
      return candidate;
  return 0;
}

}  // namespace engine::automatic
