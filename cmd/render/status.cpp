#include "cmd/render/status.h"

#include <fmt/format.h>

#include "cmd/render/cells.h"
#include "cmd/render/table.h"
#include "common/base/text.h"

namespace litegw::cmd {
namespace {

using control::StatusView;

std::string uptime(Duration length) {
  if (length < minutes(1)) return fmt::format("{}s", length / seconds(1));
  if (length < hours(1)) return fmt::format("{}m", length / minutes(1));
  if (length < days(2)) return fmt::format("{}h {}m", length / hours(1), length / minutes(1) % 60);
  return fmt::format("{}d {}h", length / days(1), length / hours(1) % 24);
}

Cell listeners_cell(const StatusView& status) {
  std::vector<std::string> parts;
  for (const control::ListenerInfo& listener : status.listeners) {
    std::string text = fmt::format("{}://{}", listener.tls ? "https" : "http", listener.address);
    if (listener.purpose != "public") text += fmt::format(" ({})", listener.purpose);
    parts.push_back(std::move(text));
  }
  return names_cell(parts, "none");
}

Cell reload_cell(const StatusView& status, Time now) {
  std::string config = fmt::format("generation {}", status.config_generation);
  if (!status.last_reload) return text_cell(config);
  const control::ReloadState& reload = *status.last_reload;
  if (reload.ok)
    return cell(fmt::format("{}, loaded {}", config, ago(reload.at, now)),
                fmt::format("{},{}", status.config_generation, to_rfc3339(reload.at)));
  return text_cell(
      fmt::format("{}; reload {} failed: {}", config, ago(reload.at, now), reload.error),
      Colour::red);
}

Cell provider_cell(const control::ProviderView& provider, Time now) {
  std::string text =
      fmt::format("{} deployment{}", provider.deployments, provider.deployments == 1 ? "" : "s");
  Colour shade = Colour::green;
  if (provider.cooling_down > 0) {
    text += fmt::format(", {} cooling down", provider.cooling_down);
    shade = Colour::yellow;
  }
  if (provider.last_error_at)
    text += fmt::format("; last error {}: {}", ago(*provider.last_error_at, now),
                        escape_control(provider.last_error));
  return text_cell(text, shade);
}

Cell store_cell(const control::StoreView& store) {
  std::string text =
      fmt::format("{}: keys {}, log {}, {} free", escape_control(store.path),
                  bytes_cell(store.state_bytes).shown, bytes_cell(store.log_bytes).shown,
                  bytes_cell(store.free_bytes).shown);
  return text_cell(text + (store.full ? "; FULL" : ""), store.full ? Colour::red : Colour::none);
}

Cell queue_cell(const control::StoreView& store) {
  std::string text =
      fmt::format("{} rows waiting, oldest {} ms",
                  group_digits(static_cast<std::int64_t>(store.queued)), store.lag_ms);
  if (store.dropped > 0) text += fmt::format("; {} lost", store.dropped);
  return text_cell(text, store.dropped > 0 ? Colour::red : Colour::none);
}

}  // namespace

void print_status(Output& output, const StatusView& status, Time now) {
  Facts facts;
  facts.add("litegwd", text_cell(fmt::format("{} (pid {})", status.version, status.pid)));
  facts.add("State", state_cell(status.state));
  facts.add("Up", cell(uptime(now - status.started_at), to_rfc3339(status.started_at)));
  facts.add("Listens on", listeners_cell(status));
  facts.add("Config", text_cell(status.config_file));
  facts.add("In force", reload_cell(status, now));
  if (status.config_warnings > 0)
    facts.add("Warnings",
              text_cell(fmt::format("{}: see litegw config check", status.config_warnings),
                        Colour::yellow));
  facts.add("Models",
            text_cell(counted(static_cast<std::int64_t>(status.models), "name") + ", " +
                      counted(static_cast<std::int64_t>(status.deployments), "deployment")));
  for (const control::ProviderView& provider : status.providers)
    facts.add("  " + escape_control(provider.name), provider_cell(provider, now));
  facts.add("Now",
            text_cell(counted(static_cast<std::int64_t>(status.connections), "connection") + ", " +
                      counted(static_cast<std::int64_t>(status.active_requests), "request") + ", " +
                      counted(static_cast<std::int64_t>(status.active_streams), "stream")));
  facts.add("Keys", count_cell(static_cast<std::int64_t>(status.store.keys)));
  facts.add("Store", store_cell(status.store));
  facts.add("Queue", queue_cell(status.store));
  facts.add("Memory", bytes_cell(status.resident_bytes));
  facts.print(output);
}

std::string setting_text(const Json& value) {
  return escape_control(value.is_string() ? value.get<std::string>() : dump(value));
}

void print_changes(Output& output, const std::vector<control::ConfigChange>& changes) {
  for (const control::ConfigChange& change : changes) {
    std::string name = escape_control(change.name);
    std::string note = change.needs_restart ? "  (needs a restart)" : "";
    if (change.running)
      output.line(output.paint(
          fmt::format("- {}: {}{}", name, setting_text(*change.running), change.file ? "" : note),
          Colour::red));
    if (change.file)
      output.line(output.paint(fmt::format("+ {}: {}{}", name, setting_text(*change.file), note),
                               Colour::green));
  }
}

}  // namespace litegw::cmd
