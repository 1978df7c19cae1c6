/// A host for tests: opens sessions of a backend through the C ABI and remembers what they told it.
#pragma once
#include <dlfcn.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <iodyno/backend.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace sdk_test {

constexpr std::uint64_t kPage = 4096;

/// The descriptor of a plugin file, which stays loaded.
inline const iodyno_backend& load(const char* path) {
  void* library = ::dlopen(path, RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) throw std::runtime_error(::dlerror());
  using Entry = const iodyno_backend* (*)();
  return *reinterpret_cast<Entry>(::dlsym(library, "iodyno_backend_entry"))();
}

/// Page-aligned memory.
class Pages {
 public:
  explicit Pages(std::uint64_t size) : size_(size) {
    if (size != 0) data_ = static_cast<char*>(std::aligned_alloc(kPage, size));
  }
  Pages(const Pages&) = delete;
  ~Pages() { std::free(data_); }
  char* data() const { return data_; }
  std::uint64_t size() const { return size_; }

 private:
  std::uint64_t size_;
  char* data_ = nullptr;
};

/// How to open a session; the sizes are small, so that transfers are continued and sources wrap.
struct Opening {
  std::uint32_t depth = 1;
  std::uint32_t flags = 0;
  int dir = -1;
  int dir2 = -1;
  std::map<std::string, iodyno_value> options = {};  // the others have their defaults
  const char* kept = nullptr;
  std::uint64_t buffer_size = 4 * kPage;
  std::uint64_t source_size = 32 * kPage;
  std::uint64_t source_tail = 4 * kPage;
  std::uint32_t expect = IODYNO_WARM;
};

class Session {
 public:
  Session(const iodyno_backend& backend, const Opening& opening)
      : backend_(backend),
        buffers_(opening.buffer_size * opening.depth),
        source_(opening.source_size + opening.source_tail),
        source_size_(opening.source_size) {
    for (std::uint64_t i = 0; i < source_.size(); ++i) {
      const std::uint64_t at = i % source_size_;
      source_.data()[i] = char((at * 2654435761u + at / kPage) >> 13);
    }
    for (std::uint32_t i = 0; i < backend.option_count; ++i) {
      const auto given = opening.options.find(backend.options[i].name);
      options_.push_back(given != opening.options.end() ? given->second
                                                        : backend.options[i].fallback);
    }
    config_ = {sizeof config_, opening.depth,       opening.flags,       1u << 20,
               opening.dir,    opening.dir2,        opening.expect,      0,
               opening.kept,   options_.data(),     buffers_.data(),     opening.buffer_size,
               source_.data(), opening.source_size, opening.source_tail, &host_};
    status = backend.open(&config_, &session_, &ops, &error);
  }
  Session(const Session&) = delete;
  ~Session() {
    if (status == 0) backend_.close(session_);
  }

  int open_files(const std::vector<const char*>& paths, std::uint32_t flags) {
    error = {};
    return backend_.open_files(session_, paths.data(), std::uint32_t(paths.size()), flags, &error);
  }

  /// Does a batch that must not fail as a whole.
  std::vector<iodyno_completion> run(const std::vector<iodyno_request>& requests,
                                     std::uint32_t flags = 0, std::uint64_t deadline = 0) {
    delivered.clear();
    std::vector<iodyno_completion> completions(requests.size(), {IODYNO_PENDING, 0, 0, 0, 0});
    const iodyno_batch batch{
        sizeof batch,      std::uint32_t(requests.size()), flags, 0, deadline, requests.data(),
        completions.data()};
    error = {};
    run_status = backend_.run(session_, &batch, &error);
    return completions;
  }
  iodyno_completion run_one(const iodyno_request& request, std::uint32_t flags = 0) {
    return run({request}, flags)[0];
  }

  /// What a request has to write.
  std::string source(const iodyno_request& r) const {
    std::string text(r.length, '\0');
    for (std::uint64_t i = 0; i < r.length; ++i)
      text[i] = source_.data()[(r.data + i) % source_size_];
    return text;
  }
  /// What a request has handed over, all pieces in one.
  std::string delivered_by(std::uint32_t index) {
    std::string text;
    for (const auto& [offset, piece] : delivered[index]) {
      EXPECT_EQ(offset, text.size()) << "a gap, or bytes that came twice";
      text += piece;
    }
    return text;
  }

  int status = -1, run_status = 0;
  std::uint64_t ops = 0;
  iodyno_error error{};
  std::map<std::string, std::string> notes;
  std::map<std::string, double> counts;
  std::map<std::uint32_t, std::string> unsupported;
  std::string kept;
  std::map<std::uint32_t, std::map<std::uint64_t, std::string>> delivered;

 private:
  static Session& self(void* pointer) { return *static_cast<Session*>(pointer); }

  const iodyno_backend& backend_;
  Pages buffers_, source_;
  const std::uint64_t source_size_;
  std::vector<iodyno_value> options_;
  std::mutex mutex_;
  iodyno_host host_{
      sizeof(iodyno_host),
      IODYNO_ABI_MINOR,
      this,
      [](void* s, const char* key, const char* value) { self(s).notes[key] = value; },
      [](void* s, const char* name, double value) { self(s).counts[name] += value; },
      [](void* s, std::uint32_t op, const char* why) { self(s).unsupported[op] = why; },
      [](void* s, const char* text) { self(s).kept = text; },
      [](void* s, std::uint32_t index, std::uint64_t offset, const void* data,
         std::uint64_t length) {
        EXPECT_EQ(offset % kPage, 0u);
        const std::lock_guard lock(self(s).mutex_);
        self(s).delivered[index][offset].assign(static_cast<const char*>(data), length);
      }};
  iodyno_config config_{};
  iodyno_session* session_ = nullptr;
};

/// An empty directory that is removed with all that it holds.
class TempDir {
 public:
  explicit TempDir(std::filesystem::path parent = ".") {
    std::string name = parent / "iodyno-sdk-XXXXXX";
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("mkdtemp " + name);
    path_ = name;
    fd_ = ::open(name.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  }
  TempDir(const TempDir&) = delete;
  ~TempDir() {
    ::close(fd_);
    std::filesystem::remove_all(path_);
  }
  int fd() const { return fd_; }
  std::filesystem::path operator/(const std::string& name) const { return path_ / name; }
  bool has(const std::string& name) const {
    return std::filesystem::exists(std::filesystem::symlink_status(path_ / name));
  }
  void write(const std::string& name, const std::string& text) const {
    std::ofstream(path_ / name, std::ios::binary) << text;
  }
  std::string read(const std::string& name) const {
    std::ifstream file(path_ / name, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }

 private:
  std::filesystem::path path_;
  int fd_;
};

/// A request on a file. What it has beside is set by the caller.
inline iodyno_request request(iodyno_op op, const char* path, std::uint64_t length = 0,
                              std::uint64_t data = 0, const char* path2 = nullptr) {
  iodyno_request r{};
  r.op = std::uint16_t(op);
  r.path = path;
  r.path2 = path2;
  r.length = length;
  r.data = data;
  return r;
}
/// A request on a block of an open file.
inline iodyno_request block(iodyno_op op, std::uint32_t file, std::uint64_t offset,
                            std::uint64_t length, std::uint64_t data = 0) {
  iodyno_request r = request(op, nullptr, length, data);
  r.file = file;
  r.offset = offset;
  return r;
}

}  // namespace sdk_test
