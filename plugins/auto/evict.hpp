/// Writes files back and takes them out of the page cache, so that each turn finds what the trial
/// will find.
#pragma once
#include <iodyno/posix.hpp>
#include <span>
#include <string>

namespace engine::automatic {

/// Of the files that these requests name, or of the open set. Where one can't be opened the request
/// will say so.
void evict(const iodyno::Config& config, std::span<const iodyno_request> requests,
           std::span<const std::string> open_set);

/// Only writes the open set back.
void write_back(const iodyno::Config& config, std::span<const std::string> open_set);

}  // namespace engine::automatic
