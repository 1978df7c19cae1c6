#include "trial/read_back.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <functional>
#include <optional>
#include <vector>

#include "scenario/phase.hpp"
#include "scenario/workload.hpp"
#include "trial/directory.hpp"
#include "trial/failure.hpp"

namespace iodyno::host {
namespace {

/// What stands, or must stand, at an offset of a file.
using Bytes = std::function<std::span<const std::byte>(std::uint64_t offset, std::uint64_t length)>;

constexpr std::size_t kLinkMax = 4096;  // PATH_MAX

class ReadBack {
 public:
  explicit ReadBack(const DoneStep& step)
      : step_(step), buffer_(Source::kPieceMax), other_(Source::kPieceMax) {}

  std::string fault() {
    Workload workload(step_.phase, step_.files, step_.seed, step_.version);
    const auto began = now();
    std::uint64_t number = 0;
    while (number < step_.requests) {
      if (step_.cap_ns != 0 && now() - began >= step_.cap_ns) break;
      const auto batch = workload.next();
      if (batch.empty()) break;
      for (const auto& request : batch) {
        if (number == step_.requests) break;
        if (auto wrong = look_at(request, number); !wrong.empty())
          return std::string(operation(iodyno_op(request.op)).name) + " " + wrong;
        ++number;
      }
    }
    return {};
  }

 private:
  /// Operations on files and directories go through them in order.
  std::string look_at(const iodyno_request& r, std::uint64_t number) {
    switch (r.op) {
      case IODYNO_OP_CREATE:
      case IODYNO_OP_REWRITE: return whole(r.path, number, r.length);
      case IODYNO_OP_REPLACE: return first_of(whole(r.path, number, r.length), gone(r.path2));
      case IODYNO_OP_OVERWRITE:
        return whole(r.path, number, step_.sizes_known ? std::optional(r.length) : std::nullopt);
      case IODYNO_OP_APPEND: return appended(r, number);
      case IODYNO_OP_WRITE_BLOCK: return block(r);
      case IODYNO_OP_COPY: return copied(r, number);
      case IODYNO_OP_RENAME:
        return first_of(gone(r.path), there(step_.second_directory, r.path2, S_IFREG));
      case IODYNO_OP_LINK: return linked(r);
      case IODYNO_OP_SYMLINK: return points(r);
      case IODYNO_OP_MKDIR: return there(step_.directory, r.path, S_IFDIR);
      case IODYNO_OP_DELETE:
      case IODYNO_OP_RMDIR: return gone(r.path);
      default: return {};  // leaves nothing behind
    }
  }

  /// A file that was written anew, or from its beginning. No size: it may be longer than that.
  std::string whole(const char* path, std::uint64_t file, std::optional<std::uint64_t> size) {
    const Fd fd = open_file_below(step_.directory, path, O_RDONLY);
    const auto length = step_.files.size(file);
    if (size && size_of(fd) != *size) return wrong_size(path, size_of(fd), *size);
    return compare(path, fd, 0, length, written(file, step_.version));
  }

  std::string appended(const iodyno_request& r, std::uint64_t file) {
    const Fd fd = open_file_below(step_.directory, r.path, O_RDONLY);
    const auto size = size_of(fd);
    if (step_.sizes_known ? size != r.offset + r.length : size < r.length)
      return wrong_size(r.path, size, r.offset + r.length);
    if (step_.pristine)
      if (auto wrong = compare(r.path, fd, 0, r.offset, written(file, 0)); !wrong.empty())
        return wrong;
    return compare(r.path, fd, size - r.length, r.length, written(file, step_.version));
  }

  std::string block(const iodyno_request& r) {
    if (open_file_ != r.file) {
      open_block_file_ = open_file_below(step_.directory, step_.files.path(r.file), O_RDONLY);
      open_file_ = r.file;
    }
    const auto expected = written(r.file, step_.version);
    return compare(step_.files.path(r.file), open_block_file_, r.offset, r.length,
                   [&](auto offset, auto length) { return expected(r.offset + offset, length); });
  }

  std::string copied(const iodyno_request& r, std::uint64_t file) {
    const Fd from = open_file_below(step_.directory, r.path, O_RDONLY);
    const Fd to = open_file_below(step_.second_directory, r.path2, O_RDONLY);
    if (size_of(to) != size_of(from)) return wrong_size(r.path2, size_of(to), size_of(from));
    // Of a file as the host made it the copy is held against the rule, not against the file.
    if (step_.pristine) return compare(r.path2, to, 0, size_of(to), written(file, 0));
    return compare(r.path2, to, 0, size_of(to), [&](auto offset, auto length) {
      const auto room = std::span(other_).first(length);
      return std::span<const std::byte>(room.first(read(r.path, from, room, offset)));
    });
  }

  std::string linked(const iodyno_request& r) {
    const Fd first = open_file_below(step_.directory, r.path, O_RDONLY);
    const Fd second = open_file_below(step_.second_directory, r.path2, O_RDONLY);
    const auto a = status_of(first), b = status_of(second);
    return a.st_dev == b.st_dev && a.st_ino == b.st_ino
               ? std::string()
               : std::string(r.path2) + ": it is not a link to " + r.path;
  }

  std::string points(const iodyno_request& r) {
    std::string text(kLinkMax, '\0');
    const auto length = readlinkat(step_.second_directory, r.path2, text.data(), text.size());
    if (length < 0) fail(errno, std::string("readlink ") + r.path2);
    text.resize(std::size_t(length));
    return text == r.path
               ? std::string()
               : std::string(r.path2) + ": it says \"" + text + "\" instead of \"" + r.path + "\"";
  }

  std::string gone(const char* path) const {
    struct stat status;
    if (fstatat(step_.directory, path, &status, AT_SYMLINK_NOFOLLOW) == 0)
      return std::string(path) + ": it is still there";
    if (errno != ENOENT) fail(errno, std::string("stat ") + path);
    return {};
  }

  static std::string there(int directory, const char* path, mode_t type) {
    struct stat status;
    if (fstatat(directory, path, &status, AT_SYMLINK_NOFOLLOW) != 0)
      fail(errno, std::string("stat ") + path);
    return (status.st_mode & S_IFMT) == type ? std::string()
                                             : std::string(path) + ": it is of another type";
  }

  static std::string first_of(std::string first, std::string second) {
    return first.empty() ? std::move(second) : std::move(first);
  }

  Bytes written(std::uint64_t file, std::uint64_t version) const {
    return [this, file, version](std::uint64_t offset, std::uint64_t length) {
      return step_.source.bytes(file, version, offset, length);
    };
  }

  /// `length` bytes of a file, from `at` on.
  std::string compare(const std::string& path, int fd, std::uint64_t at, std::uint64_t length,
                      const Bytes& expected) {
    for (std::uint64_t done = 0; done < length;) {
      const auto wanted = std::min(length - done, Source::kPieceMax);
      const auto room = std::span(buffer_).first(wanted);
      const auto got = read(path, fd, room, at + done);
      const auto right = expected(done, wanted);
      const auto same =
          std::uint64_t(std::ranges::mismatch(room.first(got), right).in1 - room.begin());
      if (same < right.size())
        return path + ": byte " + std::to_string(at + done + same) + " is not what was written";
      done += wanted;
    }
    return {};
  }

  static std::size_t read(const std::string& path, int fd, std::span<std::byte> room,
                          std::uint64_t offset) {
    return on_path("read", path, [&] { return read_fully(fd, room, offset); });
  }
  static struct stat status_of(int fd) {
    struct stat status;
    check(fstat(fd, &status), "fstat");
    return status;
  }
  static std::uint64_t size_of(int fd) { return std::uint64_t(status_of(fd).st_size); }

  static std::string wrong_size(const std::string& path, std::uint64_t is, std::uint64_t must) {
    return path + ": it has " + std::to_string(is) + " bytes instead of " + std::to_string(must);
  }

  const DoneStep& step_;
  std::vector<std::byte> buffer_, other_;
  std::uint64_t open_file_ = UINT64_MAX;
  Fd open_block_file_;
};

}  // namespace

std::string written_fault(const DoneStep& step) {
  try {
    return ReadBack(step).fault();
  } catch (const std::system_error& e) {
    return failure_text(e);
  }
}

}  // namespace iodyno::host
