#include "daemon/config/loader.h"

#include <doctest/doctest.h>

#include "daemon/config/document.h"
#include "tests/daemon/config/fake_environment.h"

using namespace litegw;
using namespace litegw::config;

namespace {

FakeEnvironment with_key() {
  FakeEnvironment environment;
  environment.variables["OPENAI_API_KEY"] = "sk-openai-0123456789";
  return environment;
}

std::shared_ptr<const Config> good(const std::string& text, FakeEnvironment environment) {
  Loaded loaded = load_text(text, std::move(environment));
  INFO(render_text(loaded.report));
  REQUIRE(loaded.config != nullptr);
  return loaded.config;
}

}  // namespace

TEST_CASE("a deployment takes everything from its entry") {
  auto config = good(R"(
model_list:
  - model_name: gpt-4o
    litellm_params:
      model: openai/gpt-4o-2024
      api_key: os.environ/OPENAI_API_KEY
      api_base: https://eu.example.com/v1/
      api_version: "2024-10-21"
      organization: org-1
      rpm: 100
      tpm: 1e6
      weight: 2.5
      order: 3
      max_parallel_requests: 7
      timeout: 30
      stream_timeout: 5m
      temperature: 0.7
      max_tokens: 100
      extra_headers: {X-Team: blue}
      extra_body: {provider: {order: [a, b]}, flag: true}
      input_cost_per_token: 0.0000025
      output_cost_per_token: 1.5e-07
    model_info: {id: my-id, mode: chat, cache_read_input_token_cost: 1.25e-06}
)",
                     with_key());
  REQUIRE(config->deployments.size() == 1);
  const Deployment& deployment = config->deployments[0];
  CHECK(deployment.id == "my-id");
  CHECK(deployment.provider == "openai");
  CHECK(deployment.upstream_model == "gpt-4o-2024");
  CHECK(deployment.api_base == "https://eu.example.com/v1");
  CHECK(deployment.api_key.reveal() == "sk-openai-0123456789");
  CHECK(deployment.api_key_source == "os.environ/OPENAI_API_KEY");
  CHECK(deployment.api_version == "2024-10-21");
  CHECK(deployment.organization == "org-1");
  CHECK(deployment.rpm == 100);
  CHECK(deployment.tpm == 1'000'000);
  CHECK(deployment.weight == 2.5);
  CHECK(deployment.order == 3);
  CHECK(deployment.max_parallel == 7);
  CHECK(deployment.timeout == seconds(30));
  CHECK(deployment.stream_timeout == minutes(5));
  CHECK(dump(deployment.default_params) ==
        R"({"temperature":0.7,"max_tokens":100,"provider":{"order":["a","b"]},"flag":true})");
  REQUIRE(deployment.extra_headers.size() == 1);
  CHECK(deployment.extra_headers[0].second == "blue");
  CHECK(dump(deployment.price_overrides) ==
        R"({"cache_read_input_token_cost":"1.25e-06","input_cost_per_token":"0.0000025",)"
        R"("output_cost_per_token":"1.5e-07"})");
  CHECK(deployment.origin.line == 3);
}

TEST_CASE("several deployments of a name form a group, in file order") {
  auto config = good(R"(
model_list:
  - {model_name: gpt-4o, litellm_params: {model: openai/gpt-4o, api_base: "https://a.example/v1"}}
  - {model_name: other, litellm_params: {model: openai/x}}
  - {model_name: gpt-4o, litellm_params: {model: openai/gpt-4o, api_base: "https://b.example/v1"}}
)",
                     with_key());
  auto resolved = resolve_model(*config, "gpt-4o");
  REQUIRE(resolved.has_value());
  CHECK(resolved->deployments == std::vector<std::size_t>{0, 2});
  CHECK_FALSE(resolve_model(*config, "GPT-4O").has_value());
}

TEST_CASE("exact names beat patterns and longer patterns beat shorter ones") {
  auto config = good(R"(
model_list:
  - {model_name: "*", litellm_params: {model: openai/*}}
  - {model_name: "openai/*", litellm_params: {model: openai/*}}
  - {model_name: "openai/gpt-4o", litellm_params: {model: openai/exact}}
  - {model_name: "fo::*:static::*", litellm_params: {model: openai/fo::*:static::*}}
)",
                     with_key());
  auto name_for = [&](std::string_view asked) {
    auto resolved = resolve_model(*config, asked);
    REQUIRE(resolved.has_value());
    return upstream_model_name(config->deployments[resolved->deployments[0]], *resolved);
  };
  CHECK(name_for("openai/gpt-4o") == "exact");
  CHECK(name_for("openai/o3") == "o3");
  CHECK(name_for("anything") == "anything");
  CHECK(name_for("fo::a:static::b") == "fo::a:static::b");
}

TEST_CASE("aliases are followed, hidden ones are marked, a deployment id works as a model") {
  auto config = good(R"(
model_list:
  - model_name: gpt-4o
    litellm_params: {model: openai/gpt-4o}
    model_info: {id: deployment-1, access_groups: [beta]}
litellm_settings: {model_alias_map: {a: b}}
router_settings: {model_group_alias: {b: {model: gpt-4o, hidden: true}, c: gpt-4o}}
)",
                     with_key());
  for (const char* asked : {"a", "b", "c", "deployment-1"})
    CHECK(resolve_model(*config, asked)->name == "gpt-4o");
  CHECK(config->hidden_aliases == std::vector<std::string>{"b"});
  CHECK(config->access_groups.at("beta") == std::vector<std::string>{"gpt-4o"});
}

TEST_CASE("without an api_key the provider's usual variable counts") {
  auto config = good("model_list: [{model_name: a, litellm_params: {model: gpt-4o}}]", with_key());
  CHECK(config->deployments[0].api_key.reveal() == "sk-openai-0123456789");
  CHECK(config->deployments[0].api_key_source == "os.environ/OPENAI_API_KEY");
}

TEST_CASE("a deployment's id stays while a variable's value changes, and differs by its key") {
  std::string text = R"(
model_list:
  - {model_name: a, litellm_params: {model: openai/gpt-4o, api_key: os.environ/OPENAI_API_KEY}}
  - {model_name: a, litellm_params: {model: openai/gpt-4o, api_key: os.environ/OTHER_KEY}}
  - {model_name: a, litellm_params: {model: openai/gpt-4o, api_key: os.environ/OTHER_KEY}}
)";
  FakeEnvironment environment = with_key();
  environment.variables["OTHER_KEY"] = "sk-other-0123456789";
  auto before = good(text, environment);
  environment.variables["OPENAI_API_KEY"] = "sk-changed-0123456789";
  auto after = good(text, environment);
  CHECK(before->deployments[0].id == after->deployments[0].id);
  CHECK(before->deployments[0].id.size() == 64);
  CHECK(before->deployments[0].id != before->deployments[1].id);
  CHECK(before->deployments[2].id == before->deployments[1].id + "-2");
}

TEST_CASE("secrets come from files and credentials, without their line break") {
  FakeEnvironment environment;
  environment.variables["CREDENTIALS_DIRECTORY"] = "/run/credentials";
  environment.files["/run/credentials/openai"].text = "sk-from-credential\n";
  environment.files["/etc/key"].text = "sk-from-file\r\n";
  auto config = good(R"(
model_list:
  - {model_name: a, litellm_params: {model: openai/a, api_key: cred:openai}}
  - {model_name: b, litellm_params: {model: openai/b, api_key: file:/etc/key}}
general_settings: {master_key: cred:openai}
)",
                     environment);
  CHECK(config->deployments[0].api_key.reveal() == "sk-from-credential");
  CHECK(config->deployments[1].api_key.reveal() == "sk-from-file");
  CHECK(config->master_key.reveal() == "sk-from-credential");
}

TEST_CASE("the master key also comes from LITELLM_MASTER_KEY") {
  FakeEnvironment environment = with_key();
  environment.variables["LITELLM_MASTER_KEY"] = "sk-master-0123456789";
  auto config = good("model_list: [{model_name: a, litellm_params: {model: a}}]", environment);
  CHECK(config->master_key.reveal() == "sk-master-0123456789");
}

TEST_CASE("LiteLLM's sections are kept without their secrets") {
  auto config = good(R"(
model_list: [{model_name: a, litellm_params: {model: a}}]
general_settings: {master_key: sk-master-0123456789, alerting_threshold: 300}
router_settings: {redis_password: hunter2hunter2, num_retries: 3, fallbacks: [{a: [b]}]}
)",
                     with_key());
  CHECK(dump(config->litellm["general_settings"]) == R"({"alerting_threshold":300})");
  CHECK(dump(config->litellm["router_settings"]) ==
        R"({"num_retries":3,"fallbacks":[{"a":["b"]}]})");
}

TEST_CASE("default timeouts of the router reach deployments without their own") {
  auto config = good(R"(
model_list:
  - {model_name: a, litellm_params: {model: a}}
  - {model_name: b, litellm_params: {model: b, timeout: 5}}
litellm_settings: {request_timeout: 600}
)",
                     with_key());
  CHECK(config->deployments[0].timeout == seconds(600));
  CHECK(config->deployments[1].timeout == seconds(5));
}

TEST_CASE("a list of organizations makes one deployment each") {
  auto config =
      good("model_list: [{model_name: a, litellm_params: {model: a, organization: [o1, o2]}}]",
           with_key());
  REQUIRE(config->deployments.size() == 2);
  CHECK(config->deployments[1].organization == "o2");
  CHECK(config->deployments[0].id != config->deployments[1].id);
}

TEST_CASE("own settings take their values and say where they were written") {
  auto config = good(R"(model_list: [{model_name: a, litellm_params: {model: a}}]
server:
  listen: ["[::1]:4001"]
  max_body: 64KiB
  drain_timeout: 90s
limits: {overrun: allow, clamp: false}
cursor: {errors: inline, keepalive: 250ms}
metrics: {listen: "127.0.0.1:9464", otlp: null}
)",
                     with_key());
  CHECK(config->server.listen == std::vector<std::string>{"[::1]:4001"});
  CHECK(config->server.max_body == 65536);
  CHECK(config->server.drain_timeout == seconds(90));
  CHECK(config->limits.overrun == Overrun::allow);
  CHECK_FALSE(config->limits.clamp);
  CHECK(config->cursor.errors == CursorErrors::inline_text);
  CHECK(config->cursor.keepalive == milliseconds(250));
  CHECK(config->metrics.listen == "127.0.0.1:9464");
  CHECK(config->origins.at("server.max_body").line == 4);
}

TEST_CASE("a file that is not there is one error that names it") {
  FakeEnvironment environment;
  Loaded loaded = load("/etc/litegw/litegw.yaml", environment, test_options());
  CHECK(loaded.config == nullptr);
  CHECK(render_text(loaded.report) ==
        "/etc/litegw/litegw.yaml: error: cannot read '/etc/litegw/litegw.yaml': no such file or "
        "directory\n1 error, 0 warnings\n");
  auto result = load_or_error("/etc/litegw/litegw.yaml", environment, test_options());
  CHECK(result.error().code == ErrorCode::config_invalid);
}

TEST_CASE("a huge file and a deep one are refused") {
  Loaded huge = load_text(std::string(max_file_bytes + 1, '#'));
  CHECK(huge.config == nullptr);
  Loaded deep = load_text("a: " + std::string(100, '[') + std::string(100, ']'));
  REQUIRE(deep.report.errors() == 1);
  CHECK(deep.report.problems[0].message == "nested deeper than 64 levels");
}
