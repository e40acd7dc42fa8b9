#include <algorithm>

#include <fmt/format.h>

#include "cmd/gateway/checks.h"
#include "common/base/text.h"

namespace litegw::cmd {
namespace {

// What Cursor posts when its Verify button is pressed; the model is its own choice.
constexpr std::string_view verify_probe =
    R"({"messages":[{"role":"system","content":"You are a test assistant."},)"
    R"({"role":"user","content":"Testing. Just say hi and nothing else."}],"model":"default"})";

// Promises of ours fail only for us: another gateway gets a note.
Verdict broken(const Gateway& gateway) {
  return gateway.is_litegw() ? Verdict::failed : Verdict::warning;
}

void check_cors(Gateway& gateway, Report& report) {
  std::vector<http::Header> headers{
      {"origin", "vscode-file://vscode-app"},
      {"access-control-request-method", "POST"},
      {"access-control-request-headers", "authorization,content-type"},
      // A browser sends no key with a preflight.
      {"authorization", "none"}};
  auto response = gateway.send("OPTIONS", "/chat/completions", "", headers);
  Check check{"cors", "CORS preflight", Verdict::passed, "", "", 35, 0, true};
  if (!response) {
    check.verdict = broken(gateway);
    check.detail = response.error().message;
    return report.add(std::move(check));
  }
  check.duration_us = gateway.took().count();
  std::string origin = response->find("access-control-allow-origin").value_or("");
  std::string allowed = to_lower(response->find("access-control-allow-headers").value_or(""));
  bool origin_ok = origin == "*" || origin == "vscode-file://vscode-app";
  bool headers_ok = allowed.find("authorization") != std::string::npos;
  if (response->status >= 300 || !origin_ok || !headers_ok) {
    check.verdict = broken(gateway);
    check.detail = fmt::format("status {}, allowed origin '{}', allowed headers '{}'",
                               response->status, origin, allowed);
    check.fix =
        "older Cursor builds verify from a web page and need it; does a proxy answer "
        "OPTIONS itself?";
  } else {
    check.detail = "any origin may post";
    check.row = 0;
  }
  report.add(std::move(check));
}

std::vector<std::string> model_names(const http::Response& response) {
  std::vector<std::string> names;
  Result<Json> json = parse_json(response.body);
  if (!json || !json->is_object() || !json->contains("data") || !(*json)["data"].is_array())
    return names;
  for (const Json& model : (*json)["data"])
    if (model.is_object() && model.contains("id") && model["id"].is_string())
      names.push_back(model["id"].get<std::string>());
  return names;
}

Next judge_models(const http::Response& response, Duration took, TestOptions& options,
                  Report& report) {
  Check check{"models", "Models", Verdict::failed, "", "", 0, took.count(), false};
  if (response.status == 401 || response.status == 403) {
    check.detail = "the key was refused: " + answer_text(response);
    check.fix = "litegw key list shows the keys and their state; is it the key of this gateway?";
    check.row = 6;
    report.add(std::move(check));
    return Next::refused;
  }
  std::vector<std::string> names = model_names(response);
  if (response.status != 200 || names.empty()) {
    check.detail = response.status == 200 ? "the key may call no model" : answer_text(response);
    check.fix = response.status == 404 ? "is the path of the base URL right? for litegw it ends in "
                                         "/cursor or /v1"
                                       : "litegw model list --key KEY shows what it may call";
    check.row = 5;
    report.add(std::move(check));
    return Next::stop;
  }
  bool listed = std::find(names.begin(), names.end(), options.model) != names.end();
  check.verdict = Verdict::passed;
  check.detail = fmt::format("{} model{}", names.size(), names.size() == 1 ? "" : "s");
  if (options.model.empty()) {
    options.model = names.front();
    check.detail += fmt::format("; {} is used below", options.model);
  } else if (!listed) {
    check.verdict = Verdict::warning;
    check.detail += fmt::format("; {} is not among them", options.model);
    std::string near = nearest(options.model, names);
    check.fix =
        near.empty() ? "litegw model list shows the names" : fmt::format("did you mean {}?", near);
  }
  report.add(std::move(check));
  return Next::go_on;
}

void check_verify(Gateway& gateway, Report& report) {
  auto response = gateway.send("POST", "/chat/completions", std::string(verify_probe));
  Check check{"verify", "Verify probe", Verdict::passed, "answered as Cursor expects", "", 0, 0,
              true};
  if (response) check.duration_us = gateway.took().count();
  if (!response || response->status != 200) {
    check.verdict = broken(gateway);
    check.detail = response ? answer_text(*response) : response.error().message;
    check.fix =
        "Cursor's Verify button posts a model of its own choice; litegw answers it itself "
        "on its /cursor routes";
    check.row = 35;
  }
  report.add(std::move(check));
}

}  // namespace

std::string answer_text(const http::Response& response) {
  std::string text = fmt::format("status {}", response.status);
  Result<Json> json = parse_json(response.body);
  if (!json || !json->is_object() || !json->contains("error")) return text;
  const Json& error = (*json)["error"];
  if (error.is_string()) return text + ": " + shorten(error.get<std::string>(), 200);
  if (error.is_object() && error.contains("message") && error["message"].is_string())
    return text + ": " + shorten(error["message"].get<std::string>(), 200);
  return text;
}

Next check_account(Gateway& gateway, TestOptions& options, Report& report) {
  auto models = gateway.send("GET", "/models", "");
  Duration took = gateway.took();
  check_cors(gateway, report);
  if (!models) {
    report.add(Check{"models", "Models", Verdict::failed, models.error().message, "", 0, 0, false});
    return Next::stop;
  }
  Next next = judge_models(*models, took, options, report);
  if (next != Next::go_on) return next;
  check_verify(gateway, report);
  return Next::go_on;
}

}  // namespace litegw::cmd
