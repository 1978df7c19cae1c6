#pragma once
#include <cstdint>
#include <map>
#include <string>

namespace iodyno::host {

/// Chooses where on a file system new directories lie, so that no trial pays for what another one
/// has deleted.
///
/// ext4 without a journal does not give out an inode again for 60 s after its deletion (300 s where
/// its table is dirty), and passes over such inodes one by one with each file that it makes in
/// their block group (recently_deleted(), fs/ext4/ialloc.c). Files cost ten times as much there,
/// whoever makes them. So groups that this run has just used are avoided, and of the others one is
/// taken where a file is made as quickly as elsewhere. On other file systems the first place will
/// do.
class Places {
 public:
  /// `directory`: where the directories are made. Its children should be spread (see
  /// spread_children()). `prefix`: what their names begin with.
  Places(int directory, std::string prefix);

  /// Makes a directory with a name that is random after its prefix, in which so many files will be
  /// made.
  std::string make_directory(std::uint64_t files);

  /// To be called before the files in a directory are deleted.
  void leave(const std::string& name);

 private:
  struct Place {
    std::uint64_t first_group = 0, groups = 0;
  };
  bool left_lately(const Place&) const;
  std::uint64_t probe(const std::string& name) const;
  Place place_of(const std::string& name, std::uint64_t files) const;

  int directory_;
  std::string prefix_;
  bool has_groups_;
  std::map<std::string, Place> places_;                ///< of the directories that stand
  std::map<std::uint64_t, std::uint64_t> left_at_ns_;  ///< by group
  std::uint64_t quickest_ns_ = UINT64_MAX;             ///< to make a file, of all places so far
};

}  // namespace iodyno::host
