// Does its work, and breaks the file system at a moment of choice: one that can be told what to
// fail (tests/support/faulty_files.cpp), or ext4.
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/xattr.h>

#include <array>
#include <iodyno/posix.hpp>
#include <string>

namespace {

class Saboteur : public iodyno::PerRequest<Saboteur> {
 public:
  static constexpr auto name = "saboteur", version = "1.0",
                        summary = "breaks the file system that it works on";
  static constexpr auto ops = iodyno::ops(IODYNO_OP_STAT);
  static constexpr std::uint32_t flags = IODYNO_PACED;
  static constexpr const char* kWhen[] = {"rehearse", "run", "close", nullptr};
  static constexpr std::array options{
      iodyno::choice("when", "run", kWhen, "At what moment."),
      iodyno::text("point", "", "Where the file system is mounted."),
      iodyno::text("fault", "", "What it is to fail from then on."),
      iodyno::flag("dirty", false, "Write a page then."),
      iodyno::flag("abort", false, "Instead, have ext4 give up, which makes it read-only."),
  };

  explicit Saboteur(const iodyno::Config& c) : PerRequest(c) {}
  ~Saboteur() { act("close"); }

  void run(const iodyno_batch& batch) {
    act(batch.flags & IODYNO_REHEARSAL ? "rehearse" : "run");
    PerRequest::run(batch);
  }

  iodyno::Done perform(const iodyno_request& r, std::uint32_t) {
    struct stat status;
    iodyno::check(fstatat(config.dir(), r.path, &status, AT_SYMLINK_NOFOLLOW), r.path);
    return std::uint64_t(status.st_size);
  }

 private:
  void act(std::string_view now) const {
    if (now != config.choice("when")) return;
    if (config.flag("abort")) {
      iodyno::check(mount("none", config.text("point"), "ext4", MS_REMOUNT, "abort"), "remount");
      return;
    }
    const std::string fault = config.text("fault");
    iodyno::check(setxattr(config.text("point"), "user.fault", fault.data(), fault.size(), 0),
                  "user.fault");
    if (config.flag("dirty")) write_a_page();
  }

  /// By a mapping: with the close of the file it is written back, and nobody looks at how that
  /// went.
  void write_a_page() const {
    const auto file = iodyno::open_at(config.dir(), ".iodyno-dirty", O_RDWR | O_CREAT, 0600);
    iodyno::check(ftruncate(file, 1), "ftruncate");
    void* const page = mmap(nullptr, 1, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    if (page == MAP_FAILED) iodyno::fail(errno, "mmap");
    static_cast<volatile char*>(page)[0] = 'x';
    munmap(page, 1);
  }
};

}  // namespace

IODYNO_BACKEND(Saboteur)
