#include "scenario/content.hpp"

#include <algorithm>
#include <cstring>

namespace iodyno::host {

void fill_source(std::span<std::byte> to, const Content& content) {
  const auto random_bytes = std::size_t(content.random_fraction * 4096);
  for (std::size_t at = 0; at < to.size(); at += 4096) {
    const auto page = to.subspan(at, std::min<std::size_t>(4096, to.size() - at));
    std::ranges::fill(page, std::byte{0});
    const auto random = page.first(std::min(random_bytes, page.size()));
    for (std::size_t i = 0; i < random.size(); i += 8) {
      const auto word = mix(0x736f75726365, at + i);
      std::memcpy(&random[i], &word, std::min<std::size_t>(8, random.size() - i));
    }
  }
}

Source::Source(const Content& content) : source_(kSourceSize + kPieceMax) {
  fill_source(std::span(source_).first(kSourceSize), content);
  std::copy_n(source_.begin(), kPieceMax, source_.begin() + kSourceSize);
}

}  // namespace iodyno::host
