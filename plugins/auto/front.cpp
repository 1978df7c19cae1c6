#include "front.hpp"

#include <cstddef>

namespace engine::automatic {
namespace {

constexpr std::uint64_t kLine = 64;

void load_each_line(const void* data, std::uint64_t length) {
  const auto* const bytes = static_cast<const volatile std::byte*>(data);
  for (std::uint64_t at = 0; at < length; at += kLine) static_cast<void>(bytes[at]);
}

}  // namespace

Front::Front(const iodyno_host& real)
    : real_(real), trying_(silent()), translating_(translating()), host_(trying_) {}

iodyno_host Front::silent() {
  return {
      .size = sizeof(iodyno_host),
      .abi_minor = IODYNO_ABI_MINOR,
      .self = this,
      .note = [](void* f, const char* key, const char* text) { self(f).notes_[key] = text; },
      .count = [](void*, const char*, double) {},
      .unsupported = [](void* f, std::uint32_t op, const char* why) { self(f).reasons_[op] = why; },
      .keep = [](void*, const char*) {},
      .deliver = [](void*, std::uint32_t, std::uint64_t, const void* data,
                    std::uint64_t length) { load_each_line(data, length); }};
}

iodyno_host Front::translating() {
  iodyno_host host = silent();
  host.note = [](void* f, const char* key, const char* text) {
    self(f).real_.note(self(f).real_.self, key, text);
  };
  host.count = [](void* f, const char* name, double value) {
    self(f).real_.count(self(f).real_.self, name, value);
  };
  host.deliver = [](void* f, std::uint32_t index, std::uint64_t offset, const void* data,
                    std::uint64_t length) {
    const Front& front = self(f);
    front.real_.deliver(front.real_.self, front.numbers_[index], offset, data, length);
  };
  return host;
}

}  // namespace engine::automatic
