// What a crash has charged: the hold of a request under which litegwd died, charged in full, until
// an operator takes it back. Pure; daemon/store keeps the records and says what happens to the
// counters that a charge is in.
#pragma once

#include <optional>
#include <string>

#include "daemon/budget/journal.h"

namespace litegw::budget {

struct UnsettledCharge {
  std::uint64_t number = 0;  // of its hold
  Purpose purpose;
  Time admitted{};
  Time charged{};              // at a start of litegwd; reports have it in this hour
  std::uint64_t sequence = 0;  // of its request row
  Money amount;
  PlaceList places;  // the counters that it is in now
  std::optional<Time> released;
  std::string released_by;  // "uid 1000"
};

// A counter was set to zero, by which it gave the charge back. True = the charge was in it.
bool leave(UnsettledCharge& charge, const Place& place);
// A counter was brought to what the reports say of its level and period. True = the charge is one
// of theirs and was not in that counter before.
bool join(UnsettledCharge& charge, const Place& place);
// The opposite of the charge, in the hour and the counters in which it is now.
Entry release_of(const UnsettledCharge& charge);

}  // namespace litegw::budget
