// What a lane works with: memory, registrations, and what this kernel can do.
#include "lane.hpp"

#include <algorithm>
#include <cerrno>
#include <string>
#include <system_error>

namespace engine::uring {

namespace {

std::string off(int error) { return "off: " + std::generic_category().message(error); }

/// The opcodes that came after the first ones, and what is done without them.
constexpr struct {
  Step step;
  int opcode;
  const char* operation;
} kLater[] = {
    {Step::unlink, IORING_OP_UNLINKAT, "delete"},
    {Step::rmdir, IORING_OP_UNLINKAT, "rmdir"},
    {Step::drop, IORING_OP_UNLINKAT, "replace"},
    {Step::put_in_place, IORING_OP_RENAMEAT, "replace"},
    {Step::rename, IORING_OP_RENAMEAT, "rename"},
    {Step::link, IORING_OP_LINKAT, "link"},
    {Step::symlink, IORING_OP_SYMLINKAT, "symlink"},
    {Step::mkdir, IORING_OP_MKDIRAT, "mkdir"},
};
constexpr int kNeeded[] = {IORING_OP_OPENAT, IORING_OP_CLOSE, IORING_OP_READ,
                           IORING_OP_WRITE,  IORING_OP_FSYNC, IORING_OP_STATX};

/// Of each slot's buffer: the host's, or else our own.
std::uint32_t buffer_size(const iodyno::Config& c) {
  constexpr std::size_t kMost = 1 << 30;  // of a registered buffer
  const std::size_t offered = std::min(c.buffer(0).size(), kMost);
  return std::uint32_t(offered < Lane::kPage ? Lane::kScratch
                                             : offered / Lane::kPage * Lane::kPage);
}

}  // namespace

Lane::Lane(const iodyno::Config& c, const Settings& settings, const PuntingRules& rules,
           Share share)
    : config_(c),
      settings_(settings),
      share_(share),
      depth_(share.depth),
      buffer_size_(buffer_size(c)),
      transfers_(std::min(settings.transfers, buffer_size_ / kPage)),
      piece_(buffer_size_ / transfers_ / kPage * kPage),
      granule_(c.direct() ? kPage : 1),
      paced_(c.paced()),
      scratch_(depth_ + 1, kScratch + kPage),
      slots_(depth_),
      parts_(std::size_t{depth_} * transfers_),
      stats_(depth_),
      vacant_(depth_) {
  make_ring(depth_ * (4 + transfers_), 0);
  find_opcodes();
  plan(rules);
  choose_buffers();
  register_buffers();
  use_files({});
  choose_chains();
}

Lane::~Lane() {
  if (owed_ != 0 && ring_) ring_->cancel_all();
}

void Lane::make_ring(std::uint32_t most, std::uint32_t entries) {
  Ring::Settings settings = settings_.ring;
  settings.most = most;
  if (settings.entries == 0) settings.entries = entries;
  ring_.reset();
  ring_.emplace(settings);
}

void Lane::find_opcodes() {
  for (const int opcode : kNeeded)
    if (!ring_->supports(opcode)) iodyno::fail(ENOSYS, "the kernel's io_uring is older than 5.6");
  for (const auto& later : kLater)
    if (!ring_->supports(later.opcode)) by_call_ |= bit_of(later.step);
}

/// What needs no worker, and finds all that it reads in the page cache, is likely to be done within
/// the call that submits it.
void Lane::plan(const PuntingRules& rules) {
  const bool cached = granule_ == 1 && config_.raw().expect == IODYNO_WARM;
  for (int op = 0; op < IODYNO_OP_COUNT; ++op)
    for (const bool durable : {false, true}) {
      Program& p = programs_[op][durable];
      p = program_of(iodyno_op(op), durable, granule_ > 1 ? O_DIRECT : 0);
      const Punting punting = rules.of(p, by_call_);
      if (punting.always != nullptr) p.how = IODYNO_PUNTED;
      if (punting.with_bytes != nullptr) p.how_of_bytes = IODYNO_PUNTED;
      const bool inline_ = cached && !writes(p) && (p.how | p.how_of_bytes) == 0;
      p.patience = paced_ ? Patience::one : inline_ ? Patience::all : Patience::eighth;
    }
}

void Lane::choose_buffers() {
  const auto offered = config_.buffer(share_.first);
  const bool own = offered.size() < kPage;
  buffers_ = own ? scratch_[0].data() : offered.data();
  buffer_stride_ = own ? kScratch + kPage : offered.size();
}

/// Only what O_DIRECT moves is worth it: it spares the kernel to pin the pages of each transfer. A
/// copy to or from the page cache pins nothing.
void Lane::register_buffers() {
  const bool wanted = settings_.fixed_buffers == FixedBuffers::on ||
                      (settings_.fixed_buffers == FixedBuffers::automatic && granule_ > 1);
  if (!wanted) {
    fixed_note_ = settings_.fixed_buffers == FixedBuffers::off
                      ? "off"
                      : "off: for the page cache they are no gain";
    return;
  }
  std::vector<iovec> all;
  for (std::uint32_t slot = 0; slot < depth_; ++slot)
    all.push_back({buffers_ + slot * buffer_stride_, buffer_size_});
  const auto& raw = config_.raw();
  all.push_back({const_cast<void*>(raw.source), raw.source_size + raw.source_tail});
  if (const int error = ring_->register_buffers(all)) {
    fixed_note_ = off(error) + (error == ENOMEM ? " (RLIMIT_MEMLOCK)" : "");
    return;
  }
  fixed_buffers_ = true;
  fixed_note_ = "on";
}

/// The table of the ring: empty places for what chains open, then the open set.
int Lane::register_table() {
  table_.assign(2 * std::size_t{depth_}, -1);
  table_.insert(table_.end(), set_.begin(), set_.end());
  return ring_->register_files(table_);
}

/// Blocks are an entry each: with no more of them than the depth, the ring stays in the cache that
/// is nearest to the core.
void Lane::use_files(std::span<const iodyno::Fd> files) {
  if (!ring_ || (!files.empty() && !for_blocks_)) {
    for_blocks_ = true;
    make_ring(depth_ * transfers_, depth_);
    register_buffers();
  }
  set_ = files;
  set_is_registered_ = has_table_ = false;
  if (!settings_.registered_files) {
    files_note_ = "off";
    return;
  }
  int error = register_table();
  set_is_registered_ = has_table_ = error == 0;
  files_note_ = has_table_ ? "on" : off(error) + (error == EMFILE ? " (RLIMIT_NOFILE)" : "");
  if (has_table_ || files.empty()) return;
  set_ = {};
  has_table_ = register_table() == 0;
  set_ = files;
  if (has_table_) files_note_ += ", of the open set";
}

void Lane::choose_chains() {
  const char* why = nullptr;
  if (!settings_.chains)
    why = "off";
  else if (!has_table_)
    why = "off: they need registered files";
  else if (!ring_->has(IORING_FEAT_LINKED_FILE | IORING_FEAT_CQE_SKIP) || !ring_->submits_all())
    why = "off: they need a kernel of 5.19";
  else if (by_call_ & bit_of(Step::put_in_place))
    why = "off: they need an opcode for rename";
  chains_ = why == nullptr;
  chains_note_ = chains_ ? "open, transfer and close at once" : why;
}

std::vector<Lane::Fact> Lane::facts() const {
  const char* automatic[] = {"auto: for one", "auto: for an eighth of what is in flight",
                             "auto: for all that is cached, for an eighth of what workers do"};
  const auto patience = programs_[IODYNO_OP_READ][0].patience;
  std::vector<Fact> all{
      {"ring", ring_->description()},
      {"workers", ring_->workers()},
      {"chains", chains_note_},
      {"registered_files", files_note_},
      {"fixed_buffers", fixed_note_},
      {"transfers", std::to_string(transfers_) + " of " + std::to_string(piece_ >> 10) + " KiB"},
      {"wait", settings_.wait != 0 ? std::to_string(settings_.wait) : automatic[int(patience)]},
      {"list", "by system call: io_uring has no opcode for it"}};
  for (const auto& later : kLater)
    if (by_call_ & bit_of(later.step))
      all.push_back(
          {later.operation, "by system call: this kernel's io_uring has no opcode for it"});
  return all;
}

}  // namespace engine::uring
