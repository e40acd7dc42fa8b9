#include "cmd/programs.h"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <filesystem>

#include <fcntl.h>
#include <fmt/format.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/base/text.h"

namespace litegw::cmd {
namespace {

bool is_program(const std::string& path) {
  return ::access(path.c_str(), X_OK) == 0 && std::filesystem::is_regular_file(path);
}

std::string own_folder() {
  std::error_code failure;
  std::filesystem::path self = std::filesystem::read_symlink("/proc/self/exe", failure);
  return failure ? std::string() : self.parent_path().string();
}

std::string read_to_end(int descriptor) {
  std::string all;
  std::array<char, 4096> buffer{};
  for (;;) {
    ssize_t count = ::read(descriptor, buffer.data(), buffer.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return all;
    all.append(buffer.data(), static_cast<std::size_t>(count));
  }
}

int wait_for(pid_t child) {
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

}  // namespace

std::string find_litegwd(const Console& console) {
  // Installed, litegw is in bin/ and litegwd in the sbin/ beside it, whatever the prefix.
  std::vector<std::string> folders{own_folder(), own_folder() + "/../sbin"};
  for (std::string& folder : split(console.environment("PATH").value_or(""), ':'))
    folders.push_back(std::move(folder));
  folders.emplace_back(LITEGW_SBINDIR);
  for (const std::string& folder : folders) {
    std::string path = folder + "/litegwd";
    if (folder.starts_with('/') && is_program(path)) return path;
  }
  return {};
}

Result<ProgramResult> run_program(const std::vector<std::string>& arguments) {
  auto failed = [&](int code) {
    return make_error(
        ErrorCode::io_error,
        fmt::format("cannot run {}: {}", escape_control(arguments.front()), strerror(code)));
  };
  std::array<int, 2> pipe{};
  if (::pipe2(pipe.data(), O_CLOEXEC) != 0) return failed(errno);
  std::vector<char*> words;
  std::vector<std::string> copies = arguments;
  words.reserve(copies.size() + 1);
  for (std::string& word : copies)
    words.push_back(word.data());
  words.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, pipe[1], STDOUT_FILENO);
  // We ignore SIGPIPE; what we start should not.
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t usual;
  sigemptyset(&usual);
  sigaddset(&usual, SIGPIPE);
  posix_spawnattr_setsigdefault(&attributes, &usual);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF);
  pid_t child = 0;
  int failure = ::posix_spawn(&child, words.front(), &actions, &attributes, words.data(), environ);
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  ::close(pipe[1]);
  if (failure != 0) {
    ::close(pipe[0]);
    return failed(failure);
  }
  ProgramResult result;
  result.output = read_to_end(pipe[0]);
  ::close(pipe[0]);
  result.exit_status = wait_for(child);
  return result;
}

Result<ProgramResult> run_litegwd(Context& context, std::vector<std::string> arguments) {
  std::string program = find_litegwd(context.console());
  if (program.empty())
    return make_error(ErrorCode::io_error, "the program litegwd was not found",
                      "install it beside litegw, or put its folder into PATH");
  arguments.insert(arguments.begin(), program);
  return context.run_program(arguments);
}

}  // namespace litegw::cmd
