#include "trial/worker.hpp"

#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <iodyno/posix.hpp>
#include <new>
#include <system_error>

#include "trial/crash.hpp"
#include "trial/failure.hpp"
#include "trial/memory_limit.hpp"
#include "trial/plugin.hpp"
#include "trial/session.hpp"

namespace iodyno::host {
namespace {

std::string read_all(int fd) {
  std::string all;
  char piece[65536];
  while (const auto count = retry([&] { return read(fd, piece, sizeof piece); }, "reading the job"))
    all.append(piece, std::size_t(count));
  return all;
}

void write_all(int fd, std::string_view bytes) {
  while (!bytes.empty())
    bytes.remove_prefix(std::size_t(
        retry([&] { return write(fd, bytes.data(), bytes.size()); }, "writing a reply")));
}

void send(const Reply& reply) {
  const auto bytes = encode(reply);
  const auto length = std::uint32_t(bytes.size());
  write_all(kReplyFd, {reinterpret_cast<const char*>(&length), sizeof length});
  write_all(kReplyFd, bytes);
}

}  // namespace

Reply do_job(const Job& job, int directory, const Stage& tell) {
  Reply reply;
  std::string now_in;
  const Stage stage = [&](const std::string& name) { tell(now_in = name); };
  try {
    switch (job.kind) {
      case Job::Kind::describe:
        stage("load");
        reply.description = Plugin(job.spec.plugin_file).description();
        break;
      case Job::Kind::probe:
        stage("open");
        reply.probe = run_probe(job.spec, directory);
        break;
      case Job::Kind::trial: reply.sample = run_trial(job.spec, directory, stage); break;
    }
  } catch (const std::bad_alloc&) {
    reply.error = "no more memory: " + memory_limit_text(job.spec);
  } catch (const std::system_error& e) {  // a request that fails is in the sample: this is ours
    const bool in_stage = job.kind == Job::Kind::trial && !now_in.empty();
    reply.error = (in_stage ? "in `" + now_in + "`: " : "") + failure_text(e);
    if (e.code().value() == ENOMEM) reply.error += "; " + memory_limit_text(job.spec);
  } catch (const std::exception& e) {
    reply.error = e.what();
  } catch (...) {
    reply.error = "an exception of unknown type crossed the plugin's boundary";
  }
  return reply;
}

int worker_main() {
  const auto job = decode_job(read_all(kJobFd));
  limit_memory(job.spec);
  tell_of_crashes();
  send(do_job(job, kDirectoryFd, [](const std::string& stage) { send({.stage = stage}); }));
  return 0;
}

}  // namespace iodyno::host
