// The only file that knows Boost.Math.
#include "report/student.hpp"

#include <boost/math/distributions/students_t.hpp>
#include <cassert>

namespace iodyno::host {

double student_quantile(double probability, double degrees) {
  assert(probability > 0 && probability < 1 && degrees >= 1);
  return boost::math::quantile(boost::math::students_t(degrees), probability);
}

}  // namespace iodyno::host
