#pragma once

namespace iodyno::host {

/// The value that Student's t with so many degrees of freedom stays below with this probability,
/// which lies between 0 and 1. The degrees are 1 or more.
double student_quantile(double probability, double degrees);

}  // namespace iodyno::host
