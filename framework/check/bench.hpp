#pragma once
#include <iodyno/backend.h>
#include <pthread.h>

#include <atomic>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "check/finding.hpp"
#include "check/model.hpp"
#include "trial/plugin.hpp"

namespace iodyno::host::conformance {

/// Memory between two pages that nobody may touch: whoever leaves it is caught in the act.
class Guarded {
 public:
  /// As many bytes as asked for, of which the last one lies before the second guard.
  explicit Guarded(std::size_t size);
  Guarded(const Guarded&) = delete;
  ~Guarded();
  char* data() const { return memory_ + kPage + room_ - size_; }
  std::size_t size() const { return size_; }
  /// Nobody may write to it from here on, or again.
  void protect(bool read_only) const;

  static constexpr std::size_t kPage = 4096;

 private:
  std::size_t size_, room_;
  char* memory_;
};

struct Opening {
  std::uint32_t depth = 1, flags = 0, max_batch = 1024;
  std::uint64_t buffer_size = 4 * 4096;  ///< small, so that larger files take several
  std::uint32_t expect = IODYNO_AS_IS;
  std::vector<OptionValue> options;  ///< none: the defaults
  std::uint32_t larger = 0;          ///< structs that may grow have so many bytes more
};

/// A session that would not open.
struct Refused : std::runtime_error {
  Refused(int error, const std::string& text) : std::runtime_error(text), code(error) {}
  int code;
};

/// What came of a batch.
struct Answer {
  int status = 0;  ///< of run() itself
  std::vector<iodyno_completion> completions;
  std::vector<std::string> delivered;  ///< of each request
  std::uint64_t began_ns = 0, ended_ns = 0;
};

/// A session and all that it was given, in memory that catches whoever goes beyond it. A breach of
/// the contract throws Ended.
class Bench {
 public:
  Bench(const Plugin&, int directory, int second_directory, const Opening& = {});
  Bench(const Bench&) = delete;
  ~Bench();

  std::uint64_t ops() const { return ops_; }
  /// Why open() says that an operation does not work here; empty if it gave no reason.
  std::string why_not(iodyno_op) const;
  std::uint32_t depth() const { return opening_.depth; }
  const std::map<std::string, std::string>& notes() const { return notes_; }
  /// One period of what there is to write.
  const std::string& source() const { return source_text_; }

  int open_files(const std::vector<std::string>& paths, std::uint32_t flags);
  Answer run(const std::vector<Request>&, std::uint32_t flags = 0, std::uint64_t deadline_ns = 0);
  void close();

 private:
  /// A function of the plugin, and when it may call the host's.
  enum Function : unsigned { none = 0, open_ = 1, open_files_ = 2, run_ = 4, close_ = 8 };

  /// What was delivered of a request.
  struct Delivered {
    std::map<std::uint64_t, std::string> pieces;
    std::uint64_t wanted = 0;   ///< no more than that
    std::uint64_t last_ns = 0;  ///< when the last piece had been taken
  };

  static Bench& self(void* pointer) { return *static_cast<Bench*>(pointer); }
  static const char* name_of(Function);
  int call(Function, const std::function<int()>&, const iodyno_error&);
  void delivered(std::uint32_t index, std::uint64_t offset, const void* data, std::uint64_t length);
  bool on_session(const char* function, unsigned allowed);
  void breach(const std::string& text);
  void hold_deliveries(const std::vector<Request>&, Answer&);

  const Plugin& plugin_;
  const Opening opening_;
  const pthread_t thread_ = pthread_self();
  Guarded buffers_, source_, values_, config_, host_;
  std::string source_text_, config_copy_;
  std::vector<std::string> texts_;
  std::map<std::string, std::string> notes_;
  std::map<std::uint32_t, std::string> unsupported_;
  std::string kept_;
  std::uint64_t ops_ = 0;
  iodyno_session* session_ = nullptr;
  std::atomic<Function> current_ = none;

  std::mutex mutex_;
  std::vector<Delivered> delivered_;
  std::string breach_;
};

}  // namespace iodyno::host::conformance
