#include "trial/session.hpp"

#include <algorithm>
#include <cstring>
#include <iodyno/config.hpp>
#include <system_error>

namespace iodyno::host {
namespace {

constexpr std::uint64_t kBufferSize = 256 << 10, kTail = 1 << 20,
                        kBuffersMax = std::uint64_t{4} << 30;

std::uint64_t round_up(std::uint64_t value, std::uint64_t to) { return (value + to - 1) / to * to; }

Session& self(void* pointer) { return *static_cast<Session*>(pointer); }

}  // namespace

Session::Session(const Plugin& plugin, const SessionSettings& settings)
    : plugin_(plugin), consumer_(settings.consume), kept_before_(settings.kept) {
  const auto& rows = plugin.description().options;
  texts_.resize(rows.size());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    iodyno_value value{};
    const auto& given = settings.options.at(i);
    if (const auto* text = std::get_if<std::string>(&given))
      value.s = (texts_[i] = *text).c_str();
    else if (const auto* real = std::get_if<double>(&given))
      value.r = *real;
    else
      value.i = std::get<std::int64_t>(given);
    options_.push_back(value);
  }
  const auto buffer_size = round_up(std::max(kBufferSize, settings.block_bytes), 4096);
  if (buffer_size * settings.depth > kBuffersMax)
    throw BackendError("depth × block needs more than 4 GiB of buffers");
  const auto tail = round_up(std::max(kTail, settings.block_bytes), 4096);
  buffers_.emplace(buffer_size * settings.depth);
  source_.emplace(kSourceSize + tail);
  const auto source = source_->bytes();
  fill_source(source.first(kSourceSize), settings.content);
  for (auto at = kSourceSize; at < source.size(); at += kSourceSize)
    std::memcpy(&source[at], source.data(), std::min<std::size_t>(kSourceSize, source.size() - at));

  host_ = {
      .size = sizeof host_,
      .abi_minor = IODYNO_ABI_MINOR,
      .self = this,
      .note = [](void* s, const char* key, const char* value) { self(s).notes_[key] = value; },
      .count = [](void* s, const char* name, double value) { self(s).counters_[name] += value; },
      .unsupported = [](void* s, std::uint32_t op,
                        const char* why) { self(s).unsupported_[op] = why; },
      .keep = [](void* s, const char* text) { self(s).kept_ = text; },
      .deliver =
          [](void* s, std::uint32_t index, std::uint64_t offset, const void* data,
             std::uint64_t length) {
            const std::span piece(static_cast<const std::byte*>(data), length);
            if (self(s).watch_) [[unlikely]]
              return self(s).watch_(index, offset, piece);
            self(s).consumer_.consume(offset, piece);
          }};
  config_ = {.size = sizeof config_,
             .queue_depth = settings.depth,
             .flags = settings.flags,
             .max_batch = settings.max_batch,
             .dir_fd = settings.directory,
             .dir_fd2 = settings.second_directory,
             .expect = std::uint32_t(settings.expect),
             .kept = kept_before_.empty() ? nullptr : kept_before_.c_str(),
             .options = options_.data(),
             .buffers = buffers_->bytes().data(),
             .buffer_size = buffer_size,
             .source = source.data(),
             .source_size = kSourceSize,
             .source_tail = tail,
             .host = &host_};
  iodyno_error error{};
  const auto begin = now();
  const int code = plugin.descriptor().open(&config_, &session_, &ops_, &error);
  open_ns_ = now() - begin;
  if (code != 0) fail("open", code, error);
  if (!session_)
    throw BackendError(plugin.description().name + ": open: it succeeded, but gave no session");
  ops_ &= plugin.description().ops;
}

Session::~Session() { close(); }

std::uint64_t Session::open_files(const std::vector<std::string>& paths, bool writable) {
  std::vector<const char*> pointers;
  for (const auto& path : paths) pointers.push_back(path.c_str());
  iodyno_error error{};
  const auto begin = now();
  if (const int code =
          plugin_.descriptor().open_files(session_, pointers.data(), std::uint32_t(pointers.size()),
                                          writable ? IODYNO_WRITABLE : 0, &error))
    fail("open_files", code, error);
  return now() - begin;
}

void Session::run(const iodyno_batch& batch) {
  iodyno_error error{};
  if (const int code = plugin_.descriptor().run(session_, &batch, &error)) fail("run", code, error);
}

void Session::close() {
  if (session_) plugin_.descriptor().close(session_);
  session_ = nullptr;
}

void Session::fail(const char* what, int code, const iodyno_error& error) const {
  const std::string text(error.text, strnlen(error.text, sizeof error.text));
  const auto reason = std::generic_category().message(code);
  throw BackendError(plugin_.description().name + ": " + what + ": " +
                     (text.empty()                     ? reason
                      : text.find(reason) == text.npos ? text + " (" + reason + ")"
                                                       : text));
}

}  // namespace iodyno::host
