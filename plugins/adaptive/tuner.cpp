#include "tuner.hpp"

#include <algorithm>

namespace {

/// What is better by less than this is taken for noise.
constexpr double kGain = 1.03;
constexpr unsigned kAgreed = 2;

/// It looks for at most one part in so many of the time, and after a while for still less.
constexpr unsigned kLeastPatience = 16, kMostPatience = 1024;

/// To open and close a file takes about as long as to move this much.
constexpr double kBytesOfARequest = 16 << 10;

/// Nanoseconds for a unit of work. Requests and bytes are both work, so that epochs with requests
/// of different sizes can be compared.
double cost_of(const Epoch& epoch) {
  return double(epoch.ns) / (double(epoch.requests) + double(epoch.bytes) / kBytesOfARequest);
}

}  // namespace

Tuner::Tuner(const Bounds& bounds, const Settings& start, Start how)
    : bounds_(bounds), best_(bounds.nearest(start)), patience_(kLeastPatience) {
  if (how == Start::guessed) return;
  phase_ = Phase::rest;
  has_looked_ = true;
}

void Tuner::saw(const Epoch& epoch) {
  if (epoch.requests == 0 || epoch.ns == 0) return;
  request_ns_ = double(epoch.ns) / double(epoch.requests);
  if (phase_ == Phase::rest) {
    if (rest_ns_ == 0) rest_ns_ = epoch.ns * patience_;  // it began with what was found before
    rest_ns_ -= std::min(rest_ns_, epoch.ns);
    if (rest_ns_ != 0) return;
    phase_ = Phase::as_it_is;
    failed_ = 0;
    looked_ns_ = 0;
    return;
  }
  looked_ns_ += epoch.ns;
  request_ = epoch.bytes / epoch.requests;
  compare(cost_of(epoch));
}

void Tuner::compare(double cost) {
  if (phase_ == Phase::as_it_is) {
    cost_ = cost;
    if (!has_step_) propose();
    if (has_step_) phase_ = Phase::step;
    return;
  }
  phase_ = Phase::as_it_is;
  if (cost * kGain > cost_) {
    ++failed_;
    next_step();
    propose();
  } else if (++agreed_ == kAgreed) {
    take_step();
    propose();
  }
}

void Tuner::take_step() {
  best_ = tried_;
  found_ = true;
  failed_ = 0;
  ++moves_;
}

void Tuner::next_step() { step_ = (step_ + 1) % kSteps; }

/// The next step that leads anywhere; if there is none it rests.
void Tuner::propose() {
  agreed_ = 0;
  has_step_ = false;
  for (; failed_ < kSteps; ++failed_, next_step()) {
    if (!matters(Step(step_))) continue;
    tried_ = bounds_.after(best_, Step(step_));
    if (tried_ == best_) continue;
    has_step_ = true;
    return;
  }
  rest();
}

void Tuner::rest() {
  if (found_ || !has_looked_) ++findings_;
  patience_ = found_ ? kLeastPatience : std::min(patience_ * 2, kMostPatience);
  found_ = false;
  has_looked_ = true;
  rest_ns_ = looked_ns_ * patience_;
  phase_ = Phase::rest;
}

/// A buffer that holds all of a request either way is none to be tried.
bool Tuner::matters(Step step) const {
  if (step == Step::larger_buffer) return request_ > best_.buffer;
  if (step == Step::smaller_buffer) return request_ > best_.buffer / 2;
  return true;
}
