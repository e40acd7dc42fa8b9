#include "daemon/providers/anthropic/models.h"

#include <array>
#include <utility>

namespace litegw::providers::anthropic {
namespace {

using enum ModelTraits::Thinking;

struct Row {
  std::string_view part;
  ModelTraits traits;
};

constexpr ModelTraits newest{};
constexpr ModelTraits no_forced{.forced_choice = false};
constexpr ModelTraits four_six{.sampling = true, .effort_xhigh = false};
constexpr ModelTraits budgeted{
    .thinking = budget, .sampling = true, .effort = false, .prefill = true, .max_output = 64000};
constexpr ModelTraits older{.thinking = budget,
                            .sampling = true,
                            .effort = false,
                            .json_schema = false,
                            .prefill = true,
                            .max_output = 64000};
constexpr ModelTraits three{.thinking = none,
                            .sampling = true,
                            .effort = false,
                            .json_schema = false,
                            .prefill = true,
                            .max_output = 4096};

constexpr ModelTraits with_limit(ModelTraits traits, std::int64_t max_output) {
  traits.max_output = max_output;
  return traits;
}
constexpr ModelTraits with_thinking(ModelTraits traits, ModelTraits::Thinking thinking) {
  traits.thinking = thinking;
  return traits;
}
constexpr ModelTraits with_schema(ModelTraits traits) {
  traits.json_schema = true;
  return traits;
}

// pydantic-ai's and vercel/ai's tables of August 2026; the first match wins.
constexpr std::array rows{
    Row{"fable-5", no_forced},
    Row{"mythos", no_forced},
    Row{"opus-5", newest},
    Row{"sonnet-5", newest},
    Row{"opus-4-8", newest},
    Row{"opus-4-7", newest},
    Row{"opus-4-6", four_six},
    Row{"sonnet-4-6", four_six},
    Row{"opus-4-5", budgeted},
    Row{"sonnet-4-5", budgeted},
    Row{"haiku-4-5", budgeted},
    Row{"opus-4-1", with_schema(with_limit(older, 32000))},
    Row{"opus-4", with_limit(older, 32000)},
    Row{"sonnet-4", older},
    Row{"haiku-4", older},
    Row{"claude-3-7", with_thinking(with_limit(three, 64000), budget)},
    Row{"claude-3.7", with_thinking(with_limit(three, 64000), budget)},
    Row{"claude-3-5", with_limit(three, 8192)},
    Row{"claude-3.5", with_limit(three, 8192)},
    Row{"claude-3", three},
    Row{"claude-2", three},
};

}  // namespace

ModelTraits traits_of(std::string_view model) {
  for (const Row& row : rows)
    if (model.find(row.part) != std::string_view::npos) return row.traits;
  return {};
}

std::int64_t budget_for(std::string_view effort) {
  constexpr std::array<std::pair<std::string_view, std::int64_t>, 4> budgets{
      {{"minimal", 1024}, {"low", 2048}, {"medium", 10000}, {"high", 16384}}};
  for (auto [name, budget] : budgets)
    if (effort == name) return budget;
  return 32768;
}

}  // namespace litegw::providers::anthropic
