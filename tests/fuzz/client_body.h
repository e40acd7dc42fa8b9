// What every parser of a client's body must hold, for the fuzz targets of the three dialects: any
// bytes are refused with a 400 of one line, or every kind of upstream gets a body that is JSON.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "daemon/dialects/cursor/shape.h"
#include "daemon/providers/translate.h"

namespace litegw::fuzz {

inline void check(bool holds) {
  if (!holds) std::abort();
}

inline void check_refusal(const Error& error) {
  check(error_info(error.code).status == 400);
  check(!error.message.empty() && error.message.find('\n') == std::string::npos);
}

inline void check_upstreams(const dialects::Request& request) {
  using providers::Dialect;
  for (const auto upstream : {Dialect::chat, Dialect::responses, Dialect::messages})
    for (const char* model : {"gpt-5.5", "claude-haiku-4-5"}) {
      providers::Target target;
      target.model = model;
      target.deployment = "d";
      target.compatible = model[0] == 'c';
      target.wants_reasoning_text = target.compatible;
      auto translated = providers::translate(request, upstream, target, {});
      if (translated)
        check(parse_json(dump(translated->written.body)).has_value());
      else
        check_refusal(translated.error());
    }
}

inline void check_body(providers::Dialect client, std::string_view body) {
  auto request = providers::parse_request(client, body);
  request ? check_upstreams(*request) : check_refusal(request.error());
  if (client == providers::Dialect::messages) return;
  Result<Json> parsed = parse_json(body);
  if (!parsed) return;
  auto cursor = dialects::cursor::parse(std::move(*parsed), true);
  cursor ? check_upstreams(cursor->request) : check_refusal(cursor.error());
}

}  // namespace litegw::fuzz
