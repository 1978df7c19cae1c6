#pragma once

namespace iodyno::host {

/// Whether this process runs under a sanitizer: its own, or one that was preloaded for a plugin.
/// Such a runtime maps more memory than any machine has, and tells of crashes itself.
bool is_sanitized();

}  // namespace iodyno::host
