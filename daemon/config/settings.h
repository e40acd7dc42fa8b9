// The table of our own settings: one row per key of litegw.yaml that is not LiteLLM's. The loader,
// `config show`, `config diff` and the tests over etc/litegw.yaml, litegw.yaml(5) and
// docs/configuration.md all read this table. Pure, immutable after start, any thread.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/json.h"
#include "common/base/result.h"
#include "daemon/config/config.h"
#include "daemon/config/document.h"

namespace litegw::config {

struct Setting {
  std::string section;
  std::string name;
  bool needs_restart = false;  // a reload leaves the old value in force
  bool may_be_null = false;    // `otlp: null` = the default
  // Nothing reads it yet: another value than the default is a warning. Whoever makes it work clears
  // this in settings.cpp.
  bool without_effect = false;
  // Fails with the message and hint to show behind the setting's path.
  std::function<Status(Config&, const Node&)> read;
  std::function<Json(const Config&)> show;

  std::string path() const { return section + "." + name; }
};

const std::vector<Setting>& settings();
const Setting* find_setting(std::string_view section, std::string_view name);

}  // namespace litegw::config
