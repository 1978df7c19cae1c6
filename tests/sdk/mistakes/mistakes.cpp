// A backend with one mistake, the one whose number is MISTAKE. The comment beside it is what the
// compiler has to say, once.
#include <array>
#include <iodyno/backend.hpp>
#include <string>

struct Backend : iodyno::PerRequest<Backend> {
#if MISTAKE == 1  // a backend needs a constant `name`
  static constexpr auto title = "mine";
#elif MISTAKE == 2  // a backend needs a constant `name`
  static constexpr int name = 5;
#else
  static constexpr auto name = "mine";
#endif
#if MISTAKE != 3  // a backend needs a constant `version`
  static constexpr auto version = "1.0";
#endif
#if MISTAKE != 4  // a backend needs a constant `summary`
  static constexpr auto summary = "has a mistake";
#endif
#if MISTAKE == 5    // a backend needs a constant `ops`
#elif MISTAKE == 6  // block operations need open_files
  static constexpr auto ops = iodyno::ops(IODYNO_OP_READ_BLOCK);
#else
  static constexpr auto ops = iodyno::ops(IODYNO_OP_READ);
#endif
#if MISTAKE == 7  // a backend needs a constant `flags`
  static constexpr auto flags = "direct";
#else
  static constexpr std::uint32_t flags = 0;
#endif
#if MISTAKE == 8  // a backend needs a constant `options`
  static constexpr int options = 0;
#elif MISTAKE != 9  // a backend needs a constant `options`
  static constexpr std::array<iodyno_option, 0> options{};
#endif
#if MISTAKE == 10  // a backend needs a public constructor from const iodyno::Config&
  Backend() : PerRequest(iodyno::Config({}, {})) {}
#else
  explicit Backend(const iodyno::Config& c) : PerRequest(c) {}
#endif
#if MISTAKE == 11    // a PerRequest needs perform(const iodyno_request&, std::uint32_t slot)
#elif MISTAKE == 12  // a PerRequest needs perform(const iodyno_request&, std::uint32_t slot)
  std::uint64_t perform(const iodyno_request&) { return 0; }
#elif MISTAKE == 13  // perform() returns the bytes moved, or an iodyno::Done
  std::string perform(const iodyno_request&, std::uint32_t) { return {}; }
#elif MISTAKE == 14  // perform() returns the bytes moved, or an iodyno::Done
  void perform(const iodyno_request&, std::uint32_t) {}
#else
  std::uint64_t perform(const iodyno_request&, std::uint32_t) { return 0; }
#endif
};

#if MISTAKE == 15  // a backend needs run(const iodyno_batch&), or to be a PerRequest<Class>
struct Alone {
  static constexpr auto name = "mine", version = "1.0", summary = "does nothing";
  static constexpr auto ops = iodyno::ops(IODYNO_OP_READ);
  static constexpr std::uint32_t flags = 0;
  static constexpr std::array<iodyno_option, 0> options{};
  explicit Alone(const iodyno::Config&) {}
};
IODYNO_BACKEND(Alone)
#else
IODYNO_BACKEND(Backend)
#endif
