#pragma once
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace iodyno::host {

/// Text as it may stand in an element or in a quoted attribute, whatever it was: no markup, no
/// control character, at most so many characters.
std::string html(std::string_view text, std::size_t characters_max = 2000);

/// Puts texts into the slots of a frame, `<!--slot:NAME-->`. Only the frame's own slots are filled:
/// what looks like one in a text stays what it is. Slots without a text stay, too.
std::string filled(std::string_view frame,
                   const std::vector<std::pair<std::string_view, std::string>>& texts);

}  // namespace iodyno::host
