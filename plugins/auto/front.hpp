/// What an engine takes for its host: ours in between, or the host itself.
#pragma once
#include <iodyno/backend.h>

#include <cstdint>
#include <map>
#include <string>

namespace engine::automatic {

class Front {
 public:
  /// `engine` is put before its notes. As long as it is opened, it is as with try_out().
  Front(const iodyno_host& real, std::string engine);
  Front(const Front&) = delete;

  const iodyno_host& host() const { return host_; }

  // Between two batches:

  /// As if nothing were in between, but for notes: what is measured pays for nothing of ours.
  void pass_through() {
    current_ = this;
    host_ = passing_;
  }
  /// The requests of the engine's batch are those of the host's with these numbers.
  void translate(const std::uint32_t* numbers) {
    numbers_ = numbers;
    current_ = this;
    host_ = translating_;
  }
  /// Nothing reaches the host. What is delivered is loaded, a load from each line, as a host does
  /// that is to use it.
  void try_out() { host_ = trying_; }

  /// Hands what the engine has noted so far to the host: "posix.fd_tables".
  void tell_notes() const;
  /// Why operations do not work here, as far as it said so while it was opened.
  const std::map<std::uint32_t, std::string>& reasons() const { return reasons_; }

 private:
  static Front& self(void* front) { return *static_cast<Front*>(front); }
  static void note_as_engine(void*, const char* key, const char* text);
  iodyno_host silent();
  iodyno_host translating();
  iodyno_host passing();

  /// Whose notes are told: a note is made on the session's thread alone, so its first argument can
  /// be the host's.
  static inline thread_local const Front* current_ = nullptr;

  const iodyno_host& real_;
  const std::string engine_;
  const iodyno_host trying_, translating_, passing_;
  iodyno_host host_;
  const std::uint32_t* numbers_ = nullptr;
  std::map<std::string, std::string> notes_;
  std::map<std::uint32_t, std::string> reasons_;
};

}  // namespace engine::automatic
