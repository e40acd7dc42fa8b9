// The usage object of OpenAI-compatible answers, in the spellings seen in recordings, made into
// disjoint buckets. Pure.
#pragma once

#include "daemon/dialects/json_reader.h"
#include "daemon/ledger/usage.h"

namespace litegw::dialects::chat {

// As reported: totals include their parts.
struct ReportedUsage {
  std::int64_t prompt = 0;
  std::int64_t completion = 0;
  std::int64_t total = 0;
  std::int64_t cached = 0;       // of prompt
  std::int64_t cache_write = 0;  // of prompt
  std::int64_t audio_input = 0;  // of prompt
  std::int64_t image_input = 0;  // of prompt
  std::int64_t reasoning = 0;    // of completion, but for xAI
  std::int64_t audio_output = 0;
};

// Parts never exceed their total, negative counts are none. When the total says that reasoning
// comes on top of the completion (xAI, Gemini), it is added.
ledger::Usage to_usage(const ReportedUsage& reported);

// Reads the usage object that comes next; false (and the value skipped) when it is null or no
// object.
bool read_usage(JsonReader& reader, ledger::Usage& out);

// For answers without usage: about four bytes a token, never less than one token for some bytes.
std::int64_t estimate_tokens(std::uint64_t bytes);

}  // namespace litegw::dialects::chat
