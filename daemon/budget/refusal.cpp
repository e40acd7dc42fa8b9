#include "daemon/budget/refusal.h"

#include <algorithm>

#include <fmt/format.h>

#include "common/base/money_left.h"

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

std::string limited_to(const Refusal& refusal) {
  const std::string_view noun = refusal.what == Refusal::What::tokens ? "token" : "request";
  return fmt::format("{} {}{} {}", refusal.limit, noun, refusal.limit == 1 ? "" : "s",
                     refusal.what == Refusal::What::parallel ? "at a time" : "a minute");
}

Error over_budget(const Refusal& refusal) {
  const bool used_up = refusal.left <= Money();
  return make_error(
      ErrorCode::budget_exceeded,
      fmt::format("budget of {} {}: {} of {} left, {}", who(refusal),
                  used_up ? "is used up" : "does not cover this request",
                  to_display_left(refusal.left), to_display(refusal.amount), when(refusal)),
      "ask the gateway's admin, who can raise it");
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

std::string to_second(Time time) {
  std::string text = to_rfc3339(std::chrono::ceil<seconds>(time));
  text[text.find('T')] = ' ';
  text.pop_back();
  return text + " UTC";
}

Error to_error(const Refusal& refusal) {
  if (refusal.what == Refusal::What::money) return over_budget(refusal);
  std::string message =
      fmt::format("{} is limited to {}, {} left", who(refusal), limited_to(refusal), refusal.room);
  if (refusal.what == Refusal::What::tokens)
    message += fmt::format(" and {} needed", refusal.needed);
  if (refusal.resets) message += ", resets " + to_second(*refusal.resets);
  return make_error(ErrorCode::rate_limited, message,
                    refusal.resets ? "try again then" : "try again when a request has ended");
}

std::optional<std::int64_t> retry_after(const Refusal& refusal, Time now) {
  if (refusal.what == Refusal::What::money) return std::nullopt;
  if (!refusal.resets) return 1;
  return std::max<std::int64_t>(1, std::chrono::ceil<seconds>(*refusal.resets - now).count());
}

}  // namespace litegw::budget
