#include "cmd/settings.h"

#include <array>
#include <map>

#include <fmt/format.h>
#include <unistd.h>

#include <yaml-cpp/yaml.h>

#include "common/base/text.h"

namespace litegw::cmd {
namespace {

using Values = std::map<std::string, std::string>;

const std::array<std::string, 7> known{"socket",   "output",   "color",   "quiet",
                                       "no_input", "base_url", "key_file"};

Error file_error(const std::string& path, const std::string& message, const std::string& hint) {
  return make_error(ErrorCode::usage, fmt::format("{}: {}", escape_control(path), message), hint);
}

Result<Values> take_members(const std::string& path, const YAML::Node& root) {
  Values values;
  if (!root || root.IsNull()) return values;
  if (!root.IsMap()) return file_error(path, "is no map", "write lines such as `output: json`");
  for (const auto& entry : root) {
    auto name = entry.first.as<std::string>();
    int line = entry.first.Mark().line + 1;
    if (std::find(known.begin(), known.end(), name) == known.end()) {
      std::string near = nearest(name, known);
      return file_error(fmt::format("{}:{}", path, line),
                        fmt::format("unknown setting '{}'", escape_control(shorten(name, 40))),
                        near.empty() ? "known are: " + join(known, ", ")
                                     : fmt::format("did you mean '{}'?", near));
    }
    if (!entry.second.IsScalar())
      return file_error(fmt::format("{}:{}", path, line), fmt::format("'{}' is no value", name),
                        "");
    values[name] = entry.second.as<std::string>();
  }
  return values;
}

Result<Values> read_file(const std::string& path) {
  if (path.empty() || ::access(path.c_str(), F_OK) != 0) return Values{};
  try {
    return take_members(path, YAML::LoadFile(path));
  } catch (const YAML::BadFile&) {
    return file_error(path, "cannot be read", "check its mode");
  } catch (const YAML::Exception& error) {
    return file_error(fmt::format("{}:{}", path, error.mark.line + 1), error.msg, "");
  }
}

bool is_on(const std::string& text) {
  return !text.empty() && text != "0" && text != "false" && text != "no";
}

}  // namespace

std::string settings_file(const Console& console) {
  std::string folder = console.environment("XDG_CONFIG_HOME").value_or("");
  if (!folder.starts_with('/')) {
    std::string home = console.environment("HOME").value_or("");
    if (!home.starts_with('/')) return {};
    folder = home + "/.config";
  }
  return folder + "/litegw/config.yaml";
}

Result<Settings> resolve_settings(const GlobalFlags& flags, const Console& console) {
  Result<Values> file = read_file(settings_file(console));
  if (!file) return file.error();
  auto pick = [&](const std::string& flag, const char* variable, const std::string& member) {
    if (!flag.empty()) return flag;
    std::string value = variable == nullptr ? "" : console.environment(variable).value_or("");
    return value.empty() ? (*file)[member] : value;
  };
  Settings settings;
  settings.socket = pick(flags.socket, "LITEGW_SOCKET", "socket");
  settings.base_url = pick("", "LITEGW_BASE_URL", "base_url");
  settings.key_file = (*file)["key_file"];
  settings.quiet = flags.quiet || is_on((*file)["quiet"]);
  settings.no_input = flags.no_input || is_on(pick("", "LITEGW_NO_INPUT", "no_input"));
  std::string format = flags.json ? "json" : pick(flags.format, nullptr, "output");
  if (flags.json && !flags.format.empty() && flags.format != "json")
    return make_error(ErrorCode::usage,
                      fmt::format("--json and -o {} exclude each other",
                                  escape_control(shorten(flags.format, 20))),
                      "give one of them");
  if (!format.empty()) {
    Result<Format> parsed = parse_format(format);
    if (!parsed) return parsed.error();
    settings.format = *parsed;
  }
  std::string colour = pick(flags.colour, nullptr, "color");
  if (!colour.empty()) {
    Result<ColourMode> parsed = parse_colour_mode(colour);
    if (!parsed) return parsed.error();
    settings.colour = *parsed;
  }
  return settings;
}

}  // namespace litegw::cmd
