#include <doctest/doctest.h>

#include "daemon/auth/identify.h"

using namespace litegw;
using namespace litegw::auth;

namespace {

Principal with_models(std::vector<std::string> models) {
  Principal principal;
  principal.models = std::move(models);
  return principal;
}

config::Config with_group() {
  config::Config config;
  config.access_groups["cheap"] = {"gpt-4o-mini", "llama-*"};
  return config;
}

}  // namespace

TEST_CASE("a key without a list may call every model") {
  CHECK(allow(with_models({}), "gpt-4o", config::Config{}).has_value());
  CHECK(allow(with_models({"*"}), "gpt-4o", config::Config{}).has_value());
  CHECK(allow(with_models({"all-proxy-models"}), "gpt-4o", config::Config{}).has_value());
}

TEST_CASE("names are exact and case-sensitive, patterns match whole names") {
  CHECK(may_call(with_models({"gpt-4o"}), "gpt-4o", {}));
  CHECK_FALSE(may_call(with_models({"gpt-4o"}), "GPT-4o", {}));
  CHECK_FALSE(may_call(with_models({"gpt-4o"}), "gpt-4o-mini", {}));
  CHECK(may_call(with_models({"openai/*"}), "openai/o1", {}));
  CHECK_FALSE(may_call(with_models({"openai/*"}), "azure/openai/o1", {}));
  CHECK(may_call(with_models({"openai/o1-*"}), "openai/o1-mini", {}));
}

TEST_CASE("a refusal names the list and the model, as LiteLLM does") {
  Error error = allow(with_models({"a", "b"}), "c", config::Config{}).error();
  CHECK(error.code == ErrorCode::model_not_allowed);
  CHECK(error.message ==
        "key not allowed to access model. This key can only access models=['a', 'b']. Tried to "
        "access c");
  CHECK(error.param == "model");
}

TEST_CASE("an access group stands for its models") {
  config::Config config = with_group();
  CHECK(may_call(with_models({"cheap"}), "gpt-4o-mini", config));
  CHECK(may_call(with_models({"cheap"}), "llama-3", config));
  CHECK_FALSE(may_call(with_models({"cheap"}), "gpt-4o", config));
}

TEST_CASE("an entry may name the alias or what it stands for") {
  CHECK(allow(with_models({"fast"}), "fast", "gpt-4o-mini", config::Config{}).has_value());
  CHECK(allow(with_models({"gpt-4o-mini"}), "fast", "gpt-4o-mini", config::Config{}).has_value());
  CHECK_FALSE(allow(with_models({"gpt-4o"}), "fast", "gpt-4o-mini", config::Config{}).has_value());
}

TEST_CASE("a model must pass the lists of the key and of all its owners") {
  Principal principal = with_models({"a", "b"});
  principal.owner_scopes = {{"team", {"b", "c"}}, {"user", {}}};
  CHECK(may_call(principal, "b", {}));
  CHECK(allow(principal, "a", config::Config{}).error().code == ErrorCode::team_model_not_allowed);
  CHECK(allow(principal, "c", config::Config{}).error().code == ErrorCode::model_not_allowed);
  principal.owner_scopes[1].models = {"no-default-models"};
  CHECK(allow(principal, "b", config::Config{}).error().code == ErrorCode::user_model_not_allowed);
}

TEST_CASE("all-team-models is the team's list, and nothing without a team") {
  Principal principal = with_models({"all-team-models"});
  CHECK_FALSE(may_call(principal, "a", {}));
  principal.team_id = "team_1";
  CHECK_FALSE(may_call(principal, "a", {}));
  principal.owner_scopes = {{"team", {"a"}}};
  CHECK(may_call(principal, "a", {}));
  CHECK_FALSE(may_call(principal, "b", {}));
  principal.owner_scopes = {{"team", {}}};
  CHECK(may_call(principal, "b", {}));
  principal.owner_scopes = {{"team", {"all-team-models"}}};
  CHECK_FALSE(may_call(principal, "b", {}));
}

TEST_CASE("a key's own aliases change the name that is asked for") {
  Principal principal;
  principal.aliases["gpt-4"] = "gpt-4o";
  CHECK(aliased(principal, "gpt-4") == "gpt-4o");
  CHECK(aliased(principal, "gpt-4o") == "gpt-4o");
}
