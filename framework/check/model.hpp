#pragma once
#include <iodyno/backend.h>

#include <cstdint>
#include <string>
#include <vector>

#include "check/world.hpp"

namespace iodyno::host::conformance {

/// A request with its paths.
struct Request {
  iodyno_op op = IODYNO_OP_STAT;
  std::string path, path2;
  std::uint64_t length = 0, offset = 0, data = 0;
  std::uint32_t file = 0;
  std::uint16_t flags = 0;
  std::uint64_t not_before_ns = 0;
};

/// What must come of a request.
struct Expected {
  std::vector<int> errors;  ///< one of these; none: it must succeed
  std::uint64_t bytes = 0;
  std::string delivered;
};

/// What a request writes: byte i is source[(data + i) % size].
std::string written_by(const Request&, const std::string& source);

/// Does a request in the models, by the words of backend.h, and says what must come of it.
/// `set`: the files of the open set, by their paths.
Expected expect(const Request&, World& first, World& second, const std::string& source,
                const std::vector<std::string>& set = {});

/// "ENOENT (No such file or directory)"
std::string name_of_error(int error);

/// "read a/b (4097 bytes), request 3 of 7"
std::string describe(const Request&, std::size_t index, std::size_t count);

}  // namespace iodyno::host::conformance
