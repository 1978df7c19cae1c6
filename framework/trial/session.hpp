#pragma once
#include <iodyno/backend.h>

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "scenario/content.hpp"
#include "trial/consumer.hpp"
#include "trial/memory.hpp"
#include "trial/plugin.hpp"

namespace iodyno::host {

/// How the host opens a backend.
struct SessionSettings {
  std::vector<OptionValue> options;  ///< one for each of the backend's, in order
  std::uint32_t depth = 1;
  std::uint32_t max_batch = 1;
  std::uint32_t flags = 0;  ///< IODYNO_DIRECT, IODYNO_PACED
  int directory = -1, second_directory = -1;
  CacheState expect = CacheState::as_is;
  std::uint64_t block_bytes = 0;  ///< the largest block to come
  Content content;
  Consume consume;
  std::string kept;  ///< what an earlier session of this case kept
};

/// A backend that said no: at open, or because it broke. A request that failed is none of these.
struct BackendError : std::runtime_error {
  using runtime_error::runtime_error;
};

/// An open session of a plugin, with all that it was given: buffers, source, and the functions of
/// the host. All calls come from one thread.
class Session {
 public:
  /// Throws BackendError with what the backend said.
  Session(const Plugin&, const SessionSettings&);
  ~Session();
  Session(const Session&) = delete;

  /// Returns what the backend took, in nanoseconds, without what the host prepared for it.
  std::uint64_t open_files(const std::vector<std::string>& paths, bool writable);
  void run(const iodyno_batch&);
  /// Closes the session, which the destructor does otherwise.
  void close();

  std::uint64_t ops() const { return ops_; }  ///< that work here
  /// What the backend took to open, without what the host prepared for it.
  std::uint64_t open_ns() const { return open_ns_; }
  const std::map<std::uint32_t, std::string>& unsupported() const { return unsupported_; }
  const std::map<std::string, std::string>& notes() const { return notes_; }
  const std::map<std::string, double>& counters() const { return counters_; }
  void reset_counters() { counters_.clear(); }
  const std::string& kept() const { return kept_; }
  Consumer& consumer() { return consumer_; }

  /// Shows what is handed over to somebody else than the consumer, on any thread; none ends that.
  using Watch = std::function<void(std::uint32_t request, std::uint64_t offset,
                                   std::span<const std::byte> piece)>;
  void watch(Watch watch) { watch_ = std::move(watch); }

 private:
  void fail(const char* what, int code, const iodyno_error&) const;

  const Plugin& plugin_;
  iodyno_host host_{};
  iodyno_config config_{};
  std::vector<iodyno_value> options_;
  std::vector<std::string> texts_;  // what text options point to
  std::optional<Memory> buffers_, source_;
  Consumer consumer_;
  Watch watch_;
  std::map<std::uint32_t, std::string> unsupported_;
  std::map<std::string, std::string> notes_;
  std::map<std::string, double> counters_;
  std::string kept_before_, kept_;
  std::uint64_t ops_ = 0, open_ns_ = 0;
  iodyno_session* session_ = nullptr;
};

}  // namespace iodyno::host
