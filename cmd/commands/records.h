// What keys, users and teams have in common as things that are listed, shown, blocked and deleted.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "cmd/registry.h"
#include "cmd/render/table.h"
#include "common/base/text.h"
#include "common/control/api.h"
#include "common/control/keys.h"

namespace litegw::cmd {

// How one kind of them is asked for and shown.
template <class View>
struct RecordKind {
  std::string noun;       // "key", "user"
  std::string_view path;  // "/v1/keys"
  std::string none;       // what to say when there are none
  std::string loss;       // what deleting one costs: "Its requests fail at once"
  std::string losses;     // and several: "Their requests fail at once"
  std::string kept;       // what stays of it: "its usage rows stay"
  Result<std::string> (*reference)(Context& context, const std::string& typed);
  std::string (*sentence)(const View& view);  // "ci (key_abc, sk-...wxyz)"
  Table (*table)(const std::vector<View>& views, Time now);
  void (*print)(Output& output, const View& view, Time now);
};

// Its name, or its id when it has none.
inline const std::string& label_of(const control::BoundsView& view) {
  return view.name.empty() ? view.id : view.name;
}

template <class View>
void print_record(Context& context, const RecordKind<View>& kind, const Answer<View>& answer) {
  Output& output = context.output();
  if (output.is_json()) return output.json(answer.raw);
  if (output.format() == Format::name) return output.line(escape_control(label_of(answer.value)));
  kind.print(output, answer.value, context.console().now());
}

template <class List, class View, class Query>
Result<int> list_records(Context& context, const RecordKind<View>& kind, const Query& query) {
  auto answer = context.client().get<List>(kind.path, control::encode_query(query));
  if (!answer) return answer.error();
  Output& output = context.output();
  const std::vector<View>& views = answer->value.items;
  if (output.raw_list(answer->raw)) return 0;
  if (output.format() == Format::name) {
    for (const View& view : views)
      output.line(escape_control(label_of(view)));
  } else if (views.empty() && output.is_terminal()) {
    output.note(kind.none);
  } else {
    kind.table(views, context.console().now()).print(output);
  }
  return 0;
}

template <class View>
Result<int> show_record(Context& context, const RecordKind<View>& kind, const std::string& typed) {
  Result<std::string> reference = kind.reference(context, typed);
  if (!reference) return reference.error();
  context.doing = typed == "-" ? fmt::format("show the {} on stdin", kind.noun)
                               : fmt::format("show {} '{}'", kind.noun, escape_control(typed));
  auto answer = context.client().get<View>(control::object_path(kind.path, *reference));
  if (!answer) return answer.error();
  print_record(context, kind, *answer);
  return 0;
}

template <class View>
Result<int> set_blocked(Context& context, const RecordKind<View>& kind, const std::string& typed,
                        bool blocked, bool now) {
  Result<std::string> reference = kind.reference(context, typed);
  if (!reference) return reference.error();
  const char* verb = blocked ? "block" : "unblock";
  context.doing = fmt::format("{} {} '{}'", verb, kind.noun, escape_control(typed));
  auto answer = context.client().send<View>(
      "POST", control::object_path(kind.path, *reference, verb), control::KeyBlock{now});
  if (!answer) return answer.error();
  Output& output = context.output();
  if (output.is_json())
    output.json(answer->raw);
  else if (output.format() == Format::name)
    output.line(escape_control(label_of(answer->value)));
  std::string noun = kind.noun;
  noun[0] = static_cast<char>(noun[0] - 'a' + 'A');
  const bool owner = kind.noun != "key";
  output.note(fmt::format(
      "{} {} {}{}: counts from {} next request on{}.", noun, kind.sentence(answer->value),
      blocked ? "blocked" : "unblocked", owner ? ", with all its keys" : "",
      owner ? "their" : "its",
      now ? fmt::format("; {} running streams were ended", owner ? "their" : "its") : ""));
  return 0;
}

struct DeleteFlags {
  std::vector<std::string> names;
  bool yes = false, dry_run = false;
};

template <class View>
Result<std::vector<View>> find_all(Context& context, const RecordKind<View>& kind,
                                   const std::vector<std::string>& typed) {
  std::vector<View> found;
  for (const std::string& word : typed) {
    context.doing =
        fmt::format("delete {} '{}'; nothing was deleted", kind.noun, escape_control(word));
    Result<std::string> reference = kind.reference(context, word);
    if (!reference) return reference.error();
    auto answer = context.client().get<View>(control::object_path(kind.path, *reference));
    if (!answer) return answer.error();
    bool twice = std::any_of(found.begin(), found.end(),
                             [&](const View& view) { return view.id == answer->value.id; });
    if (!twice) found.push_back(std::move(answer->value));
  }
  return found;
}

template <class View>
std::string delete_question(const RecordKind<View>& kind, const std::vector<View>& views) {
  if (views.size() == 1)
    return fmt::format("Delete {} {}? {}; this cannot be undone.", kind.noun,
                       kind.sentence(views.front()), kind.loss);
  std::string text = fmt::format("Delete these {} {}s? {}; this cannot be undone.\n", views.size(),
                                 kind.noun, kind.losses);
  for (const View& view : views)
    text += "  " + kind.sentence(view) + "\n";
  return text;
}

template <class View>
void report_deleted(Context& context, const RecordKind<View>& kind, const std::vector<View>& views,
                    const Json& items, bool dry_run) {
  Output& output = context.output();
  if (output.format() == Format::json)
    output.json(Json{{"schema", fmt::format("litegw.{}-delete.v1", kind.noun)},
                     {"dry_run", dry_run},
                     {"items", items}});
  if (output.format() == Format::jsonl)
    for (const Json& item : items)
      output.json(item);
  if (output.format() == Format::name)
    for (const View& view : views)
      output.line(escape_control(label_of(view)));
  std::string noun = kind.noun;
  noun[0] = static_cast<char>(noun[0] - 'a' + 'A');
  for (const View& view : views)
    output.note(fmt::format("{} {} {}.", noun, kind.sentence(view),
                            dry_run ? "would be deleted" : "deleted; " + kind.kept));
}

template <class View>
Result<int> delete_records(Context& context, const RecordKind<View>& kind,
                           const DeleteFlags& flags) {
  Result<std::vector<View>> views = find_all(context, kind, flags.names);
  if (!views) return views.error();
  context.doing = fmt::format("delete {}{} '{}'", kind.noun, views->size() == 1 ? "" : "s",
                              escape_control(join(flags.names, "', '")));
  Json items = Json::array();
  if (!flags.dry_run) {
    Result<bool> sure = context.confirm(delete_question(kind, *views), flags.yes);
    if (!sure) return sure.error();
    if (!*sure) {
      context.output().note("Nothing was deleted.");
      return 1;
    }
  }
  for (const View& view : *views) {
    if (flags.dry_run) {
      items.push_back(control::encode(view));
      continue;
    }
    context.doing = fmt::format("delete {} '{}'", kind.noun, escape_control(label_of(view)));
    auto answer = context.client().send<View>("DELETE", control::object_path(kind.path, view.id));
    if (!answer) return answer.error();
    items.push_back(std::move(answer->raw));
  }
  report_deleted(context, kind, *views, items, flags.dry_run);
  return 0;
}

}  // namespace litegw::cmd
