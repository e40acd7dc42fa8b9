// The process's own environment variables and the machine's files. Used by litegwd; thread-safe as
// long as nobody changes the environment.
#pragma once

#include "daemon/config/environment.h"

namespace litegw::config {

class SystemEnvironment : public Environment {
 public:
  std::optional<std::string> variable(std::string_view name) const override;
  Result<FileText> read_file(const std::string& path, std::size_t limit) const override;
  bool is_time_zone(std::string_view name) const override;
};

}  // namespace litegw::config
