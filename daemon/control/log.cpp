// Handlers: /v1/log. Following reads from the store by sequence, page by page, and is only told
// that there is more: no line is lost or doubled, and a reader that stands still costs nobody
// anything.
#include "common/control/log.h"

#include <fmt/format.h>

#include "common/base/text.h"
#include "daemon/control/handlers.h"
#include "daemon/control/log_query.h"
#include "daemon/control/price_view.h"
#include "daemon/control/row_view.h"
#include "daemon/net/turn.h"

namespace litegw::control {
namespace {

constexpr std::size_t page_rows = 200;
constexpr std::chrono::milliseconds heartbeat_time{15'000};

std::string line_of(const Json& object) {
  return dump(object) + "\n";
}

std::string heartbeat_line(std::uint64_t sequence) {
  LogHeartbeat heartbeat;
  heartbeat.sequence = sequence;
  return line_of(encode(heartbeat));
}

// Where following stands.
struct Progress {
  store::Filter filter;
  std::uint64_t sent = 0;  // all rows up to this sequence have been looked at
};

// What the filter lets through, however many rows have to be looked at.
net::Task<Result<std::vector<requestlog::Row>>> read_rows(const store::Store& store,
                                                          store::Filter filter,
                                                          net::Executor executor) {
  store::RowScan scan(std::move(filter));
  while (true) {
    Status read = store.scan(scan);
    if (!read) co_return read.error();
    if (scan.done) break;
    net::Task<void> turn = net::next_turn(executor);
    co_await std::move(turn);
  }
  co_return std::move(scan.found);
}

// The rows that come next, at most a page of matching ones; none when a part of the log has been
// looked at in vain. `end` = nothing more is stored now.
struct Page {
  std::string lines;
  bool end = true;
};

Result<Page> next_page(const store::Store& store, Progress& progress) {
  // Read before the rows are: what is stored meanwhile belongs to the next page.
  std::uint64_t last = store.last_sequence();
  if (progress.sent >= last) return Page{};
  store::Filter filter = progress.filter;
  filter.after_sequence = progress.sent;
  filter.from_start = true;
  filter.limit = page_rows;
  store::RowScan scan(std::move(filter));
  if (Status read = store.scan(scan); !read) return read.error();
  Page page;
  for (const requestlog::Row& row : scan.found)
    page.lines += line_of(encode(row_view(row, store)));
  page.end = scan.done && scan.found.size() < page_rows;
  progress.sent = page.end ? std::max(last, scan.sequence) : scan.sequence;
  return page;
}

// Where the stream begins: after what the reader has, or before the newest `limit` rows.
net::Task<Result<Progress>> begin(const LogQuery& query, const store::Store& store,
                                  net::Executor executor, std::string& first) {
  Result<store::Filter> filter = filter_of(query, store);
  if (!filter) co_return filter.error();
  Progress progress{*filter, filter->after_sequence};
  std::uint64_t last = store.last_sequence();
  // A reader that knows more than is stored: the store is another one than it was.
  if (progress.sent > last) progress.sent = last;
  if (query.export_all || filter->from_start) {
    first = query.follow ? heartbeat_line(progress.sent) : std::string();
    co_return progress;
  }
  progress.sent = last;
  net::Task<Result<std::vector<requestlog::Row>>> reading = read_rows(store, *filter, executor);
  Result<std::vector<requestlog::Row>> rows = co_await std::move(reading);
  if (!rows) co_return rows.error();
  std::erase_if(*rows, [&](const requestlog::Row& row) { return row.sequence > last; });
  // The first heartbeat is what was sent before the history that follows it.
  first = heartbeat_line(rows->empty() ? last : rows->front().sequence - 1);
  std::size_t shown = 0;
  for (const requestlog::Row& row : *rows) {
    first += line_of(encode(row_view(row, store)));
    if (++shown % page_rows != 0) continue;
    net::Task<void> turn = net::next_turn(executor);
    co_await std::move(turn);
  }
  co_return progress;
}

// How the cost came about, by the prices of now: those of then are not kept.
std::string explain(const requestlog::Row& row, const DaemonView& daemon) {
  const std::shared_ptr<const config::Config> config = daemon.config();
  const std::shared_ptr<const ledger::PriceBook> prices = daemon.prices();
  for (const config::Deployment& deployment : config->deployments) {
    if (deployment.id != row.deployment_id) continue;
    ledger::Price price = price_of(deployment, prices.get(), row.upstream_model);
    if (!price.priced()) return {};
    std::string text = ledger::explain_cost(row.usage, price, row.service_tier);
    if (row.usage.estimated && row.cost == row.held && !row.held.is_zero())
      return "what was set aside: the provider did not say what it was";
    if (ledger::cost_of(row.usage, price, row.service_tier) != row.cost)
      text += "; the prices were others then";
    return text + fmt::format(" (prices of {})", price.source);
  }
  return {};
}

bool is_over(const LogQuery& query) {
  return query.until && *query.until <= wall_clock();
}

}  // namespace

net::Task<Result<Reply>> list_log(Context& context, const Call& call) {
  const Result<LogQuery> query = decode_query<LogQuery>(call.query);
  if (!query) co_return query.error();
  const Result<store::Filter> filter = filter_of(*query, context.daemon.store());
  if (!filter) co_return filter.error();
  net::Task<Result<std::vector<requestlog::Row>>> reading =
      read_rows(context.daemon.store(), *filter, context.executor);
  const Result<std::vector<requestlog::Row>> rows = co_await std::move(reading);
  if (!rows) co_return rows.error();
  LogList list;
  for (const requestlog::Row& row : *rows) {
    list.items.push_back(encode(row_view(row, context.daemon.store())));
    if (list.items.size() % page_rows != 0) continue;
    net::Task<void> turn = net::next_turn(context.executor);
    co_await std::move(turn);
  }
  co_return answer(list);
}

net::Task<Status> stream_log(Context& context, const Call& call, LineSink& sink) {
  const Result<LogQuery> query = decode_query<LogQuery>(call.query);
  if (!query) co_return query.error();
  const store::Store& store = context.daemon.store();
  std::string first;
  net::Task<Result<Progress>> beginning = begin(*query, store, context.executor, first);
  Result<Progress> progress = co_await std::move(beginning);
  if (!progress) co_return progress.error();
  net::Task<bool> greeting = sink.send(std::move(first));
  bool alive = co_await std::move(greeting);
  net::Clock::time_point beat = net::Clock::now();
  while (alive) {
    Result<Page> page = next_page(store, *progress);
    if (!page) co_return page.error();
    const bool quiet = net::Clock::now() - beat >= heartbeat_time;
    if (query->follow && (quiet || !page->lines.empty()) && page->end)
      page->lines += heartbeat_line(progress->sent);
    if (!page->lines.empty()) {
      beat = net::Clock::now();
      net::Task<bool> sending = sink.send(std::move(page->lines));
      alive = co_await std::move(sending);
    } else if (!page->end) {
      net::Task<void> turn = net::next_turn(context.executor);
      co_await std::move(turn);
    }
    if (!alive || !page->end) continue;
    if (!query->follow || is_over(*query)) break;
    net::Task<bool> waiting = sink.wait(heartbeat_time);
    alive = co_await std::move(waiting);
  }
  co_return Status{};
}

net::Task<Result<Reply>> show_request(Context& context, const Call& call) {
  const std::string& id = call.object.reference;
  const Result<std::optional<requestlog::Row>> row = context.daemon.store().row(id);
  if (!row) co_return row.error();
  if (!*row)
    co_return make_error(ErrorCode::not_found,
                         fmt::format("no request '{}'", escape_control(shorten(id, 60))),
                         "see `litegw log tail`; rows older than request_log.retention are gone");
  RequestDetail detail;
  detail.request = encode(row_view(**row, context.daemon.store()));
  if ((*row)->priced) detail.cost_explanation = explain(**row, context.daemon);
  co_return answer(detail);
}

}  // namespace litegw::control
