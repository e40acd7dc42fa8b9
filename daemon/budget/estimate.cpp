#include "daemon/budget/estimate.h"

#include <algorithm>
#include <array>
#include <limits>

#include "common/base/text.h"

namespace litegw::budget {
namespace {

// Providers publish rules by size and detail: a picture is 85 to 1,445 tokens at OpenAI, up to
// about 1,600 at Anthropic, 258 a tile at Google. The largest common figure stands for each item.
constexpr std::int64_t tokens_per_media = 1600;
constexpr std::int64_t max_tokens = std::numeric_limits<std::int32_t>::max();

// End of the run of base 64 characters at `at`.
std::size_t end_of_base64(std::string_view body, std::size_t at) {
  std::size_t end = body.find_first_of("\"\\", at);
  return end == std::string_view::npos ? body.size() : end;
}

// Where the media's text starts behind a mark at `at`: after ";base64," in a data URL, else in the
// member "data" that follows "type":"base64". npos = the mark was ordinary text.
std::size_t media_start(std::string_view body, std::size_t at) {
  std::string_view rest = body.substr(at);
  if (rest.starts_with("base64,")) return at + 7;
  std::size_t member = body.substr(at, 200).find("\"data\"");
  if (member == std::string_view::npos) return member;
  std::size_t quote = body.find('"', at + member + 6);
  return quote == std::string_view::npos ? quote : quote + 1;
}

// Does a link that begins behind this text stand for a picture?
bool names_media(std::string_view before) {
  constexpr std::array<std::string_view, 4> members{"\"url\":\"", "\"url\": \"", "\"image_url\":\"",
                                                    "\"image_url\": \""};
  return std::any_of(members.begin(), members.end(),
                     [before](std::string_view member) { return before.ends_with(member); });
}

// The rate for input that may be written to a cache, and for output that may be hidden: whichever
// costs more.
ledger::Rates upper(const ledger::Price& price) {
  ledger::Rates rates = ledger::dearest_rates(price);
  std::int64_t input = rates.input.value_or(0);
  for (const std::optional<std::int64_t>& rate :
       {rates.cache_write, rates.cache_write_1h, rates.image_input})
    input = std::max(input, rate.value_or(0));
  std::int64_t output = std::max(rates.output.value_or(0), rates.reasoning.value_or(0));
  ledger::Rates bound;
  bound.input = input;
  bound.output = output;
  return bound;
}

Money cost(std::int64_t input_tokens, std::int64_t output_tokens, bool with_request,
           std::span<const ledger::Price* const> reachable) {
  ledger::Usage usage;
  usage.input = input_tokens;
  usage.output = output_tokens;
  Money most;
  for (const ledger::Price* price : reachable)
    if (price != nullptr)
      most = std::max(
          most, ledger::cost_at(usage, upper(*price), with_request ? price->per_request : Money{}));
  return most;
}

std::int64_t output_limit(const Ask& ask, std::span<const ledger::Price* const> reachable) {
  std::int64_t known = 0;
  for (const ledger::Price* price : reachable)
    known = std::max(known, price == nullptr ? 0 : price->max_output);
  if (known == 0) known = unknown_output_limit;
  return ask.output_limit ? *ask.output_limit : known;
}

std::int64_t bounded(std::uint64_t tokens) {
  return static_cast<std::int64_t>(std::min<std::uint64_t>(tokens, max_tokens));
}

std::int64_t input_tokens(const Ask& ask, config::Overrun overrun) {
  std::uint64_t text =
      overrun == config::Overrun::refuse ? ask.prompt.text_bytes : ask.prompt.text_bytes / 2 + 1;
  return bounded(text) +
         std::min(ask.prompt.media, max_tokens / tokens_per_media) * tokens_per_media;
}

}  // namespace

Prompt measure_prompt(std::string_view body) {
  Prompt prompt{body.size(), 0};
  for (std::size_t at = find_text(body, "base64"); at != std::string_view::npos;) {
    std::size_t start = media_start(body, at);
    std::size_t next = at + 6;
    if (start != std::string_view::npos) {
      next = end_of_base64(body, start);
      prompt.text_bytes -= next - start;
      ++prompt.media;
    }
    at = find_text(body, "base64", next);
  }
  constexpr std::string_view link = "\"http";
  for (std::size_t at = find_text(body, link); at != std::string_view::npos;
       at = find_text(body, link, at + link.size()))
    if (names_media(body.substr(0, at + 1))) ++prompt.media;
  return prompt;
}

Estimate estimate(const Ask& ask, std::span<const ledger::Price* const> reachable,
                  config::Overrun overrun) {
  Estimate out;
  out.input_tokens = input_tokens(ask, overrun);
  std::int64_t limit = output_limit(ask, reachable);
  std::int64_t per_choice =
      overrun == config::Overrun::refuse ? limit : std::min(limit, first_output_tokens);
  std::int64_t choices = std::clamp<std::int64_t>(ask.choices, 1, 1000);
  out.output_tokens = std::clamp<std::int64_t>(per_choice, 0, max_tokens) * choices;
  out.rate_tokens = bounded(ask.prompt.text_bytes / 4 + 1) + ask.prompt.media * tokens_per_media;
  out.money = cost(out.input_tokens, out.output_tokens, true, reachable);
  out.priced = !reachable.empty() &&
               std::all_of(reachable.begin(), reachable.end(), [](const ledger::Price* price) {
                 return price != nullptr && price->priced();
               });
  out.free = out.priced && out.money.is_zero();
  return out;
}

Money output_cost(std::int64_t tokens, std::span<const ledger::Price* const> reachable) {
  return cost(0, tokens, false, reachable);
}

std::int64_t affordable_output(const Ask& ask, std::span<const ledger::Price* const> reachable,
                               config::Overrun overrun, Money money) {
  std::int64_t input = input_tokens(ask, overrun);
  std::int64_t choices = std::clamp<std::int64_t>(ask.choices, 1, 1000);
  std::int64_t low = 0;
  std::int64_t high = std::clamp<std::int64_t>(output_limit(ask, reachable), 0, max_tokens);
  while (low < high) {
    std::int64_t middle = low + (high - low + 1) / 2;
    if (cost(input, middle * choices, true, reachable) <= money)
      low = middle;
    else
      high = middle - 1;
  }
  return cost(input, low * choices, true, reachable) <= money ? low : 0;
}

}  // namespace litegw::budget
