#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "cmd/gateway/checks.h"
#include "cmd/gateway/troubleshooting.h"
#include "common/base/text.h"
#include "common/control/cursor_names.h"

namespace litegw::cmd {
namespace {

// What Cursor posts when its Verify button is pressed; the model is its own choice.
constexpr std::string_view verify_probe =
    R"({"messages":[{"role":"system","content":"You are a test assistant."},)"
    R"({"role":"user","content":"Testing. Just say hi and nothing else."}],"model":"default"})";

void check_cors(Gateway& gateway, Report& report) {
  GatewayRequest preflight{.method = "OPTIONS", .path = "/chat/completions"};
  preflight.headers = {{"origin", "vscode-file://vscode-app"},
                       {"access-control-request-method", "POST"},
                       {"access-control-request-headers", "authorization,content-type"}};
  auto response = gateway.send(preflight);
  Check check{"cors", "CORS preflight", Verdict::passed, "", "", 0, 0, true};
  check.duration_us = gateway.took().count();
  if (!response) {
    set_problem(check, problem_of(response.error()), broken(gateway));
    check.row = row::cors;
    return report.add(std::move(check));
  }
  // litegw answers it on every path that it has: the base URL is wrong, as the next check says.
  if (response->status == 404 && gateway.is_litegw()) {
    check.verdict = Verdict::skipped;
    check.detail = "no such path here";
    return report.add(std::move(check));
  }
  std::string origin = response->find("access-control-allow-origin").value_or("");
  std::string allowed = to_lower(response->find("access-control-allow-headers").value_or(""));
  bool origin_ok = origin == "*" || origin == "vscode-file://vscode-app";
  bool headers_ok = allowed.find("authorization") != std::string::npos;
  if (response->status < 300 && origin_ok && headers_ok) {
    check.detail = "any origin may post";
    return report.add(std::move(check));
  }
  check.verdict = broken(gateway);
  check.detail = fmt::format("status {}, allowed origin '{}', allowed headers '{}'",
                             response->status, origin, shorten(allowed, 80));
  check.fix =
      "older Cursor builds verify from a web page and need it; does a proxy answer OPTIONS itself?";
  check.row = row::cors;
  report.add(std::move(check));
}

std::optional<std::vector<std::string>> model_names(const http::Response& response) {
  Result<Json> json = parse_json(response.body);
  if (!json || !json->is_object() || !json->contains("data") || !(*json)["data"].is_array())
    return std::nullopt;
  std::vector<std::string> names;
  for (const Json& model : (*json)["data"])
    if (model.is_object() && model.contains("id") && model["id"].is_string())
      names.push_back(model["id"].get<std::string>());
  return names;
}

Next refuse_models(Gateway& gateway, Check check, const Problem& problem, Report& report) {
  if (problem.kind == Problem::Kind::interrupted) return Next::interrupted;
  set_problem(check, problem, Verdict::failed);
  if (problem.kind == Problem::Kind::wrong_place && problem.row == row::path) {
    if (std::string base = find_base(gateway); !base.empty())
      check.fix = fmt::format("paste {} instead: a gateway answers there", base);
  }
  report.add(std::move(check));
  return problem.kind == Problem::Kind::key_refused ? Next::refused : Next::stop;
}

void choose_model(TestRun& run, const std::vector<std::string>& names, Check& check) {
  check.detail = fmt::format("{} model{}", names.size(), names.size() == 1 ? "" : "s");
  if (run.model.empty()) {
    run.model = names.front();
    check.detail += fmt::format("; {} is used below", run.model);
    return;
  }
  if (std::find(names.begin(), names.end(), run.model) != names.end()) return;
  check.verdict = Verdict::warning;
  check.detail += fmt::format("; {} is not among them", run.model);
  check.row = row::unknown_model;
  std::string near = nearest(run.model, names);
  check.fix =
      near.empty() ? "litegw model list shows the names" : fmt::format("did you mean {}?", near);
}

Next check_models(Gateway& gateway, TestRun& run, Report& report) {
  auto response = gateway.send(GatewayRequest{.method = "GET", .path = "/models"});
  run.round_trip = gateway.took();
  Check check{"models", "Models", Verdict::passed, "", "", 0, gateway.took().count(), false};
  if (!response) return refuse_models(gateway, check, problem_of(response.error()), report);
  if (auto problem = problem_of(*response)) return refuse_models(gateway, check, *problem, report);
  auto names = model_names(*response);
  if (!names)
    return refuse_models(gateway, check,
                         Problem{Problem::Kind::wrong_place, "status 200, but no list of models",
                                 "is the path of the base URL right?", row::path},
                         report);
  if (names->empty())
    return refuse_models(
        gateway, check,
        Problem{Problem::Kind::other, "the key may call no model",
                "litegw model list --key KEY; litegw key update KEY --models", row::key},
        report);
  choose_model(run, *names, check);
  report.add(std::move(check));
  return Next::go_on;
}

void check_name(const TestRun& run, Report& report) {
  Check check{"name", "Model name", Verdict::passed, run.model, "", 0, 0, false};
  auto not_taken = [](const std::string&) {
    return false;
  };
  std::string alias = control::cursor_alias(run.model, not_taken);
  std::string family = control::cursor_family(run.model);
  if (!family.empty()) {
    check.verdict = Verdict::warning;
    check.detail = fmt::format("{}: Cursor may take it for one of its own ({})", run.model, family);
    check.row = row::name_collision;
  } else if (control::is_refused_by_cursor(run.model)) {
    check.verdict = Verdict::warning;
    check.detail = fmt::format("{}: Cursor was seen refusing such names", run.model);
    check.row = row::name_refused;
  }
  if (check.verdict == Verdict::warning)
    check.fix =
        fmt::format("serve it under an alias such as {} (litegw model list --cursor)", alias);
  report.add(std::move(check));
}

Next check_verify(Gateway& gateway, Report& report) {
  Result<Json> probe = parse_json(verify_probe);
  ChatAnswer answer = ask_chat(gateway, *probe);
  Check check{"verify",
              "Verify probe",
              Verdict::passed,
              "answered as Cursor expects",
              "",
              0,
              answer.took.count(),
              true};
  if (answer.problem) {
    set_problem(check, *answer.problem, broken(gateway));
    check.fix =
        "Cursor's Verify button posts a model of its own choice; litegw answers it itself on its "
        "/cursor routes";
    check.row = row::cors;
  }
  report.add(std::move(check));
  return next_after(answer.problem);
}

}  // namespace

void set_problem(Check& check, const Problem& problem, Verdict verdict) {
  check.verdict = verdict;
  check.detail = problem.detail;
  check.fix = problem.fix;
  if (problem.row != row::none) check.row = problem.row;
}

std::string find_base(Gateway& gateway) {
  std::vector<std::string> prefixes{gateway.prefix()};
  if (!gateway.prefix().empty()) prefixes.emplace_back();
  for (const std::string& prefix : prefixes) {
    for (const char* base : {"/cursor", "/v1", "/api/v1", ""}) {
      std::string path = prefix + base;
      if (path == gateway.url().path) continue;
      auto response =
          gateway.send(GatewayRequest{.method = "GET", .path = path + "/models", .whole = true});
      if (!response || problem_of(*response) || !model_names(*response)) continue;
      return gateway.origin() + path;
    }
  }
  return {};
}

Next check_account(Gateway& gateway, TestRun& run, Report& report) {
  check_cors(gateway, report);
  Next next = check_models(gateway, run, report);
  if (next != Next::go_on) return next;
  check_name(run, report);
  return check_verify(gateway, report);
}

}  // namespace litegw::cmd
