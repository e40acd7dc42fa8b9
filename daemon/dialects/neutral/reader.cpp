#include "daemon/dialects/neutral/reader.h"

#include <cmath>
#include <utility>

#include <fmt/format.h>

#include "common/base/text.h"

namespace litegw::dialects {

std::string Place::text() const {
  std::string out = parent_ ? parent_->text() : std::string();
  if (index_) return out + '[' + std::to_string(*index_) + ']';
  if (name_.empty()) return out;
  if (!out.empty()) out += '.';
  return out + escape_control(shorten(name_, 64));
}

std::string_view json_kind(const Json& value) {
  switch (value.type()) {
    case Json::value_t::null:
      return "null";
    case Json::value_t::object:
      return "an object";
    case Json::value_t::array:
      return "an array";
    case Json::value_t::string:
      return "a string";
    case Json::value_t::boolean:
      return "a boolean";
    case Json::value_t::number_integer:
    case Json::value_t::number_unsigned:
    case Json::value_t::number_float:
      return "a number";
    case Json::value_t::binary:
    case Json::value_t::discarded:
      break;
  }
  return "something else";
}

void Reader::fail(const Place& at, std::string_view problem, ErrorCode code) {
  if (error_) return;
  std::string where = at.text();
  std::string message = where.empty() ? fmt::format("the request body {}", problem)
                                      : fmt::format("{}: {}", where, problem);
  error_ = make_error(code, std::move(message), {}, std::move(where));
}

Json* Reader::member(Json& object, std::string_view name) {
  if (!object.is_object()) return nullptr;
  for (auto& [key, value] : object.get_ref<Json::object_t&>())
    if (key == name) return value.is_null() ? nullptr : &value;
  return nullptr;
}

std::string Reader::text(Json& value, const Place& at) {
  if (value.is_string()) return std::move(value.get_ref<std::string&>());
  fail(at, fmt::format("must be a string, not {}", json_kind(value)));
  return {};
}

bool Reader::is_object(const Json& value, const Place& at) {
  if (value.is_object()) return true;
  fail(at, fmt::format("must be an object, not {}", json_kind(value)));
  return false;
}

bool Reader::is_array(const Json& value, const Place& at) {
  if (value.is_array()) return true;
  fail(at, fmt::format("must be an array, not {}", json_kind(value)));
  return false;
}

std::string Reader::text_member(Json& object, std::string_view name, const Place& parent) {
  Json* value = member(object, name);
  return value ? text(*value, Place(parent, name)) : std::string();
}

std::string Reader::needed_text(Json& object, std::string_view name, const Place& parent) {
  Json* value = member(object, name);
  if (!value) {
    fail(Place(parent, name), "is missing", ErrorCode::missing_parameter);
    return {};
  }
  std::string out = text(*value, Place(parent, name));
  if (out.empty()) fail(Place(parent, name), "must not be empty");
  return out;
}

std::optional<bool> Reader::flag(Json& object, std::string_view name, const Place& parent) {
  Json* value = member(object, name);
  if (!value) return std::nullopt;
  if (value->is_boolean()) return value->get<bool>();
  fail(Place(parent, name), fmt::format("must be true or false, not {}", json_kind(*value)));
  return std::nullopt;
}

std::optional<double> Reader::number(Json& object, std::string_view name, const Place& parent) {
  Json* value = member(object, name);
  if (!value) return std::nullopt;
  if (value->is_number()) return value->get<double>();
  fail(Place(parent, name), fmt::format("must be a number, not {}", json_kind(*value)));
  return std::nullopt;
}

std::optional<std::int64_t> Reader::integer(Json& object, std::string_view name,
                                            const Place& parent) {
  Json* value = member(object, name);
  if (!value) return std::nullopt;
  constexpr double exact = 9007199254740992.0;  // 2^53
  if (value->is_number_unsigned() &&
      value->get<std::uint64_t>() <= static_cast<std::uint64_t>(exact))
    return static_cast<std::int64_t>(value->get<std::uint64_t>());
  if (value->is_number_integer() && !value->is_number_unsigned()) return value->get<std::int64_t>();
  // Some languages write 100.0.
  double number = value->is_number() ? value->get<double>() : 0.5;
  if (std::abs(number) <= exact && number == std::floor(number))
    return static_cast<std::int64_t>(number);
  fail(Place(parent, name), fmt::format("must be a whole number, not {}",
                                        value->is_number() ? dump(*value) : json_kind(*value)));
  return std::nullopt;
}

std::vector<std::string> Reader::texts(Json& object, std::string_view name, const Place& parent) {
  std::vector<std::string> out;
  Json* value = member(object, name);
  if (!value) return out;
  Place at(parent, name);
  if (value->is_string()) {
    out.push_back(text(*value, at));
    return out;
  }
  if (!value->is_array()) {
    fail(at, fmt::format("must be a string or a list of strings, not {}", json_kind(*value)));
    return out;
  }
  for (std::size_t i = 0; i < value->size(); ++i)
    out.push_back(text((*value)[i], Place(at, i)));
  return out;
}

}  // namespace litegw::dialects
