// Reads files, and lies about it in the way that the option `how` says; or it fails.
#include <algorithm>
#include <array>
#include <cstdio>
#include <cstring>
#include <iodyno/posix.hpp>
#include <string>
#include <vector>

namespace {

using iodyno::Config;

class Liar {
 public:
  static constexpr auto name = "liar", version = "0.1", summary = "lies about what it did";
  static constexpr auto ops = iodyno::ops(IODYNO_OP_READ, IODYNO_OP_STAT, IODYNO_OP_CREATE);
  static constexpr std::uint32_t flags = IODYNO_DIRECT;  // which is a lie, too
  static constexpr const char* kHow[] = {"not",
                                         "too_early",
                                         "too_late",
                                         "backwards",
                                         "unstamped",
                                         "too_deep",
                                         "wrong_count",
                                         "short_count",
                                         "forgets",
                                         "delivers_less",
                                         "delivers_more",
                                         "delivers_other_bytes",
                                         "reads_nothing",
                                         "stat_wrong",
                                         "negative_errno",
                                         "some_fail",
                                         "run_fails",
                                         "rehearsal_fails",
                                         "open_fails",
                                         "open_says_nothing",
                                         "no_create",
                                         "delivers_twice",
                                         "delivers_at_odd_places",
                                         "delivers_for_another",
                                         "delivers_for_nobody",
                                         "fails_at_second_sight",
                                         "deletes_behind",
                                         "writes_behind",
                                         nullptr};
  static constexpr std::array options{
      iodyno::choice("how", "not", kHow, "In which way it lies."),
      iodyno::text("say", "", "What it notes and keeps."),
  };

  explicit Liar(const Config& config) : config_(config), how_(config.choice("how")) {
    if (how_ == "open_fails") iodyno::fail(EPERM, "the stars are not right");
    if (how_ == "open_says_nothing") iodyno::fail(EPERM);
    if (how_ == "no_create") config.unsupported(IODYNO_OP_CREATE, "the moon is not full");
    config.note("before", config.kept() ? config.kept() : "nothing");
    if (const std::string say = config.text("say"); !say.empty()) {
      config.note("said", "something else");
      config.note("said", say.c_str());
      config.keep("this is replaced");
      config.keep(say.c_str());
    }
  }

  /// When all has been looked at that it did.
  ~Liar() {
    if (victim_.empty()) return;
    if (how_ == "deletes_behind") {
      unlinkat(config_.dir(), victim_.c_str(), 0);
      return;
    }
    const int file = openat(config_.dir(), victim_.c_str(), O_WRONLY);
    if (file >= 0 && write(file, "other", 5) == 5) close(file);
  }

  void run(const iodyno_batch& batch) {
    if (how_.ends_with("_behind") && !(batch.flags & IODYNO_REHEARSAL))
      victim_ = batch.requests[0].path;
    if (how_ == "run_fails") iodyno::fail(EIO, "the engine stalled");
    if (how_ == "rehearsal_fails" && batch.flags & IODYNO_REHEARSAL) iodyno::fail(EIO, "cold feet");
    config_.count("batches", 1);
    ++batches_;
    for (std::uint32_t i = 0; i < batch.count; ++i) perform(batch, i);
    if (!(batch.flags & IODYNO_UNTIMED)) forge_stamps(batch);
  }

 private:
  void perform(const iodyno_batch& batch, std::uint32_t index) {
    const auto& request = batch.requests[index];
    auto& done = batch.completions[index];
    if (how_ == "forgets" && index == batch.count - 1) return;
    if (how_ == "some_fail" && index % 3 == 1) {
      done.error = ENOLINK;
      return;
    }
    if (how_ == "negative_errno" && index == 0) {
      done.error = -EIO;
      return;
    }
    const auto start = iodyno::now();
    try {
      done.bytes = request.op == IODYNO_OP_STAT ? stat(request) : read(request, index);
      done.error = 0;
    } catch (const std::system_error& e) {
      done.error = e.code().value();
    }
    if (batch.flags & IODYNO_UNTIMED) return;
    done.start_ns = start;
    done.end_ns = iodyno::now();
  }

  std::uint64_t stat(const iodyno_request& request) const {
    const auto fd = iodyno::open_at(config_.dir(), request.path, O_RDONLY);
    const auto size = std::uint64_t(iodyno::check(lseek(fd, 0, SEEK_END)));
    return how_ == "stat_wrong" ? size + 1 : size;
  }

  std::uint64_t read(const iodyno_request& request, std::uint32_t index) {
    if (how_ == "reads_nothing") return 0;
    if (how_ == "fails_at_second_sight" && batches_ > 1) iodyno::fail(EIO);
    const auto fd = iodyno::open_at(config_.dir(), request.path, O_RDONLY);
    std::vector<std::byte> bytes(std::uint64_t(iodyno::check(lseek(fd, 0, SEEK_END))));
    bytes.resize(iodyno::read_fully(fd, bytes, 0));
    const auto count = bytes.size();
    if (how_ == "delivers_less") bytes.pop_back();
    if (how_ == "delivers_more") bytes.emplace_back();
    if (how_ == "delivers_other_bytes") bytes.back() ^= std::byte{1};
    deliver(index, bytes);
    if (how_ == "wrong_count") return count + 1;
    if (how_ == "short_count") return count - 1;
    return count;
  }

  /// As many bytes as there are, but not where they belong.
  void deliver(std::uint32_t index, std::span<const std::byte> bytes) const {
    constexpr std::size_t kPage = 4096;
    if (how_ == "delivers_twice") {
      config_.deliver(index, 0, bytes.first(kPage));
      return config_.deliver(index, 0, bytes.subspan(kPage));
    }
    if (how_ == "delivers_at_odd_places") return config_.deliver(index, 1, bytes);
    if (how_ == "delivers_for_another") return config_.deliver(1, 0, bytes);
    if (how_ == "delivers_for_nobody") return config_.deliver(UINT32_MAX, 0, bytes);
    config_.deliver(index, 0, bytes);
  }

  void forge_stamps(const iodyno_batch& batch) const {
    constexpr std::uint64_t kSecond = 1'000'000'000;
    auto& first = batch.completions[0];
    auto& last = batch.completions[batch.count - 1];
    if (how_ == "too_early") first.start_ns -= kSecond;
    if (how_ == "too_late") last.end_ns += kSecond;
    if (how_ == "backwards") std::swap(last.start_ns, last.end_ns), ++last.start_ns;
    if (how_ == "unstamped") last.start_ns = last.end_ns = 0;
    if (how_ == "too_deep")
      for (std::uint32_t i = 0; i < batch.count; ++i) {
        batch.completions[i].start_ns = first.start_ns;
        batch.completions[i].end_ns = last.end_ns;
      }
  }

  const Config config_;
  const std::string_view how_;
  int batches_ = 0;
  std::string victim_;
};

}  // namespace

IODYNO_BACKEND(Liar)
