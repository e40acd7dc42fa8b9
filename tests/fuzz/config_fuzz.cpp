// libFuzzer: any bytes load or are refused with a report; a report shows no secret.
#include <cstdlib>
#include <string>

#include "tests/daemon/config/fake_environment.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace litegw::config;
  FakeEnvironment environment;
  environment.variables["X"] = "sk-SECRETSECRET";
  environment.files["models.yaml"].text = "model_list: []\n";
  std::string text(reinterpret_cast<const char*>(data), size);
  bool planted = text.find("SECRETSECRET") != std::string::npos;
  Loaded loaded = load_text(text, environment);
  if ((loaded.config != nullptr) != (loaded.report.errors() == 0)) std::abort();
  std::string report = render_text(loaded.report);
  if (!planted && report.find("SECRETSECRET") != std::string::npos) std::abort();
  if (loaded.config != nullptr) (void)resolve_model(*loaded.config, "gpt-4o");
  return 0;
}
