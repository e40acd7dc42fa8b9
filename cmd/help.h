// Help as it is read: what it does, how it is typed, examples, then flags with the common ones
// first. Pure.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

namespace litegw::cmd {

std::shared_ptr<CLI::FormatterBase> help_formatter();

// Texts of `litegw help exit-codes|environment|formatting`; empty for another name.
std::string help_topic(const std::string& name);
std::vector<std::string> help_topics();

}  // namespace litegw::cmd
