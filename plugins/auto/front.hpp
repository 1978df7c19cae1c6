/// What an engine takes for its host: ours in between, or the host itself.
#pragma once
#include <iodyno/backend.h>

#include <cstdint>
#include <map>
#include <string>

namespace engine::automatic {

class Front {
 public:
  /// As long as the engine is opened, it is as with try_out().
  explicit Front(const iodyno_host& real);
  Front(const Front&) = delete;

  const iodyno_host& host() const { return host_; }

  // Between two batches:

  /// As if nothing were in between: what is measured pays for nothing of ours.
  void pass_through() { host_ = real_; }
  /// The requests of the engine's batch are those of the host's with these numbers.
  void translate(const std::uint32_t* numbers) {
    numbers_ = numbers;
    host_ = translating_;
  }
  /// Nothing reaches the host. What is delivered is loaded, a load from each line, as a host does
  /// that is to use it.
  void try_out() { host_ = trying_; }

  /// What the engine has noted while it was opened or tried.
  const std::map<std::string, std::string>& notes() const { return notes_; }
  /// Why operations do not work here, as far as it said so while it was opened.
  const std::map<std::uint32_t, std::string>& reasons() const { return reasons_; }

 private:
  static Front& self(void* front) { return *static_cast<Front*>(front); }
  iodyno_host silent();
  iodyno_host translating();

  const iodyno_host& real_;
  const iodyno_host trying_, translating_;
  iodyno_host host_;
  const std::uint32_t* numbers_ = nullptr;
  std::map<std::string, std::string> notes_;
  std::map<std::uint32_t, std::string> reasons_;
};

}  // namespace engine::automatic
