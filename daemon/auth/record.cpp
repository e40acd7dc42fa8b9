#include "daemon/auth/record.h"

namespace litegw::auth {
namespace {

std::optional<std::int64_t> to_count(const Json& object, const char* name) {
  auto found = object.find(name);
  if (found == object.end()) return std::nullopt;
  return found->get<std::int64_t>();
}

}  // namespace

Json from_time(Time time) {
  return time.time_since_epoch().count();
}
Time to_time(const Json& value) {
  return Time(Duration(value.get<std::int64_t>()));
}

Json from_limits(const Limits& limits) {
  Json out = Json::object();
  for (const BudgetLimit& budget : limits.budgets)
    out["budgets"].push_back({{"nano", budget.amount.nano()}, {"window", budget.window}});
  if (limits.rpm) out["rpm"] = *limits.rpm;
  if (limits.tpm) out["tpm"] = *limits.tpm;
  if (limits.parallel) out["parallel"] = *limits.parallel;
  return out;
}

Limits to_limits(const Json& record) {
  Limits limits;
  if (auto budgets = record.find("budgets"); budgets != record.end())
    for (const Json& budget : *budgets)
      limits.budgets.push_back({Money::nano(budget.at("nano").get<std::int64_t>()),
                                budget.at("window").get<std::string>()});
  limits.rpm = to_count(record, "rpm");
  limits.tpm = to_count(record, "tpm");
  limits.parallel = to_count(record, "parallel");
  return limits;
}

void add_model_limits(Json& record, const std::map<std::string, Limits>& limits) {
  for (const auto& [model, of_model] : limits)
    record["model_limits"][model] = from_limits(of_model);
}

std::map<std::string, Limits> to_model_limits(const Json& record) {
  std::map<std::string, Limits> out;
  if (auto models = record.find("model_limits"); models != record.end())
    for (const auto& [model, limits] : models->items())
      out[model] = to_limits(limits);
  return out;
}

Json from_map(const std::map<std::string, std::string>& map) {
  Json out = Json::object();
  for (const auto& [name, value] : map)
    out[name] = value;
  return out;
}

std::map<std::string, std::string> to_map(const Json& record, const char* name) {
  std::map<std::string, std::string> out;
  if (auto found = record.find(name); found != record.end())
    for (const auto& [key, value] : found->items())
      out[key] = value.template get<std::string>();
  return out;
}

std::vector<std::string> to_list(const Json& record, const char* name) {
  auto found = record.find(name);
  return found == record.end() ? std::vector<std::string>{}
                               : found->get<std::vector<std::string>>();
}

std::string to_string(const Json& record, const char* name) {
  auto found = record.find(name);
  return found == record.end() ? std::string{} : found->get<std::string>();
}

Status check_version(const Json& record, int newest, const char* what) {
  if (!record.is_object() || !record.contains("v") || !record["v"].is_number_integer())
    return make_error(ErrorCode::internal, fmt::format("a {} record without a version", what));
  if (auto found = record["v"].get<std::int64_t>(); found > newest)
    return make_error(
        ErrorCode::store_unavailable,
        fmt::format("a {} record of version {}, this litegwd reads up to {}", what, found, newest),
        "run the newer litegwd that wrote it");
  return {};
}

}  // namespace litegw::auth
