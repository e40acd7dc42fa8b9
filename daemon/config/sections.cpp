// Our own sections of the file: strict.
#include <algorithm>

#include <fmt/format.h>

#include "common/base/text.h"
#include "daemon/config/loading.h"
#include "daemon/config/settings.h"
#include "daemon/config/values.h"

namespace litegw::config {
namespace {

std::vector<std::string> names_in(std::string_view section) {
  std::vector<std::string> names;
  for (const Setting& setting : settings())
    if (setting.section == section) names.push_back(setting.name);
  return names;
}

// A key that belongs into another of our sections: "listen" in `store`.
std::string elsewhere(std::string_view name) {
  for (const Setting& setting : settings())
    if (setting.name == name) return fmt::format("; it belongs to '{}'", setting.section);
  return {};
}

void read_member(const std::string& section, const Member& member, Loading& loading,
                 Config& config) {
  const Setting* setting = find_setting(section, member.name);
  if (setting == nullptr) {
    std::vector<std::string> names = names_in(section);
    std::string guess = did_you_mean(member.name, names);
    if (guess.empty()) guess = elsewhere(member.name);
    loading.report.error(member.at,
                         fmt::format("{} has no key {}{}", section, shown(member.name), guess),
                         "keys: " + join(names, ", "), member.name.size());
    return;
  }
  const Node& value = *member.value;
  if (value.is_null()) {
    // An unset variable has had its warning.
    if (setting->may_be_null || !value.source.empty()) return;
    loading.report.error(member.at, fmt::format("{} has no value", setting->path()),
                         "leave the line out for the default", member.name.size());
    return;
  }
  Status read = setting->read(config, value);
  if (!read) {
    loading.report.error(value.at.line < 0 ? member.at : value.at,
                         fmt::format("{} {}", setting->path(), read.error().message),
                         read.error().hint, value.is_scalar() ? value.text.size() : 1);
    return;
  }
  config.origins[setting->path()] = loading.report.origin(member.at);
  if (setting->without_effect && setting->show(config) != setting->show(Config{}))
    loading.report.warn(member.at,
                        fmt::format("{} has no effect in this version yet", setting->path()),
                        "its default stays in force", member.name.size());
}

void check_file(const std::string& path, const std::string& name, const Node& root,
                Loading& loading) {
  if (path.empty()) return;
  Result<FileText> file = loading.environment.read_file(path, 64u << 20);
  if (file) return;
  Place at{0, -1, 0};
  std::string section = name.substr(0, name.find('.'));
  std::string key = name.substr(name.find('.') + 1);
  const Member* found = root.find(section);
  if (found != nullptr && found->value->find(key) != nullptr)
    at = found->value->find(key)->value->at;
  // Somebody else than the daemon's user may check the file.
  bool maybe = !loading.options.environment_known && file.error().code == ErrorCode::not_permitted;
  std::string message =
      fmt::format("{}: cannot read {}: {}", name, shown(path), file.error().message);
  if (maybe)
    loading.report.warn(at, message);
  else
    loading.report.error(at, message);
}

// What the rows alone cannot see.
void check_together(const Node& root, Loading& loading, const Config& config) {
  for (const TlsSettings& tls : config.server.tls) {
    check_file(tls.certificate, "server.tls", root, loading);
    check_file(tls.key, "server.tls", root, loading);
  }
  check_file(config.upstream.ca_file, "upstream.ca_file", root, loading);
  check_file(config.prices.file, "prices.file", root, loading);
  auto place = [&](const std::string& section, const std::string& key) {
    const Member* found = root.find(section);
    const Member* member = found == nullptr ? nullptr : found->value->find(key);
    return member == nullptr ? Place{0, -1, 0} : member->value->at;
  };
  if (!config.server.timezone.empty() && config.server.timezone != "UTC" &&
      !loading.environment.is_time_zone(config.server.timezone))
    loading.report.error(
        place("server", "timezone"),
        fmt::format("server.timezone: no time zone {}", shown(config.server.timezone)),
        "write UTC or a name like Europe/Berlin", config.server.timezone.size());
  if (config.server.listen.empty())
    loading.report.error(place("server", "listen"), "server.listen is empty",
                         R"(write ["127.0.0.1:4000"])");
  for (const std::string& address : config.admin_listen)
    if (std::find(config.server.listen.begin(), config.server.listen.end(), address) !=
        config.server.listen.end())
      loading.report.error(place("admin", "listen"),
                           fmt::format("{} is a public listener already", shown(address)),
                           "give the administration an address of its own");
}

}  // namespace

bool is_own_section(std::string_view name) {
  return std::any_of(settings().begin(), settings().end(),
                     [&](const Setting& setting) { return setting.section == name; });
}

std::vector<std::string> own_sections() {
  std::vector<std::string> names;
  for (const Setting& setting : settings())
    if (names.empty() || std::find(names.begin(), names.end(), setting.section) == names.end())
      names.push_back(setting.section);
  return names;
}

void read_settings(const Node& root, Loading& loading, Config& config) {
  for (const Member& section : root.members) {
    if (!is_own_section(section.name) || section.value->is_null()) continue;
    if (!section.value->is_map()) {
      loading.report.error(
          section.at,
          fmt::format("{} must be a map, not {}", section.name, kind_name(*section.value)),
          "keys: " + join(names_in(section.name), ", "), section.name.size());
      continue;
    }
    for (const Member& member : section.value->members)
      read_member(section.name, member, loading, config);
  }
  check_together(root, loading, config);
}

}  // namespace litegw::config
