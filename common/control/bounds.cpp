#include "common/control/bounds.h"

#include <fmt/format.h>

#include "common/base/text.h"

namespace litegw::control {
namespace {

constexpr std::string_view window_help =
    "write DOLLARS/WINDOW: 100/month, 5/day, 20/week, 2.50/12h, 30/30d; a bare 10 never resets";

}  // namespace

Status check_window(std::string_view window) {
  if (window.empty() || window == "day" || window == "week" || window == "month") return {};
  Result<Duration> length = parse_duration(window);
  bool unit = window.ends_with('h') || window.ends_with('d');
  if (length && unit) return {};
  return make_error(ErrorCode::invalid_argument,
                    fmt::format("'{}' is no budget window", escape_control(shorten(window, 40))),
                    std::string(window_help), "window");
}

Result<Budget> parse_budget(std::string_view text) {
  std::size_t slash = text.find('/');
  std::string_view amount_text = text.substr(0, slash);
  if (amount_text.starts_with('$')) amount_text.remove_prefix(1);
  Result<Money> amount = parse_dollars(amount_text);
  if (!amount)
    return make_error(ErrorCode::invalid_argument,
                      fmt::format("'{}' is no budget", escape_control(shorten(text, 40))),
                      std::string(window_help));
  Budget budget{*amount, {}};
  if (slash != std::string_view::npos) {
    budget.window = text.substr(slash + 1);
    if (budget.window.empty()) budget.window = "/";
  }
  Status window = check_window(budget.window);
  if (!window) return window.error();
  return budget;
}

std::string to_text(const Budget& budget) {
  std::string amount = to_decimal(budget.amount_usd);
  return budget.window.empty() ? amount : fmt::format("{}/{}", amount, budget.window);
}

}  // namespace litegw::control
