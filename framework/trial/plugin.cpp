// The only file that knows Boost.DLL.
#define BOOST_DLL_USE_STD_FS
#include "trial/plugin.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <boost/dll/shared_library.hpp>
#include <cerrno>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <memory>
#include <set>
#include <vector>

namespace iodyno::host {
namespace {

using boost::dll::shared_library;
namespace mode = boost::dll::load_mode;

/// What dlopen's message would say in words of its own.
void check_file(const std::string& file) {
  namespace fs = std::filesystem;
  std::error_code error;
  const auto status = fs::status(file, error);
  if (!fs::exists(status)) throw NotABackend(file + ": there is no such file");
  if (!fs::is_regular_file(status)) throw NotABackend(file + ": not a file");
}

/// Root runs nothing that somebody else could have written: a plugin is of root, of whoever owns
/// this program, or of whoever became root by sudo, and not for everybody to write.
void check_trust(const std::string& file) {
  if (geteuid() != 0) return;
  struct stat status, program;
  if (stat(file.c_str(), &status) != 0 || stat("/proc/self/exe", &program) != 0)
    throw NotABackend(file + ": whose it is can't be told: " + std::strerror(errno));
  if ((status.st_mode & S_IWOTH) != 0)
    throw NotABackend(file + ": everybody may write to it, so root does not load it; `chmod o-w`");
  const char* sudo = std::getenv("SUDO_UID");
  if (status.st_uid == 0 || status.st_uid == program.st_uid ||
      (sudo && std::to_string(status.st_uid) == sudo))
    return;
  throw NotABackend(file + ": it belongs to user " + std::to_string(status.st_uid) +
                    ", so root does not load it; run as that user, or `chown root`");
}

/// Every library that was loaded stays so until the process ends.
shared_library& load(const std::string& file) {
  static auto& loaded = *new std::vector<std::unique_ptr<shared_library>>;  // never destroyed
  auto library = std::make_unique<shared_library>();
  boost::dll::fs::error_code error;
  // Now, not lazily: a missing symbol shows here, and no first call pays for looking one up.
  library->load(file, mode::rtld_now | mode::rtld_local, error);
  if (!error) return *loaded.emplace_back(std::move(library));
  const char* why = dlerror();
  throw NotABackend(file + ": not a shared library that can be loaded here: " +
                    (why ? why : error.message().c_str()));
}

std::string text(const char* string, const char* what, const std::string& file) {
  if (!string || !*string) throw NotABackend(file + ": its descriptor has no " + what);
  return string;
}

OptionValue value(const iodyno_option& option, const iodyno_value& raw) {
  switch (option.type) {
    case IODYNO_REAL: return raw.r;
    case IODYNO_TEXT: return std::string(raw.s ? raw.s : "");
    default: return raw.i;
  }
}

OptionDescription describe_option(const iodyno_option& option, const std::string& file) {
  const auto name = text(option.name, "name for one of its options", file);
  const auto broken = [&](const std::string& why) {
    throw NotABackend(file + ": its option " + name + " " + why);
  };
  if (option.type > IODYNO_TIME) broken("has a type that this host does not know");
  OptionDescription row{.name = name,
                        .doc = text(option.doc, ("doc for its option " + name).c_str(), file),
                        .type = option.type};
  row.fallback = value(option, option.fallback);
  if (option.type == IODYNO_CHOICE) {
    for (const char* const* choice = option.choices; choice && *choice; ++choice)
      row.choices.emplace_back(*choice);
    if (row.choices.empty()) broken("has no choices");
    if (option.fallback.i < 0 || std::size_t(option.fallback.i) >= row.choices.size())
      broken("has no such default");
    return row;
  }
  if (option.type == IODYNO_TEXT && !option.fallback.s) broken("has no default");
  if (option.type == IODYNO_BOOL && (option.fallback.i < 0 || option.fallback.i > 1))
    broken("has a default that is neither 0 nor 1");
  if (option.type == IODYNO_TEXT || option.type == IODYNO_BOOL) return row;
  const bool real = option.type == IODYNO_REAL;
  if (real && !std::isfinite(option.fallback.r)) broken("has a default that is not finite");
  row.bounded =
      real ? option.min.r != 0 || option.max.r != 0 : option.min.i != 0 || option.max.i != 0;
  row.min = value(option, option.min);
  row.max = value(option, option.max);
  if ((option.type == IODYNO_SIZE || option.type == IODYNO_TIME) &&
      (option.fallback.i < 0 || option.min.i < 0))
    broken("has a negative default or least value");
  if (row.bounded && (row.fallback < row.min || row.fallback > row.max))
    broken("has a default outside its range");
  return row;
}

}  // namespace

Plugin::Plugin(const std::string& file) {
  check_file(file);
  check_trust(file);
  auto& library = load(file);
  if (!library.has("iodyno_backend_entry"))
    throw NotABackend(file +
                      ": a shared library, but it exports no iodyno_backend_entry, which "
                      "IODYNO_BACKEND(CLASS) makes in C++");
  const auto* raw = library.get<const iodyno_backend*()>("iodyno_backend_entry")();
  if (!raw) throw NotABackend(file + ": iodyno_backend_entry returned nothing");
  if (raw->abi_major != IODYNO_ABI_MAJOR)
    throw NotABackend(file + ": made for version " + std::to_string(raw->abi_major) +
                      " of the backend ABI; this host has version " +
                      std::to_string(IODYNO_ABI_MAJOR));
  // Version 1.0 ended with `close`: no descriptor of version 1 is shorter.
  constexpr auto kLeast = offsetof(iodyno_backend, close) + sizeof(raw->close);
  if (raw->size < kLeast)
    throw NotABackend(file + ": its descriptor has " + std::to_string(raw->size) +
                      " bytes, at least " + std::to_string(kLeast) + " are needed");
  std::memcpy(static_cast<void*>(&descriptor_), raw,
              std::min<std::size_t>(raw->size, sizeof descriptor_));
  if (!raw->open || !raw->run || !raw->close)
    throw NotABackend(file + ": its descriptor lacks open, run or close");
  constexpr auto kBlockOps = IODYNO_BIT(IODYNO_OP_READ_BLOCK) | IODYNO_BIT(IODYNO_OP_WRITE_BLOCK) |
                             IODYNO_BIT(IODYNO_OP_FSYNC);
  if ((raw->ops & kBlockOps) && !raw->open_files)
    throw NotABackend(file + ": has block operations, but no open_files");

  auto& d = description_;
  d.file = file;
  d.name = text(raw->name, "name", file);
  d.version = text(raw->version, "version", file);
  d.summary = text(raw->summary, "summary", file);
  if (!is_token(d.name))
    throw NotABackend(file + ": its name \"" + d.name +
                      "\" may have only letters, digits, and _ . -");
  d.abi_major = raw->abi_major;
  d.abi_minor = raw->abi_minor;
  // A newer minor version may have operations that this host has no work for.
  d.ops = raw->ops & (IODYNO_BIT(IODYNO_OP_COUNT) - 1);
  d.flags = raw->flags & (IODYNO_DIRECT | IODYNO_PACED | IODYNO_SYNTHETIC | IODYNO_CALIBRATES);
  if (raw->option_count > 0 && (!raw->options || raw->option_size < sizeof(iodyno_option) ||
                                raw->option_size % alignof(iodyno_option) != 0))
    throw NotABackend(file + ": its option table is broken");
  std::set<std::string> seen;
  for (std::uint32_t i = 0; i < raw->option_count; ++i) {
    const auto* at =
        reinterpret_cast<const std::byte*>(raw->options) + std::size_t(i) * raw->option_size;
    d.options.push_back(describe_option(*reinterpret_cast<const iodyno_option*>(at), file));
    if (!seen.insert(d.options.back().name).second)
      throw NotABackend(file + ": has two options named " + d.options.back().name);
  }
}

}  // namespace iodyno::host
