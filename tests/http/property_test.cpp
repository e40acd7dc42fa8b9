// Properties that hold for any message, whatever it holds and wherever it is split.
#include <string>
#include <utility>
#include <vector>

#include <rapidcheck.h>

#include <doctest/doctest.h>

#include "common/base/text.h"
#include "common/http/body.h"
#include "common/http/head.h"
#include "common/http/sse.h"
#include "common/http/writer.h"

using namespace litegw;
using namespace litegw::http;

namespace {

rc::Gen<std::string> token() {
  return rc::gen::nonEmpty(
      rc::gen::container<std::string>(rc::gen::elementOf(std::string("abcXYZ019!#$%&'*+-.^_`|~"))));
}

// Any bytes; most can be written, those with control bytes must be refused.
rc::Gen<std::string> value() {
  return rc::gen::oneOf(rc::gen::container<std::string>(rc::gen::inRange<char>(0x20, 0x7F)),
                        rc::gen::container<std::string>(
                            rc::gen::elementOf(std::string("a \t\r\n\x80\xff\x7f\0", 9))));
}

// Pieces of `text`, cut where `cuts` says.
std::vector<std::string_view> split_at(std::string_view text,
                                       const std::vector<std::size_t>& cuts) {
  std::vector<std::string_view> pieces;
  for (std::size_t cut : cuts) {
    std::size_t size = text.empty() ? 0 : cut % (text.size() + 1);
    pieces.push_back(text.substr(0, size));
    text.remove_prefix(size);
  }
  pieces.push_back(text);
  return pieces;
}

std::string read_body(const std::vector<std::string_view>& pieces, Framing framing, bool& done) {
  BodyReader reader(framing, {});
  std::string body;
  for (std::string_view piece : pieces) {
    while (!piece.empty() && !reader.done()) {
      BodyReader::Piece taken = reader.feed(piece).value();
      body += taken.data;
      piece.remove_prefix(taken.consumed);
    }
  }
  done = reader.done();
  return body;
}

using Events = std::vector<std::pair<std::string, std::string>>;

Events read_events(const std::vector<std::string_view>& pieces) {
  SseParser parser;
  Events events;
  for (std::string_view piece : pieces) {
    Status fed = parser.feed(piece, [&](const SseEvent& event) {
      events.emplace_back(std::string(event.type) + "/" + std::string(event.id), event.data);
    });
    RC_ASSERT(fed.has_value());
  }
  return events;
}

}  // namespace

TEST_CASE("a head that was written is read back, and one that cannot be read is not written") {
  bool held = rc::check([] {
    auto target = "/" + *token();
    RC_PRE(target.find('#') == std::string::npos && target.find('%') == std::string::npos);
    auto fields =
        *rc::gen::container<std::vector<std::pair<std::string, std::string>>>(rc::gen::pair(
            rc::gen::map(token(), [](const std::string& name) { return "X-" + name; }), value()));
    RC_PRE(fields.size() < max_fields);
    std::string out;
    HeadWriter writer(out);
    writer.request_line("GET", target);
    writer.field("Host", "h");
    bool clean = true;
    for (const auto& [name, text] : fields) {
      writer.field(name, text);
      clean = clean && is_field_value(text);
    }
    RC_ASSERT(writer.finish().has_value() == clean);
    if (!clean) {
      RC_ASSERT(out.empty());
      return;
    }
    std::size_t scanned = 0;
    RC_ASSERT(find_head_end(out, scanned) == out.size());
    RequestHead head;
    RC_ASSERT(parse_request_head(out, {}, head).has_value());
    RC_ASSERT(head.target == target);
    RC_ASSERT(head.fields.size() == fields.size() + 1);
    const Field* field = head.fields.begin() + 1;
    for (const auto& [name, text] : fields) {
      RC_ASSERT(field->name == name);
      RC_ASSERT(field->value == trim(text));
      ++field;
    }
  });
  CHECK(held);
}

TEST_CASE("a chunked body gives the same bytes wherever it is cut") {
  bool held =
      rc::check([](const std::vector<std::string>& chunks, const std::vector<std::size_t>& cuts) {
        std::string encoded;
        std::string plain;
        for (const std::string& chunk : chunks) {
          if (chunk.empty()) continue;
          encoded.append(chunk_header(chunk.size())).append(chunk).append(chunk_end);
          plain += chunk;
        }
        encoded += last_chunk;
        bool done = false;
        RC_ASSERT(read_body(split_at(encoded, cuts), {Framing::Kind::chunked, 0}, done) == plain);
        RC_ASSERT(done);
      });
  CHECK(held);
}

TEST_CASE("a counted body gives the same bytes wherever it is cut") {
  bool held = rc::check([](const std::string& plain, const std::vector<std::size_t>& cuts) {
    bool done = false;
    std::string read =
        read_body(split_at(plain + "next", cuts), {Framing::Kind::length, plain.size()}, done);
    RC_ASSERT(read == plain);
    RC_ASSERT(done);
  });
  CHECK(held);
}

TEST_CASE("an event stream gives the same events wherever it is cut") {
  bool held = rc::check([](const std::vector<std::size_t>& cuts) {
    auto lines = *rc::gen::container<std::vector<std::string>>(rc::gen::element<std::string>(
        "data: a", "data:b", "data", "data:", "event: x", "id: 7", ": note", "", "", "retry: 1",
        "\xEF\xBB\xBF"
        "data: m",
        "data: \xE2\x82\xAC", "dat"));
    std::string stream;
    for (const std::string& line : lines) {
      stream += line + *rc::gen::element<std::string>("\n", "\r\n", "\r");
    }
    RC_ASSERT(read_events(split_at(stream, cuts)) == read_events({stream}));
  });
  CHECK(held);
}

TEST_CASE("no bytes make the parsers fail in another way than by an error") {
  bool held = rc::check([](const std::string& bytes) {
    RequestHead request;
    ResponseHead response;
    std::size_t scanned = 0;
    std::size_t end = find_head_end(bytes, scanned);
    RC_ASSERT(end <= bytes.size());
    static_cast<void>(parse_request_head(bytes, {}, request));
    static_cast<void>(parse_response_head(bytes, {}, "GET", response));
  });
  CHECK(held);
}
