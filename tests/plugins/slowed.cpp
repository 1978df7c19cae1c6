// An older posix, as one would like to have replaced it: ten times as slow.
#include "../../plugins/handicap/handicap.hpp"

namespace {

struct Slowed : engine::handicap::Handicap {
  static constexpr auto name = "posix", version = "0.9", summary = "posix, slowed down";
  static constexpr std::array options = engine::handicap::options_after(
      iodyno::integer("percent", 900, 0, 1000, "How much slower."), engine::posix::Posix::options);
  using Handicap::Handicap;
};

}  // namespace

IODYNO_BACKEND(Slowed)
