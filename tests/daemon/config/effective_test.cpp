#include "daemon/config/effective.h"

#include <doctest/doctest.h>

#include "daemon/config/settings.h"
#include "daemon/config/starter.h"
#include "tests/daemon/config/fake_environment.h"

using namespace litegw;
using namespace litegw::config;

namespace {

std::shared_ptr<const Config> config_of(const std::string& text,
                                        const char* key = "sk-first-0001") {
  FakeEnvironment environment;
  environment.variables["OPENAI_API_KEY"] = key;
  Loaded loaded = load_text(text, environment);
  INFO(render_text(loaded.report));
  REQUIRE(loaded.config != nullptr);
  return loaded.config;
}

const std::string base = R"(model_list:
  - {model_name: a, litellm_params: {model: openai/gpt-4o, api_key: os.environ/OPENAI_API_KEY}}
  - {model_name: b, litellm_params: {model: openai/gpt-4o, api_key: sk-literal-SECRET-1}}
server: {listen: ["127.0.0.1:4000", "127.0.0.1:4001"]}
)";

const EffectiveValue* value_named(const std::vector<EffectiveValue>& values,
                                  std::string_view name) {
  for (const EffectiveValue& value : values)
    if (value.name == name) return &value;
  return nullptr;
}

}  // namespace

TEST_CASE("everything in force is shown with its origin and without secrets") {
  auto config = config_of(base + "general_settings: {master_key: sk-master-SECRET-1}\n");
  std::vector<EffectiveValue> values = effective_values(*config);
  for (const EffectiveValue& value : values)
    CHECK_MESSAGE(dump(value.value).find("SECRET") == std::string::npos, value.name);
  CHECK(value_named(values, "model_list[a].api_key")->value == Json("os.environ/OPENAI_API_KEY"));
  CHECK(value_named(values, "model_list[b].api_key")->value == Json("***"));
  CHECK(value_named(values, "general_settings.master_key")->value == Json("***"));
  CHECK(origin_text(value_named(values, "server.listen")->origin) == "litegw.yaml:4");
  CHECK(origin_text(value_named(values, "server.max_body")->origin) == "default");
  CHECK(value_named(values, "server.max_body")->value == Json("32MiB"));
}

TEST_CASE("equal configurations do not differ") {
  CHECK(changes_between(*config_of(base), *config_of(base)).empty());
}

TEST_CASE("a change says what it was and what it becomes") {
  auto after = config_of(base + "log: {level: debug}\n");
  std::vector<Change> changes = changes_between(*config_of(base), *after);
  REQUIRE(changes.size() == 1);
  CHECK(changes[0].name == "log.level");
  CHECK(*changes[0].before == Json("info"));
  CHECK(*changes[0].after == Json("debug"));
  CHECK_FALSE(changes[0].needs_restart);
}

TEST_CASE("a secret that changed is a change, its value stays hidden") {
  std::vector<Change> changes =
      changes_between(*config_of(base), *config_of(base, "sk-second-0002"));
  REQUIRE(changes.size() == 1);
  CHECK(changes[0].name == "model_list[a].api_key");
  CHECK(*changes[0].before == *changes[0].after);
}

TEST_CASE("an address that goes away needs a restart, a new one does not") {
  std::string fewer = base;
  fewer.replace(fewer.find(", \"127.0.0.1:4001\""), 18, "");
  auto with_two = config_of(base);
  auto with_one = config_of(fewer);
  CHECK(changes_between(*with_two, *with_one).at(0).needs_restart);
  CHECK_FALSE(changes_between(*with_one, *with_two).at(0).needs_restart);
}

TEST_CASE("a model that is added or removed shows as such") {
  std::string more = base;
  more.insert(more.find("server:"), "  - {model_name: c, litellm_params: {model: mock/mock}}\n");
  std::vector<Change> added = changes_between(*config_of(base), *config_of(more));
  REQUIRE_FALSE(added.empty());
  for (const Change& change : added) {
    CHECK(change.name.starts_with("model_list[c]."));
    CHECK_FALSE(change.before.has_value());
  }
}

TEST_CASE("the starter file loads without a problem, whatever the environment holds") {
  FakeEnvironment environment;
  CHECK(load_text(starter_file(environment, test_options()), environment).report.problems.empty());
  environment.variables["OPENAI_API_KEY"] = "sk-openai-0123456789";
  environment.variables["MISTRAL_API_KEY"] = "mistral-0123456789";
  std::string text = starter_file(environment, test_options());
  Loaded loaded = load_text(text, environment);
  CHECK(loaded.report.problems.empty());
  CHECK(loaded.config->models.contains("gpt-4o"));
  CHECK_FALSE(loaded.config->models.contains("mock"));
  CHECK(text.find("MISTRAL_API_KEY is set, but provider 'mistral'") != std::string::npos);
  CHECK(text.find("0123456789") == std::string::npos);
}

TEST_CASE("each default that is shown can be written back") {
  for (const Setting& setting : settings()) {
    CAPTURE(setting.path());
    Config config;
    Json value = setting.show(config);
    if (value.is_null()) continue;
    FakeEnvironment environment;
    Loaded loaded =
        load_text("model_list: [{model_name: m, litellm_params: {model: mock/m}}]\n" +
                      setting.section + ": {" + setting.name + ": " + dump(value) + "}\n",
                  environment);
    INFO(render_text(loaded.report));
    REQUIRE(loaded.config != nullptr);
    CHECK(setting.show(*loaded.config) == value);
  }
}
