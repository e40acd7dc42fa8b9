#include "cmd/render/cells.h"

#include <array>
#include <ctime>

#include <fmt/format.h>

#include "common/base/text.h"

namespace litegw::cmd {
namespace {

std::string local(Time time, const char* format) {
  std::time_t whole = std::chrono::floor<seconds>(time).time_since_epoch().count();
  std::tm parts{};
  localtime_r(&whole, &parts);
  std::array<char, 64> buffer{};
  std::size_t length = std::strftime(buffer.data(), buffer.size(), format, &parts);
  return std::string(buffer.data(), length);
}

std::string window_words(std::string_view window) {
  if (window.empty()) return "in all";
  if (window == "day" || window == "week" || window == "month") return fmt::format("a {}", window);
  return fmt::format("each {}", escape_control(window));
}

// How much of a budget is used, for choosing the tightest one. Only compared, never shown.
bool is_tighter(const control::BudgetState& a, const control::BudgetState& b) {
  return (a.amount_usd - a.spent_usd - a.held_usd) < (b.amount_usd - b.spent_usd - b.held_usd);
}

Colour budget_colour(const control::BudgetState& budget) {
  Money used = budget.spent_usd + budget.held_usd;
  if (used >= budget.amount_usd) return Colour::red;
  bool most = used.nano() / 9 >= budget.amount_usd.nano() / 10;
  return most ? Colour::yellow : Colour::none;
}

}  // namespace

std::string group_digits(std::int64_t count) {
  std::string digits = fmt::format("{}", count);
  std::size_t first = digits.starts_with('-') ? 1 : 0;
  for (std::size_t at = digits.size(); at > first + 3;) {
    at -= 3;
    digits.insert(at, ",");
  }
  return digits;
}

std::string counted(std::int64_t count, std::string_view noun) {
  return fmt::format("{} {}{}", group_digits(count), noun, count == 1 ? "" : "s");
}

std::string local_minute(Time time) {
  return local(time, "%Y-%m-%d %H:%M");
}

std::string local_clock(Time time) {
  return local(time, "%H:%M:%S");
}

std::string in_future(Time then, Time now) {
  if (then <= now) return ago(then, now);
  Duration left = then - now;
  if (left < minutes(1)) return fmt::format("in {}s", left / seconds(1));
  if (left < hours(1)) return fmt::format("in {}m", left / minutes(1));
  if (left < days(2)) return fmt::format("in {}h", left / hours(1));
  return fmt::format("in {}d", left / days(1));
}

Cell money_cell(Money amount) {
  return cell(to_display(amount), to_decimal(amount));
}

Cell count_cell(std::int64_t count) {
  return cell(group_digits(count), fmt::format("{}", count));
}

Cell bytes_cell(std::uint64_t bytes) {
  static constexpr std::array<std::string_view, 5> units{"B", "KiB", "MiB", "GiB", "TiB"};
  auto size = static_cast<double>(bytes);
  std::size_t unit = 0;
  while (size >= 1024 && unit + 1 < units.size()) {
    size /= 1024;
    ++unit;
  }
  std::string shown = unit == 0 || size >= 100 ? fmt::format("{:.0f} {}", size, units[unit])
                                               : fmt::format("{:.1f} {}", size, units[unit]);
  return cell(shown, fmt::format("{}", bytes));
}

Cell duration_cell(std::int64_t micros) {
  auto value = static_cast<double>(micros);
  std::string plain = fmt::format("{:.3f}", value / 1000);
  if (micros < 10'000) return cell(fmt::format("{:.1f}ms", value / 1000), plain);
  if (micros < 1'000'000) return cell(fmt::format("{:.0f}ms", value / 1000), plain);
  if (micros < 100'000'000) return cell(fmt::format("{:.2f}s", value / 1e6), plain);
  return cell(fmt::format("{:.0f}s", value / 1e6), plain);
}

Cell ago_cell(std::optional<Time> time, Time now, std::string_view never) {
  if (!time) return cell(std::string(never), "", Colour::dim);
  return cell(ago(*time, now), to_rfc3339(*time));
}

Cell until_cell(std::optional<Time> time, Time now) {
  if (!time) return cell("", "");
  return cell(fmt::format("{} ({})", in_future(*time, now), local_minute(*time)),
              to_rfc3339(*time));
}

Cell names_cell(const std::vector<std::string>& names, std::string_view none) {
  if (names.empty()) return cell(std::string(none), "");
  return cell(escape_control(join(names, ", ")), escape_control(join(names, ",")));
}

Cell state_cell(std::string_view state) {
  if (state == "active" || state == "healthy" || state == "ready" || state == "ok")
    return text_cell(state, Colour::green);
  if (state == "cooling down" || state == "degraded" || state == "starting" || state == "draining")
    return text_cell(state, Colour::yellow);
  if (state == "untried") return text_cell(state, Colour::dim);
  return text_cell(state, Colour::red);
}

Cell status_cell(int status) {
  std::string text = status == 0 ? "-" : fmt::format("{}", status);
  Colour colour = Colour::green;
  if (status >= 400) colour = Colour::yellow;
  if (status >= 500 || status == 0) colour = Colour::red;
  return cell(text, fmt::format("{}", status), colour);
}

Cell price_cell(const std::optional<std::string>& dollars_per_million) {
  if (!dollars_per_million) return cell("-", "", Colour::dim);
  std::string plain = escape_control(*dollars_per_million);
  Result<Money> amount = parse_dollars(*dollars_per_million);
  return cell(amount ? to_display(*amount) : "$" + plain, plain);
}

std::string budget_sentence(const control::BudgetState& budget) {
  std::string text = fmt::format("{} of {} {}", to_display(budget.spent_usd),
                                 to_display(budget.amount_usd), window_words(budget.window));
  if (!budget.held_usd.is_zero()) text += fmt::format(", {} held", to_display(budget.held_usd));
  if (budget.resets_at) return text + fmt::format(", resets {}", to_minute(*budget.resets_at));
  return text + ", never resets";
}

Cell budgets_cell(const std::vector<control::BudgetState>& budgets, Money spend) {
  if (budgets.empty()) return cell(to_display(spend), to_decimal(spend));
  const control::BudgetState* tightest = &budgets.front();
  for (const control::BudgetState& budget : budgets)
    if (is_tighter(budget, *tightest)) tightest = &budget;
  std::string window = escape_control(tightest->window);
  std::string shown =
      fmt::format("{} / {}", to_display(tightest->spent_usd), to_display(tightest->amount_usd));
  if (!window.empty()) shown += " " + window;
  if (budgets.size() > 1) shown += fmt::format(" +{}", budgets.size() - 1);
  return cell(shown, to_decimal(spend), budget_colour(*tightest));
}

}  // namespace litegw::cmd
