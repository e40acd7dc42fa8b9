// Random files never crash the loader, and whatever it says shows no secret.
#include <rapidcheck.h>

#include <doctest/doctest.h>

#include "tests/daemon/config/fake_environment.h"

using namespace litegw;
using namespace litegw::config;

namespace {

const std::vector<std::string> words{"model_list",
                                     "model_name",
                                     "litellm_params",
                                     "model",
                                     "api_key",
                                     "server",
                                     "listen",
                                     "include",
                                     "router_settings",
                                     "model_group_alias",
                                     "general_settings",
                                     "master_key",
                                     "tls",
                                     "cursor",
                                     "keepalive",
                                     "limits",
                                     "null",
                                     "~",
                                     "true",
                                     "127.0.0.1:80",
                                     "openai/*",
                                     "mock/m",
                                     "30s",
                                     "-1",
                                     "1e999",
                                     "0x1",
                                     "os.environ/X",
                                     "file:/x",
                                     "cred:x",
                                     "*a",
                                     "&a x",
                                     "<<",
                                     "!!str",
                                     "\"",
                                     "'",
                                     "{}",
                                     "[]",
                                     "litegw.yaml",
                                     "|",
                                     ">"};
const std::vector<std::string> joints{": ", "\n", "\n  ", "\n    ", "\n- ", "\n  - ", ", ",
                                      " ",  "{",  "}",    "[",      "]",    "\t",     "# "};

Loaded load_any(const std::string& text) {
  FakeEnvironment environment;
  environment.variables["X"] = "sk-SECRETSECRET";
  return load_text(text, environment);
}

void check_report(const std::string& text) {
  Loaded loaded = load_any(text);
  RC_ASSERT((loaded.config != nullptr) == (loaded.report.errors() == 0));
  std::string report = render_text(loaded.report);
  RC_ASSERT(report.find("SECRETSECRET") == std::string::npos);
  for (const Problem& problem : loaded.report.problems)
    RC_ASSERT(problem.message.find('\n') == std::string::npos);
  if (loaded.config != nullptr) (void)resolve_model(*loaded.config, "anything");
}

}  // namespace

TEST_CASE("random bytes never crash the loader") {
  CHECK(rc::check([](const std::string& bytes) { check_report(bytes); }));
}

TEST_CASE("random pieces of configurations never crash the loader") {
  CHECK(rc::check([] {
    auto count = *rc::gen::inRange(0, 60);
    std::string text;
    for (int i = 0; i < count; ++i)
      text += *rc::gen::elementOf(words) + *rc::gen::elementOf(joints);
    check_report(text);
  }));
}
