#include "contender.hpp"

namespace engine::automatic {
namespace {

[[noreturn]] void fail(const std::string& who, int code, const iodyno_error& error) {
  iodyno::fail(code, who + ": " + error.text);
}

}  // namespace

Contender::Contender(const Candidate& candidate, const iodyno::Config& ours)
    : candidate_(candidate),
      front_(*ours.raw().host, candidate.engine->name),
      options_(values_of(candidate)),
      config_(ours.raw()) {
  config_.queue_depth = depth_of(candidate.width, ours);
  config_.kept = nullptr;
  config_.options = options_.data();
  config_.host = &front_.host();
  iodyno_error error{};
  if (const int code = candidate_.engine->open(&config_, &session_, &ops_, &error))
    fail(label(), code, error);
}

Contender::~Contender() { candidate_.engine->close(session_); }

void Contender::open_files(std::span<const std::string> paths, std::uint32_t flags) {
  std::vector<const char*> pointers;
  for (const std::string& path : paths) pointers.push_back(path.c_str());
  iodyno_error error{};
  if (const int code = candidate_.engine->open_files(session_, pointers.data(),
                                                     std::uint32_t(pointers.size()), flags, &error))
    fail(label(), code, error);
}

void Contender::run(const iodyno_batch& batch) {
  iodyno_error error{};
  if (const int code = candidate_.engine->run(session_, &batch, &error)) fail(label(), code, error);
}

}  // namespace engine::automatic
