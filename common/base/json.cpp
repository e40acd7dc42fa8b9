#include "common/base/json.h"

#include <algorithm>
#include <unordered_set>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "common/base/text.h"

namespace litegw {
namespace {

constexpr auto replace_invalid = Json::error_handler_t::replace;

// Builds the value and checks depth and member names on the way, in one pass: nlohmann's own parser
// checks neither, and this is on the path of every translated request.
class Builder : public nlohmann::json_sax<Json> {
 public:
  explicit Builder(const JsonLimits& limits) : limits_(limits) {}

  bool null() override { return add(nullptr) != nullptr; }
  bool boolean(bool value) override { return add(value) != nullptr; }
  bool number_integer(number_integer_t value) override { return add(value) != nullptr; }
  bool number_unsigned(number_unsigned_t value) override { return add(value) != nullptr; }
  bool number_float(number_float_t value, const string_t&) override {
    return add(value) != nullptr;
  }
  bool string(string_t& value) override { return add(std::move(value)) != nullptr; }
  bool binary(binary_t&) override { return false; }
  bool start_object(std::size_t) override { return enter(Json::object()); }
  bool end_object() override { return leave(); }
  bool start_array(std::size_t) override { return enter(Json::array()); }
  bool end_array() override { return leave(); }
  bool key(string_t& name) override {
    key_ = std::move(name);
    if (!limits_.refuse_duplicate_names || open_.back().is_new(key_)) return true;
    problem =
        fmt::format("member '{}' appears twice in one object", escape_control(shorten(key_, 60)));
    return false;
  }
  bool parse_error(std::size_t position, const std::string&,
                   const nlohmann::detail::exception& error) override {
    problem = fmt::format("at byte {}: {}", position, reason(error.what()));
    return false;
  }

  Json root;
  std::string problem;

 private:
  // An object or array that has not ended. Its place does not move: what holds it grows again only
  // after it has ended.
  struct Open {
    Json* value;
    std::unordered_set<std::string> names;  // of a large object; small ones are searched

    bool is_new(const std::string& name) {
      const auto& members = value->get_ref<const Json::object_t&>();
      constexpr std::size_t searched = 24;
      if (members.size() < searched)
        return std::ranges::none_of(members, [&](const auto& m) { return m.first == name; });
      if (names.empty())
        for (const auto& [known, member] : members)
          names.insert(known);
      return names.insert(name).second;
    }
  };

  template <class T>
  Json* add(T&& item) {
    if (open_.empty()) {
      root = std::forward<T>(item);
      return &root;
    }
    Json& parent = *open_.back().value;
    if (parent.is_array()) {
      auto& items = parent.get_ref<Json::array_t&>();
      items.emplace_back(std::forward<T>(item));
      return &items.back();
    }
    // The vector below the map: its own emplace would search for the name again.
    auto& members = static_cast<Json::object_t::Container&>(parent.get_ref<Json::object_t&>());
    members.emplace_back(std::move(key_), std::forward<T>(item));
    return &members.back().second;
  }

  bool enter(Json empty) {
    if (open_.size() >= limits_.max_depth) {
      problem = fmt::format("nested deeper than {} levels", limits_.max_depth);
      return false;
    }
    Json* made = add(std::move(empty));
    open_.push_back(Open{made, {}});
    return true;
  }
  bool leave() {
    open_.pop_back();
    return true;
  }
  // nlohmann's text is "[json.exception.parse_error.101] parse error at line 1, column 2: syntax
  // error ...".
  static std::string reason(std::string_view text) {
    std::size_t at = text.find(": ");
    return escape_control(shorten(at == std::string_view::npos ? text : text.substr(at + 2), 160));
  }

  const JsonLimits& limits_;
  std::vector<Open> open_;
  std::string key_;
};

}  // namespace

Result<Json> parse_json(std::string_view text, const JsonLimits& limits) {
  Builder builder(limits);
  if (!Json::sax_parse(text, &builder))
    return make_error(ErrorCode::invalid_json, "not valid JSON: " + builder.problem);
  return std::move(builder.root);
}

std::string dump(const Json& value) {
  return value.dump(-1, ' ', false, replace_invalid);
}
std::string dump_pretty(const Json& value) {
  return value.dump(2, ' ', false, replace_invalid);
}

}  // namespace litegw
