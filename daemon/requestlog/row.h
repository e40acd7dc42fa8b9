// One row per request, on every exit: refused, failed, cut or done. Pure data with a versioned
// binary form.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/json.h"
#include "common/base/money.h"
#include "common/base/time.h"
#include "daemon/ledger/usage.h"

namespace litegw::requestlog {

// How a request ended. `error` says more in `error_code`.
enum class Outcome : std::uint8_t {
  ok,
  refused,          // by us: key, model, budget, bad request
  upstream_failed,  // no usable answer
  cut,              // the answer broke off after it had begun
  client_closed,
  shutdown,
};

struct Attempt {
  std::string deployment_id;
  std::string provider;
  int status = 0;     // 0 = no answer
  std::string error;  // empty = it served the request
  std::int64_t duration_us = 0;
};

struct Row {
  std::uint64_t sequence =
      0;           // the writer's commit sequence, given when stored; `log tail -f` resumes by it
  std::string id;  // "req_..."
  Time started{};
  std::int64_t duration_us = 0;
  std::int64_t first_byte_us = 0;  // to the first byte of the answer; 0 = none came
  Outcome outcome = Outcome::ok;
  int status = 0;          // what the client got; 499 = client gone before it
  std::string error_code;  // error_name(); empty = none
  std::string error_message;
  std::string method, route;  // route: the canonical path, "/v1/chat/completions"
  std::string key_id, key_name, user_id, team_id;
  std::string asked_model, model, provider, upstream_model, deployment_id;
  std::string service_tier;
  bool stream = false;
  bool cursor = false;
  std::string shape;  // "chat", "responses", "anthropic", "verify"
  ledger::Usage usage;
  Money cost;
  bool priced = false;     // false = the model has no price: cost 0 says nothing
  Money held;              // the most that was set aside for it
  Money over;              // what it cost beyond that
  bool unsettled = false;  // litegwd died under it: the cost is what was set aside
  std::uint64_t request_bytes = 0, response_bytes = 0;
  std::string client_address, user_agent, end_user, session;
  std::vector<std::string> tags;
  std::vector<Attempt> attempts;
  std::string finish_reason;
  std::string upstream_request_id;
};

std::string_view outcome_name(Outcome outcome);

std::string encode(const Row& row);          // without `sequence`
Result<Row> decode(std::string_view bytes);  // never crashes on any bytes
Json to_json(const Row& row);                // schema litegw.request.v1

}  // namespace litegw::requestlog
