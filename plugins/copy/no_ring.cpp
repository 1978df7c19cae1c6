// Where liburing was not found.
#include "method.hpp"

std::unique_ptr<Method> by_ring(const Making&) {
  iodyno::fail(ENOSYS, "this backend was built without liburing");
}
