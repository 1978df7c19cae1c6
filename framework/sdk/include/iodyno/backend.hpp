/// iodyno/backend.hpp - write a backend in C++20. Header-only; the plugin links nothing of the
/// host.
///
/// A backend is a class with the constants `name`, `version`, `summary`, `ops`, `flags` and
/// `options`, a constructor from `const iodyno::Config&` that throws if it can't work, `run(const
/// iodyno_batch&)`, and, for block operations, `open_files(std::span<const char* const> paths,
/// std::uint32_t flags)`. `IODYNO_BACKEND(Class)` exports it. Deriving from
/// `iodyno::PerRequest<Class>` gives `run` in return for `perform(const iodyno_request&,
/// std::uint32_t slot)`, which does one request. What every field means, and who may call what
/// when, says backend.h.
#pragma once
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <iterator>
#include <memory>
#include <new>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <type_traits>

#include "backend.h"
#include "config.hpp"
#include "per_request.hpp"

namespace iodyno {

/// The C face of a backend class. Exceptions stop here.
template <class B>
class Glue {
  // clang-format off: it breaks lines within `requires`.
  static_assert(
      requires { std::string_view(B::name); },
      "a backend needs a constant `name`: static constexpr auto name = \"...\"");
  static_assert(
      requires { std::string_view(B::version); },
      "a backend needs a constant `version`: static constexpr auto version = \"1.0\"");
  static_assert(
      requires { std::string_view(B::summary); },
      "a backend needs a constant `summary`: static constexpr auto summary = \"...\"");
  static_assert(
      requires { std::uint64_t(B::ops); },
      "a backend needs a constant `ops`: static constexpr auto ops = iodyno::ops(...)");
  static_assert(
      requires { std::uint32_t(B::flags); },
      "a backend needs a constant `flags`: static constexpr std::uint32_t flags = 0");
  static_assert(
      requires { std::span<const iodyno_option>(B::options); },
      "a backend needs a constant `options`: static constexpr std::array options{...}");
  static_assert(std::is_constructible_v<B, const Config&>,
                "a backend needs a public constructor from const iodyno::Config&");
  static_assert(
      requires(B & b, const iodyno_batch& batch) { b.run(batch); },
      "a backend needs run(const iodyno_batch&), or to be a PerRequest<Class>");
  static constexpr bool kHasFiles = requires(B & b, std::span<const char* const> paths) {
    b.open_files(paths, std::uint32_t{0});
  };
  static constexpr auto kBlockOps =
      ops(IODYNO_OP_READ_BLOCK, IODYNO_OP_WRITE_BLOCK, IODYNO_OP_FSYNC);
  static_assert(kHasFiles || !(B::ops & kBlockOps),
                "block operations need open_files(std::span<const char* const>, std::uint32_t)");
  // clang-format on

  struct Session {
    explicit Session(const iodyno_config& c) : backend(Config(c, B::options, &ops)) {}
    std::uint64_t ops = B::ops;
    B backend;
  };
  static B& self(iodyno_session* s) { return reinterpret_cast<Session*>(s)->backend; }

  static int guard(iodyno_error* error, auto body) noexcept {
    const auto report = [error](int code, const char* text) {
      std::snprintf(error->text, sizeof error->text, "%s", text);
      return error->code = code > 0 ? code : EIO;
    };
    try {
      return body(), 0;
    } catch (const std::system_error& e) {
      return report(e.code().value(), e.what());
    } catch (const std::bad_alloc& e) {
      return report(ENOMEM, e.what());
    } catch (const std::exception& e) {
      return report(EIO, e.what());
    } catch (...) {
      return report(EIO, "unknown exception");
    }
  }
  static void refuse_unknown(std::uint32_t flags, std::uint32_t known, const char* of) {
    if (flags & ~known) fail(ENOTSUP, "unknown flags of " + std::string(of));
  }

  static int open(const iodyno_config* c, iodyno_session** s, std::uint64_t* ops,
                  iodyno_error* e) noexcept {
    return guard(e, [&] {
      constexpr std::uint32_t kOfTheSession = IODYNO_DIRECT | IODYNO_PACED;
      refuse_unknown(c->flags, B::flags & kOfTheSession, "the session");
      auto session = std::make_unique<Session>(*c);
      if constexpr (requires { session->backend.supported(); })
        session->ops &= session->backend.supported();
      *ops = session->ops;
      *s = reinterpret_cast<iodyno_session*>(session.release());
    });
  }
  static int open_files(iodyno_session* s, const char* const* paths, std::uint32_t count,
                        std::uint32_t flags, iodyno_error* e) noexcept {
    return guard(e, [&] {
      refuse_unknown(flags, IODYNO_WRITABLE, "the open set");
      if constexpr (kHasFiles) self(s).open_files(std::span(paths, count), flags);
    });
  }
  static int run(iodyno_session* s, const iodyno_batch* b, iodyno_error* e) noexcept {
    return guard(e, [&] {
      refuse_unknown(b->flags, IODYNO_UNTIMED | IODYNO_REHEARSAL, "the batch");
      self(s).run(*b);
    });
  }
  static void close(iodyno_session* s) noexcept {
    iodyno_error nobody_asks;
    guard(&nobody_asks, [s] { delete reinterpret_cast<Session*>(s); });
  }

 public:
  static constexpr iodyno_backend descriptor{
      .size = sizeof(iodyno_backend),
      .abi_major = IODYNO_ABI_MAJOR,
      .abi_minor = IODYNO_ABI_MINOR,
      .name = B::name,
      .version = B::version,
      .summary = B::summary,
      .ops = B::ops,
      .flags = B::flags,
      .option_count = std::uint32_t(std::size(B::options)),
      .option_size = sizeof(iodyno_option),
      .reserved = 0,
      .options = std::data(B::options),
      .open = open,
      .open_files = kHasFiles ? open_files : nullptr,
      .run = run,
      .close = close,
  };
};

}  // namespace iodyno

/// Exports the backend class `B`: once in a plugin, outside of all namespaces.
#define IODYNO_BACKEND(B)                                       \
  extern "C" const iodyno_backend* iodyno_backend_entry(void) { \
    return &iodyno::Glue<B>::descriptor;                        \
  }
