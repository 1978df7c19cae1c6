#include "scenario/files.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "scenario/random.hpp"

namespace iodyno::host {
namespace {

int digits(std::uint64_t count) {
  int n = 1;
  for (auto last = count - 1; last >= 10; last /= 10) ++n;
  return n;
}

char* write_number(char letter, std::uint64_t number, int width, char* to) {
  *to = letter;
  for (char* digit = to + width; digit != to; --digit, number /= 10)
    *digit = char('0' + number % 10);
  return to + 1 + width;
}

// Sizes don't depend on the run's seed: the same dataset is the same on every machine.
constexpr std::uint64_t kSizeSeed = 0x73697a65;

}  // namespace

Files::Files(const Dataset& dataset, std::shared_ptr<const Tree> tree, std::string prefix)
    : dataset_(dataset),
      tree_(std::move(tree)),
      prefix_(std::move(prefix)),
      count_(tree_ ? tree_->files.size() : dataset.files),
      directory_count_(tree_ ? tree_->directories.size() : dataset.directories),
      file_digits_(digits(std::max<std::uint64_t>(count_, 1))),
      directory_digits_(digits(std::max<std::uint64_t>(directory_count_, 1))) {
  if (!tree_ && dataset_.size.min == dataset_.size.max) {
    total_bytes_ = count_ * dataset_.size.max;
    largest_ = dataset_.size.max;
  } else {
    for (std::uint64_t i = 0; i < count_; ++i) {
      const auto bytes = size(i);
      total_bytes_ += bytes;
      largest_ = std::max(largest_, bytes);
    }
  }
  std::size_t longest = std::size_t(file_digits_ + directory_digits_) + 3;
  if (tree_) {
    for (const auto& file : tree_->files) longest = std::max(longest, file.path.size());
    for (const auto& directory : tree_->directories) longest = std::max(longest, directory.size());
  }
  path_capacity_ = prefix_.size() + longest + kTemporarySuffix.size() + 1;
}

std::uint64_t Files::size(std::uint64_t file) const {
  if (tree_) return tree_->files[file].size;
  const auto& [min, max, log_uniform] = dataset_.size;
  if (min == max) return max;
  const auto random = mix(kSizeSeed, file);
  if (!log_uniform) return min + below(random, max - min + 1);
  const double value = std::exp(std::log(double(min)) +
                                fraction(random) * (std::log(double(max)) - std::log(double(min))));
  return std::clamp(std::uint64_t(std::llround(value)), min, max);
}

std::uint64_t Files::directory(std::uint64_t file) const {
  if (tree_) return tree_->files[file].directory;
  __extension__ using Wide = unsigned __int128;
  return directory_count_ == 1 ? 0 : std::uint64_t(Wide(file) * directory_count_ / count_);
}

char* Files::write_path(std::uint64_t file, char* to) const {
  to = std::copy(prefix_.begin(), prefix_.end(), to);
  if (tree_) {
    const auto& path = tree_->files[file].path;
    std::memcpy(to, path.c_str(), path.size() + 1);
    return to + path.size();
  }
  if (directory_count_ > 1) {
    to = write_number('d', directory(file), directory_digits_, to);
    *to++ = '/';
  }
  to = write_number('f', file, file_digits_, to);
  *to = 0;
  return to;
}

char* Files::write_directory_path(std::uint64_t directory, char* to) const {
  to = std::copy(prefix_.begin(), prefix_.end(), to);
  if (tree_) {
    const auto& path = tree_->directories[directory];
    std::memcpy(to, path.c_str(), path.size() + 1);
    return to + path.size();
  }
  to = write_number('d', directory, directory_digits_, to);
  *to = 0;
  return to;
}

char* Files::write_top_path(char* to) const {
  to = std::copy(prefix_.begin(), prefix_.end(), to);
  *to++ = '.';
  *to = 0;
  return to;
}

std::string Files::path(std::uint64_t file) const {
  std::string text(path_capacity_, 0);
  text.resize(std::size_t(write_path(file, text.data()) - text.data()));
  return text;
}

std::string Files::directory_path(std::uint64_t directory) const {
  std::string text(path_capacity_, 0);
  text.resize(std::size_t(write_directory_path(directory, text.data()) - text.data()));
  return text;
}

}  // namespace iodyno::host
