#include "check/bench.hpp"

#include <sys/mman.h>

#include <algorithm>
#include <cstring>
#include <iodyno/posix.hpp>

#include "check/isolate.hpp"

namespace iodyno::host::conformance {
namespace {

constexpr std::uint64_t kPage = 4096, kSourceBytes = 33 * kPage, kSourceTail = 8 * kPage;
constexpr char kUntouched = 0x5a;

std::size_t value_bytes(const Plugin& plugin) {
  return std::max<std::size_t>(plugin.description().options.size(), 1) * sizeof(iodyno_value);
}

}  // namespace

Guarded::Guarded(std::size_t size) : size_(size), room_((size + kPage - 1) / kPage * kPage) {
  void* at = mmap(nullptr, room_ + 2 * kPage, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (at == MAP_FAILED) fail(errno, "memory for a check");
  memory_ = static_cast<char*>(at);
  protect(false);
}

Guarded::~Guarded() { munmap(memory_, room_ + 2 * kPage); }

void Guarded::protect(bool read_only) const {
  check(mprotect(memory_ + kPage, room_, read_only ? PROT_READ : PROT_READ | PROT_WRITE),
        "mprotect");
}

Bench::Bench(const Plugin& plugin, int directory, int second_directory, const Opening& opening)
    : plugin_(plugin),
      buffers_(opening.buffer_size * opening.depth),
      source_(kSourceBytes + kSourceTail),
      values_(value_bytes(plugin)),
      config_(sizeof(iodyno_config) + opening.larger),
      source_text_(text_of(kSourceBytes, 1)) {
  std::memcpy(source_.data(), source_text_.data(), kSourceBytes);
  std::memcpy(source_.data() + kSourceBytes, source_text_.data(), kSourceTail);
  // Not protected: only memory that can be written to may be registered with the kernel.

  const auto& rows = plugin.description().options;
  texts_.resize(rows.size());
  auto* values = reinterpret_cast<iodyno_value*>(values_.data());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto& given = opening.options.empty() ? rows[i].fallback : opening.options[i];
    if (const auto* text = std::get_if<std::string>(&given))
      values[i].s = (texts_[i] = *text).c_str();
    else if (const auto* real = std::get_if<double>(&given))
      values[i].r = *real;
    else
      values[i].i = std::get<std::int64_t>(given);
  }
  values_.protect(true);

  host_ = {
      .size = sizeof host_,
      .abi_minor = IODYNO_ABI_MINOR,
      .self = this,
      .note =
          [](void* s, const char* key, const char* value) {
            self(s).on_session("note");
            self(s).notes_[key] = value;
          },
      .count = [](void* s, const char*, double) { self(s).on_session("count"); },
      .unsupported = [](void* s, std::uint32_t, const char*) { self(s).on_session("unsupported"); },
      .keep =
          [](void* s, const char* text) {
            self(s).on_session("keep");
            self(s).kept_ = text;
          },
      .deliver = [](void* s, std::uint32_t index, std::uint64_t offset, const void* data,
                    std::uint64_t length) { self(s).delivered(index, offset, data, length); }};
  auto& config = *reinterpret_cast<iodyno_config*>(config_.data());
  std::memset(config_.data(), 0x7f, config_.size());
  config = {.size = std::uint32_t(config_.size()),
            .queue_depth = opening.depth,
            .flags = opening.flags,
            .max_batch = opening.max_batch,
            .dir_fd = directory,
            .dir_fd2 = second_directory,
            .expect = opening.expect,
            .reserved = 0,
            .kept = nullptr,
            .options = values,
            .buffers = opening.buffer_size == 0 ? nullptr : buffers_.data(),
            .buffer_size = opening.buffer_size,
            .source = source_.data(),
            .source_size = kSourceBytes,
            .source_tail = kSourceTail,
            .host = &host_};
  config_.protect(true);

  iodyno_error error{};
  enter("open");
  const int code = plugin.descriptor().open(&config, &session_, &ops_, &error);
  enter("");
  raise_breach("open");
  const std::string text(error.text, strnlen(error.text, sizeof error.text));
  if (code != 0) {
    if (text.empty()) failed("open() failed with " + std::to_string(code) + " and said nothing");
    if (error.code != code)
      failed("open() returned " + std::to_string(code) + ", and its error says " +
             std::to_string(error.code));
    if (code < 0) failed("open() returned " + std::to_string(code) + ", which is no errno value");
    throw Refused(code, text);
  }
  if (session_ == nullptr) failed("open() succeeded, but gave no session");
  if (const auto more = ops_ & ~plugin.descriptor().ops)
    failed("open() reports operations that the descriptor has not: mask " + std::to_string(more));
}

int Bench::open_files(const std::vector<std::string>& paths, std::uint32_t flags) {
  std::vector<const char*> pointers;
  for (const auto& path : paths) pointers.push_back(path.c_str());
  iodyno_error error{};
  enter("open_files");
  const int code = plugin_.descriptor().open_files(session_, pointers.data(),
                                                   std::uint32_t(pointers.size()), flags, &error);
  enter("");
  raise_breach("open_files");
  if (code != 0 && error.text[0] == 0)
    failed("open_files() failed with " + std::to_string(code) + " and said nothing");
  return code;
}

Answer Bench::run(const std::vector<Request>& requests, std::uint32_t flags,
                  std::uint64_t deadline_ns) {
  const auto count = requests.size();
  const Guarded request_memory(std::max<std::size_t>(count, 1) * sizeof(iodyno_request)),
      completion_memory((count + 1) * sizeof(iodyno_completion));
  auto* raw = reinterpret_cast<iodyno_request*>(request_memory.data());
  for (std::size_t i = 0; i < count; ++i) {
    const auto& r = requests[i];
    raw[i] = {.op = std::uint16_t(r.op),
              .flags = r.flags,
              .file = r.file,
              .offset = r.offset,
              .length = r.length,
              .data = r.data,
              .path = r.path.empty() ? nullptr : r.path.c_str(),
              .path2 = r.path2.empty() ? nullptr : r.path2.c_str(),
              .not_before_ns = r.not_before_ns,
              .reserved = 0};
  }
  request_memory.protect(true);
  // The first one is nobody's: who writes before the array is seen.
  std::memset(completion_memory.data(), kUntouched, sizeof(iodyno_completion));
  auto* completions = reinterpret_cast<iodyno_completion*>(completion_memory.data()) + 1;
  for (std::size_t i = 0; i < count; ++i) completions[i] = {.error = IODYNO_PENDING};
  pieces_.assign(count, {});

  iodyno_batch batch{.size = sizeof batch,
                     .count = std::uint32_t(count),
                     .flags = flags,
                     .reserved = 0,
                     .deadline_ns = deadline_ns,
                     .requests = raw,
                     .completions = completions};
  iodyno_error error{};
  Answer answer;
  running_ = true;
  enter("run");
  answer.began_ns = now();
  answer.status = plugin_.descriptor().run(session_, &batch, &error);
  answer.ended_ns = now();
  enter("");
  running_ = false;
  raise_breach("run");
  if (answer.status != 0 && error.text[0] == 0)
    failed("run() failed with " + std::to_string(answer.status) + " and said nothing");
  const auto* before = completion_memory.data();
  if (std::any_of(before, before + sizeof(iodyno_completion),
                  [](char c) { return c != kUntouched; }))
    failed("it wrote before the array of completions");
  if (std::memcmp(source_.data(), source_text_.data(), kSourceBytes) != 0 ||
      std::memcmp(source_.data() + kSourceBytes, source_text_.data(), kSourceTail) != 0)
    failed("it wrote to the source");
  answer.completions.assign(completions, completions + count);
  for (std::size_t i = 0; i < count; ++i)
    answer.delivered.push_back(together(std::uint32_t(i), pieces_[i]));
  return answer;
}

void Bench::close() {
  if (session_ == nullptr) return;
  enter("close");
  plugin_.descriptor().close(session_);
  enter("");
  session_ = nullptr;
}

void Bench::delivered(std::uint32_t index, std::uint64_t offset, const void* data,
                      std::uint64_t length) {
  const std::lock_guard lock(mutex_);
  const auto where = "request " + std::to_string(std::uint64_t(index) + 1) + " of " +
                     std::to_string(pieces_.size()) + ": ";
  if (!running_) return breach("deliver() was called outside of run()");
  if (index >= pieces_.size()) return breach("deliver() for " + where + "there is none");
  if (offset % kPage != 0)
    return breach(where + "a piece was delivered at " + std::to_string(offset) +
                  ", which is no multiple of 4096");
  if (!pieces_[index].emplace(offset, std::string(static_cast<const char*>(data), length)).second &&
      length > 0)
    breach(where + "what is at " + std::to_string(offset) + " was delivered twice");
}

/// All pieces of a request in one, if they follow one another.
std::string Bench::together(std::uint32_t index,
                            const std::map<std::uint64_t, std::string>& pieces) {
  std::string all;
  for (const auto& [offset, piece] : pieces) {
    if (offset != all.size())
      failed("request " + std::to_string(std::uint64_t(index) + 1) + ": the piece at " +
             std::to_string(offset) + " follows " + std::to_string(all.size()) + " bytes");
    all += piece;
  }
  return all;
}

void Bench::on_session(const char* function) {
  if (pthread_equal(pthread_self(), thread_) != 0) return;
  const std::lock_guard lock(mutex_);
  breach(std::string(function) + "() was called on a thread other than the session's");
}

void Bench::breach(const std::string& text) {
  if (breach_.empty()) breach_ = text;
}

void Bench::raise_breach(const char* function) {
  const std::lock_guard lock(mutex_);
  if (!breach_.empty()) failed("in " + std::string(function) + "(): " + breach_);
}

}  // namespace iodyno::host::conformance
