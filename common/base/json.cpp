#include "common/base/json.h"

#include <set>
#include <vector>

#include <fmt/format.h>

#include "common/base/text.h"

namespace litegw {
namespace {

constexpr auto replace_invalid = Json::error_handler_t::replace;

// Builds the value while it checks depth and member names, which nlohmann's own parser does not.
class Guard : public nlohmann::json_sax<Json> {
 public:
  explicit Guard(const JsonLimits& limits) : limits_(limits) {}

  bool null() override { return true; }
  bool boolean(bool) override { return true; }
  bool number_integer(number_integer_t) override { return true; }
  bool number_unsigned(number_unsigned_t) override { return true; }
  bool number_float(number_float_t, const string_t&) override { return true; }
  bool string(string_t&) override { return true; }
  bool binary(binary_t&) override { return true; }
  bool start_object(std::size_t) override {
    names_.emplace_back();
    return enter();
  }
  bool end_object() override {
    names_.pop_back();
    --depth_;
    return true;
  }
  bool start_array(std::size_t) override { return enter(); }
  bool end_array() override {
    --depth_;
    return true;
  }
  bool key(string_t& name) override {
    if (!limits_.refuse_duplicate_names || names_.back().insert(name).second) return true;
    problem =
        fmt::format("member '{}' appears twice in one object", escape_control(shorten(name, 60)));
    return false;
  }
  bool parse_error(std::size_t position, const std::string&,
                   const nlohmann::detail::exception& error) override {
    problem = fmt::format("at byte {}: {}", position, reason(error.what()));
    return false;
  }

  std::string problem;

 private:
  bool enter() {
    if (++depth_ <= limits_.max_depth) return true;
    problem = fmt::format("nested deeper than {} levels", limits_.max_depth);
    return false;
  }
  // nlohmann's text is "[json.exception.parse_error.101] parse error at line 1, column 2: syntax
  // error ...".
  static std::string reason(std::string_view text) {
    std::size_t at = text.find(": ");
    return escape_control(shorten(at == std::string_view::npos ? text : text.substr(at + 2), 160));
  }

  JsonLimits limits_;
  std::size_t depth_ = 0;
  std::vector<std::set<std::string>> names_;
};

}  // namespace

Result<Json> parse_json(std::string_view text, const JsonLimits& limits) {
  Guard guard(limits);
  if (!Json::sax_parse(text, &guard))
    return make_error(ErrorCode::invalid_json, "not valid JSON: " + guard.problem);
  return Json::parse(text);
}

std::string dump(const Json& value) {
  return value.dump(-1, ' ', false, replace_invalid);
}
std::string dump_pretty(const Json& value) {
  return value.dump(2, ' ', false, replace_invalid);
}

}  // namespace litegw
