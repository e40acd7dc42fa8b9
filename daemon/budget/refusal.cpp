#include "daemon/budget/refusal.h"

#include <algorithm>

#include <fmt/format.h>

namespace litegw::budget {
namespace {

std::string who(const Refusal& refusal) {
  std::string text = fmt::format("{} '{}'", to_text(refusal.level.kind), refusal.name);
  if (!refusal.level.model.empty()) text += fmt::format(" for model '{}'", refusal.level.model);
  return text;
}

std::string when(const Refusal& refusal) {
  return refusal.resets ? "resets " + to_minute(*refusal.resets) : "never resets";
}

std::string_view unit(Refusal::What what) {
  switch (what) {
    case Refusal::What::requests:
      return "requests a minute";
    case Refusal::What::tokens:
      return "tokens a minute";
    case Refusal::What::parallel:
      return "requests at a time";
    case Refusal::What::money:
      break;
  }
  return "";
}

}  // namespace

std::string_view to_text(LevelKind kind) {
  switch (kind) {
    case LevelKind::key:
      return "key";
    case LevelKind::user:
      return "user";
    case LevelKind::team:
      return "team";
  }
  return "";
}

Error to_error(const Refusal& refusal) {
  if (refusal.what == Refusal::What::money)
    return make_error(
        ErrorCode::budget_exceeded,
        fmt::format("budget of {} is used up: {} of {} left, {}", who(refusal),
                    to_display(refusal.left), to_display(refusal.amount), when(refusal)),
        "ask the gateway's admin, who can raise it");
  return make_error(ErrorCode::rate_limited,
                    fmt::format("{} is limited to {} {}, {} left", who(refusal), refusal.limit,
                                unit(refusal.what), refusal.room),
                    refusal.resets ? "try again at " + to_rfc3339(*refusal.resets)
                                   : "try again when a request has ended");
}

std::optional<std::int64_t> retry_after(const Refusal& refusal, Time now) {
  if (refusal.what == Refusal::What::money) return std::nullopt;
  if (!refusal.resets) return 1;
  return std::max<std::int64_t>(1, std::chrono::ceil<seconds>(*refusal.resets - now).count());
}

}  // namespace litegw::budget
