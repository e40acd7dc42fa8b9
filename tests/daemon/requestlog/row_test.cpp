#include "daemon/requestlog/row.h"

#include <rapidcheck.h>

#include <doctest/doctest.h>

using namespace litegw;
using namespace litegw::requestlog;

namespace {

Row full_row() {
  Row row;
  row.id = "req_01hx";
  row.started = Time(Duration(1'763'900'000'123'456));
  row.duration_us = 1'500'000;
  row.first_byte_us = 250'000;
  row.outcome = Outcome::cut;
  row.status = 200;
  row.error_code = "upstream_timeout";
  row.error_message = "silent for 300 s";
  row.method = "POST";
  row.route = "/v1/chat/completions";
  row.key_id = "key_1";
  row.key_name = "ci";
  row.user_id = "usr_1";
  row.team_id = "team_1";
  row.asked_model = "fast";
  row.model = "gpt-4o";
  row.provider = "openai";
  row.upstream_model = "gpt-4o-2024-08-06";
  row.deployment_id = "d1";
  row.service_tier = "flex";
  row.stream = row.cursor = row.priced = true;
  row.shape = "chat";
  row.usage = {10, 20, 30, 40, 50, 60, 70, 80, 90, true, false};
  row.cost = Money::nano(132'000);
  row.held = cents(2);
  row.over = Money::nano(7);
  row.unsettled = true;
  row.request_bytes = 911;
  row.response_bytes = 1u << 20;
  row.client_address = "127.0.0.1";
  row.user_agent = "Cursor/3.0";
  row.end_user = "e";
  row.session = "s";
  row.tags = {"a", ""};
  row.attempts = {{"d0", "azure", 0, "refused", 1200}, {"d1", "openai", 200, "", 1'400'000}};
  row.finish_reason = "length";
  row.upstream_request_id = "u-1";
  return row;
}

// As it was before `held` and `over` came: they are the last members, a byte each when zero.
std::string encode_older(Row row) {
  row.held = row.over = Money{};
  std::string bytes = encode(row);
  bytes.resize(bytes.size() - 2);
  return bytes;
}

}  // namespace

TEST_CASE("a row is read back as it was written") {
  Row row = full_row();
  Row back = decode(encode(row)).value();
  CHECK(dump(to_json(back)) == dump(to_json(row)));
  CHECK(back.started == row.started);
  CHECK(back.usage == row.usage);
  CHECK(decode(encode(Row{})).value().id.empty());
}

TEST_CASE("a typical row takes about 300 bytes") {
  CHECK(encode(full_row()).size() < 300);
}

TEST_CASE("bytes that a later version added at the end are skipped") {
  CHECK(decode(encode(full_row()) + "more").value().id == "req_01hx");
}

TEST_CASE("a row of another version is refused by number") {
  std::string bytes = encode(full_row());
  bytes[0] = 7;
  CHECK(decode(bytes).error().message.find("version 7") != std::string::npos);
}

TEST_CASE("a row cut anywhere is an error") {
  std::string bytes = encode(full_row());
  std::size_t older = encode_older(full_row()).size();
  for (std::size_t length = 0; length < bytes.size(); ++length)
    CHECK_MESSAGE((length == older || decode(bytes.substr(0, length)).has_error()), length);
}

TEST_CASE("a row from before holds were kept is read without them") {
  Row row = decode(encode_older(full_row())).value();
  CHECK(row.upstream_request_id == "u-1");
  CHECK(row.attempts.size() == 2);
  CHECK(row.held.is_zero());
  CHECK(row.over.is_zero());
}

TEST_CASE("any bytes decode to a row or an error") {
  CHECK(rc::check([](std::string bytes, bool known_version) {
    if (known_version && !bytes.empty()) bytes[0] = 1;
    Result<Row> row = decode(bytes);
    if (row) RC_ASSERT(encode(*row).size() > 0);
  }));
}

TEST_CASE("one changed byte decodes to a row or an error") {
  const std::string good = encode(full_row());
  CHECK(rc::check([&](std::uint8_t value) {
    std::string bytes = good;
    bytes[*rc::gen::inRange<std::size_t>(0, bytes.size())] = static_cast<char>(value);
    Result<Row> row = decode(bytes);
    if (row) to_json(*row);
  }));
}

TEST_CASE("any numbers and texts survive") {
  CHECK(rc::check([](std::int64_t number, std::uint64_t bytes, const std::string& text,
                     const std::vector<std::string>& tags) {
    Row row;
    row.duration_us = number;
    row.cost = Money::nano(number);
    row.usage.output = number;
    row.request_bytes = bytes;
    row.error_message = text;
    row.tags = tags;
    Row back = decode(encode(row)).value();
    RC_ASSERT(back.duration_us == number);
    RC_ASSERT(back.cost == row.cost);
    RC_ASSERT(back.usage == row.usage);
    RC_ASSERT(back.request_bytes == bytes);
    RC_ASSERT(back.error_message == text);
    RC_ASSERT(back.tags == tags);
  }));
}

TEST_CASE("the JSON of a row has exact money and no error member text without an error") {
  Json json = to_json(full_row());
  CHECK(json["schema"] == "litegw.request.v1");
  CHECK(json["cost"] == "0.000132");
  CHECK(json["held"] == "0.02");
  CHECK(json["over"] == "0.000000007");
  CHECK(json["unsettled"] == true);
  CHECK(json["outcome"] == "cut");
  CHECK(json["time"] == "2025-11-23T12:13:20.123Z");
  CHECK(json["error"]["code"] == "upstream_timeout");
  CHECK(json["usage"]["total_input"] == 10 + 20 + 30 + 40 + 70 + 90);
  CHECK(to_json(Row{})["error"].is_null());
}
