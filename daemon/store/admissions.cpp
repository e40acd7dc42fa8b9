#include "daemon/store/admissions.h"

namespace litegw::store {

void Admissions::publish() {
  oldest_.store(first_ == nullptr ? 0 : first_->since_, std::memory_order_release);
}

Admission::Admission(Admissions& all, Admissions::Clock::time_point since)
    : all_(all),
      since_(std::chrono::nanoseconds(since.time_since_epoch()).count()),
      previous_(all.last_) {
  (previous_ == nullptr ? all_.first_ : previous_->next_) = this;
  all_.last_ = this;
  if (previous_ == nullptr) all_.publish();
}

Admission::~Admission() {
  (previous_ == nullptr ? all_.first_ : previous_->next_) = next_;
  (next_ == nullptr ? all_.last_ : next_->previous_) = previous_;
  if (previous_ == nullptr) all_.publish();
}

}  // namespace litegw::store
