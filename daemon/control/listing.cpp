#include "daemon/control/listing.h"

#include <fmt/format.h>

#include "common/base/text.h"

namespace litegw::control {
namespace {

Status check_word(const std::string& param, const std::string& noun, const std::string& word,
                  const std::vector<std::string>& known) {
  if (word.empty() || std::find(known.begin(), known.end(), word) != known.end()) return {};
  return make_error(ErrorCode::invalid_argument,
                    fmt::format("no {} '{}'", noun, escape_control(shorten(word, 40))),
                    "one of: " + join(known, ", "), param);
}

}  // namespace

Status check_listing(const std::string& state, const std::vector<std::string>& states,
                     const std::string& sort, std::int64_t limit) {
  if (Status known = check_word("state", "state", state, states); !known) return known;
  Status order = check_word("sort", "order", sort, {"created", "spend", "used"});
  if (!order) return order;
  if (limit >= 0) return {};
  return make_error(ErrorCode::invalid_argument, "limit is negative", "0 is all", "limit");
}

bool comes_before(const BoundsView& a, const BoundsView& b, const std::string& order) {
  if (order == "spend") return a.spend_usd > b.spend_usd;
  if (order == "used") return a.last_used_at > b.last_used_at;
  return a.created_at > b.created_at;
}

}  // namespace litegw::control
