#include "punting_report.hpp"

#include <iterator>

namespace engine::uring {

namespace {

constexpr const char* kNames[] = {"create", "read",    "overwrite", "append",     "rewrite",
                                  "copy",   "delete",  "stat",      "rename",     "link",
                                  "mkdir",  "rmdir",   "list",      "read_block", "write_block",
                                  "fsync",  "symlink", "replace"};
static_assert(std::size(kNames) == IODYNO_OP_COUNT);

/// "create (open with O_CREAT)" for each operation of the batch of which some is always handed
/// over.
std::string certain(const iodyno_batch& batch, const Lane& lane, const PuntingRules& rules) {
  std::string text;
  std::uint64_t known[2] = {};
  for (std::uint32_t i = 0; i < batch.count; ++i) {
    const iodyno_request& r = batch.requests[i];
    const bool durable = r.flags & IODYNO_DURABLE;
    if (r.op >= IODYNO_OP_COUNT || (known[durable] & IODYNO_BIT(r.op))) continue;
    known[durable] |= IODYNO_BIT(r.op);
    const Punting why = rules.of(lane.program(r.op, durable), lane.by_call());
    const char* reason = why.always != nullptr ? why.always : why.with_bytes;
    if (reason == nullptr) continue;
    text += (text.empty() ? "all of " : ", of ") + std::string(durable ? "durable " : "") +
            kNames[r.op] + ": " + reason;
  }
  return text;
}

std::string counted(std::span<const HandOffs::Seen> seen, std::uint32_t requests) {
  HandOffs::Seen all;
  for (const auto& lane : seen) {
    all.count += lane.count;
    if (!lane.why_inexact.empty()) all.why_inexact = lane.why_inexact;
  }
  const std::string of =
      std::to_string(all.count) + " for " + std::to_string(requests) + " requests of the rehearsal";
  if (all.why_inexact.empty()) return "hand-offs: " + of;
  if (all.count == 0) return "no worker ran in the rehearsal";
  return "workers were woken: " + of + " (hand-offs can't be counted: " + all.why_inexact + ")";
}

}  // namespace

void PuntingReport::add(const iodyno_batch& batch, const Lane& lane, const PuntingRules& rules,
                        std::span<const HandOffs::Seen> seen) {
  if (seen.empty() && (said_ || batch.count == 0)) return;
  std::string text = certain(batch, lane, rules);
  if (!seen.empty())
    text += (text.empty() ? "" : "; ") + counted(seen, batch.count);
  else if (text.empty())
    text =
        sqpoll_ ? "not known: the thread of sqpoll hands over" : "not known: nothing was rehearsed";
  watched_ |= !seen.empty();
  said_ = true;
  config_.note("punted", text.c_str());
}

}  // namespace engine::uring
