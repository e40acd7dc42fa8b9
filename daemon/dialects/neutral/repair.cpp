#include "daemon/dialects/neutral/repair.h"

#include <algorithm>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "daemon/dialects/neutral/content.h"

namespace litegw::dialects {
namespace {

ToolResult* result_of(Message& message) {
  return message.role == Role::tool && !message.parts.empty() ? message.parts[0].as<ToolResult>()
                                                              : nullptr;
}

// Where each call id is called and answered, in order of the messages.
struct Places {
  std::vector<std::size_t> calls, results;
};

struct Called {
  std::string id, sent_id;
  ToolKind kind = ToolKind::function;
};

class HistoryRepair {
 public:
  explicit HistoryRepair(Request& request) : request_(request) {}

  void run() {
    index();
    std::vector<Message> in = std::move(request_.messages);
    used_.assign(in.size(), false);
    for (std::size_t i = 0; i < in.size(); ++i) {
      if (used_[i]) continue;
      if (result_of(in[i])) {
        orphan(*result_of(in[i]));
        continue;
      }
      std::vector<Called> calls;
      if (in[i].role == Role::assistant)
        for (Part& part : in[i].parts)
          if (ToolCall* call = part.as<ToolCall>()) {
            Called called{call->id, fresh_id(call->id), call->kind};
            call->id = called.sent_id;
            calls.push_back(std::move(called));
          }
      out_.push_back(std::move(in[i]));
      for (std::size_t call = 0; call < calls.size(); ++call) {
        const bool is_last =
            std::none_of(calls.begin() + static_cast<std::ptrdiff_t>(call) + 1, calls.end(),
                         [&](const Called& later) { return later.id == calls[call].id; });
        answer(calls[call], i, is_last, in);
      }
    }
    request_.messages = std::move(out_);
  }

 private:
  void index() {
    for (std::size_t i = 0; i < request_.messages.size(); ++i) {
      Message& message = request_.messages[i];
      if (const ToolResult* result = result_of(message)) {
        places_[result->call_id].results.push_back(i);
        continue;
      }
      for (const Part& part : message.parts)
        if (const ToolCall* call = part.as<ToolCall>()) places_[call->id].calls.push_back(i);
    }
  }

  // Some servers count their calls anew in each answer; providers refuse an id that names two.
  std::string fresh_id(const std::string& id) {
    std::string fresh = id;
    for (int& count = counts_[id]; !sent_.insert(fresh).second;)
      fresh = id + "_" + std::to_string(++count);
    return fresh;
  }

  // The last result after this call and before the next call of the same id; the first one when
  // more calls of this message have the id and `is_last` is not set.
  void answer(const Called& called, std::size_t at, bool is_last, std::vector<Message>& in) {
    const Places& places = places_[called.id];
    auto next = std::ranges::upper_bound(places.calls, at);
    std::size_t end = next == places.calls.end() ? in.size() : *next;
    auto first = std::ranges::upper_bound(places.results, at);
    auto last = std::ranges::lower_bound(places.results, end);
    std::size_t found = in.size();
    for (auto place = first; place < last; ++place) {
      if (used_[*place]) continue;
      used_[*place] = true;
      found = *place;
      if (!is_last) break;
    }
    if (found < in.size()) {
      result_of(in[found])->call_id = called.sent_id;
      out_.push_back(std::move(in[found]));
      return;
    }
    ToolResult missing;
    missing.call_id = called.sent_id;
    missing.kind = called.kind;
    missing.parts.push_back(Part{Text{"(no result)", {}}, {}});
    Message message{.role = Role::tool};
    message.parts.push_back(Part{std::move(missing), {}});
    out_.push_back(std::move(message));
    request_.warnings.push_back("a tool call without a result was answered with \"(no result)\"");
  }

  void orphan(ToolResult& result) {
    Message message{.role = Role::user};
    message.parts = std::move(result.parts);
    message.parts.insert(message.parts.begin(),
                         Part{Text{"Result of an earlier tool call:", {}}, {}});
    out_.push_back(std::move(message));
    request_.warnings.push_back("a tool result without its call was turned into user text");
  }

  Request& request_;
  std::unordered_map<std::string, Places> places_;
  std::unordered_map<std::string, int> counts_;
  std::unordered_set<std::string> sent_;
  std::vector<bool> used_;
  std::vector<Message> out_;
};

// The length of a thinking block at the head of `text`, with the blank lines after it; 0 = none.
std::size_t mirrored_length(std::string_view text) {
  std::size_t begin = text.find_first_not_of(" \t\r\n");
  if (begin == std::string_view::npos) return 0;
  std::string_view rest = text.substr(begin);
  for (auto [open, close] : {std::pair<std::string_view, std::string_view>{"<think>", "</think>"},
                             {"<details><summary>Thinking</summary>", "</details>"},
                             {"<details>\n<summary>Thinking</summary>", "</details>"}}) {
    if (!rest.starts_with(open)) continue;
    std::size_t end = rest.find(close);
    if (end == std::string_view::npos) return 0;
    std::size_t after = text.find_first_not_of("\r\n", begin + end + close.size());
    return after == std::string_view::npos ? text.size() : after;
  }
  return 0;
}

}  // namespace

void repair_tool_history(Request& request) {
  HistoryRepair(request).run();
}

void cut_mirrored_thinking(Request& request) {
  for (Message& message : request.messages) {
    if (message.role != Role::assistant) continue;
    for (Part& part : message.parts) {
      Text* text = part.as<Text>();
      if (!text) continue;
      while (std::size_t length = mirrored_length(text->text))
        text->text.erase(0, length);
      break;
    }
    std::erase_if(message.parts, [](const Part& part) {
      const Text* text = part.as<Text>();
      return text && text->text.empty();
    });
  }
  std::erase_if(request.messages, [](const Message& message) {
    return message.role == Role::assistant && message.parts.empty();
  });
}

}  // namespace litegw::dialects
