#include "check/world.hpp"

#include <dirent.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <span>

#include "report/gbench.hpp"
#include "scenario/random.hpp"
#include "trial/directory.hpp"

namespace iodyno::host::conformance {
namespace {

std::string read_whole(int at, const char* name) {
  const Fd fd = open_at(at, name, O_RDONLY | O_NOFOLLOW);
  std::string bytes(std::size_t(check(lseek(fd, 0, SEEK_END))), '\0');
  bytes.resize(read_fully(fd, std::as_writable_bytes(std::span(bytes)), 0));
  return bytes;
}

std::string read_link(int at, const char* name) {
  std::string text(4096, '\0');
  text.resize(std::size_t(check(readlinkat(at, name, text.data(), text.size()), name)));
  return text;
}

void look(int directory, const std::string& prefix, Contents& found) {
  const std::unique_ptr<DIR, int (*)(DIR*)> stream(
      fdopendir(open_at(directory, ".", O_RDONLY | O_DIRECTORY).release()), closedir);
  while (const dirent* entry = readdir(stream.get())) {
    const char* name = entry->d_name;
    if (std::strcmp(name, ".") == 0 || std::strcmp(name, "..") == 0) continue;
    struct stat status;
    check(fstatat(directory, name, &status, AT_SYMLINK_NOFOLLOW), name);
    const auto path = prefix + name;
    if (S_ISDIR(status.st_mode)) {
      found[path] = {Entry::Kind::directory, ""};
      look(open_at(directory, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW), path + "/", found);
    } else if (S_ISLNK(status.st_mode)) {
      found[path] = {Entry::Kind::link, read_link(directory, name)};
    } else {
      found[path] = {Entry::Kind::file, read_whole(directory, name)};
    }
  }
}

std::string kind_of(const Entry& entry) {
  switch (entry.kind) {
    case Entry::Kind::file: return "a file";
    case Entry::Kind::directory: return "a directory";
    case Entry::Kind::link: return "a link";
  }
  return "";
}

}  // namespace

Contents contents_of(int directory) {
  Contents found;
  look(directory, "", found);
  return found;
}

World::World(int at, const std::string& name) {
  make_directory(at, name);
  fd_ = open_below(at, name);
}

void World::file(const std::string& path, const std::string& bytes) {
  Fd fd = open_at(fd_, path.c_str(), O_WRONLY | O_CREAT | O_EXCL, 0644);
  write_fully(fd, std::as_bytes(std::span(bytes)), 0);
  fd.close();
  must[path] = {Entry::Kind::file, bytes};
}

void World::directory(const std::string& path) {
  check(mkdirat(fd_, path.c_str(), 0755), path.c_str());
  must[path] = {Entry::Kind::directory, ""};
}

std::string World::difference() const {
  const auto is = contents_of(fd_);
  for (const auto& [path, entry] : must) {
    const auto found = is.find(path);
    const auto name = clean_text(path);
    if (found == is.end()) return name + ": " + kind_of(entry) + " must be there, and is not";
    if (found->second.kind != entry.kind)
      return name + ": must be " + kind_of(entry) + ", and is " + kind_of(found->second);
    if (found->second.bytes != entry.bytes)
      return name + ": " + first_difference(entry.bytes, found->second.bytes);
  }
  for (const auto& [path, entry] : is)
    if (!must.contains(path))
      return clean_text(path) + ": " + kind_of(entry) + " is there that must not be";
  return {};
}

std::string text_of(std::uint64_t size, std::uint64_t seed) {
  std::string text(size, '\0');
  for (std::uint64_t i = 0; i < size; i += 8) {
    const auto word = mix(seed + 0x74657874, i);
    std::memcpy(&text[i], &word, std::min<std::size_t>(8, size - i));
  }
  return text;
}

std::string first_difference(const std::string& must, const std::string& is) {
  const auto same = std::uint64_t(std::ranges::mismatch(must, is).in1 - must.begin());
  if (same == must.size() && same == is.size()) return {};
  auto text =
      "expected " + std::to_string(must.size()) + " bytes, came " + std::to_string(is.size());
  if (same < must.size() && same < is.size())
    text += "; they differ from byte " + std::to_string(same) + " on";
  return text;
}

}  // namespace iodyno::host::conformance
