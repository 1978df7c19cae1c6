#pragma once
#include <iodyno/backend.h>

#include <stdexcept>
#include <string>

#include "scenario/backend_description.hpp"

namespace iodyno::host {

/// A file that is no backend, and in words why.
struct NotABackend : std::runtime_error {
  using runtime_error::runtime_error;
};

/// A loaded plugin. It is never unloaded: a C++ plugin has symbols that the dynamic linker keeps,
/// and threads of its own may end after close().
class Plugin {
 public:
  /// Loads the file, and checks version and size before anything of the plugin but its entry is
  /// called. Throws NotABackend.
  explicit Plugin(const std::string& file);

  /// The descriptor, of at least the size that this host knows: what an older plugin lacks is zero.
  const iodyno_backend& descriptor() const { return descriptor_; }
  /// The same as data, with nothing of the plugin's in it. Without the file's hash.
  const BackendDescription& description() const { return description_; }

 private:
  iodyno_backend descriptor_{};
  BackendDescription description_;
};

}  // namespace iodyno::host
