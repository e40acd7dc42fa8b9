// An environment made of maps, for tests of the loader.
#pragma once

#include <map>
#include <string>

#include "daemon/config/environment.h"
#include "daemon/config/loader.h"

namespace litegw::config {

struct FakeEnvironment : Environment {
  std::map<std::string, std::string, std::less<>> variables;
  std::map<std::string, FileText> files;

  std::optional<std::string> variable(std::string_view name) const override {
    auto found = variables.find(name);
    if (found == variables.end()) return std::nullopt;
    return found->second;
  }
  Result<FileText> read_file(const std::string& path, std::size_t limit) const override {
    auto found = files.find(path);
    if (found == files.end()) return make_error(ErrorCode::not_found, "no such file or directory");
    if (found->second.text.size() > limit)
      return make_error(ErrorCode::body_too_large, "too large");
    return found->second;
  }
  bool is_time_zone(std::string_view name) const override {
    return name == "UTC" || name == "Europe/Berlin";
  }
};

inline LoadOptions test_options() {
  LoadOptions options;
  options.providers = {
      {"openai", "https://api.openai.com/v1", "OPENAI_API_KEY", "OPENAI_BASE_URL", false},
      {"anthropic", "https://api.anthropic.com", "ANTHROPIC_API_KEY", "", false},
      {"groq", "https://api.groq.com/openai/v1", "GROQ_API_KEY", "", false},
      {"hosted_vllm", "", "HOSTED_VLLM_API_KEY", "HOSTED_VLLM_API_BASE", true},
      {"mock", "", "", "", false},
  };
  return options;
}

inline Loaded load_text(const std::string& text, FakeEnvironment environment = {},
                        const LoadOptions& options = test_options()) {
  environment.files["litegw.yaml"].text = text;
  return load("litegw.yaml", environment, options);
}

}  // namespace litegw::config
