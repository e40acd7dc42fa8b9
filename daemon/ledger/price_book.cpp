#include <algorithm>
#include <atomic>
#include <cctype>
#include <cstring>

#include <fmt/format.h>

#include <yaml-cpp/yaml.h>

#include "common/base/text.h"
#include "daemon/ledger/price.h"
#include "daemon/ledger/price_entry.h"
#include "daemon/ledger/price_names.h"

namespace litegw::ledger {
namespace {

constexpr std::string_view first_line_start = "{\"\":";

Error bad_file(std::string_view name, std::string message) {
  return make_error(ErrorCode::config_invalid, fmt::format("{}: {}", name, message),
                    "see PRICES in litegw.yaml(5)");
}

// The text of etc/prices.json and where its lines start. A line is parsed when its model is first
// asked for: thousands of parsed prices would take megabytes that a gateway never uses.
class BuiltIn {
 public:
  Status read(std::string_view text) {
    if (trim(text).empty()) return {};
    if (!text.starts_with(first_line_start))
      return bad_file("prices.json", "not made by scripts/update-prices");
    text_ = text;
    for (std::size_t at = text_.find('\n'); at != std::string::npos;) {
      std::size_t next = text_.find('\n', at + 1);
      if (next != std::string::npos && text_[at + 1] == '"')
        starts_.push_back(static_cast<std::uint32_t>(at + 1));
      at = next;
    }
    for (std::size_t i = 1; i < starts_.size(); ++i)
      if (name_at(i - 1) >= name_at(i))
        return bad_file("prices.json", fmt::format("not sorted at '{}'", name_at(i)));
    entries_ = std::vector<std::atomic<const PriceEntry*>>(starts_.size());
    return {};
  }
  ~BuiltIn() {
    for (const auto& entry : entries_)
      delete entry.load();
  }

  // A line that cannot be read counts as unknown: scripts/update-prices never writes one.
  const PriceEntry* find(std::string_view name) const {
    std::size_t low = 0, high = starts_.size();
    while (low < high) {
      std::size_t middle = (low + high) / 2;
      if (name_at(middle) < name)
        low = middle + 1;
      else
        high = middle;
    }
    if (low == starts_.size() || name_at(low) != name) return nullptr;
    const PriceEntry* known = entries_[low].load(std::memory_order_acquire);
    return known != nullptr ? known : parsed(low, name);
  }
  std::size_t size() const { return starts_.size(); }

 private:
  std::string_view name_at(std::size_t index) const {
    std::string_view line = std::string_view(text_).substr(starts_[index] + 1);
    return line.substr(0, line.find('"'));
  }
  const PriceEntry* parsed(std::size_t index, std::string_view name) const {
    std::string_view line = std::string_view(text_).substr(starts_[index]);
    line = line.substr(0, line.find('\n'));
    if (line.ends_with(',')) line.remove_suffix(1);
    line.remove_prefix(std::min(line.size(), name.size() + 3));  // "name":
    Result<Json> json = parse_json(line);
    if (!json) return nullptr;
    Result<PriceEntry> entry = parse_price_entry(*json);
    if (!entry) return nullptr;
    auto made = std::make_unique<PriceEntry>(std::move(*entry));
    made->price.source = fmt::format("built-in prices.json ({})", name);
    const PriceEntry* expected = nullptr;
    if (!entries_[index].compare_exchange_strong(expected, made.get(), std::memory_order_acq_rel))
      return expected;
    return made.release();
  }

  std::string text_;
  std::vector<std::uint32_t> starts_;
  mutable std::vector<std::atomic<const PriceEntry*>> entries_;
};

using Entries = std::map<std::string, PriceEntry, std::less<>>;

// YAML scalars become texts, so that an amount keeps its digits.
Json json_of(const YAML::Node& node) {
  if (node.IsMap()) {
    Json out = Json::object();
    for (const auto& member : node)
      out[member.first.as<std::string>()] = json_of(member.second);
    return out;
  }
  if (node.IsSequence()) {
    Json out = Json::array();
    for (const YAML::Node& item : node)
      out.push_back(json_of(item));
    return out;
  }
  return node.IsScalar() ? Json(node.as<std::string>()) : Json(nullptr);
}

Status add(Entries& entries, const std::string& name, const Json& members, std::string_view file) {
  Result<PriceEntry> entry = parse_price_entry(members);
  if (!entry)
    return bad_file(
        file, fmt::format("{}: {}", escape_control(shorten(name, 100)), entry.error().message));
  entry->price.source = fmt::format("{} ({})", file, name);
  entries[name] = std::move(*entry);
  return {};
}

Status read_lines(Entries& entries, std::string_view text, std::string_view file) {
  std::size_t number = 0;
  for (const std::string& line : split(text, '\n')) {
    ++number;
    if (trim(line).empty()) continue;
    Result<Json> json = parse_json(line);
    if (!json || !json->is_object() || !json->contains("model") || !(*json)["model"].is_string())
      return bad_file(file, fmt::format("line {} is no JSON object with a model", number));
    Status added = add(entries, (*json)["model"].get<std::string>(), *json, file);
    if (!added) return added.error();
  }
  return {};
}

Result<Json> mapping(std::string_view text, std::string_view file) {
  if (trim(text).starts_with('{')) {
    Result<Json> json = parse_json(text);
    if (!json) return bad_file(file, json.error().message);
    return json;
  }
  try {
    return json_of(YAML::Load(std::string(text)));
  } catch (const YAML::Exception& error) {
    return bad_file(file, fmt::format("line {}: {}", error.mark.line + 1, error.msg));
  }
}

bool is_json_lines(std::string_view text) {
  std::string_view first = text.substr(0, text.find('\n'));
  Result<Json> json = parse_json(first);
  return json && json->is_object() && json->contains("model");
}

Result<Entries> read_operators(std::string_view text, std::string_view file) {
  Entries entries;
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.front())))
    text.remove_prefix(1);
  if (text.empty()) return entries;
  if (is_json_lines(text)) {
    Status read = read_lines(entries, text, file);
    if (!read) return read.error();
    return entries;
  }
  Result<Json> json = mapping(text, file);
  if (!json) return json.error();
  if (json->is_null()) return entries;
  if (!json->is_object()) return bad_file(file, "must be a mapping of model names to prices");
  for (const auto& [name, members] : json->items()) {
    if (name.empty() || name == "sample_spec") continue;
    Status added = add(entries, name, members, file);
    if (!added) return added.error();
  }
  return entries;
}

bool fits(const PriceEntry* entry, std::string_view provider, bool qualified) {
  return entry != nullptr && (qualified || same_provider(entry->provider, provider));
}

}  // namespace

struct PriceBook::Impl {
  BuiltIn built_in;
  Entries operators;

  const Price* find_operators(const std::vector<PriceName>& names, std::string_view provider,
                              std::string_view model) const {
    for (const PriceName& name : names) {
      auto found = operators.find(name.text);
      if (found != operators.end() && fits(&found->second, provider, name.qualified))
        return &found->second.price;
    }
    const Price* best = nullptr;
    std::size_t best_length = 0;
    std::string qualified = fmt::format("{}/{}", provider, model);
    for (const auto& [pattern, entry] : operators) {
      if (pattern.find('*') == std::string::npos || pattern.size() <= best_length) continue;
      if (!wildcard_match(pattern, qualified) &&
          !(same_provider(entry.provider, provider) && wildcard_match(pattern, model)))
        continue;
      best = &entry.price;
      best_length = pattern.size();
    }
    return best;
  }
  const Price* find_built_in(const std::vector<PriceName>& names, std::string_view provider) const {
    for (const PriceName& name : names) {
      const PriceEntry* entry = built_in.find(name.text);
      if (fits(entry, provider, name.qualified)) return &entry->price;
    }
    const PriceEntry* any = built_in.find(fmt::format("{}/*", provider));
    return any == nullptr ? nullptr : &any->price;
  }
};

PriceBook::PriceBook(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
PriceBook::~PriceBook() = default;

Result<std::shared_ptr<const PriceBook>> PriceBook::parse(std::string_view built_in,
                                                          std::string_view operators_file,
                                                          std::string_view operators_name) {
  auto impl = std::make_unique<Impl>();
  Status read = impl->built_in.read(built_in);
  if (!read) return read.error();
  Result<Entries> operators =
      read_operators(operators_file, operators_name.empty() ? "price file" : operators_name);
  if (!operators) return operators.error();
  impl->operators = std::move(*operators);
  return std::shared_ptr<const PriceBook>(new PriceBook(std::move(impl)));
}

const Price* PriceBook::find(std::string_view provider, std::string_view model) const {
  std::vector<PriceName> names = price_names(provider, model);
  const Price* price = impl_->find_operators(names, provider, model);
  return price != nullptr ? price : impl_->find_built_in(names, provider);
}

std::size_t PriceBook::size() const {
  return impl_->built_in.size() + impl_->operators.size();
}

}  // namespace litegw::ledger
