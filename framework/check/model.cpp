#include "check/model.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "report/gbench.hpp"
#include "scenario/operation.hpp"

namespace iodyno::host::conformance {
namespace {

using Kind = Entry::Kind;
constexpr std::size_t kNameMax = 255;

const Entry* find(const World& world, const std::string& path) {
  const auto at = world.must.find(path);
  return at == world.must.end() ? nullptr : &at->second;
}

std::string parent_of(const std::string& path) {
  const auto slash = path.rfind('/');
  return slash == path.npos ? "" : path.substr(0, slash);
}

/// Why a path can't be walked to its last name.
int obstacle(const World& world, const std::string& path) {
  if (path.size() - (path.rfind('/') + 1) > kNameMax) return ENAMETOOLONG;
  const auto parent = parent_of(path);
  if (parent.empty()) return 0;
  if (const int above = obstacle(world, parent)) return above;
  const auto* entry = find(world, parent);
  return entry == nullptr ? ENOENT : entry->kind == Kind::directory ? 0 : ENOTDIR;
}

int missing(const World& world, const std::string& path) {
  if (const int error = obstacle(world, path)) return error;
  return find(world, path) ? 0 : ENOENT;
}

int taken(const World& world, const std::string& path) {
  if (const int error = obstacle(world, path)) return error;
  return find(world, path) ? EEXIST : 0;
}

bool is_directory(const World& world, const std::string& path) {
  const auto* entry = find(world, path);
  return entry && entry->kind == Kind::directory;
}

std::size_t entries_in(const World& world, const std::string& path) {
  const auto prefix = path == "." ? "" : path + "/";
  std::size_t count = 0;
  for (auto at = world.must.lower_bound(prefix);
       at != world.must.end() && at->first.starts_with(prefix); ++at)
    count += at->first.find('/', prefix.size()) == std::string::npos;
  return count;
}

/// The path as a regular file that is there, or why not.
int not_a_file(const World& world, const std::string& path) {
  if (const int error = missing(world, path)) return error;
  return is_directory(world, path) ? EISDIR : 0;
}

class Model {
 public:
  Model(const Request& request, World& first, World& second, const std::string& source,
        const std::vector<std::string>& set)
      : r_(request), first_(first), second_(second), source_(source), set_(set) {}

  Expected run() {
    switch (r_.op) {
      case IODYNO_OP_CREATE: return create();
      case IODYNO_OP_READ: return read();
      case IODYNO_OP_OVERWRITE:
      case IODYNO_OP_APPEND:
      case IODYNO_OP_REWRITE: return write();
      case IODYNO_OP_REPLACE: return replace();
      case IODYNO_OP_COPY: return copy();
      case IODYNO_OP_DELETE: return remove();
      case IODYNO_OP_STAT: return stat();
      case IODYNO_OP_RENAME: return rename();
      case IODYNO_OP_LINK: return link();
      case IODYNO_OP_SYMLINK: return symlink();
      case IODYNO_OP_MKDIR: return mkdir();
      case IODYNO_OP_RMDIR: return rmdir();
      case IODYNO_OP_LIST: return list();
      case IODYNO_OP_READ_BLOCK:
      case IODYNO_OP_WRITE_BLOCK:
      case IODYNO_OP_FSYNC: return block();
      case IODYNO_OP_COUNT: break;
    }
    return {.errors = {ENOTSUP}};
  }

 private:
  Expected create() {
    if (const int error = taken(first_, r_.path)) return {.errors = {error}};
    first_.must[r_.path] = {Kind::file, written_by(r_, source_)};
    return {.bytes = r_.length};
  }

  Expected read() {
    if (const int error = not_a_file(first_, r_.path)) return {.errors = {error}};
    const auto& bytes = find(first_, r_.path)->bytes;
    if (r_.length == IODYNO_SIZE_UNKNOWN) return {.bytes = bytes.size(), .delivered = bytes};
    if (r_.length > bytes.size()) return {.errors = {ENODATA}};
    return {.bytes = r_.length, .delivered = bytes.substr(0, r_.length)};
  }

  Expected write() {
    if (const int error = not_a_file(first_, r_.path)) return {.errors = {error}};
    auto& bytes = first_.must[r_.path].bytes;
    const auto text = written_by(r_, source_);
    if (r_.op == IODYNO_OP_REWRITE) bytes = text;
    if (r_.op == IODYNO_OP_APPEND) bytes += text;
    if (r_.op == IODYNO_OP_OVERWRITE) {
      bytes.resize(std::max(bytes.size(), text.size()));
      bytes.replace(0, text.size(), text);
    }
    return {.bytes = r_.length};
  }

  Expected replace() {
    if (const int error = taken(first_, r_.path2)) return {.errors = {error}};
    if (is_directory(first_, r_.path)) return {.errors = {EISDIR, EEXIST}};
    first_.must[r_.path] = {Kind::file, written_by(r_, source_)};
    return {.bytes = r_.length};
  }

  /// A new file that could not be filled may stay: a failure is expected to leave none, or an
  /// empty one, and what is there is taken into the model.
  Expected copy() {
    if (const int error = not_a_file(first_, r_.path)) return {.errors = {error}};
    if (const int error = taken(second_, r_.path2)) return {.errors = {error}};
    const auto& bytes = find(first_, r_.path)->bytes;
    if (r_.length != IODYNO_SIZE_UNKNOWN && r_.length > bytes.size()) return {.errors = {ENODATA}};
    const auto length = std::min<std::uint64_t>(r_.length, bytes.size());
    second_.must[r_.path2] = {Kind::file, bytes.substr(0, length)};
    return {.bytes = length};
  }

  Expected remove() {
    // POSIX says EPERM for a directory, Linux EISDIR.
    if (const int error = missing(first_, r_.path)) return {.errors = {error}};
    if (is_directory(first_, r_.path)) return {.errors = {EISDIR, EPERM}};
    first_.must.erase(r_.path);
    return {};
  }

  Expected stat() {
    if (const int error = missing(first_, r_.path)) return {.errors = {error}};
    return {.bytes = find(first_, r_.path)->bytes.size()};
  }

  Expected rename() {
    if (const int error = missing(first_, r_.path)) return {.errors = {error}};
    if (const int error = obstacle(second_, r_.path2)) return {.errors = {error}};
    if (is_directory(second_, r_.path2)) return {.errors = {EISDIR, ENOTEMPTY, EEXIST}};
    second_.must[r_.path2] = *find(first_, r_.path);
    first_.must.erase(r_.path);
    return {};
  }

  Expected link() {
    if (const int error = missing(first_, r_.path)) return {.errors = {error}};
    if (const int error = taken(second_, r_.path2)) return {.errors = {error}};
    if (is_directory(first_, r_.path)) return {.errors = {EPERM}};
    second_.must[r_.path2] = *find(first_, r_.path);
    return {};
  }

  Expected symlink() {
    if (const int error = taken(second_, r_.path2)) return {.errors = {error}};
    second_.must[r_.path2] = {Kind::link, r_.path};
    return {};
  }

  Expected mkdir() {
    if (const int error = taken(first_, r_.path)) return {.errors = {error}};
    first_.must[r_.path] = {Kind::directory, ""};
    return {};
  }

  Expected rmdir() {
    if (const int error = missing(first_, r_.path)) return {.errors = {error}};
    if (!is_directory(first_, r_.path)) return {.errors = {ENOTDIR}};
    // POSIX allows either.
    if (entries_in(first_, r_.path) > 0) return {.errors = {ENOTEMPTY, EEXIST}};
    first_.must.erase(r_.path);
    return {};
  }

  Expected list() {
    if (r_.path != ".") {
      if (const int error = missing(first_, r_.path)) return {.errors = {error}};
      if (!is_directory(first_, r_.path)) return {.errors = {ENOTDIR}};
    }
    return {.bytes = entries_in(first_, r_.path)};
  }

  Expected block() {
    auto& bytes = first_.must[set_.at(r_.file)].bytes;
    if (r_.op == IODYNO_OP_FSYNC) return {};
    if (r_.op == IODYNO_OP_WRITE_BLOCK) {
      bytes.replace(r_.offset, r_.length, written_by(r_, source_));
      return {.bytes = r_.length};
    }
    if (r_.offset + r_.length > bytes.size()) return {.errors = {ENODATA}};
    return {.bytes = r_.length, .delivered = bytes.substr(r_.offset, r_.length)};
  }

  const Request& r_;
  World &first_, &second_;
  const std::string& source_;
  const std::vector<std::string>& set_;
};

}  // namespace

std::string written_by(const Request& r, const std::string& source) {
  std::string text(r.length, '\0');
  for (std::uint64_t done = 0; done < r.length;) {
    const auto at = (r.data + done) % source.size();
    const auto count = std::min<std::uint64_t>(r.length - done, source.size() - at);
    text.replace(done, count, source, at, count);
    done += count;
  }
  return text;
}

Expected expect(const Request& request, World& first, World& second, const std::string& source,
                const std::vector<std::string>& set) {
  return Model(request, first, second, source, set).run();
}

std::string name_of_error(int error) {
  if (error == 0) return "success";
  // Linux has one number for two names; backend.h uses this one.
  const char* name = error == ENOTSUP ? "ENOTSUP" : error > 0 ? strerrorname_np(error) : nullptr;
  return name ? std::string(name) + " (" + strerror(error) + ")"
              : std::to_string(error) + ", which is no errno value";
}

std::string describe(const Request& r, std::size_t index, std::size_t count) {
  auto text = r.op < IODYNO_OP_COUNT ? std::string(operation(r.op).name)
                                     : "operation " + std::to_string(int(r.op));
  if (!r.path.empty()) text += " " + clean_text(r.path.substr(0, 60));
  if (r.length == IODYNO_SIZE_UNKNOWN)
    text += " (size unknown)";
  else if (r.length != 0)
    text += " (" + std::to_string(r.length) + " bytes)";
  return text + ", request " + std::to_string(index + 1) + " of " + std::to_string(count);
}

}  // namespace iodyno::host::conformance
