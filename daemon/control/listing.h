// What lists of keys, users and teams have in common: states, orders, lengths.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "common/base/result.h"
#include "common/control/bounds.h"

namespace litegw::control {

// Fails with invalid_argument, naming the member of the query.
Status check_listing(const std::string& state, const std::vector<std::string>& states,
                     const std::string& sort, std::int64_t limit);

// By "created" (also when empty), "spend" or "used": the newest or largest first.
bool comes_before(const BoundsView& a, const BoundsView& b, const std::string& order);

template <class View>
void sort_and_cut(std::vector<View>& views, const std::string& order, std::int64_t limit) {
  std::stable_sort(views.begin(), views.end(),
                   [&](const View& a, const View& b) { return comes_before(a, b, order); });
  if (limit > 0 && views.size() > static_cast<std::size_t>(limit))
    views.resize(static_cast<std::size_t>(limit));
}

}  // namespace litegw::control
