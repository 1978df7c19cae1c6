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
#include <concepts>
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

template <class B>
consteval bool has_block_ops() {
  if constexpr (requires { std::uint64_t{B::ops}; })
    return B::ops & ops(IODYNO_OP_READ_BLOCK, IODYNO_OP_WRITE_BLOCK, IODYNO_OP_FSYNC);
  return false;
}

/// What a backend class must have. Each thing that it lacks is one error, in words.
template <class B>
class Requirements {
  static constexpr bool kName = requires {
    { B::name } -> std::convertible_to<const char*>;
  };
  static constexpr bool kVersion = requires {
    { B::version } -> std::convertible_to<const char*>;
  };
  static constexpr bool kSummary = requires {
    { B::summary } -> std::convertible_to<const char*>;
  };
  static constexpr bool kOps = requires {
    { B::ops } -> std::convertible_to<std::uint64_t>;
  };
  static constexpr bool kFlags = requires {
    { B::flags } -> std::convertible_to<std::uint32_t>;
  };
  static constexpr bool kOptions = requires { std::span<const iodyno_option>(B::options); };
  static constexpr bool kConstructor = std::is_constructible_v<B, const Config&>;
  static constexpr bool kRun = requires(B & b, const iodyno_batch& batch) { b.run(batch); };
  static constexpr bool kPerform =
      !std::is_base_of_v<PerRequest<B>, B> || requires(B & b, const iodyno_request& r) {
    b.perform(r, std::uint32_t{0});
  };
  static constexpr bool kDone = !std::is_base_of_v<PerRequest<B>, B> || !kPerform ||
                                requires(B & b, const iodyno_request& r) {
    { b.perform(r, std::uint32_t{0}) } -> std::convertible_to<Done>;
  };

 public:
  static constexpr bool kFiles = requires(B & b, std::span<const char* const> paths) {
    b.open_files(paths, std::uint32_t{0});
  };
  static constexpr bool kMet = kName && kVersion && kSummary && kOps && kFlags && kOptions &&
                               kConstructor && kRun && kPerform && kDone &&
                               (kFiles || !has_block_ops<B>());

  static_assert(kName, "a backend needs a constant `name`: static constexpr auto name = \"...\"");
  static_assert(kVersion,
                "a backend needs a constant `version`: static constexpr auto version = \"1.0\"");
  static_assert(kSummary,
                "a backend needs a constant `summary`: static constexpr auto summary = \"...\"");
  static_assert(kOps,
                "a backend needs a constant `ops`: static constexpr auto ops = iodyno::ops(...)");
  static_assert(kFlags,
                "a backend needs a constant `flags`: static constexpr std::uint32_t flags = 0");
  static_assert(kOptions,
                "a backend needs a constant `options`: static constexpr std::array options{...}");
  static_assert(kConstructor, "a backend needs a public constructor from const iodyno::Config&");
  static_assert(kRun, "a backend needs run(const iodyno_batch&), or to be a PerRequest<Class>");
  static_assert(kPerform, "a PerRequest needs perform(const iodyno_request&, std::uint32_t slot)");
  static_assert(kDone, "perform() returns the bytes moved, or an iodyno::Done");
  static_assert(kFiles || !has_block_ops<B>(),
                "block operations need open_files(std::span<const char* const>, std::uint32_t)");
};

/// The C face of a backend class. Exceptions stop here.
template <class B>
class Glue {
  static constexpr bool kHasFiles = Requirements<B>::kFiles;

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
    iodyno_error nobody_asks{};
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

/// Where something is missing that has been said, and is enough.
template <class B>
constexpr const iodyno_backend* descriptor_of() {
  if constexpr (Requirements<B>::kMet) return &Glue<B>::descriptor;
  return nullptr;
}

}  // namespace iodyno

/// Exports the backend class `B`: once in a plugin, outside of all namespaces.
#define IODYNO_BACKEND(B) \
  extern "C" const iodyno_backend* iodyno_backend_entry(void) { return iodyno::descriptor_of<B>(); }
