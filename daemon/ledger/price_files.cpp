#include "daemon/ledger/price_files.h"

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>

#include <fmt/format.h>

namespace litegw::ledger {
namespace {

Result<std::string> read_file(const std::string& name) {
  if (name.empty()) return std::string();
  std::ifstream in(name, std::ios::binary);
  std::ostringstream text;
  if (in) text << in.rdbuf();
  if (!in || text.fail())
    return make_error(ErrorCode::config_invalid,
                      fmt::format("cannot read the price file {}: {}", name, std::strerror(errno)),
                      "check prices.file and its rights", "prices.file");
  return std::move(text).str();
}

}  // namespace

std::string find_price_file() {
  namespace fs = std::filesystem;
  std::error_code failure;
  fs::path program = fs::read_symlink("/proc/self/exe", failure).parent_path();
  std::vector<fs::path> places{program / "../share/litegw/prices.json"};
#ifdef LITEGW_DATA_DIR
  places.emplace_back(fs::path(LITEGW_DATA_DIR) / "litegw/prices.json");
#endif
  places.push_back(program / "../../../etc/prices.json");
  for (const fs::path& place : places)
    if (fs::is_regular_file(place, failure)) return place.lexically_normal().string();
  return {};
}

Result<std::shared_ptr<const PriceBook>> load_price_book(const std::string& built_in,
                                                         const std::string& operators_file) {
  Result<std::string> built_in_text = read_file(built_in);
  if (!built_in_text) return built_in_text.error();
  Result<std::string> operators_text = read_file(operators_file);
  if (!operators_text) return operators_text.error();
  return PriceBook::parse(*built_in_text, *operators_text, operators_file);
}

}  // namespace litegw::ledger
