// Words that litegw does not know: from other tools, misspelt, or secrets that must not stand on a
// command line. Pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "common/base/result.h"

namespace litegw::cmd {

// Looks at the words before they are parsed. nullopt = nothing odd about nouns and verbs.
std::optional<Error> judge_words(const CLI::App& root, const std::vector<std::string>& arguments);

// For an option that `command` (or the root) does not have.
Error judge_unknown_option(const CLI::App& root, const CLI::App& command,
                           const std::string& option);

// The command that the words name, as far as they do.
const CLI::App& named_command(const CLI::App& root, const std::vector<std::string>& arguments);

}  // namespace litegw::cmd
