/// All candidates of a session: which can do what here, and their sessions as far as they are open.
#pragma once
#include <cstddef>
#include <cstdint>
#include <iodyno/config.hpp>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "contender.hpp"
#include "kind.hpp"

namespace engine::automatic {

class Field {
 public:
  /// Opens the first, which does what no other can. Throws why it can't be opened.
  explicit Field(const iodyno::Config& config);

  /// Those that may do requests of this kind, as far as is known without opening them.
  std::vector<std::size_t> eligible(Kind kind) const;
  /// Whether that one may.
  bool may(std::size_t candidate, Kind kind) const;
  /// The candidate of this name, of those that differ in the width that nearest to `width`, or
  /// size().
  std::size_t find(std::string_view way, Width width) const;
  /// As label() has told it, or size().
  std::size_t find(std::string_view label) const;
  std::size_t size() const { return contenders_.size(); }

  /// Opens it, and for blocks its files, if it is not yet open. nullptr: it can't do that here, and
  /// that is noted.
  Contender* ready(std::size_t candidate, Kind kind);
  /// The first, with its files.
  Contender& basic(Kind kind) { return *ready(kBasic, kind); }
  /// Has it open the set anew, if it is open: what it has mapped is mapped no more.
  void renew_files(std::size_t candidate);
  std::string label(std::size_t candidate) const;

  /// Replaces the set of open files, which is opened by whoever comes to need it: at once by those
  /// `at_once`, or else by the first. Throws why it can't be opened; then it is empty.
  void set_files(std::span<const char* const> paths, std::uint32_t flags,
                 std::span<const std::size_t> at_once);
  const std::vector<std::string>& files() const { return paths_; }
  /// Closes one that has broken, and is not opened again.
  void give_up(std::size_t candidate, const std::string& why);
  /// Closes one that is not needed, for now.
  void close(std::size_t candidate);
  void tell_notes(std::size_t candidate) const;
  bool is_writable() const { return set_flags_ & IODYNO_WRITABLE; }

 private:
  static constexpr std::size_t kBasic = 0;

  void open_files(std::size_t candidate);
  void close_files();

  const iodyno::Config config_;
  std::vector<std::unique_ptr<Contender>> contenders_;
  std::vector<std::string> why_not_;
  std::vector<bool> has_files_;
  std::vector<std::string> paths_;
  std::uint32_t set_flags_ = 0;
};

}  // namespace engine::automatic
