#define PCRE2_CODE_UNIT_WIDTH 8
#include "daemon/ledger/tokenizer.h"

#include <array>
#include <cstring>
#include <limits>
#include <queue>
#include <vector>

#include <fmt/format.h>
#include <pcre2.h>

#include "common/base/text.h"

namespace litegw::ledger {
namespace {

constexpr std::string_view magic = "lgwranks";
constexpr std::uint32_t version = 1;
constexpr std::uint32_t no_rank = std::numeric_limits<std::uint32_t>::max();
constexpr std::size_t slot_size = 8;
// A run without any boundary is split here, so that one text cannot make the matcher backtrack over
// megabytes.
constexpr std::size_t max_span = 256 * 1024;

std::uint32_t read_u32(std::string_view bytes, std::size_t at) {
  std::uint32_t value = 0;
  std::memcpy(&value, bytes.data() + at, sizeof value);
  return value;
}

std::uint32_t fnv1a(std::string_view token) {
  std::uint32_t value = 0x811C9DC5;
  for (char c : token)
    value = (value ^ static_cast<unsigned char>(c)) * 0x01000193U;
  return value;
}

Error damaged(std::string_view what) {
  return make_error(ErrorCode::config_invalid,
                    fmt::format("not a rank file that this version reads: {}", what),
                    "make it anew with scripts/get-tokenizers");
}

std::string with_valid_utf8(std::string_view text) {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    std::size_t length = 1;
    while (length <= 4 && at + length <= text.size() && !is_valid_utf8(text.substr(at, length)))
      ++length;
    bool valid = length <= 4 && at + length <= text.size();
    out.append(valid ? text.substr(at, length) : "\xEF\xBF\xBD");
    at += valid ? length : 1;
  }
  return out;
}

// The largest length up to `limit` that does not cut a character of valid UTF-8.
std::size_t whole_characters(std::string_view text, std::size_t limit) {
  if (text.size() <= limit) return text.size();
  while ((static_cast<unsigned char>(text[limit]) & 0xC0) == 0x80)
    --limit;
  return limit;
}

// Merges the pair of neighbours with the lowest rank until none is left, leftmost first among
// equals.
class Merge {
 public:
  struct Part {
    std::size_t start, length, previous, next;
  };
  struct Pair {
    std::uint32_t rank;
    std::size_t left;
    std::size_t length;  // of both parts, when the pair was found: stale pairs have another
    bool operator>(const Pair& other) const {
      return rank != other.rank ? rank > other.rank : left > other.left;
    }
  };
  static constexpr std::size_t none = std::numeric_limits<std::size_t>::max();

  explicit Merge(std::string_view piece) : piece_(piece) {
    for (std::size_t i = 0; i < piece.size(); ++i)
      parts_.push_back({i, 1, i == 0 ? none : i - 1, i + 1 == piece.size() ? none : i + 1});
  }

  template <class RankOf>
  std::int64_t run(const RankOf& rank_of) {
    for (std::size_t i = 0; i < parts_.size(); ++i)
      offer(i, rank_of);
    auto count = static_cast<std::int64_t>(parts_.size());
    while (!pairs_.empty()) {
      Pair best = pairs_.top();
      pairs_.pop();
      Part& left = parts_[best.left];
      if (left.length == 0 || left.next == none ||
          left.length + parts_[left.next].length != best.length)
        continue;
      join(best.left);
      --count;
      offer(best.left, rank_of);
      if (left.previous != none) offer(left.previous, rank_of);
    }
    return count;
  }

 private:
  template <class RankOf>
  void offer(std::size_t left, const RankOf& rank_of) {
    const Part& part = parts_[left];
    if (part.next == none) return;
    std::size_t length = part.length + parts_[part.next].length;
    std::uint32_t rank = rank_of(piece_.substr(part.start, length));
    if (rank != no_rank) pairs_.push({rank, left, length});
  }
  void join(std::size_t left) {
    Part& part = parts_[left];
    Part& gone = parts_[part.next];
    part.length += gone.length;
    part.next = gone.next;
    gone.length = 0;
    if (part.next != none) parts_[part.next].previous = left;
  }

  std::string_view piece_;
  std::vector<Part> parts_;
  std::priority_queue<Pair, std::vector<Pair>, std::greater<>> pairs_;
};

}  // namespace

struct Tokenizer::Pattern {
  std::unique_ptr<pcre2_code, decltype(&pcre2_code_free)> code{nullptr, &pcre2_code_free};
};

Tokenizer::Tokenizer() : pattern_(std::make_unique<Pattern>()) {}
Tokenizer::~Tokenizer() = default;

Result<std::shared_ptr<const Tokenizer>> Tokenizer::open(std::string_view image) {
  constexpr std::size_t header = 8 + 6 * 4;
  if (image.size() < header || !image.starts_with(magic)) return damaged("no header");
  if (read_u32(image, 8) != version) return damaged(fmt::format("version {}", read_u32(image, 8)));
  std::array<std::uint64_t, 4> sizes{read_u32(image, 12), read_u32(image, 16), read_u32(image, 20),
                                     read_u32(image, 24)};
  auto [name_size, pattern_size, slots, blob_size] = sizes;
  std::uint64_t table_at = (header + name_size + pattern_size + 7) / 8 * 8;
  if (slots == 0 || (slots & (slots - 1)) != 0) return damaged("table size");
  if (table_at + slots * slot_size + blob_size != image.size()) return damaged("file size");

  std::shared_ptr<Tokenizer> tokenizer(new Tokenizer());
  tokenizer->name_ = image.substr(header, name_size);
  tokenizer->table_ = image.substr(table_at, slots * slot_size);
  tokenizer->blob_ = image.substr(table_at + slots * slot_size);
  tokenizer->slots_ = static_cast<std::uint32_t>(slots);
  tokenizer->tokens_ = read_u32(image, 28);
  int failure = 0;
  PCRE2_SIZE where = 0;
  std::string_view pattern = image.substr(header + name_size, pattern_size);
  tokenizer->pattern_->code.reset(pcre2_compile(reinterpret_cast<PCRE2_SPTR>(pattern.data()),
                                                pattern.size(), PCRE2_UTF | PCRE2_UCP, &failure,
                                                &where, nullptr));
  if (!tokenizer->pattern_->code) return damaged(fmt::format("pattern, at byte {}", where));
  return std::shared_ptr<const Tokenizer>(std::move(tokenizer));
}

std::uint32_t Tokenizer::rank(std::string_view token) const {
  std::uint32_t slot = fnv1a(token) & (slots_ - 1);
  for (std::uint32_t tried = 0; tried < slots_; ++tried, slot = (slot + 1) & (slots_ - 1)) {
    std::uint32_t at = read_u32(table_, slot * slot_size);
    if (at == 0) return no_rank;
    std::size_t start = at - 1;
    std::uint16_t length = 0;
    if (start + sizeof length > blob_.size()) return no_rank;
    std::memcpy(&length, blob_.data() + start, sizeof length);
    if (blob_.substr(start + sizeof length, length) == token)
      return read_u32(table_, slot * slot_size + 4);
  }
  return no_rank;
}

std::int64_t Tokenizer::count_piece(std::string_view piece) const {
  if (piece.size() == 1 || rank(piece) != no_rank) return 1;
  return Merge(piece).run([this](std::string_view token) { return rank(token); });
}

std::int64_t Tokenizer::count(std::string_view text) const {
  std::string repaired;
  if (!is_valid_utf8(text)) {
    repaired = with_valid_utf8(text);
    text = repaired;
  }
  std::unique_ptr<pcre2_match_data, decltype(&pcre2_match_data_free)> match(
      pcre2_match_data_create_from_pattern(pattern_->code.get(), nullptr), &pcre2_match_data_free);
  std::int64_t tokens = 0;
  for (std::size_t at = 0; at < text.size();) {
    std::string_view span = text.substr(at, whole_characters(text.substr(at), max_span));
    int groups =
        pcre2_match(pattern_->code.get(), reinterpret_cast<PCRE2_SPTR>(span.data()), span.size(), 0,
                    PCRE2_ANCHORED | PCRE2_NO_UTF_CHECK, match.get(), nullptr);
    std::size_t length = groups > 0 ? pcre2_get_ovector_pointer(match.get())[1] : 0;
    if (length == 0) length = 1;
    tokens += count_piece(span.substr(0, length));
    at += length;
  }
  return tokens;
}

std::string_view encoding_of(std::string_view model) {
  std::size_t slash = model.rfind('/');
  if (slash != std::string_view::npos) model = model.substr(slash + 1);
  bool older = (model.starts_with("gpt-4") && !model.starts_with("gpt-4o") &&
                !model.starts_with("gpt-4.")) ||
               model.starts_with("gpt-3.5") || model.starts_with("text-embedding-");
  return older ? "cl100k_base" : "o200k_base";
}

}  // namespace litegw::ledger
