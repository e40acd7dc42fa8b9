#include "cmd/sockets.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include "common/base/text.h"
#include "common/control/api.h"

namespace litegw::cmd {
namespace {

bool is_private_folder(const std::string& folder, unsigned user_id) {
  struct stat info {};
  if (::lstat(folder.c_str(), &info) != 0) return false;
  return S_ISDIR(info.st_mode) && info.st_uid == user_id && (info.st_mode & 0077) == 0;
}

}  // namespace

std::vector<std::string> socket_candidates(const Console& console) {
  std::vector<std::string> candidates;
  unsigned user = console.user_id();
  std::string runtime = console.environment("XDG_RUNTIME_DIR").value_or("");
  if (runtime.starts_with('/')) candidates.push_back(runtime + "/litegw/litegwd.sock");
  std::string folder = fmt::format("/tmp/litegw-{}", user);
  if (is_private_folder(folder, user)) candidates.push_back(folder + "/litegwd.sock");
  candidates.emplace_back(control::default_socket);
  return candidates;
}

Error explain_socket_error(const Error& error, const std::string& socket, unsigned user_id) {
  Error explained = error;
  std::string shown = escape_control(socket);
  if (error.code == ErrorCode::daemon_not_running) {
    explained.message = fmt::format("litegwd is not running: nobody listens at {}", shown);
    bool system = socket == control::default_socket;
    explained.hint = !system        ? fmt::format("start it: litegwd --socket {}", shown)
                     : user_id == 0 ? "start it: systemctl start litegwd"
                                    : "start it: sudo systemctl start litegwd";
    if (system) explained.hint += "; or name another socket with --socket or LITEGW_SOCKET";
  }
  if (error.code == ErrorCode::socket_not_permitted) {
    explained.message = fmt::format("you may not use the control socket {}", shown);
    explained.hint =
        "join the group that may: sudo usermod -aG litegw $USER (read) or litegw-admin (change), "
        "then log in again; or use sudo";
  }
  return explained;
}

}  // namespace litegw::cmd
