#include "daemon/server/routes.h"

#include <vector>

#include <doctest/doctest.h>

#include "daemon/server/path.h"

using namespace litegw;
using server::find_route;

TEST_CASE("every spelling of a path that users paste leads to its route") {
  const std::vector<std::pair<std::string, std::string>> spellings{
      {"/cursor/chat/completions", "/cursor/chat/completions"},
      {"/cursor/chat/completions/", "/cursor/chat/completions"},
      {"//cursor///chat/completions", "/cursor/chat/completions"},
      {"/cursor/chat/completions/chat/completions", "/cursor/chat/completions"},
      {"/cursor/v1/v1/chat/completions", "/cursor/v1/chat/completions"},
      {"/v1/chat/completions/v1/chat/completions", "/v1/chat/completions"},
      {"/chat/completions", "/chat/completions"},
  };
  for (const auto& [sent, canonical] : spellings)
    CHECK_MESSAGE(find_route("POST", sent).route->path == canonical, sent);
}

TEST_CASE("a model's id may hold slashes and escapes") {
  CHECK(find_route("GET", "/v1/models/meta/llama-3").parameter == "meta/llama-3");
  CHECK(find_route("GET", "/cursor/models/meta%2Fllama%2d3").parameter == "meta/llama-3");
  CHECK(find_route("GET", "/v1/models/a%00b").route->path == "(unknown path)");
  CHECK(find_route("GET", "/v1/models/a%zz").route->path == "(unknown path)");
  CHECK(find_route("GET", "/v1/models/").route->path == "/v1/models");
}

TEST_CASE("what the table does not list is refused, in the style of its path") {
  for (const char* path :
       {"/", "/v2/models", "/cursor/agents", "/V1/models", "/v1/chat", "/key/new",
        "/cursor/../v1/models", "/v1/models/../../health/live%2f.."}) {
    const server::RouteMatch found = find_route("GET", path);
    const bool a_model = std::string_view(path).starts_with("/v1/models/");
    CHECK_MESSAGE((found.route->path == "(unknown path)") == !a_model, path);
  }
  CHECK(find_route("GET", "/cursor/agents").route->style == server::Style::cursor);
  CHECK(find_route("GET", "/cursors").route->style == server::Style::litellm);
}

TEST_CASE("a known path with another method says which are allowed") {
  const server::RouteMatch get = find_route("GET", "/v1/chat/completions");
  CHECK(get.route->path == "(wrong method)");
  CHECK(get.parameter == "POST, OPTIONS");
  CHECK(find_route("DELETE", "/v1/models").parameter == "GET, HEAD, OPTIONS");
  CHECK(find_route("HEAD", "/v1/models").route->path == "/v1/models");
  CHECK(find_route("OPTIONS", "/cursor/chat/completions").route->path == "(preflight)");
  CHECK(find_route("OPTIONS", "/cursor/nothing").route->path == "(preflight)");
  CHECK(find_route("OPTIONS", "/nothing").route->path == "(unknown path)");
}

TEST_CASE("only health, probes and refusals are served without a key") {
  for (const char* path : {"/v1/models", "/models", "/v1/models/m", "/cursor/models"})
    CHECK_MESSAGE(find_route("GET", path).route->right == server::Right::key, path);
  for (const char* path : {"/v1/chat/completions", "/cursor/v1/chat/completions"})
    CHECK_MESSAGE(find_route("POST", path).route->right == server::Right::key, path);
  for (const char* path : {"/health/liveliness", "/health/readiness", "/cursor/v1/health"})
    CHECK_MESSAGE(find_route("GET", path).route->right == server::Right::none, path);
}
