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

/// What `kept` begins with.
constexpr std::string_view kFormat = "auto-1";

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
      field_(c) {
  const std::uint64_t can = field_.basic().ops();
  for (std::uint16_t op = 0; op < IODYNO_OP_COUNT; ++op)
    if ((can & IODYNO_BIT(op)) == 0)
      c.unsupported(iodyno_op(op), field_.basic().why_not(op).c_str());
  c.note("policy", measures_ ? "measured" : "by size");
  if (c.kept() != nullptr) take_up(c.kept());
}

void Auto::open_files(std::span<const char* const> paths, std::uint32_t set) {
  std::vector<std::size_t> users;
  for (const Choice& choice : choices_)
    if (choice.kind.is_on_block()) users.push_back(choice.candidate);
  field_.set_files(paths, set, users);
}

void Auto::run(const iodyno_batch& batch) {
  if (batch.count == 0) return;
  if (batch.flags & IODYNO_REHEARSAL)
    rehearse(batch);
  else
    run_chosen(batch);
}

/// What was learned before serves at once; each batch may have kinds that none had before it.
void Auto::rehearse(const iodyno_batch& batch) {
  kinds_.sort(batch, [this](const iodyno_request& r) { return Kind::of(r, bounds_); });
  if (std::ranges::all_of(kinds_.all(), [this](const auto& part) { return find(part.key); }))
    run_chosen(batch);
  else
    for (const auto& part : kinds_.all()) learn(batch, part.key, part.numbers);
  finish();
}

void Auto::learn(const iodyno_batch& batch, Kind kind, std::span<const std::uint32_t> numbers) {
  if (kind.is_known() && find(kind) == nullptr) {
    if (measures_ && are_enough(batch, numbers)) {
      Learner& learner = learner_of(kind);
      learner.learn(batch, numbers, part_);
      if (learner.is_decided()) choose(kind, learner.leader(), learner.report());
      return;
    }
    const std::size_t candidate = by_rule(kind);
    choose(
        kind, candidate,
        field_.label(candidate) + (measures_ ? ", by rule: too little to measure" : ", by size"));
  }
  part_.take(batch, numbers);
  part_.run(contender_for(kind));
}

/// When all that was seen is decided, it is kept, and who has lost is closed.
void Auto::finish() {
  std::string text(kFormat);
  std::vector<std::size_t> winners;
  for (const auto& part : kinds_.all())
    if (part.key.is_known() && find(part.key) == nullptr) return;
  for (const Choice& choice : choices_) {
    text += "\n" + choice.kind.text() + " " + choice.why;
    winners.push_back(choice.candidate);
  }
  if (!std::exchange(kept_, true)) {
    for (const std::size_t winner : winners) field_.tell_notes(winner);
    field_.close_others(winners);
  }
  config_.keep(text.c_str());
}

/// A line for each kind: its name, and why it was chosen, which begins with the label.
void Auto::take_up(const std::string& kept) {
  std::istringstream lines(kept);
  std::string line;
  if (!std::getline(lines, line) || line != kFormat)
    return config_.note("kept", "not of this version: ignored");
  while (std::getline(lines, line)) {
    const auto space = line.find(' ');
    const Kind kind = Kind::from(line.substr(0, space));
    const std::string why = space == line.npos ? "" : line.substr(space + 1);
    const auto candidate = field_.find(why.substr(0, why.find(',')));
    if (!kind.is_known() || candidate == field_.size())
      config_.note("kept", ("not understood: " + line).c_str());
    else if (!kind.is_on_block() && field_.ready(candidate, kind) == nullptr)
      config_.note("kept", ("does not work any more: " + line).c_str());
    else
      choose(kind, candidate, why);
  }
}

// ---- What is measured ----

void Auto::run_chosen(const iodyno_batch& batch) {
  if (!is_uniform(batch)) return run_mixed(batch);
  Contender& contender = contender_for(Kind::of(batch.requests[0], bounds_));
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
/// for what is due long after: then one that has all operations does all.
void Auto::run_mixed(const iodyno_batch& batch) {
  if (config_.paced()) {
    Contender& contender = contender_for(Kind::of(batch.requests[0], bounds_));
    std::uint64_t needed = 0;
    for (const iodyno_request& r : std::span(batch.requests, batch.count))
      if (r.op < IODYNO_OP_COUNT) needed |= IODYNO_BIT(r.op);
    Contender& able = (needed & ~contender.ops()) == 0 ? contender : field_.basic();
    able.front().pass_through();
    return able.run(batch);
  }
  shares_.sort(batch,
               [this, last = Kind{IODYNO_OP_COUNT},
                contender = static_cast<Contender*>(nullptr)](const iodyno_request& r) mutable {
                 const Kind kind = Kind::of(r, bounds_);
                 if (contender == nullptr || kind != last) contender = &contender_for(last = kind);
                 return contender;
               });
  const auto shares = shares_.all();
  if (shares.size() == 1) {
    shares[0].key->front().pass_through();
    return shares[0].key->run(batch);
  }
  for (const auto& share : shares) {
    part_.take(batch, share.numbers);
    part_.run(*share.key);
  }
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

void Auto::choose(Kind kind, std::size_t candidate, const std::string& why) {
  choices_.push_back({kind, candidate, why});
  config_.note(("picked." + kind.text()).c_str(), why.c_str());
}

/// A kind that no rehearsal has decided is done as far as it has come, or as the rule says.
Contender& Auto::contender_for(Kind kind) {
  if (!kind.is_known()) return field_.basic();
  if (find(kind) == nullptr) {
    const auto begun = std::ranges::find(learners_, kind, &Learner::kind);
    if (begun != learners_.end())
      choose(kind, begun->leader(), begun->report() + "; not decided");
    else if (const std::size_t candidate = by_rule(kind); true)
      choose(kind, candidate, field_.label(candidate) + ", by rule: not rehearsed");
  }
  return field_.working(find(kind)->candidate, kind);
}

std::size_t Auto::by_rule(Kind kind) {
  // What waits for a device needs all of the depth, what is in memory no more than processors.
  const bool waits = config_.direct() || config_.raw().expect == IODYNO_COLD;
  const Width width = waits ? Width::all : Width::cores;
  std::vector<std::string_view> chain;
  if (kind.op == IODYNO_OP_COPY && measures_)
    chain = {"copy:method=reflink", "copy:method=copy_file_range"};
  else if (kind.op == IODYNO_OP_COPY && kind.size == Size::large)
    chain = {"copy:method=copy_file_range"};
  else if (kind.op == IODYNO_OP_COPY && kind.size == Size::medium)
    chain = {"copy:method=mmap_windowed"};
  else if (!measures_ && kind.size == Size::medium)
    chain = {"mmap"};
  chain.push_back("posix");
  for (const std::string_view way : chain)
    if (const auto candidate = field_.find(way, width); candidate != field_.size() &&
                                                        field_.may(candidate, kind) &&
                                                        field_.ready(candidate, kind) != nullptr)
      return candidate;
  return 0;
}

}  // namespace engine::automatic
