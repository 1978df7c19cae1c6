#include "front.hpp"

#include <cstddef>
#include <utility>

namespace engine::automatic {
namespace {

constexpr std::uint64_t kLine = 64;

void load_each_line(const void* data, std::uint64_t length) {
  const auto* const bytes = static_cast<const volatile std::byte*>(data);
  for (std::uint64_t at = 0; at < length; at += kLine) static_cast<void>(bytes[at]);
}

}  // namespace

Front::Front(const iodyno_host& real, std::string engine)
    : real_(real),
      engine_(std::move(engine)),
      trying_(silent()),
      translating_(translating()),
      passing_(passing()),
      host_(trying_) {}

void Front::note_as_engine(void*, const char* key, const char* text) {
  const iodyno_host& real = current_->real_;
  real.note(real.self, (current_->engine_ + "." + key).c_str(), text);
}

void Front::tell_notes() const {
  for (const auto& [key, text] : notes_)
    real_.note(real_.self, (engine_ + "." + key).c_str(), text.c_str());
}

iodyno_host Front::passing() {
  iodyno_host host = real_;
  host.note = note_as_engine;
  return host;
}

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
  host.note = note_as_engine;
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
