// What the loader asks the outside world: variables, files, time zones. The daemon gives
// SystemEnvironment, tests give a map. Called on the loading thread only.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "common/base/result.h"

namespace litegw::config {

struct FileText {
  std::string text;
  bool others_can_read = false;  // the file mode lets any user of the machine read it
};

class Environment {
 public:
  virtual ~Environment() = default;

  // The value of an environment variable; nullopt when it is not set. CREDENTIALS_DIRECTORY comes
  // from here as well.
  virtual std::optional<std::string> variable(std::string_view name) const = 0;
  // The whole file. Fails with not_found, not_permitted, io_error or body_too_large, the message
  // being the reason alone ("no such file").
  virtual Result<FileText> read_file(const std::string& path, std::size_t limit) const = 0;
  virtual bool is_time_zone(std::string_view name) const = 0;
};

}  // namespace litegw::config
