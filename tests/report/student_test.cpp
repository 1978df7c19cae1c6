#include "report/student.hpp"

#include <gtest/gtest.h>

namespace iodyno::host {
namespace {

TEST(Student, QuantilesAreThoseOfTheTables) {
  EXPECT_NEAR(student_quantile(0.975, 1), 12.706, 0.0005);
  EXPECT_NEAR(student_quantile(0.975, 2), 4.303, 0.0005);
  EXPECT_NEAR(student_quantile(0.975, 9), 2.262, 0.0005);
  EXPECT_NEAR(student_quantile(0.975, 19), 2.093, 0.0005);
  EXPECT_NEAR(student_quantile(0.975, 120), 1.980, 0.0005);
  EXPECT_NEAR(student_quantile(0.995, 1), 63.657, 0.0005);
  EXPECT_NEAR(student_quantile(0.995, 2), 9.925, 0.0005);
  EXPECT_NEAR(student_quantile(0.995, 9), 3.250, 0.0005);
  EXPECT_NEAR(student_quantile(0.995, 19), 2.861, 0.0005);
  EXPECT_NEAR(student_quantile(0.975, 1e6), 1.960, 0.0005);
}

TEST(Student, IsSymmetric) {
  EXPECT_NEAR(student_quantile(0.5, 9), 0, 1e-12);
  EXPECT_NEAR(student_quantile(0.05, 9), -student_quantile(0.95, 9), 1e-12);
}

}  // namespace
}  // namespace iodyno::host
