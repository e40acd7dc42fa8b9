#include "daemon/dialects/chat/splice.h"

#include <algorithm>

namespace litegw::dialects::chat {

// Collects edits in any order, then cuts the body once.
class Splicer {
 public:
  Splicer(std::string_view body, const Scan& scan, const Edits& edits, SplicedBody& out)
      : body_(body), scan_(scan), edits_(edits), out_(out) {}

  void run();

 private:
  // `text` is a range of out_.inserted_, which may still grow.
  struct Edit {
    Range at;
    Range text;
  };

  void replace(Range at, std::string_view text);
  void edit_model();
  void edit_usage();
  void edit_limits();
  void lower_limits(const std::string& limit);
  void add_defaults();
  void remove_controls();
  bool is_removed(const Member& member) const;
  void sort();
  void cut();
  void append(std::string_view piece);

  std::string_view body_;
  const Scan& scan_;
  const Edits& edits_;
  SplicedBody& out_;
  boost::container::small_vector<Edit, 8> list_;  // a handful: no heap for them
};

void Splicer::run() {
  out_.pieces_.clear();
  out_.removed_.clear();
  out_.inserted_.clear();
  out_.size_ = 0;
  out_.drop_usage_chunk_ = false;
  edit_model();
  edit_limits();
  add_defaults();
  edit_usage();
  remove_controls();
  cut();
}

void Splicer::replace(Range at, std::string_view text) {
  const std::size_t begin = out_.inserted_.size();
  out_.inserted_.append(text);
  list_.push_back({at, {begin, begin + text.size()}});
}

void Splicer::edit_model() {
  const Member* const model = scan_.find("model");
  if (model != nullptr) replace(model->value_at, quote(edits_.upstream_model));
}

void Splicer::edit_usage() {
  if (!scan_.stream || scan_.include_usage || !edits_.ask_usage) return;
  out_.drop_usage_chunk_ = true;
  if (scan_.include_usage_value) return replace(*scan_.include_usage_value, "true");
  if (scan_.stream_options_inside) {
    const Range inside{*scan_.stream_options_inside, *scan_.stream_options_inside};
    return replace(inside, scan_.stream_options_empty ? R"("include_usage":true)"
                                                      : R"("include_usage":true,)");
  }
  if (const Member* const null = scan_.find("stream_options"))
    return replace(null->value_at, R"({"include_usage":true})");
  const Range start{scan_.object_begin + 1, scan_.object_begin + 1};
  replace(start, R"("stream_options":{"include_usage":true},)");
}

void Splicer::edit_limits() {
  if (edits_.max_output) lower_limits(std::to_string(*edits_.max_output));
  if (!edits_.rename_max_tokens || scan_.find("max_completion_tokens") != nullptr) return;
  if (const Member* const limit = scan_.find("max_tokens"))
    replace(limit->name_at, R"("max_completion_tokens")");
}

// Both names when both are there: which one an upstream obeys is its own affair.
void Splicer::lower_limits(const std::string& limit) {
  bool given = false;
  for (const std::string_view name : {"max_completion_tokens", "max_tokens"}) {
    const Member* const member = scan_.find(name);
    if (member == nullptr || is_removed(*member)) continue;
    replace(member->value_at, limit);
    given = true;
  }
  if (given) return;
  const std::string_view name = edits_.rename_max_tokens ? "max_completion_tokens" : "max_tokens";
  const Range start{scan_.object_begin + 1, scan_.object_begin + 1};
  replace(start, quote(name) + ":" + limit + ",");
}

void Splicer::add_defaults() {
  if (edits_.defaults == nullptr || edits_.defaults->empty()) return;
  std::string text;
  for (const auto& [name, value] : edits_.defaults->items())
    if (scan_.find(name) == nullptr) text += quote(name) + ":" + dump(value) + ",";
  const Range start{scan_.object_begin + 1, scan_.object_begin + 1};
  if (!text.empty()) replace(start, text);
}

bool Splicer::is_removed(const Member& member) const {
  if (is_proxy_control(member.name)) return true;
  return edits_.rename_max_tokens && member.name == "max_tokens" &&
         scan_.find("max_completion_tokens") != nullptr;
}

// A removed member takes the comma after it along; removed ones at the end take the comma after the
// last that stays.
void Splicer::remove_controls() {
  const auto& members = scan_.members;
  std::size_t kept_end = scan_.object_begin + 1;
  std::size_t i = 0;
  while (i < members.size()) {
    if (!is_removed(members[i])) {
      kept_end = members[i++].value_at.end;
      continue;
    }
    const std::size_t begin = members[i].name_at.begin;
    std::size_t end = members[i].value_at.end;
    while (i < members.size() && is_removed(members[i])) {
      out_.removed_.push_back(members[i].name);
      end = members[i++].value_at.end;
    }
    if (i < members.size())
      replace({begin, members[i].name_at.begin}, "");
    else
      replace({kept_end, end}, "");
  }
}

// By position, edits of one position in the order they were made. Nearly sorted and few, unless a
// client sends hundreds of members that are taken out.
void Splicer::sort() {
  const auto before = [](const Edit& a, const Edit& b) {
    return a.at.begin < b.at.begin;
  };
  if (list_.size() > 32) return std::stable_sort(list_.begin(), list_.end(), before);
  for (std::size_t i = 1; i < list_.size(); ++i)
    for (std::size_t k = i; k > 0 && before(list_[k], list_[k - 1]); --k)
      std::swap(list_[k], list_[k - 1]);
}

void Splicer::cut() {
  sort();
  std::size_t at = 0;
  for (const Edit& edit : list_) {
    append(body_.substr(at, edit.at.begin - at));
    append(edit.text.in(out_.inserted_));
    at = edit.at.end;
  }
  append(body_.substr(at));
}

void Splicer::append(std::string_view piece) {
  if (piece.empty()) return;
  out_.pieces_.push_back(piece);
  out_.size_ += piece.size();
}

std::string SplicedBody::joined() const {
  std::string all;
  all.reserve(size_);
  for (const std::string_view piece : pieces_)
    all += piece;
  return all;
}

void splice(std::string_view body, const Scan& scan, const Edits& edits, SplicedBody& out) {
  Splicer(body, scan, edits, out).run();
}

}  // namespace litegw::dialects::chat
