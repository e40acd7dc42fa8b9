#include "daemon/control/audit_view.h"

#include <doctest/doctest.h>

using namespace litegw;
using namespace litegw::control;

TEST_CASE("the audit tells amounts in dollars and times as text, also of single models") {
  const Json record = parse_json(R"({"v":1,"id":"key_1","name":"ci","rpm":3,
    "budgets":[{"nano":5000000000,"window":"month"},{"nano":1,"window":""}],
    "model_limits":{"created":{"tpm":7,"budgets":[{"nano":38000000,"window":"day"}]}},
    "metadata":{"created":7},"created":1795428000000000,"expires":1795428000500000})")
                          .value();
  CHECK(
      dump(audit_view(record)) ==
      R"({"id":"key_1","name":"ci","rpm":3,)"
      R"("budgets":[{"amount_usd":"5","window":"month"},{"amount_usd":"0.000000001","window":""}],)"
      R"("model_limits":{"created":{"tpm":7,"budgets":[{"amount_usd":"0.038","window":"day"}]}},)"
      R"("metadata":{"created":7},"created":"2026-11-23T10:00:00.000Z",)"
      R"("expires":"2026-11-23T10:00:00.500Z"})");
  CHECK(audit_view(Json()).is_null());
  const Json odd = parse_json(R"({"budgets":[5],"created":"soon","model_limits":[]})").value();
  CHECK(audit_view(odd) == odd);
}
