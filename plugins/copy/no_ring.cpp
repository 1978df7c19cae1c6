// Where liburing was not found.
#include "method.hpp"

namespace engine::copy {

std::unique_ptr<Method> by_ring(const Making&) {
  iodyno::fail(ENOSYS, "this backend was built without liburing");
}

}  // namespace engine::copy
