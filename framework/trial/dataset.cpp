#include "trial/dataset.hpp"

#include <dirent.h>
#include <sys/stat.h>

#include <algorithm>
#include <memory>
#include <vector>

#include "scenario/content.hpp"

namespace iodyno::host {
namespace {

constexpr std::uint64_t kTransferMax = Source::kPieceMax, kTreeFilesMax = 1'000'000;

/// Tells of the progress now and then: with every 256 files, and every 16 pieces of them.
class Ticker {
 public:
  explicit Ticker(const Tick& tick) : tick_(tick) {}
  void file(std::uint64_t number) {
    number_ = number;
    if (tick_ && number % 256 == 0) tick_(number_, bytes_);
  }
  void bytes(std::uint64_t more) {
    bytes_ += more;
    if (tick_ && bytes_ >= told_bytes_ + 16 * kTransferMax) tick_(number_, told_bytes_ = bytes_);
  }

 private:
  const Tick& tick_;
  std::uint64_t number_ = 0, bytes_ = 0, told_bytes_ = 0;
};

void write_file(int fd, std::uint64_t file, std::uint64_t size, const Source& source,
                Ticker& ticker) {
  for (std::uint64_t done = 0; done < size;) {
    const auto piece = std::min(size - done, kTransferMax);
    write_fully(fd, source.bytes(file, 0, done, piece), done);
    done += piece;
    ticker.bytes(piece);
  }
}

/// All but the one above them, which is there: the first one of a tree.
void make_directories(int directory, const Files& files) {
  for (std::uint64_t i = 0; i < files.directory_count(); ++i)
    if (const auto path = files.directory_path(i); path != ".") make_directory(directory, path);
}

class Scanner {
 public:
  Tree tree;

  void scan(Fd directory, const std::string& path) {
    const auto number = std::uint32_t(tree.directories.size());
    tree.directories.push_back(path.empty() ? "." : path);
    for (const auto& name : names(directory, path)) {
      const auto below = path.empty() ? name : path + "/" + name;
      struct stat status;
      check(fstatat(directory, name.c_str(), &status, AT_SYMLINK_NOFOLLOW), below.c_str());
      if (S_ISDIR(status.st_mode)) {
        scan(enter(directory, name, below), below);
      } else if (S_ISREG(status.st_mode)) {
        tree.files.push_back({below, std::uint64_t(status.st_size), number});
        if (tree.files.size() > kTreeFilesMax) fail(E2BIG, "more than 1000000 files");
      } else {
        fail(EINVAL, below + " is neither a file nor a directory");
      }
    }
  }

 private:
  static Fd enter(int directory, const std::string& name, const std::string& below) try {
    return open_below(directory, name);
  } catch (const std::system_error& e) {
    if (e.code().value() != EXDEV) fail(e.code().value(), below);
    fail(EXDEV, below + " is another file system");
  }

  static std::vector<std::string> names(int directory, const std::string& path) {
    const std::unique_ptr<DIR, int (*)(DIR*)> stream(
        fdopendir(check(fcntl(directory, F_DUPFD_CLOEXEC, 0), path.c_str())), closedir);
    if (!stream) fail(errno, path);
    std::vector<std::string> all;
    while (true) {
      errno = 0;
      const dirent* entry = readdir(stream.get());
      if (!entry && errno != 0) fail(errno, path);
      if (!entry) break;
      const std::string name = entry->d_name;
      if (name != "." && name != "..") all.push_back(name);
    }
    std::ranges::sort(all);
    return all;
  }
};

/// What was a file when the tree was scanned may be a pipe by now, and opening one would wait.
Fd open_regular_file(int from, const std::string& path) {
  Fd file = open_file_below(from, path, O_RDONLY | O_NONBLOCK);
  struct stat status;
  check(fstat(file, &status), path.c_str());
  if (!S_ISREG(status.st_mode)) fail(ESTALE, "it is no file any more");
  return file;
}

}  // namespace

void make_dataset(int directory, const Files& files, const Content& content,
                  const DatasetParts& parts, const Tick& tick) {
  if (parts.directories && (files.directory_count() > 1 || parts.lone_directory))
    make_directories(directory, files);
  const Source source(content);
  Ticker ticker(tick);
  for (std::uint64_t i = 0; i < files.count(); ++i) {
    ticker.file(i);
    if (parts.file && !parts.file(i)) continue;
    const auto path = files.path(i);
    const char* doing = "create ";
    try {
      Fd fd = open_file_below(directory, path, O_WRONLY | O_CREAT | O_EXCL, 0644);
      doing = "write ";
      write_file(fd, i, files.size(i), source, ticker);
      doing = "close ";
      fd.close();
    } catch (const std::system_error& e) {
      fail(e.code().value(), "making the dataset: " + (doing + path));
    }
  }
}

Tree scan_tree(const std::string& directory) {
  Scanner scanner;
  scanner.scan(open_at(AT_FDCWD, directory.c_str(), O_RDONLY | O_DIRECTORY), "");
  return std::move(scanner.tree);
}

void copy_tree(int from, int directory, const Files& files, const Tree& tree,
               const DatasetParts& parts, const Tick& tick) {
  make_directories(directory, files);
  std::vector<std::byte> buffer(kTransferMax);
  Ticker ticker(tick);
  for (std::uint64_t i = 0; i < files.count(); ++i) {
    ticker.file(i);
    if (parts.file && !parts.file(i)) continue;
    const auto& path = tree.files[i].path;
    const char* doing = "open ";
    try {
      const Fd source = open_regular_file(from, path);
      doing = "create the copy of ";
      Fd target = open_file_below(directory, files.path(i), O_WRONLY | O_CREAT | O_EXCL, 0644);
      std::uint64_t done = 0;
      while (done <= files.size(i)) {  // it may grow for ever
        doing = "read ";
        const auto count = read_fully(source, buffer, done);
        if (count == 0) break;
        doing = "write the copy of ";
        write_fully(target, std::span(buffer).first(count), done);
        done += count;
        ticker.bytes(count);
      }
      doing = "read ";
      if (done != files.size(i)) fail(ESTALE, "its size changed");
      doing = "close the copy of ";
      target.close();
    } catch (const std::system_error& e) {
      fail(e.code().value(), "copying the tree: " + (doing + path));
    }
  }
}

}  // namespace iodyno::host
