// Byte-pair tokenizers (o200k, cl100k): counts the tokens of a text exactly, for bills of streams
// that were cut before the provider reported usage. Reads a rank file made by
// scripts/get-tokenizers as it lies in memory; the caller maps it and keeps it. Immutable once
// opened, usable from every thread; costs about a microsecond a token, so never for requests that
// end well.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "common/base/result.h"

namespace litegw::ledger {

class Tokenizer {
 public:
  // `image` is the whole rank file; it must outlive the tokenizer. Fails with config_invalid:
  // damaged or another version.
  static Result<std::shared_ptr<const Tokenizer>> open(std::string_view image);
  ~Tokenizer();
  Tokenizer(const Tokenizer&) = delete;
  Tokenizer& operator=(const Tokenizer&) = delete;

  // Bytes that are no UTF-8 count as U+FFFD.
  std::int64_t count(std::string_view text) const;
  const std::string& name() const { return name_; }  // "o200k_base"
  std::size_t size() const { return tokens_; }

 private:
  struct Pattern;
  Tokenizer();
  std::int64_t count_piece(std::string_view piece) const;
  // The rank of a token, or no_rank.
  std::uint32_t rank(std::string_view token) const;

  std::string name_;
  std::unique_ptr<Pattern> pattern_;
  std::string_view table_;
  std::string_view blob_;
  std::uint32_t slots_ = 0;
  std::size_t tokens_ = 0;
};

// The encoding of a model's family by its name: "o200k_base" for gpt-4o, gpt-4.1, gpt-5, o1 and
// later, "cl100k_base" for gpt-4 and gpt-3.5. Other providers' models have no public rank file;
// o200k is the nearest stand-in for them.
std::string_view encoding_of(std::string_view model);

}  // namespace litegw::ledger
