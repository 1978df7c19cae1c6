// The kernel moves the bytes, or makes two files share them.
#include "../common/clone.hpp"
#include "method.hpp"

namespace engine::copy {

namespace {

class CopyFileRange final : public Method {
 public:
  explicit CopyFileRange(const Making& m) : sharing_(m.config.dir(), m.config.dir2()) {
    m.config.note("extents",
                  sharing_.copies_share() ? "shared: the kernel clones what it can" : "copied");
  }
  bool needs_size() const override { return sharing_.copies_share(); }
  bool keeps_holes() const override { return sharing_.copies_share(); }

  Progress copy(const Job& job, Extent what) override {
    Progress done = copy_in_kernel(job.from, job.to, what);
    if (done.refused == 0 && sharing_.copies_share())
      done.how |= sharing_.of_copy(job.from, job.to, job.length, job.size);
    return done;
  }

 private:
  const Sharing sharing_;
};

class SendFile final : public Method {
 public:
  Progress copy(const Job& job, Extent what) override {
    return copy_by_sendfile(job.from, job.to, what);
  }
};

class Clone final : public Method {
 public:
  explicit Clone(const Making& m) : sharing_(m.config.dir(), m.config.dir2()) {
    if (sharing_.why_not() != 0) iodyno::fail(sharing_.why_not(), "FICLONE");
  }
  bool needs_size() const override { return true; }
  bool keeps_holes() const override { return true; }

  Progress copy(const Job& job, Extent what) override {
    if (const int error = clone_file(job.from, job.to)) {
      if (!is_refusal(error)) iodyno::fail(error, "FICLONE");
      return {.at = what.begin, .refused = error};
    }
    if (job.length != job.size) iodyno::check(::ftruncate(job.to, off_t(job.length)), "ftruncate");
    return {.at = what.end, .how = sharing_.of_clone(job.from, job.length)};
  }

 private:
  const Sharing sharing_;
};

}  // namespace

std::unique_ptr<Method> by_copy_file_range(const Making& making) {
  return std::make_unique<CopyFileRange>(making);
}

std::unique_ptr<Method> by_sendfile(const Making&) { return std::make_unique<SendFile>(); }

std::unique_ptr<Method> by_clone(const Making& making) { return std::make_unique<Clone>(making); }

}  // namespace engine::copy
