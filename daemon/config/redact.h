// Masks what is or looks like a secret in text that will be shown. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace litegw::config {

struct Span {
  std::size_t begin = 0;
  std::size_t end = 0;
};

// Is a value under this name a secret? "api_key", "AZURE_AD_TOKEN", "redis_password", ...
bool is_secret_name(std::string_view name);
// Does the text itself look like one: "sk-...", or 20 and more characters of mixed letters and
// digits without a break?
bool looks_secret(std::string_view word);
// References are no secrets: "os.environ/NAME", "file:/path", "cred:name".
bool is_reference(std::string_view text);

// The parts of one line that must not be shown, in order: values after secret names, secret-looking
// words, passwords in URLs.
std::vector<Span> secret_spans(std::string_view line);
// Sorted, overlapping ones joined.
std::vector<Span> merge_spans(std::vector<Span> spans);
std::string mask(std::string_view text, const std::vector<Span>& spans);

}  // namespace litegw::config
