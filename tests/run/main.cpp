// A test program that can be a worker of itself.
#include <gtest/gtest.h>

#include <cstring>

#include "trial/worker.hpp"

int main(int count, char** values) {
  if (count > 1 && std::strcmp(values[1], "worker") == 0) return iodyno::host::worker_main();
  testing::InitGoogleTest(&count, values);
  return RUN_ALL_TESTS();
}
