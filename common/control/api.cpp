#include "common/control/api.h"

#include <charconv>

#include <fmt/format.h>

#include "common/base/text.h"
#include "common/base/version.h"

namespace litegw::control {
namespace {

bool is_unreserved(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '.' || c == '_' || c == '~';
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::string text_of(const Json& value) {
  return value.is_string() ? value.get<std::string>() : dump(value);
}

}  // namespace

Json error_answer(const Error& error, const std::vector<Problem>& problems) {
  Json object = Json::object();
  object["code"] = error_name(error.code);
  object["message"] = error.message;
  object["hint"] = error.hint;
  object["param"] = error.param;
  if (!problems.empty()) object["problems"] = detail::write(problems, Absent::write);
  Json answer = Json::object();
  answer["schema"] = "litegw.error.v1";
  answer["error"] = std::move(object);
  return answer;
}

namespace {

struct ErrorObject {
  std::string code, message, hint, param;
  std::vector<Problem> problems;
  static void members(auto& self, auto& visit) {
    visit("code", self.code);
    visit("message", self.message);
    visit("hint", self.hint);
    visit("param", self.param);
    visit("problems", self.problems);
  }
};

struct ErrorEnvelope {
  std::optional<ErrorObject> error;
  static void members(auto& self, auto& visit) { visit("error", self.error); }
};

}  // namespace

ErrorAnswer parse_error_answer(int status, std::string_view body) {
  ErrorAnswer answer;
  answer.error =
      make_error(ErrorCode::internal,
                 fmt::format("litegwd answered status {} without an error object", status),
                 "see its log: journalctl -u litegwd");
  Result<Json> json = parse_json(body);
  if (!json) return answer;
  Result<ErrorEnvelope> envelope = decode<ErrorEnvelope>(*json, Unknown::ignore);
  if (!envelope || !envelope->error || envelope->error->message.empty()) return answer;
  ErrorObject& object = *envelope->error;
  answer.error.code = error_code_from_name(object.code).value_or(ErrorCode::internal);
  answer.error.message = std::move(object.message);
  answer.error.hint = std::move(object.hint);
  answer.error.param = std::move(object.param);
  answer.problems = std::move(object.problems);
  return answer;
}

Status check_api_version(std::optional<std::string_view> peer_api, std::string_view peer_version) {
  if (!peer_api) return {};
  int major = 0;
  auto [end, failure] =
      std::from_chars(peer_api->data(), peer_api->data() + peer_api->size(), major);
  bool whole =
      failure == std::errc{} && (end == peer_api->data() + peer_api->size() || *end == '.');
  if (whole && major == api_major) return {};
  std::string peer = peer_version.empty() ? std::string("the other program")
                                          : escape_control(shorten(peer_version, 20));
  return make_error(
      ErrorCode::version_skew,
      fmt::format("control protocol {} ({}) here, {} ({}) there", api_version, version(),
                  escape_control(shorten(*peer_api, 20)), peer),
      "use litegw and litegwd of one version: `systemctl restart litegwd` after an upgrade, or "
      "install the matching litegw");
}

std::string percent_encode(std::string_view text) {
  std::string out;
  for (char c : text) {
    if (is_unreserved(c))
      out.push_back(c);
    else
      out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return out;
}

Result<std::string> percent_decode(std::string_view text) {
  Error error = make_error(ErrorCode::invalid_argument, "bad percent-encoding in the path or query",
                           "encode as %XX, never %00");
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out.push_back(text[i]);
      continue;
    }
    if (i + 2 >= text.size()) return error;
    int high = hex_digit(text[i + 1]);
    int low = hex_digit(text[i + 2]);
    if (high < 0 || low < 0 || (high == 0 && low == 0)) return error;
    out.push_back(static_cast<char>(high * 16 + low));
    i += 2;
  }
  return out;
}

std::string object_path(std::string_view collection, std::string_view reference,
                        std::string_view action) {
  std::string out = fmt::format("{}/{}", collection, percent_encode(reference));
  if (!action.empty()) out += fmt::format("/{}", action);
  return out;
}

std::optional<ObjectPath> parse_object_path(std::string_view collection,
                                            std::string_view target_path) {
  if (!target_path.starts_with(collection)) return std::nullopt;
  std::string_view rest = target_path.substr(collection.size());
  if (rest.empty()) return ObjectPath{};
  if (rest.front() != '/' || rest.size() == 1) return std::nullopt;
  rest.remove_prefix(1);
  std::size_t slash = rest.find('/');
  Result<std::string> reference = percent_decode(rest.substr(0, slash));
  if (!reference || reference->empty()) return std::nullopt;
  ObjectPath out{std::move(*reference), {}};
  if (slash == std::string_view::npos) return out;
  out.action = rest.substr(slash + 1);
  if (out.action.empty() || out.action.find('/') != std::string::npos) return std::nullopt;
  return out;
}

Result<Json> query_to_json(std::string_view query) {
  Json object = Json::object();
  if (query.empty()) return object;
  for (const std::string& pair : split(query, '&')) {
    std::size_t equals = pair.find('=');
    Result<std::string> name = percent_decode(std::string_view(pair).substr(0, equals));
    if (!name) return name.error();
    std::string_view encoded;
    if (equals != std::string::npos) encoded = std::string_view(pair).substr(equals + 1);
    Result<std::string> value = percent_decode(encoded);
    if (!value) return value.error();
    Json& slot = object[*name];
    if (slot.is_null())
      slot = *value;
    else if (slot.is_array())
      slot.push_back(*value);
    else
      slot = Json::array({slot, *value});
  }
  return object;
}

std::string json_to_query(const Json& object) {
  std::string out;
  auto add = [&](const std::string& name, const Json& value) {
    if (!out.empty()) out.push_back('&');
    out += fmt::format("{}={}", percent_encode(name), percent_encode(text_of(value)));
  };
  for (const auto& [name, value] : object.items()) {
    if (!value.is_array()) {
      add(name, value);
      continue;
    }
    for (const Json& item : value)
      add(name, item);
  }
  return out;
}

}  // namespace litegw::control
