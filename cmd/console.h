// The world as the CLI sees it: three streams, the environment, the clock. Commands touch it only
// through this class, so that tests run them with a console of their own. One thread.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "common/base/result.h"
#include "common/base/time.h"

namespace litegw::cmd {

enum class Stream { in, out, error };

class Console {
 public:
  virtual ~Console() = default;

  virtual void write_out(std::string_view text) = 0;
  virtual void write_error(std::string_view text) = 0;
  virtual bool is_terminal(Stream stream) const = 0;
  // Of the terminal that stdout is; 80 when it does not say.
  virtual std::size_t columns() const = 0;
  virtual std::optional<std::string> environment(const std::string& name) const = 0;

  // All of stdin, at most `limit` bytes; fails with io_error or when there is more.
  virtual Result<std::string> read_all(std::size_t limit) = 0;
  // One line from the terminal, without its end; nullopt at end of file. Hidden = without echo.
  virtual std::optional<std::string> read_line(bool hidden) = 0;

  virtual Time now() const = 0;
  virtual void pause(Duration duration) = 0;
  virtual unsigned user_id() const = 0;
};

// The real one. Writing to a closed pipe ends the program as SIGPIPE does, without a word.
class SystemConsole : public Console {
 public:
  void write_out(std::string_view text) override;
  void write_error(std::string_view text) override;
  bool is_terminal(Stream stream) const override;
  std::size_t columns() const override;
  std::optional<std::string> environment(const std::string& name) const override;
  Result<std::string> read_all(std::size_t limit) override;
  std::optional<std::string> read_line(bool hidden) override;
  Time now() const override;
  void pause(Duration duration) override;
  unsigned user_id() const override;
};

}  // namespace litegw::cmd
