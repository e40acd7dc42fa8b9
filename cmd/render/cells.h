// Values of the control protocol as cells of a table. Pure: the caller passes the time.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cmd/render/table.h"
#include "common/base/money.h"
#include "common/base/time.h"
#include "common/control/keys.h"

namespace litegw::cmd {

Cell money_cell(Money amount);            // "$0.000132" / "0.000132"
Cell count_cell(std::int64_t count);      // "12,345" / "12345"
Cell bytes_cell(std::uint64_t bytes);     // "1.2 GiB" / "1288490188"
Cell duration_cell(std::int64_t micros);  // "1.24s" / "1240" (milliseconds)
Cell ago_cell(std::optional<Time> time, Time now, std::string_view never = "never");
Cell until_cell(std::optional<Time> time, Time now);  // "in 3d" / RFC 3339
Cell names_cell(const std::vector<std::string>& names, std::string_view none);
Cell state_cell(std::string_view state);  // green when well, yellow or red when not
Cell status_cell(int status);             // an HTTP status
Cell price_cell(const std::optional<std::string>& dollars_per_million);

std::string group_digits(std::int64_t count);                    // "1,234,567"
std::string counted(std::int64_t count, std::string_view noun);  // "1 key", "2,000 keys"
std::string local_minute(Time time);         // "2026-11-23 09:30", the user's time zone
std::string local_clock(Time time);          // "09:30:05"
std::string in_future(Time then, Time now);  // "in 3d"

// "$1.20 of $100.00 a month, resets 2026-12-01 00:00 UTC"
std::string budget_sentence(const control::BudgetState& budget);
// "$1.20 / $100.00 month", the tightest of several and how many more there are.
Cell budgets_cell(const std::vector<control::BudgetState>& budgets, Money spend);

}  // namespace litegw::cmd
