// Counts the tokens of an answer that was cut before its provider said its usage, where the
// operator has put rank files (limits.tokenizers). Made per streamed request then, on its event
// loop; without rank files there is none, and the sizes are guessed from bytes.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "daemon/ledger/tokenizer.h"
#include "daemon/ledger/usage.h"

namespace litegw::server {

class ExactCount {
 public:
  // Null when `folder` is empty or has no usable rank file for the model (said once in the log).
  static std::unique_ptr<ExactCount> make(const std::string& folder, std::string_view model,
                                          std::string_view body);

  // The text that was delivered, by the time the answer broke off.
  ledger::Usage usage(std::string_view delivered) const;

 private:
  ExactCount(std::shared_ptr<const ledger::Tokenizer> tokenizer, std::string_view body)
      : tokenizer_(std::move(tokenizer)), body_(body) {}

  std::shared_ptr<const ledger::Tokenizer> tokenizer_;
  std::string body_;
};

}  // namespace litegw::server
