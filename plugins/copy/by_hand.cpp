// One thread, one buffer that stays in the second-level cache: read(2) and write(2).
#include "../common/scratch.hpp"
#include "method.hpp"

namespace engine::copy {

namespace {

class ReadWrite final : public Method {
 public:
  explicit ReadWrite(const Making& m)
      : granule_(m.granule()), buffers_(m.config.depth(), m.buffer) {}

  Progress copy(const Job& job, Extent what) override {
    return copy_by_hand(job.from, job.to, what, buffers_[job.slot], granule_);
  }

 private:
  const std::size_t granule_;
  Scratch buffers_;
};

}  // namespace

std::unique_ptr<Method> by_read_write(const Making& making) {
  return std::make_unique<ReadWrite>(making);
}

}  // namespace engine::copy
