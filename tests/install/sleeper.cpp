/// A backend that lives outside the tree: it is compiled against what was installed.
#include <iodyno/backend.hpp>

#include <array>

class Sleeper : public iodyno::PerRequest<Sleeper> {
 public:
  static constexpr auto name = "sleeper", version = "1.0", summary = "waits instead of working";
  static constexpr auto ops = iodyno::ops(IODYNO_OP_CREATE, IODYNO_OP_STAT);
  static constexpr std::uint32_t flags = IODYNO_SYNTHETIC;
  static constexpr std::array options{
      iodyno::time("nap", 1000, 0, 1'000'000'000, "What each request takes.")};

  explicit Sleeper(const iodyno::Config& c) : PerRequest(c), nap_ns_(c.time("nap")) {}

  std::uint64_t perform(const iodyno_request& request, std::uint32_t) const {
    for (const auto end = iodyno::now() + std::uint64_t(nap_ns_); iodyno::now() < end;) {
    }
    return request.length;
  }

 private:
  std::int64_t nap_ns_;
};

IODYNO_BACKEND(Sleeper)
