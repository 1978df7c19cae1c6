#pragma once
#include <iodyno/backend.h>

#include <optional>
#include <span>
#include <string_view>

namespace iodyno::host {

/// What the requests of an operation name.
enum class Object { file, directory, block };

/// What the host must know of an operation: one row for each.
struct Operation {
  iodyno_op op;
  std::string_view name;
  Object object;
  bool needs_object;   ///< the object must exist before
  bool leaves_object;  ///< and exists, with its bytes, afterwards: the dataset can serve again
  bool second_path;    ///< makes path2, in a directory of its own
  bool reads;          ///< delivers bytes
  bool writes;         ///< writes bytes from the source
  bool counts_bytes;   ///< bytes per second are the measure
  std::string_view doc;
};

std::span<const Operation> operations();
const Operation& operation(iodyno_op);
/// True if a request of it can only succeed when its file is there.
bool needs_file(iodyno_op);
const Operation* find_operation(std::string_view name);

}  // namespace iodyno::host
