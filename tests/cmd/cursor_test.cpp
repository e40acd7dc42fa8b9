// `litegw cursor setup`, and which names of models get in Cursor's way.
#include <doctest/doctest.h>

#include "common/control/cursor_names.h"
#include "common/control/daemon.h"
#include "common/control/keys.h"
#include "common/control/log.h"
#include "common/control/models.h"
#include "tests/cmd/support/fake_console.h"

using namespace litegw;
using namespace litegw::cmd::test;

namespace {

control::RequestRow row(std::uint64_t sequence, const std::string& key_id, int status) {
  control::RequestRow made;
  made.sequence = sequence;
  made.id = "req_" + std::to_string(sequence);
  made.key_id = key_id;
  made.status = status;
  made.cursor = true;
  made.shape = "responses";
  made.asked_model = "team-gpt-4o";
  made.duration_us = 1'200'000;
  made.user_agent = "Cursor/1.0";
  return made;
}

std::string log_of(const std::vector<control::RequestRow>& rows) {
  control::LogList list;
  for (const control::RequestRow& one : rows)
    list.items.push_back(control::encode(one));
  return dump(control::encode(list));
}

// A daemon with one model, in which Cursor's request shows up after the third look at the log.
Session daemon_with(const std::vector<control::RequestRow>& rows) {
  Session session;
  control::KeyView key;
  key.id = "key_1";
  key.name = "cursor";
  key.masked = "sk-...6789";
  key.created = true;
  key.key = Secret("sk-made-just-now-0123456789");
  session.daemon.answer("POST /v1/keys", dump(control::encode(key)), 201);
  control::ModelList models;
  models.items.emplace_back();
  models.items.back().name = "gpt-4o";
  models.items.back().cursor_collision = "gpt-*";
  models.items.back().cursor_alias = "team-gpt-4o";
  session.daemon.answer("GET /v1/models", dump(control::encode(models)));
  control::StatusView status;
  status.listeners.push_back({"0.0.0.0:4000", false, "public"});
  session.daemon.answer("GET /v1/status", dump(control::encode(status)));
  session.daemon.answer("GET /v1/log", log_of({}));
  session.daemon.on_ask = [&daemon = session.daemon, rows, looks = 0](const cmd::Ask& ask) mutable {
    if (ask.target.starts_with("/v1/log") && ++looks == 3)
      daemon.answer("GET /v1/log", log_of(rows));
  };
  return session;
}

}  // namespace

TEST_CASE("cursor setup makes a key, says what to paste, and that Cursor came") {
  Session session = daemon_with({row(7, "key_1", 200)});
  session.console.make_terminal();
  session.run("cursor setup --base-url https://llm.example.com/v1");
  CHECK(session.exit_code == 0);
  CHECK(matches_golden("cursor-setup.txt", session.console.out));
  CHECK(matches_golden("cursor-setup-notes.txt", session.console.error));
}

TEST_CASE("cursor setup as JSON has the fields, then the request") {
  Session session = daemon_with({row(7, "key_1", 200)});
  session.run("cursor setup --json --base-url https://llm.example.com");
  CHECK(session.exit_code == 0);
  CHECK(matches_golden("cursor-setup.jsonl", session.console.out));
}

TEST_CASE("cursor setup without a public URL prints a Caddyfile and a tunnel") {
  Session session = daemon_with({});
  session.console.make_terminal();
  session.run("cursor setup --no-wait");
  CHECK(session.exit_code == 0);
  CHECK(matches_golden("cursor-setup-private.txt", session.console.error));
}

TEST_CASE("cursor setup goes on waiting after a request that failed, until its time is over") {
  Session session = daemon_with({row(7, "", 401), row(8, "key_1", 400)});
  session.run("cursor setup --base-url https://llm.example.com/cursor --timeout 5s");
  CHECK(session.exit_code == 124);
  CHECK(session.console.error.find("its key is none of this gateway") != std::string::npos);
  CHECK(session.console.error.find("answered with 400") != std::string::npos);
}

TEST_CASE("what litegw test sends is not taken for Cursor") {
  control::RequestRow own = row(7, "key_1", 200);
  own.user_agent = "Cursor/1.0 litegw-test/0.1.0";
  Session session = daemon_with({own});
  session.run("cursor setup --base-url https://llm.example.com/cursor --timeout 5s");
  CHECK(session.exit_code == 124);
}

TEST_CASE("cursor setup uses the key of an earlier time and never shows it again") {
  Session session = daemon_with({});
  control::KeyView key;
  key.id = "key_0";
  key.name = "cursor";
  key.masked = "sk-...6789";
  session.daemon.answer("GET /v1/keys/cursor", dump(control::encode(key)));
  session.run("cursor setup --no-wait --base-url https://llm.example.com");
  CHECK(session.exit_code == 0);
  CHECK(session.console.out.find("sk-...6789") != std::string::npos);
  for (const cmd::Ask& ask : session.daemon.asked)
    CHECK(ask.method == "GET");
}

TEST_CASE("names that look like Cursor's own get an alias without vendor and upper case") {
  auto free = [](const std::string&) {
    return false;
  };
  CHECK(control::cursor_family("gpt-4o") == "gpt-*");
  CHECK(control::cursor_family("Claude-Sonnet-4-6") == "claude-*");
  CHECK(control::cursor_family("o3-mini") == "o3*");
  CHECK(control::cursor_family("team-gpt-4o").empty());
  CHECK(control::cursor_family("o365").empty());
  CHECK(control::cursor_family("gpt-*").empty());
  CHECK(control::is_refused_by_cursor("gloo-anthropic-claude-opus-4.7"));
  CHECK(control::is_refused_by_cursor("openai/gpt-4o"));
  CHECK_FALSE(control::is_refused_by_cursor("team-sonnet"));
  CHECK(control::cursor_alias("claude-sonnet-4-6", free) == "team-sonnet-4-6");
  CHECK(control::cursor_alias("gloo-anthropic-claude-opus-4.7", free) == "team-gloo-opus-4.7");
  CHECK(control::cursor_alias("openai/gpt-4o", free) == "team-gpt-4o");
  auto taken = [](const std::string& name) {
    return name == "team-gpt-4o";
  };
  CHECK(control::cursor_alias("gpt-4o", taken) == "team-gpt-4o-2");
}
