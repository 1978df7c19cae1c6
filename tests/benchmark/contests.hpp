/// Who is held against whom.
#pragma once
#include "comparison.hpp"

namespace iodyno::host {

/// What all work on.
struct Setting {
  const Place& place;
  const Ground& ground;
  const Files& files;  ///< the small ones
};

/// All comparisons that can be made here. Says which can't.
std::vector<Comparison> contests(const Setting&);

}  // namespace iodyno::host
