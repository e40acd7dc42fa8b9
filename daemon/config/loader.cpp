#include "daemon/config/loader.h"

#include <fmt/format.h>

#include "common/base/text.h"
#include "daemon/config/loading.h"

namespace litegw::config {
namespace {

std::shared_ptr<const Config> read_config(const std::string& file, Loading& loading) {
  NodePtr written = read_sources(file, loading);
  if (written == nullptr) return nullptr;
  set_variables(*written, loading);
  NodePtr root = resolve_variables(written, loading);
  auto config = std::make_shared<Config>();
  config->file = file;
  read_settings(*root, loading, *config);
  read_model_list(*root, loading, *config);
  read_litellm_sections(*root, loading, *config);
  if (loading.report.errors() > 0) return nullptr;
  for (const Problem& problem : loading.report.problems)
    config->warnings.push_back(
        {loading.report.masked(problem.message), loading.report.origin(problem.at)});
  return config;
}

}  // namespace

Loaded load(const std::string& file, const Environment& environment, const LoadOptions& options) {
  Loading loading(environment, options);
  std::shared_ptr<const Config> config = read_config(file, loading);
  loading.finish();
  return {std::move(config), std::move(loading.report)};
}

Result<std::shared_ptr<const Config>> load_or_error(const std::string& file,
                                                    const Environment& environment,
                                                    const LoadOptions& options) {
  Loaded loaded = load(file, environment, options);
  if (loaded.config != nullptr) return loaded.config;
  const Report& report = loaded.report;
  for (const Problem& problem : report.problems) {
    if (problem.severity != Severity::error) continue;
    Origin origin = report.origin(problem.at);
    std::string place = escape_control(origin.file);
    if (origin.line > 0) place += fmt::format(":{}:{}", origin.line, origin.column);
    std::string more =
        report.errors() > 1 ? fmt::format(" (and {} more)", report.errors() - 1) : std::string();
    return make_error(ErrorCode::config_invalid,
                      fmt::format("{}: {}{}", place, report.masked(problem.message), more),
                      "run `litegw config check " + escape_control(file) + "` for all of them");
  }
  return make_error(ErrorCode::internal, "the configuration could not be read");
}

}  // namespace litegw::config
