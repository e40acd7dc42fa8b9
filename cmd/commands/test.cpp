#include <memory>
#include <optional>

#include <fmt/format.h>

#include "cmd/commands/commands.h"
#include "cmd/gateway/checks.h"
#include "cmd/gateway/log_check.h"
#include "cmd/interrupt.h"
#include "cmd/registry.h"
#include "cmd/secrets.h"
#include "common/base/ids.h"
#include "common/control/keys.h"

namespace litegw::cmd {
namespace {

constexpr Duration key_lifetime = minutes(10);
constexpr Duration between_tries = milliseconds(250);

struct TestFlags {
  std::string base_url, model, key_file, timeout = "30s", wait, silence = "45s";
  bool allow_private = false, deep = false;
};

// A key for ten minutes and ten cents, made on the daemon's own machine and deleted at the end.
class LoanedKey {
 public:
  static Result<LoanedKey> make(Context& context, const std::string& model) {
    control::KeyCreate request;
    request.name = new_object_id("litegw-test-");
    request.budgets = {control::Budget{cents(10), ""}};
    request.expires_at = context.console().now() + key_lifetime;
    if (!model.empty()) request.models = {model};
    auto answer = context.client().send<control::KeyView>("POST", control::path::keys, request);
    if (!answer) return answer.error();
    return LoanedKey(context, answer->value.id, answer->value.key.value_or(Secret()));
  }
  const Secret& secret() const { return secret_; }

  LoanedKey(LoanedKey&& other) noexcept
      : context_(other.context_),
        id_(std::exchange(other.id_, {})),
        secret_(std::move(other.secret_)) {}
  LoanedKey& operator=(LoanedKey&&) = delete;
  ~LoanedKey() {
    if (id_.empty()) return;
    auto gone = context_->client().send<control::KeyView>(
        "DELETE", control::object_path(control::path::keys, id_));
    if (!gone)
      context_->output().warning(
          fmt::format("the key {} made for this test stays until it expires in {}", id_,
                      to_text(key_lifetime)));
  }

 private:
  LoanedKey(Context& context, std::string id, Secret secret)
      : context_(&context), id_(std::move(id)), secret_(std::move(secret)) {}

  Context* context_;
  std::string id_;
  Secret secret_;
};

Result<Secret> given_key(Context& context, const TestFlags& flags) {
  if (!flags.key_file.empty()) return read_key(context, flags.key_file);
  std::string from_environment = context.console().environment("LITEGW_API_KEY").value_or("");
  if (!from_environment.empty()) return Secret(std::move(from_environment));
  if (!context.settings().key_file.empty()) return read_key(context, context.settings().key_file);
  return Secret();
}

Result<http::Url> given_url(Context& context, const TestFlags& flags, std::string& typed) {
  typed = flags.base_url.empty() ? context.settings().base_url : flags.base_url;
  if (typed.empty())
    return make_error(ErrorCode::usage, "no base URL was given",
                      "add --base-url https://YOUR-NAME/cursor, or set LITEGW_BASE_URL");
  Result<http::Url> url = http::parse_url(typed);
  if (url) return url;
  return make_error(ErrorCode::usage, "--base-url: " + url.error().message,
                    "write it as https://YOUR-NAME/cursor");
}

Result<Duration> given_duration(const std::string& text, std::string_view flag) {
  Result<Duration> duration = parse_duration(text);
  if (duration) return duration;
  return make_error(ErrorCode::usage, fmt::format("{}: {}", flag, duration.error().message),
                    duration.error().hint);
}

Status wait_for_gateway(Context& context, const Gateway& gateway, Duration limit) {
  Time end = context.console().now() + limit;
  for (;;) {
    auto client = gateway.connect();
    if (client || client.error().kind == http::ClientError::Kind::tls) return {};
    if (context.console().now() >= end)
      return make_error(ErrorCode::timed_out, fmt::format("nothing answered within {}: {}",
                                                          to_text(limit), client.error().message));
    context.console().pause(between_tries);
  }
}

int exit_code(Next next, const Report& report) {
  if (next == Next::unreachable) return error_info(ErrorCode::daemon_not_running).exit_code;
  if (next == Next::refused) return error_info(ErrorCode::invalid_key).exit_code;
  return report.failures() > 0 ? error_info(ErrorCode::check_failed).exit_code : 0;
}

Next run_checks(Context& context, Gateway& gateway, TestRun& run, Report& report) {
  Next next = check_connection(gateway, run, report);
  if (next == Next::go_on) next = check_account(gateway, run, report);
  if (next == Next::go_on) next = check_chat(gateway, run, report);
  if (next == Next::go_on) next = check_shapes(gateway, run, report);
  if (next == Next::go_on) next = check_tools(gateway, run, report);
  if (next == Next::go_on) next = check_names(gateway, run, report);
  if (next == Next::go_on) next = check_usage(gateway, run, report);
  if (next == Next::go_on) next = check_deep(gateway, run, report);
  if (next == Next::go_on) check_log(context, gateway, report);
  return next;
}

Result<TestRun> planned_run(const TestFlags& flags, std::string typed) {
  constexpr Duration longest_silence = minutes(2);  // that litegw grants
  Result<Duration> silence = given_duration(flags.silence, "--silence");
  if (!silence) return silence.error();
  if (*silence > longest_silence)
    return make_error(ErrorCode::usage, "--silence: at most 2m", "write it as 45s");
  TestRun run;
  run.typed = std::move(typed);
  run.allow_private = flags.allow_private;
  run.deep = flags.deep;
  run.silence = *silence;
  run.model = flags.model;
  return run;
}

// A key of this machine's daemon, when none was given.
Status lend_key(Context& context, const TestFlags& flags, Gateway& gateway,
                std::optional<LoanedKey>& loaned) {
  if (!gateway.key().empty()) return {};
  Result<LoanedKey> made = LoanedKey::make(context, flags.model);
  if (!made)
    return make_error(ErrorCode::usage,
                      "no key was given, and none could be made here: " + made.error().message,
                      "set LITEGW_API_KEY, or add --key-file FILE (- reads stdin)");
  loaned.emplace(std::move(*made));
  gateway.set_key(loaned->secret());
  return {};
}

Result<int> test_gateway(Context& context, const TestFlags& flags) {
  std::string typed;
  Result<http::Url> url = given_url(context, flags, typed);
  if (!url) return url.error();
  Result<Duration> timeout = given_duration(flags.timeout, "--timeout");
  if (!timeout) return timeout.error();
  Result<TestRun> run = planned_run(flags, typed);
  if (!run) return run.error();
  Result<Secret> key = given_key(context, flags);
  if (!key) return key.error();
  Gateway gateway(*url, *key, *timeout);
  if (!flags.wait.empty()) {
    Result<Duration> wait = given_duration(flags.wait, "--wait");
    if (!wait) return wait.error();
    Status there = wait_for_gateway(context, gateway, *wait);
    if (!there) return there.error();
  }
  InterruptWatch watch;  // the key is deleted on every way out
  std::optional<LoanedKey> loaned;
  Status lent = lend_key(context, flags, gateway, loaned);
  if (!lent) return lent.error();
  Report report(context.output());
  Next next = run_checks(context, gateway, *run, report);
  if (next == Next::interrupted) return make_error(ErrorCode::interrupted, "interrupted", "");
  int code = exit_code(next, report);
  std::string shown_key = loaned
                              ? "make one: litegw cursor setup"
                              : fmt::format("{} (the one you tested with)", gateway.key().masked());
  const bool works = report.passed("chat") && report.passed("stream");
  report.finish(Paste{gateway.base_url(), shown_key, works ? run->model : ""}, code);
  return code;
}

}  // namespace

void add_test_commands(Registry& registry) {
  CLI::App& test = registry.command(
      registry.root(), "test", "Test a gateway the way its clients see it, from any machine",
      {"litegw test --base-url https://llm.example.com/cursor",
       "litegw test --base-url https://llm.example.com/cursor --deep",
       "litegw test --base-url https://llm.example.com/v1 --key-file my.key --json",
       "litegw test --base-url http://127.0.0.1:4000/cursor --allow-private"});
  test.group("Watching");
  auto flags = std::make_shared<TestFlags>();
  add_text(test, "--base-url", flags->base_url, "As a client gets it; or LITEGW_BASE_URL", "URL");
  add_text(test, "--model", flags->model, "Model to call (default: the first that the key may)",
           "MODEL");
  add_text(test, "--key-file", flags->key_file,
           "File with the key; - reads stdin; or LITEGW_API_KEY. Without a key, on the daemon's "
           "own machine: one for 10 minutes and $0.10 is made and deleted",
           "FILE|-");
  test.add_flag("--allow-private", flags->allow_private,
                "Private addresses and plain http are no failure: for use inside");
  test.add_flag("--deep", flags->deep, "Also a long silence in a stream, and a body of 5 MiB");
  add_text(test, "--silence", flags->silence, "How long, with --deep (default 45s, at most 2m)",
           "DURATION");
  add_text(test, "--timeout", flags->timeout, "For each answer (default 30s)", "DURATION");
  add_text(test, "--wait", flags->wait, "Wait until something answers, at most so long",
           "DURATION");
  registry.run(test, "test the gateway",
               [flags](Context& context) { return test_gateway(context, *flags); });
}

}  // namespace litegw::cmd
