#include "check/bench.hpp"

#include <sys/mman.h>

#include <algorithm>
#include <cstring>
#include <iodyno/posix.hpp>

#include "check/isolate.hpp"
#include "scenario/operation.hpp"

namespace iodyno::host::conformance {
namespace {

constexpr std::uint64_t kPage = 4096, kSourceBytes = 33 * kPage, kSourceTail = 8 * kPage;
constexpr char kUntouched = 0x5a;
constexpr char kLater = 0x7f;  // what an older plugin may not look at

/// No file of a check is longer.
constexpr std::uint64_t kMostOfUnknown = 1 << 30;

std::size_t value_bytes(const Plugin& plugin) {
  return std::max<std::size_t>(plugin.description().options.size(), 1) * sizeof(iodyno_value);
}

std::size_t text_bytes(const std::vector<std::string>& texts) {
  std::size_t sum = 0;
  for (const auto& text : texts) sum += text.size() + 1;
  return sum;
}

/// Texts in memory that is gone when this is: nobody may keep a pointer to one.
class Texts {
 public:
  explicit Texts(const std::vector<std::string>& texts) : memory_(text_bytes(texts)) {
    char* to = memory_.data();
    for (const auto& text : texts) {
      pointers_.push_back(to);
      to = std::copy_n(text.c_str(), text.size() + 1, to);
    }
    memory_.protect(true);
  }
  const char* const* data() const { return pointers_.data(); }
  const char* operator[](std::size_t i) const { return pointers_[i]; }

 private:
  Guarded memory_;
  std::vector<const char*> pointers_;
};

/// How many bytes a request may deliver.
std::uint64_t wanted_by(const Request& r) {
  if (!operation(r.op).reads) return 0;
  return r.length == IODYNO_SIZE_UNKNOWN ? kMostOfUnknown : r.length;
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
      opening_(opening),
      buffers_(opening.buffer_size * opening.depth),
      source_(kSourceBytes + kSourceTail),
      values_(value_bytes(plugin)),
      config_(sizeof(iodyno_config) + opening.larger),
      host_(sizeof(iodyno_host) + opening.larger),
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

  std::memset(host_.data(), kLater, host_.size());
  auto& host = *reinterpret_cast<iodyno_host*>(host_.data());
  host = {.size = std::uint32_t(host_.size()),
          .abi_minor = opening.larger > 0 ? 99u : IODYNO_ABI_MINOR,
          .self = this,
          .note =
              [](void* s, const char* key, const char* value) {
                if (self(s).on_session("note", open_ | open_files_ | run_))
                  self(s).notes_[key] = value;
              },
          .count = [](void* s, const char*, double) { self(s).on_session("count", run_); },
          .unsupported =
              [](void* s, std::uint32_t op, const char* why) {
                if (self(s).on_session("unsupported", open_)) self(s).unsupported_[op] = why;
              },
          .keep =
              [](void* s, const char* text) {
                if (self(s).on_session("keep", open_ | run_)) self(s).kept_ = text;
              },
          .deliver = [](void* s, std::uint32_t index, std::uint64_t offset, const void* data,
                        std::uint64_t length) { self(s).delivered(index, offset, data, length); }};
  host_.protect(true);

  std::memset(config_.data(), kLater, config_.size());
  auto& config = *reinterpret_cast<iodyno_config*>(config_.data());
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
            .host = &host};
  config_.protect(true);

  iodyno_error error{};
  const int code = call(
      open_, [&] { return plugin.descriptor().open(&config, &session_, &ops_, &error); }, error);
  if (code != 0) {
    session_ = nullptr;
    throw Refused(code, std::string(error.text, strnlen(error.text, sizeof error.text)));
  }
  if (session_ == nullptr) failed("open() succeeded, but gave no session");
  for (std::uint32_t op = 0; op < 64; ++op)
    if (ops_ & ~plugin.descriptor().ops & IODYNO_BIT(op))
      failed(
          "open() reports an operation that the descriptor has not: " +
          (op < IODYNO_OP_COUNT ? std::string(operation(iodyno_op(op)).name) : std::to_string(op)));
}

/// What a failed check leaves open is closed, too; it has been told what is wrong.
Bench::~Bench() {
  try {
    close();
  } catch (const Ended&) {
  }
}

std::string Bench::why_not(iodyno_op op) const {
  const auto found = unsupported_.find(op);
  return found == unsupported_.end() ? "" : found->second;
}

int Bench::open_files(const std::vector<std::string>& paths, std::uint32_t flags) {
  const Texts texts(paths);
  iodyno_error error{};
  return call(
      open_files_,
      [&] {
        return plugin_.descriptor().open_files(session_, texts.data(), std::uint32_t(paths.size()),
                                               flags, &error);
      },
      error);
}

Answer Bench::run(const std::vector<Request>& requests, std::uint32_t flags,
                  std::uint64_t deadline_ns) {
  const auto count = requests.size();
  const Guarded request_memory(std::max<std::size_t>(count, 1) * sizeof(iodyno_request)),
      completion_memory((count + 1) * sizeof(iodyno_completion)),
      batch_memory(sizeof(iodyno_batch) + opening_.larger);
  std::vector<std::string> paths;
  for (const auto& r : requests) paths.insert(paths.end(), {r.path, r.path2});
  const Texts texts(paths);
  auto* raw = reinterpret_cast<iodyno_request*>(request_memory.data());
  delivered_.assign(count, {});
  for (std::size_t i = 0; i < count; ++i) {
    const auto& r = requests[i];
    raw[i] = {.op = std::uint16_t(r.op),
              .flags = r.flags,
              .file = r.file,
              .offset = r.offset,
              .length = r.length,
              .data = r.data,
              .path = r.path.empty() ? nullptr : texts[2 * i],
              .path2 = r.path2.empty() ? nullptr : texts[2 * i + 1],
              .not_before_ns = r.not_before_ns,
              .reserved = 0};
    delivered_[i].wanted = r.op < IODYNO_OP_COUNT ? wanted_by(r) : 0;
  }
  request_memory.protect(true);
  // The first one is nobody's: who writes before the array is seen.
  std::memset(completion_memory.data(), kUntouched, sizeof(iodyno_completion));
  auto* completions = reinterpret_cast<iodyno_completion*>(completion_memory.data()) + 1;
  for (std::size_t i = 0; i < count; ++i) completions[i] = {.error = IODYNO_PENDING};

  std::memset(batch_memory.data(), kLater, batch_memory.size());
  auto& batch = *reinterpret_cast<iodyno_batch*>(batch_memory.data());
  batch = {.size = std::uint32_t(batch_memory.size()),
           .count = std::uint32_t(count),
           .flags = flags,
           .reserved = 0,
           .deadline_ns = deadline_ns,
           .requests = raw,
           .completions = completions};
  batch_memory.protect(true);
  iodyno_error error{};
  Answer answer;
  answer.status = call(
      run_,
      [&] {
        answer.began_ns = now();
        const int status = plugin_.descriptor().run(session_, &batch, &error);
        answer.ended_ns = now();
        return status;
      },
      error);
  const auto* before = completion_memory.data();
  if (std::any_of(before, before + sizeof(iodyno_completion),
                  [](char c) { return c != kUntouched; }))
    failed("it wrote before the array of completions");
  if (std::memcmp(source_.data(), source_text_.data(), kSourceBytes) != 0 ||
      std::memcmp(source_.data() + kSourceBytes, source_text_.data(), kSourceTail) != 0)
    failed("it wrote to the source");
  answer.completions.assign(completions, completions + count);
  hold_deliveries(requests, answer);
  return answer;
}

void Bench::close() {
  if (session_ == nullptr) return;
  auto* session = std::exchange(session_, nullptr);
  call(close_, [&] { return plugin_.descriptor().close(session), 0; }, {});
}

const char* Bench::name_of(Function function) {
  switch (function) {
    case open_: return "open";
    case open_files_: return "open_files";
    case run_: return "run";
    case close_: return "close";
    case none: break;
  }
  return "";
}

/// Calls a function of the plugin, and holds it to what is said of all of them.
int Bench::call(Function function, const std::function<int()>& body, const iodyno_error& error) {
  const std::string name = std::string(name_of(function)) + "()";
  const auto threw = [&](const char* what) {
    enter("");
    current_ = none;
    failed(name + " let an exception out: " + what);
  };
  int code = 0;
  current_ = function;
  enter(name_of(function));
  try {
    code = body();
  } catch (const std::exception& e) {
    threw(e.what());
  } catch (...) {
    threw("of unknown type");
  }
  enter("");
  current_ = none;
  {
    const std::lock_guard lock(mutex_);
    if (!breach_.empty()) failed("in " + name + ": " + breach_);
  }
  if (code < 0) failed(name + " returned " + name_of_error(code));
  if (code == 0 && (error.code != 0 || error.text[0] != 0))
    failed(name + " succeeded, and filled in the error");
  if (code != 0 && error.text[0] == 0)
    failed(name + " failed with " + name_of_error(code) + " and said nothing");
  if (code != 0 && error.code != code)
    failed(name + " returned " + name_of_error(code) + ", and its error says " +
           name_of_error(error.code));
  return code;
}

void Bench::delivered(std::uint32_t index, std::uint64_t offset, const void* data,
                      std::uint64_t length) {
  const std::lock_guard lock(mutex_);
  const auto where = "request " + std::to_string(std::uint64_t(index) + 1) + " of " +
                     std::to_string(delivered_.size()) + ": ";
  if (current_ != run_) return breach("deliver() was called outside of run()");
  if (index >= delivered_.size()) return breach("deliver() for " + where + "there is none");
  auto& request = delivered_[index];
  if (offset % kPage != 0)
    return breach(where + "a piece was delivered at " + std::to_string(offset) +
                  ", which is no multiple of 4096");
  if (offset > request.wanted || length > request.wanted - offset)
    return breach(where + std::to_string(length) + " bytes were delivered at " +
                  std::to_string(offset) + ", beyond the " + std::to_string(request.wanted) +
                  " bytes of the request");
  if (length == 0) return breach(where + "a piece without bytes was delivered");
  if (!request.pieces.emplace(offset, std::string(static_cast<const char*>(data), length)).second)
    breach(where + "what is at " + std::to_string(offset) + " was delivered twice");
  request.last_ns = now();
}

/// All pieces of a request in one, if they follow one another, and none came after its end. What
/// came of a request that failed means nothing.
void Bench::hold_deliveries(const std::vector<Request>& requests, Answer& answer) {
  for (std::size_t i = 0; i < requests.size(); ++i) {
    const auto& completion = answer.completions[i];
    auto& all = answer.delivered.emplace_back();
    if (completion.error != 0) continue;
    for (const auto& [offset, piece] : delivered_[i].pieces) {
      if (offset != all.size())
        failed(describe(requests[i], i, requests.size()) + ": the piece at " +
               std::to_string(offset) + " follows " + std::to_string(all.size()) + " bytes");
      all += piece;
    }
    if (completion.end_ns != 0 && delivered_[i].last_ns > completion.end_ns)
      failed(describe(requests[i], i, requests.size()) +
             ": a piece was delivered after its end, by " +
             std::to_string(delivered_[i].last_ns - completion.end_ns) + " ns");
  }
}

/// Whether a function of the host was called where it may be.
bool Bench::on_session(const char* function, unsigned allowed) {
  const std::lock_guard lock(mutex_);
  if (pthread_equal(pthread_self(), thread_) == 0) {
    breach(std::string(function) + "() was called on a thread other than the session's");
    return false;
  }
  if (current_ & allowed) return true;
  std::string where;
  for (const auto f : {open_, open_files_, run_})
    if (f & allowed) where += std::string(where.empty() ? "" : ", ") + name_of(f) + "()";
  breach(std::string(function) + "() was called outside of " + where);
  return false;
}

void Bench::breach(const std::string& text) {
  if (breach_.empty()) breach_ = text;
}

}  // namespace iodyno::host::conformance
