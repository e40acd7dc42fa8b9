#include <thread>

#include <doctest/doctest.h>

#include "tests/daemon/control/fake_daemon.h"

using namespace litegw;
using namespace litegw::control;
using namespace litegw::control::test;

namespace {

// Reads lines of GET /v1/log until `enough` says stop.
struct Followed {
  std::vector<std::string> ids;
  std::uint64_t heartbeat = 0;
  int status = 0;

  void take(const std::string& text) {
    Result<Json> line = parse_json(text);
    REQUIRE(line.has_value());
    if (line->contains("id"))
      ids.push_back((*line)["id"].get<std::string>());
    else
      heartbeat = (*line)["sequence"].get<std::uint64_t>();
  }
};

template <class Enough>
Followed follow(Running& running, const std::string& query, Enough enough) {
  auto client = http::Client::connect(http::unix_endpoint(running.socket()));
  REQUIRE(client.has_value());
  Followed seen;
  std::string buffer;
  http::OnAnswer callbacks;
  callbacks.on_body = [&](const http::Response& head, std::string_view piece, Duration) {
    seen.status = head.status;
    buffer.append(piece);
    std::size_t begin = 0;
    for (std::size_t end = buffer.find('\n'); end != std::string::npos;
         end = buffer.find('\n', begin)) {
      seen.take(buffer.substr(begin, end - begin));
      begin = end + 1;
    }
    buffer.erase(0, begin);
    return !enough(seen);
  };
  (void)client.value().request({.target = "/v1/log?" + query}, callbacks);
  return seen;
}

std::string name_of(int i) {
  return "req_" + std::to_string(10'000 + i);
}

}  // namespace

TEST_CASE("the last rows, filtered, and one of them") {
  Running running;
  for (int i = 0; i < 5; ++i)
    running.record(name_of(i), i % 2 == 0 ? "mock" : "gpt-4o");
  running.daemon.store().flush();
  Answer list = running.call("GET", "/v1/log?limit=2");
  REQUIRE(list.body["items"].size() == 2);
  CHECK(list.body["items"][1]["id"] == Json(name_of(4)));
  CHECK(list.body["items"][1]["cost_usd"] == Json("0.000001"));
  auto count = [&](const std::string& query) {
    return running.call("GET", "/v1/log?" + query).body["items"].size();
  };
  CHECK(count("model=gpt-4o") == 2);
  CHECK(count("status=ok") == 5);
  CHECK(count("status=error") == 0);
  CHECK(count("after=" + name_of(2)) == 2);
  CHECK(running.call("GET", "/v1/log/" + name_of(3)).body["request"]["id"] == Json(name_of(3)));
  CHECK(running.call("GET", "/v1/log/req_x").status == 404);
  CHECK(running.call("GET", "/v1/log?status=4x").param() == "status");
  CHECK(running.call("GET", "/v1/log?limit=-1").param() == "limit");
  CHECK(running.call("GET", "/v1/log?nonsense=1").status == 400);
  CHECK(running.call("GET", "/v1/log?after=req_x&follow=true").status == 404);
}

TEST_CASE("following sees every row once, in order, while they are stored") {
  Running running;
  for (int i = 0; i < 10; ++i)
    running.record(name_of(i));
  running.daemon.store().flush();
  constexpr std::size_t all = 700;  // several pages
  constexpr std::size_t before = 6;
  std::thread writer([&running] {
    for (int i = 10; i < int{all}; ++i)
      running.record(name_of(i));
  });
  Followed seen = follow(running, "follow=true&limit=4",
                         [](const Followed& f) { return f.ids.size() >= all - before; });
  writer.join();
  // The four newest rows were asked for; how many the writer had added by then is not known.
  REQUIRE_FALSE(seen.ids.empty());
  int first = std::stoi(seen.ids.front().substr(4)) - 10'000;
  for (std::size_t i = 0; i < seen.ids.size(); ++i)
    REQUIRE(seen.ids[i] == name_of(first + static_cast<int>(i)));
}

TEST_CASE("following resumes after a sequence without losing or doubling a row") {
  Running running;
  for (int i = 0; i < 450; ++i)
    running.record(name_of(i));
  running.daemon.store().flush();
  std::uint64_t last = running.daemon.store().last_sequence();
  auto caught_up = [&](const Followed& f) {
    return f.heartbeat == last;
  };
  Followed all = follow(running, "follow=true&after_sequence=0", caught_up);
  CHECK(all.ids.size() == 450);
  Followed rest =
      follow(running, "follow=true&after_sequence=" + std::to_string(last - 7), caught_up);
  REQUIRE(rest.ids.size() == 7);
  CHECK(rest.ids.front() == name_of(443));
}

TEST_CASE("a reader that knows more than is stored begins anew") {
  Running running;
  running.record(name_of(0));
  running.daemon.store().flush();
  std::uint64_t last = running.daemon.store().last_sequence();
  Followed seen = follow(running, "follow=true&after_sequence=999999",
                         [&](const Followed& f) { return f.heartbeat == last; });
  CHECK(seen.heartbeat == last);
  CHECK(seen.ids.empty());
}

TEST_CASE("an export is complete and ends") {
  Running running;
  for (int i = 0; i < 450; ++i)
    running.record(name_of(i), i % 3 == 0 ? "gpt-4o" : "mock");
  running.daemon.store().flush();
  Followed seen =
      follow(running, "export=true&model=gpt-4o", [](const Followed&) { return false; });
  CHECK(seen.ids.size() == 150);
  CHECK(seen.status == 200);
}

TEST_CASE("a reader that stands still holds up nobody, and gets everything later") {
  Running running;
  running.record(name_of(0));
  running.daemon.store().flush();
  constexpr std::size_t all = 1200;
  bool stands_still = true;
  Followed seen = follow(running, "follow=true&after_sequence=0", [&](const Followed& f) {
    if (!stands_still) return f.ids.size() >= all;
    stands_still = false;  // the stream is open, and nothing is read from it now
    for (int i = 1; i < int{all}; ++i)
      running.record(name_of(i));
    running.daemon.store().flush();
    CHECK(running.call("GET", "/v1/status").status == 200);
    CHECK(running.daemon.store().info().dropped == 0);
    return false;
  });
  REQUIRE(seen.ids.size() == all);
  for (std::size_t i = 0; i < all; ++i)
    REQUIRE(seen.ids[i] == name_of(static_cast<int>(i)));
}

TEST_CASE("the daemon stops while readers follow") {
  std::vector<std::thread> readers;
  {
    Running running;
    std::atomic<int> begun{0};
    for (int i = 0; i < 5; ++i)
      readers.emplace_back([&running, &begun] {
        follow(running, "follow=true", [&](const Followed&) {
          ++begun;
          return false;
        });
      });
    while (begun < 5)
      std::this_thread::yield();
  }
  for (std::thread& reader : readers)
    reader.join();
}

TEST_CASE("spend is reported by what is asked for") {
  Running running;
  for (int i = 0; i < 6; ++i)
    running.record(name_of(i), i < 4 ? "mock" : "gpt-4o");
  running.daemon.store().flush();
  Answer report = running.call("GET", "/v1/spend?by=model");
  REQUIRE(report.body["items"].size() == 2);
  CHECK(dump(report.body["items"][0]["by"]) == R"(["mock"])");
  CHECK(report.body["items"][0]["requests"] == Json(4));
  CHECK(report.body["total"]["cost_usd"] == Json("0.000006"));
  CHECK(running.call("GET", "/v1/spend?by=day&by=model").body["items"].size() == 2);
  CHECK(running.call("GET", "/v1/spend?by=modle").message() ==
        "no report by 'modle'; did you mean 'model'?");
  CHECK(running.call("GET", "/v1/spend?by=key&by=key").param() == "by");
}
