#include "common/http/writer.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace litegw::http {

bool is_field_value(std::string_view text) {
  return find_value_end(text.begin(), text.end()) == text.end();
}

void FieldBlock::add(FieldName name, std::string_view value) {
  refused_ |= !is_field_value(value);
  lines_.append(name.text()).append(": ").append(value).append("\r\n");
}

void FieldBlock::add(FieldName name, std::int64_t value, std::string_view unit) {
  refused_ |= !is_field_value(unit);
  lines_.append(name.text());
  number(value);
  lines_.append(unit).append("\r\n");
}

void FieldBlock::add_other(std::string_view name, std::int64_t value) {
  refused_ |= !is_token(name);
  lines_.append(name);
  number(value);
  lines_.append("\r\n");
}

void FieldBlock::number(std::int64_t value) {
  std::array<char, 20> digits{};
  auto [end, error] = std::to_chars(digits.data(), digits.data() + digits.size(), value);
  static_cast<void>(error);  // 64 bits are at most 19 digits and a sign
  lines_.append(": ").append(digits.data(), end);
}

void HeadWriter::request_line(std::string_view method, std::string_view target) {
  bool fits =
      is_token(method) && !target.empty() &&
      std::all_of(target.begin(), target.end(), [](char c) { return is(target_character, c); });
  if (!fits) {
    refused_ = true;
    return;
  }
  out_.append(method).append(1, ' ').append(target).append(" HTTP/1.1\r\n");
}

void HeadWriter::status_line(int status) {
  if (status < 100 || status > 599) {
    refused_ = true;
    return;
  }
  std::array<char, 3> digits{static_cast<char>('0' + status / 100),
                             static_cast<char>('0' + status / 10 % 10),
                             static_cast<char>('0' + status % 10)};
  out_.append("HTTP/1.1 ").append(digits.data(), digits.size()).append(1, ' ');
  out_.append(reason_phrase(status)).append("\r\n");
}

void HeadWriter::field(std::string_view name, std::string_view value) {
  if (!is_token(name) || !is_field_value(value)) {
    refused_ = true;
    return;
  }
  out_.append(name).append(": ").append(value).append("\r\n");
}

void HeadWriter::field(std::string_view name, std::uint64_t value) {
  std::array<char, 20> digits{};
  auto [end, error] = std::to_chars(digits.data(), digits.data() + digits.size(), value);
  static_cast<void>(error);  // 64 bits are at most 20 digits
  field(name, std::string_view(digits.data(), static_cast<std::size_t>(end - digits.data())));
}

void HeadWriter::fields(const FieldBlock& block) {
  refused_ |= block.refused_;
  out_.append(block.lines_);
}

Status HeadWriter::finish() {
  if (refused_) {
    out_.resize(start_);
    return make_error(ErrorCode::internal,
                      "A header that may not be sent was about to be written.");
  }
  out_.append("\r\n");
  return {};
}

std::string_view reason_phrase(int status) {
  struct Reason {
    int status;
    std::string_view phrase;
  };
  // RFC 9110 section 15, RFC 6585, RFC 4918; 499 is nginx's, 529 Anthropic's.
  static constexpr std::array reasons{
      Reason{100, "Continue"},
      Reason{200, "OK"},
      Reason{201, "Created"},
      Reason{202, "Accepted"},
      Reason{204, "No Content"},
      Reason{304, "Not Modified"},
      Reason{400, "Bad Request"},
      Reason{401, "Unauthorized"},
      Reason{402, "Payment Required"},
      Reason{403, "Forbidden"},
      Reason{404, "Not Found"},
      Reason{405, "Method Not Allowed"},
      Reason{406, "Not Acceptable"},
      Reason{408, "Request Timeout"},
      Reason{409, "Conflict"},
      Reason{411, "Length Required"},
      Reason{413, "Content Too Large"},
      Reason{414, "URI Too Long"},
      Reason{415, "Unsupported Media Type"},
      Reason{417, "Expectation Failed"},
      Reason{422, "Unprocessable Content"},
      Reason{425, "Too Early"},
      Reason{429, "Too Many Requests"},
      Reason{431, "Request Header Fields Too Large"},
      Reason{499, "Client Closed Request"},
      Reason{500, "Internal Server Error"},
      Reason{501, "Not Implemented"},
      Reason{502, "Bad Gateway"},
      Reason{503, "Service Unavailable"},
      Reason{504, "Gateway Timeout"},
      Reason{505, "HTTP Version Not Supported"},
      Reason{507, "Insufficient Storage"},
      Reason{529, "Overloaded"},
  };
  for (const Reason& reason : reasons) {
    if (reason.status == status) return reason.phrase;
  }
  return status < 400 ? "OK" : "Error";
}

}  // namespace litegw::http
