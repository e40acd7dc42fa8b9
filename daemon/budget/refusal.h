// The text of a refusal: which level, its limit, what is left, when it resets. Pure.
#pragma once

#include "common/base/result.h"
#include "daemon/budget/level.h"

namespace litegw::budget {

// budget_exceeded or rate_limited.
Error to_error(const Refusal& refusal);

// "2026-11-23 09:30:59 UTC", as LiteLLM writes when a minute resets.
std::string to_second(Time time);

// Whole seconds until trying again can help, at least 1; nullopt for money: SDKs would sleep and
// try again.
std::optional<std::int64_t> retry_after(const Refusal& refusal, Time now);

}  // namespace litegw::budget
