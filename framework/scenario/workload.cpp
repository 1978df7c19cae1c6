#include "scenario/workload.hpp"

#include <algorithm>
#include <cassert>
#include <cstring>
#include <numeric>

#include "scenario/content.hpp"
#include "scenario/operation.hpp"

namespace iodyno::host {
namespace {

constexpr std::uint64_t kBatchBytesMax = 16 << 20, kPacedBatchMax = 131'072;

// One stream of random numbers for each use, so that no two decisions are tied to each other.
enum Stream : std::uint64_t { kOpStream = 1, kOrderStream, kZipfStream, kScatterStream };

bool is_block_op(iodyno_op op) { return op == IODYNO_OP_READ_BLOCK || op == IODYNO_OP_WRITE_BLOCK; }

bool has_blocks(const Phase& phase) {
  return std::ranges::any_of(phase.ops, [](const Share& s) { return is_block_op(s.op); });
}

/// When the i-th request is due. Later than any trial lasts is late enough.
std::uint64_t due_ns(const Rate& rate, std::uint64_t i) {
  return std::uint64_t(std::min(double(i) * 1e9 / rate.per_second, 1e18));
}

/// So many requests are due in that time. A schedule should not be cut into more batches than it
/// must: between two of them nobody serves what falls due.
std::uint64_t due_within(const Rate& rate, std::uint64_t time_ns) {
  return std::uint64_t(std::min(rate.per_second * double(time_ns) * 1e-9, double(kPacedBatchMax)));
}

/// Those whose requests may ask for durable data (backend.h: [W]).
bool may_be_durable(const Operation& o) { return o.writes || o.op == IODYNO_OP_COPY; }

}  // namespace

iodyno_op op_at(const Phase& phase, std::uint64_t seed, std::uint64_t i) {
  if (phase.ops.size() == 1) return phase.ops[0].op;
  std::uint64_t total = 0;
  for (const auto& share : phase.ops) total += share.weight;
  auto draw = below(mix(seed + kOpStream, i), total);
  for (const auto& share : phase.ops) {
    if (draw < share.weight) return share.op;
    draw -= share.weight;
  }
  return phase.ops.back().op;
}

std::uint64_t one_pass(const Phase& phase, const Files& files) {
  switch (operation(phase.ops[0].op).object) {
    case Object::file: return files.count();
    case Object::directory: return files.directory_count();
    case Object::block: break;
  }
  if (!has_blocks(phase)) return files.count();  // fsync alone: each file once
  if (files.equal_sizes()) return files.count() * (files.largest() / phase.block);
  std::uint64_t blocks = 0;
  for (std::uint64_t i = 0; i < files.count(); ++i) blocks += files.size(i) / phase.block;
  return blocks;
}

std::uint64_t batch_size(const Phase& phase, const Files& files) {
  const auto each = sizeof(iodyno_request) + sizeof(iodyno_completion) + 2 * files.path_capacity();
  const auto most = kBatchBytesMax / each;
  auto wanted = std::max<std::uint64_t>(1024, 1000 * phase.depth);
  if (phase.rate) wanted = phase.time_ns ? due_within(*phase.rate, *phase.time_ns) : kPacedBatchMax;
  return std::clamp<std::uint64_t>(phase.batch.value_or(wanted), 1, most);
}

Workload::Workload(const Phase& phase, const Files& files, std::uint64_t seed,
                   std::uint64_t version)
    : phase_(phase),
      files_(files),
      seed_(seed),
      version_(version),
      objects_(one_pass(phase, files)) {
  if (!phase_.time_ns) total_ = phase_.count.value_or(objects_);
  batch_max_ = std::min(batch_size(phase_, files_), total_.value_or(UINT64_MAX));
  if (has_blocks(phase_)) count_blocks();
  if (phase_.order.kind == Order::Kind::zipf && objects_ > 0)
    zipf_.emplace(objects_, phase_.order.theta);
  requests_.resize(batch_max_);
  if (operation(phase_.ops[0].op).object != Object::block)
    paths_.resize(batch_max_ * 2 * files_.path_capacity());
}

void Workload::count_blocks() {
  if (files_.equal_sizes()) {
    blocks_each_ = files_.largest() / phase_.block;
    return;
  }
  blocks_before_.reserve(files_.count());
  std::uint64_t before = 0;
  for (std::uint64_t i = 0; i < files_.count(); before += files_.size(i++) / phase_.block)
    blocks_before_.push_back(before);
}

std::span<iodyno_request> Workload::next() {
  const auto left = objects_ == 0 ? 0 : total_ ? *total_ - done_ : batch_max_;
  const auto count = std::min(batch_max_, left);
  char* path = paths_.data();
  for (std::uint64_t i = 0; i < count; ++i) fill(done_ + i, requests_[i], path);
  done_ += count;
  return {requests_.data(), count};
}

void Workload::fill(std::uint64_t i, iodyno_request& request, char*& path) {
  request = {};
  const auto op = op_at(phase_, seed_, i);
  const auto& row = operation(op);
  request.op = op;
  if (phase_.durability == Durability::each && may_be_durable(row)) request.flags = IODYNO_DURABLE;
  if (phase_.rate) request.not_before_ns = due_ns(*phase_.rate, i);
  switch (row.object) {
    case Object::file: return fill_file(i, request, path);
    case Object::block: return fill_block(i, request);
    case Object::directory:
      request.path = path;
      request.file = std::uint32_t(i);
      if (op == IODYNO_OP_LIST) request.length = IODYNO_SIZE_UNKNOWN;
      // The files of a dataset in one directory lie beside one another, not below a directory of
      // theirs.
      path = (op == IODYNO_OP_LIST && objects_ == 1 ? files_.write_top_path(path)
                                                    : files_.write_directory_path(i, path)) +
             1;
  }
}

void Workload::fill_file(std::uint64_t file, iodyno_request& request, char*& path) {
  const auto& row = operation(iodyno_op(request.op));
  const auto size = files_.size(file);
  request.file = std::uint32_t(files_.directory(file));
  request.path = path;
  char* const end = files_.write_path(file, path);
  path = end + 1;
  if (row.second_path) request.path2 = request.path;  // the same name below the second directory
  if (request.op == IODYNO_OP_REPLACE) {
    request.path2 = path;
    path = std::copy(request.path, static_cast<const char*>(end), path);
    path = std::copy(kTemporarySuffix.begin(), kTemporarySuffix.end(), path);
    *path++ = 0;
  }
  if (row.writes) {
    request.length = size;
    request.data = source_base(file, version_);
    if (request.op == IODYNO_OP_APPEND) request.offset = size;
  } else if (row.reads || row.counts_bytes) {
    request.length = phase_.sizes == Sizes::known ? size : IODYNO_SIZE_UNKNOWN;
  } else if (request.op == IODYNO_OP_STAT) {
    request.length = size;
  }
}

/// The number of the block that the i-th request is about.
std::uint64_t Workload::block_at(std::uint64_t i) {
  const auto pass = i / objects_, index = i % objects_;
  switch (phase_.order.kind) {
    case Order::Kind::sequential: return index;
    case Order::Kind::random:
      if (!permutation_ || permutation_pass_ != pass) {
        permutation_.emplace(objects_, mix(seed_ + kOrderStream, pass));
        permutation_pass_ = pass;
      }
      return permutation_->at(index);
    case Order::Kind::zipf:
      // The popular blocks lie all over the files, not at their beginning.
      if (!permutation_) permutation_.emplace(objects_, mix(seed_, kScatterStream));
      return permutation_->at(zipf_->rank(seed_ + kZipfStream, i));
  }
  return index;
}

void Workload::fill_block(std::uint64_t i, iodyno_request& request) {
  const auto block = block_at(i);
  if (blocks_each_ != 0) {
    request.file = std::uint32_t(block / blocks_each_);
    request.offset = block % blocks_each_ * phase_.block;
  } else if (!blocks_before_.empty()) {
    const auto after = std::upper_bound(blocks_before_.begin(), blocks_before_.end(), block);
    request.file = std::uint32_t(after - blocks_before_.begin() - 1);
    request.offset = (block - after[-1]) * phase_.block;
  } else {
    request.file = std::uint32_t(block);  // fsync alone: each file once
  }
  if (!is_block_op(iodyno_op(request.op))) {
    request.offset = 0;
    return;
  }
  request.length = phase_.block;
  if (request.op == IODYNO_OP_WRITE_BLOCK)
    request.data = (source_base(request.file, version_) + request.offset) % kSourceSize;
}

}  // namespace iodyno::host
