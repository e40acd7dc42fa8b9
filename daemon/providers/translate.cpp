#include "daemon/providers/translate.h"

#include <utility>

#include "daemon/dialects/chat/encode.h"
#include "daemon/dialects/chat/parse.h"
#include "daemon/dialects/chat/usage.h"
#include "daemon/dialects/messages/encode.h"
#include "daemon/dialects/messages/parse.h"
#include "daemon/dialects/neutral/content.h"
#include "daemon/dialects/neutral/repair.h"
#include "daemon/dialects/responses/encode.h"
#include "daemon/dialects/responses/parse.h"
#include "daemon/providers/anthropic/decode.h"
#include "daemon/providers/anthropic/write.h"
#include "daemon/providers/failure.h"
#include "daemon/providers/openai/chat_decode.h"
#include "daemon/providers/openai/chat_write.h"
#include "daemon/providers/openai/responses_decode.h"
#include "daemon/providers/openai/responses_write.h"

namespace litegw::providers {

using namespace dialects;

namespace {

// Any server that copied OpenAI gets back the details that itself gave.
std::string_view family_of(Dialect upstream, const Target& target) {
  switch (upstream) {
    case Dialect::chat:
      return target.compatible && !target.wants_reasoning_text ? "openrouter" : "deepseek";
    case Dialect::responses:
      return "openai";
    case Dialect::messages:
      return "anthropic";
  }
  return {};
}

bool has_custom_tools(Dialect upstream, const Target& target) {
  return upstream != Dialect::messages && !target.compatible;
}

// Nothing of it can be seen by the client's user.
bool is_silent(const Event& event) {
  return std::holds_alternative<Start>(event) || std::holds_alternative<UsageEvent>(event);
}

std::string whole(Dialect client, const Answer& answer, const AnswerOptions& options) {
  switch (client) {
    case Dialect::chat:
      return dump(chat::whole_answer(answer, options));
    case Dialect::responses:
      return dump(responses::whole_answer(answer, options));
    case Dialect::messages:
      return dump(messages::whole_answer(answer, options));
  }
  return {};
}

}  // namespace

namespace {

Result<Request> parse_body(Dialect client, Json body, bool counts_only) {
  switch (client) {
    case Dialect::chat:
      return chat::parse(std::move(body));
    case Dialect::responses:
      return responses::parse(std::move(body));
    case Dialect::messages:
      return messages::parse(std::move(body), counts_only);
  }
  return make_error(ErrorCode::internal, "unknown dialect");
}

}  // namespace

Result<Request> parse_request(Dialect client, std::string_view body, bool counts_only) {
  Result<Json> parsed = parse_json(body);
  if (!parsed) return parsed.error();
  Result<Request> request = parse_body(client, std::move(*parsed), counts_only);
  if (request) repair_tool_history(*request);
  return request;
}

Result<Translation> translate(const Request& original, Dialect upstream, const Target& target,
                              const Recall& recall) {
  Request request = original;
  if (says_nothing(request)) return nothing_to_say();
  Translation translation;
  const std::string_view family = family_of(upstream, target);
  const std::string_view owner = target.is_openrouter ? std::string_view() : target.deployment;
  drop_foreign_states(request, family, owner);
  const Recalled reasoning = restore_states(request, family, owner, recall);
  // Others need not have given any.
  if (upstream != Dialect::chat || target.wants_reasoning_text) translation.continuity = reasoning;
  const Recalled calls = restore_call_states(
      request, upstream == Dialect::chat ? target.call_states : CallStates::none, target.deployment,
      recall);
  // DeepSeek refuses a turn whose reasoning is lost while it thinks.
  if (target.wants_reasoning_text && translation.continuity.missed_now > 0) {
    request.reasoning = {};
    request.reasoning.mode = ReasoningOptions::Mode::off;
  }
  translation.tools = lower_tools(request, has_custom_tools(upstream, target));
  Result<Written> written =
      upstream == Dialect::chat        ? openai::write_chat(std::move(request), target)
      : upstream == Dialect::responses ? openai::write_responses(std::move(request), target)
                                       : anthropic::write_messages(std::move(request), target);
  if (!written) return written.error();
  translation.written = std::move(*written);
  if (calls.missed_now > 0)
    translation.written.notes.push_back("continuity_miss: the signatures of " +
                                        std::to_string(calls.missed_now) +
                                        " calls are not kept any more");
  return translation;
}

std::unique_ptr<AnswerDecoder> make_decoder(Dialect upstream) {
  switch (upstream) {
    case Dialect::chat:
      return std::make_unique<openai::ChatDecoder>();
    case Dialect::responses:
      return std::make_unique<openai::ResponsesDecoder>();
    case Dialect::messages:
      return std::make_unique<anthropic::Decoder>();
  }
  return nullptr;
}

std::unique_ptr<AnswerEncoder> make_encoder(Dialect client, AnswerOptions options) {
  switch (client) {
    case Dialect::chat:
      return std::make_unique<chat::StreamEncoder>(std::move(options));
    case Dialect::responses:
      return std::make_unique<responses::StreamEncoder>(std::move(options));
    case Dialect::messages:
      return std::make_unique<messages::StreamEncoder>(std::move(options));
  }
  return nullptr;
}

AnswerTranslator::AnswerTranslator(Settings settings, ToolMap tools, AnswerOptions options)
    : settings_(std::move(settings)),
      options_(std::move(options)),
      decoder_(make_decoder(settings_.upstream)),
      restorer_(std::move(tools)),
      keeper_(std::move(settings_.keeper)),
      pass_through_(settings_.stream, options_.model, settings_.credential) {
  if (settings_.stream && (!settings_.passthrough || settings_.may_end_early))
    encoder_ = make_encoder(settings_.client, options_);
}

void AnswerTranslator::count(std::string_view text) {
  output_bytes_ += text.size();
  if (settings_.keep_text) text_ += text;
}

void AnswerTranslator::note(Event& event) {
  keeper_.see(event);
  std::visit(Overloaded{
                 [&](const Start& start) {
                   outcome_.upstream_model = start.model;
                   outcome_.upstream_id = start.id;
                 },
                 [&](const TextDelta& delta) { count(delta.text); },
                 [&](const ReasoningDelta& delta) { count(delta.text); },
                 [&](const ToolDelta& delta) { count(delta.text); },
                 [&](const RefusalDelta& delta) { count(delta.text); },
                 [&](const UsageEvent& usage) { outcome_.usage = usage.usage; },
                 [&](const Stop& stop) { outcome_.stop = stop; },
                 [&](const AnswerFailure& failure) { outcome_.failure = failure; },
                 [](const auto&) {},
             },
             event);
}

void AnswerTranslator::pass(Events& events, std::string& out) {
  restored_.clear();
  for (Event& event : events)
    if (auto* failure = std::get_if<AnswerFailure>(&event))
      failure->error.message =
          without_credential(std::move(failure->error.message), settings_.credential);
  for (Event& event : events)
    restorer_.restore(std::move(event), restored_);
  for (Event& event : restored_) {
    note(event);
    if (settings_.passthrough) {
      begun_ = begun_ || (settings_.stream && !is_silent(event) && !outcome_.failure);
      follow(event);
      continue;
    }
    if (!encoder_) {
      collector_.see(event);
      continue;
    }
    encode(event, out);
  }
}

// The encoder learns what the client has got, so that it can end the answer.
void AnswerTranslator::follow(const Event& event) {
  if (!encoder_) return;
  std::string nothing;
  encoder_->encode(event, nothing);
}

// Nothing goes out before the first event that a client can see: until then the shell may still try
// another upstream or answer with a status.
void AnswerTranslator::encode(const Event& event, std::string& out) {
  if (outcome_.failure && !begun_) return;
  if (!begun_ && is_silent(event)) {
    held_.push_back(event);
    return;
  }
  begin(out);
  encoder_->encode(event, out);
}

void AnswerTranslator::begin(std::string& out) {
  if (std::exchange(begun_, true) || !encoder_) return;
  for (const Event& event : held_)
    encoder_->encode(event, out);
  held_.clear();
}

// Some upstreams answer a stream request with a plain body, or the other way round: that cannot go
// on as it is.
void AnswerTranslator::choose_form() {
  const bool is_other = settings_.stream ? decoder_->is_whole() : decoder_->is_stream();
  if (!settings_.passthrough || begun_ || !is_other) return;
  settings_.passthrough = false;
  if (settings_.stream) encoder_ = make_encoder(settings_.client, options_);
}

void AnswerTranslator::feed(std::string_view bytes, std::string& out) {
  events_.clear();
  decoder_->feed(bytes, events_);
  choose_form();
  pass(events_, out);
  if (!settings_.passthrough) return;
  pass_through_.feed(bytes, passed_);
  if (begun_) out += std::exchange(passed_, {});
}

// The upstream did not say itself that it failed: its client shall not take the end for an end.
void AnswerTranslator::end_broken(std::string& out) {
  if (!settings_.stream || !outcome_.failure->type.empty()) return;
  if (encoder_) return encoder_->finish(out);  // it has followed
  const auto encoder = make_encoder(settings_.client, options_);
  std::string beginning;  // was passed on
  encoder->encode(*outcome_.failure, beginning);
  encoder->finish(out);
}

void AnswerTranslator::settle_usage() {
  if (outcome_.usage.reported) return;
  outcome_.usage = {};
  outcome_.usage.input = settings_.estimated_input;
  outcome_.usage.output = chat::estimate_tokens(output_bytes_);
  outcome_.usage.estimated = true;
  UsageEvent event{outcome_.usage};
  if (!encoder_) return collector_.see(event);
  std::string nothing;
  encoder_->encode(event, nothing);
}

void AnswerTranslator::end_at_limit(std::string& out) {
  if (std::exchange(finished_, true)) return;
  Event stop = Stop{StopReason::length, "length"};
  note(stop);
  out += std::exchange(passed_, {});
  if (!encoder_) {
    collector_.see(stop);
    return settle_usage();
  }
  if (!settings_.passthrough) begin(out);
  encoder_->encode(stop, out);
  settle_usage();
  encoder_->finish(out);
}

void AnswerTranslator::finish(const std::optional<Error>& broken, std::string& out) {
  if (std::exchange(finished_, true)) return;
  events_.clear();
  if (!broken)
    decoder_->finish(events_);
  else if (!decoder_->failed())
    events_.push_back(AnswerFailure{*broken, {}});
  pass(events_, out);
  bool is_empty_failure = outcome_.failure && !begun_;
  if (is_empty_failure) return;
  if (settings_.passthrough) {
    pass_through_.finish(passed_);
    out += std::exchange(passed_, {});
    if (outcome_.failure) end_broken(out);
    return settle_usage();
  }
  if (encoder_) begin(out);
  settle_usage();
  if (encoder_) return encoder_->finish(out);
  if (!outcome_.failure) out += whole(settings_.client, collector_.answer(), options_);
}

}  // namespace litegw::providers
