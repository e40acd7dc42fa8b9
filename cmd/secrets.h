// Secrets on their way in and out of the CLI: never from the command line, never into a file that
// others can read.
#pragma once

#include <string>

#include "cmd/context.h"
#include "common/base/secret.h"

namespace litegw::cmd {

// From a file, from stdin ("-"; typed without echo on a terminal). White space around it is
// dropped. Fails with usage when it is empty or does not begin with "sk-".
Result<Secret> read_key(Context& context, const std::string& file);

// What a user calls a key: a name, an id, an id prefix; "-" reads the secret itself from stdin and
// gives its SHA-256.
Result<std::string> key_reference(Context& context, const std::string& typed);

// A file of mode 0600 that appears at once with all its content, or not at all.
class SecretFile {
 public:
  // Makes a temporary file beside `path`. Fails with already_exists unless `replace`, io_error.
  static Result<SecretFile> prepare(const std::string& path, bool replace);
  // Writes the secret and a newline, then moves the file into place.
  Status commit(const Secret& secret);

  SecretFile(SecretFile&& other) noexcept;
  SecretFile& operator=(SecretFile&&) = delete;
  ~SecretFile();

 private:
  SecretFile(std::string path, std::string temporary, int descriptor)
      : path_(std::move(path)), temporary_(std::move(temporary)), descriptor_(descriptor) {}

  std::string path_, temporary_;
  int descriptor_ = -1;
};

}  // namespace litegw::cmd
