// Answers that Cursor gets without an upstream. Pure.
#pragma once

#include <string>

#include "daemon/dialects/neutral/answer.h"

namespace litegw::dialects::cursor {

// To the Verify button, when the model is none of ours.
std::string verify_reply(const AnswerOptions& options);

// A conversation too long for its model: an empty answer whose usage makes Cursor compact its
// context, which it does not do for an error.
std::string overflow_stream(const AnswerOptions& options);
std::string overflow_reply(const AnswerOptions& options);

// A stream in two halves, for `litegw test`: what comes before the silence and what ends it.
std::string silence_begin(const AnswerOptions& options);
std::string silence_end(const AnswerOptions& options);

// The text of an error as an answer: Cursor hides what comes with a status of 429 or 5xx.
std::string error_stream(const AnswerOptions& options, const std::string& text);
std::string error_reply(const AnswerOptions& options, const std::string& text);

}  // namespace litegw::dialects::cursor
