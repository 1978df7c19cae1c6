#pragma once
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace iodyno::host {

/// What tables on a terminal are made of.
inline constexpr std::size_t kWidth = 80;
inline constexpr std::string_view kGap = "  ";
inline constexpr std::string_view kBold = "1", kDim = "2", kRed = "31", kGreen = "32",
                                  kYellow = "33";

/// Columns on a terminal, near enough: a byte that starts a character is one.
std::size_t width_of(std::string_view text);
/// "1 case", "2 cases".
std::string counted(std::size_t count, std::string_view noun);

/// Padded with spaces to a width; what is wider stays as it is.
std::string right(std::string_view text, std::size_t width);
std::string left(std::string_view text, std::size_t width);

/// Breaks at spaces: a first line of `first` columns at most, the others of `rest`. A word that is
/// longer than its line stands alone and is not cut.
std::vector<std::string> wrap(std::string_view text, std::size_t first, std::size_t rest);

/// The same of a paragraph, at kWidth, with the lines behind the first set in.
std::string wrapped(std::string_view text);

/// Puts text into one of the styles above, or leaves it plain.
class Painter {
 public:
  explicit Painter(bool color) : color_(color) {}
  std::string operator()(std::string_view style, std::string_view text) const;

 private:
  bool color_;
};

/// The sweep's keys and their values, which arrive in bytes or nanoseconds.
using SweptPoint = std::vector<std::pair<std::string, std::string>>;

/// "depth 1", "size 64 KiB" for each of the keys.
std::vector<std::string> point_texts(const SweptPoint&);
/// "posix  depth 1  size 64 KiB" for each of the cases, aligned among them.
std::vector<std::string> aligned_names(
    const std::vector<std::pair<std::string, SweptPoint>>& cases);

}  // namespace iodyno::host
