// Content of messages as Anthropic's blocks. Pure; used by write.cpp.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "common/base/json.h"
#include "common/base/result.h"
#include "daemon/dialects/neutral/request.h"

namespace litegw::providers::anthropic {

class BlockWriter {
 public:
  // Thinking blocks go back only while the request thinks.
  explicit BlockWriter(bool thinking) : thinking_(thinking) {}

  // Appends the part's blocks; nothing for what Anthropic has no block for.
  void append(dialects::Part& part, Json& blocks);

  const std::optional<Error>& error() const { return error_; }

 private:
  static Json text(std::string& piece);
  Json media(dialects::Media& media);
  Json result(dialects::ToolResult& result);
  static Json call(dialects::ToolCall& call);
  static Json reasoning(dialects::Reasoning& reasoning);

  bool thinking_;
  std::optional<Error> error_;
};

Json cache_control(const dialects::CacheMark& mark);

}  // namespace litegw::providers::anthropic
