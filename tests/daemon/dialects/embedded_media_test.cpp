#include "daemon/dialects/embedded_media.h"

#include <doctest/doctest.h>

#include "daemon/dialects/chat/scan.h"

namespace litegw::dialects {
namespace {

const std::string picture(1000, 'A');

// In a message of a chat; `content` is JSON.
EmbeddedMedia media_in(const std::string& content) {
  JsonReader reader;
  const std::string body =
      R"({"model":"m","messages":[{"role":"user","content":)" + content + "}]}";
  auto scan = chat::scan(reader, body);
  REQUIRE(scan.has_value());
  return scan->media;
}

void check_one(const std::string& content, std::size_t encoded_bytes) {
  CAPTURE(content.substr(0, 80));
  const EmbeddedMedia found = media_in(content);
  CHECK(found.count == 1);
  CHECK(found.encoded_bytes == encoded_bytes);
}

TEST_CASE("media count by the item, not by their base 64 text, in every dialect") {
  check_one(
      R"([{"type":"image_url","image_url":{"url":"data:image/png;base64,)" + picture + R"("}}])",
      1000);
  check_one(R"([{"type":"input_image","image_url":"data:image/png;base64,)" + picture + R"("}])",
            1000);
  check_one(R"([{"type":"file","file":{"filename":"a","file_data":"data:application/pdf;base64,)" +
                picture + R"("}}])",
            1000);
  check_one(R"([{"type":"image","source":{"type":"base64","media_type":"image/png","data":")" +
                picture + R"("}}])",
            1000);
  check_one(
      R"([{"source":{"data":")" + picture + R"(","media_type":"image/png","type":"base64"}}])",
      1000);
  check_one(
      R"([{"type":"input_audio","input_audio":{"data":")" + picture + R"(","format":"wav"}}])",
      1000);
  check_one(R"([{"type":"image_url","image_url":{"url":"https://example.com/a.png"}}])", 0);
  check_one(R"([{"type":"image","source":{"type":"url","url":"http://example.com/a.png"}}])", 0);
}

TEST_CASE("each of several media counts") {
  const std::string one = R"({"source":{"type":"base64","data":")" + picture + R"("}})";
  const EmbeddedMedia found = media_in("[" + one + "," + one + R"(,{"image_url":"https://a"}])");
  CHECK(found.count == 3);
  CHECK(found.encoded_bytes == 2000);
}

TEST_CASE("what only looks like media is text") {
  for (const std::string& content :
       {std::string(R"("how does base64 work?")"),
        R"("![](data:image/png;base64,)" + picture + ")\"",
        std::string(R"("data:image/png;base64,AAAA")"), std::string(R"([{"text":"http://a"}])"),
        R"([{"type":"redacted_thinking","data":")" + picture + R"("}])",
        std::string(R"([{"type":"base64"},{"data":"AAAA"}])"),
        std::string(R"([{"data":"AAAA"},{"type":"base64"}])"),
        std::string(R"([{"url":"data:text/plain,no"}])")}) {
    CAPTURE(content.substr(0, 80));
    CHECK(media_in(content).count == 0);
  }
}

}  // namespace
}  // namespace litegw::dialects
