// What crosses between the parent and a worker: `J` and a job, or `R` and a reply.
#include "trial/message.hpp"

#include <stdexcept>

#include "fuzz/target.hpp"

namespace {

using namespace iodyno::host;

template <class Decode>
void round_trip(std::string_view bytes, Decode decode) {
  std::string written;
  try {
    written = encode(decode(bytes));
  } catch (const std::runtime_error&) {
    return;
  }
  iodyno::fuzz::must(encode(decode(written)) == written, "a message is read as it was written");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const auto all = iodyno::fuzz::as_text(bytes, size);
  if (all.starts_with('J')) round_trip(all.substr(1), decode_job);
  if (all.starts_with('R')) round_trip(all.substr(1), decode_reply);
  return 0;
}
