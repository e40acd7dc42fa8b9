#include "daemon/control/recent.h"

#include <doctest/doctest.h>

using namespace litegw;
using namespace litegw::control;

namespace {

requestlog::Row row_with(int status, const std::string& error, int second) {
  requestlog::Row row;
  row.started = Time(seconds(second));
  row.attempts.push_back({"d1", "openai", status, error, 0});
  return row;
}

}  // namespace

TEST_CASE(
    "a deployment is failing when its newest attempt failed, healthy again after one that did "
    "not") {
  const RecentAttempts failing = recent_attempts({row_with(200, "", 1), row_with(0, "refused", 2)});
  CHECK(failing.state_of("d1") == "failing");
  CHECK(failing.deployments.at("d1").error == "refused");
  const RecentAttempts healed = recent_attempts({row_with(503, "down", 1), row_with(200, "", 2)});
  CHECK(healed.state_of("d1") == "healthy");
  CHECK(healed.providers.at("openai").error == "down");
  CHECK(healed.providers.at("openai").error_at == Time(seconds(1)));
}

TEST_CASE("nobody asked it: untried; a caller's bad request or leaving is not its fault") {
  CHECK(recent_attempts(std::vector<requestlog::Row>{}).state_of("d1") == "untried");
  CHECK(recent_attempts({row_with(400, "bad request", 1)}).state_of("d1") == "healthy");
  requestlog::Row left = row_with(0, "aborted", 1);
  left.outcome = requestlog::Outcome::client_closed;
  CHECK(recent_attempts({left}).state_of("d1") == "untried");
  CHECK(recent_attempts({row_with(401, "no such key", 1)}).state_of("d1") == "failing");
  CHECK(recent_attempts({row_with(200, "broke off", 1)}).state_of("d1") == "failing");
}
