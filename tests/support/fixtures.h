// Recorded traffic, which lives beside the repository: $LITEGW_FIXTURES, else ../shared/fixtures. A
// test that finds none says so and passes.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "common/base/json.h"

namespace litegw::testing {

inline std::filesystem::path fixtures(const std::string& folder) {
  const char* set = std::getenv("LITEGW_FIXTURES");
  std::filesystem::path base = set ? std::filesystem::path(set)
                                   : std::filesystem::path(LITEGW_SOURCE) / "../shared/fixtures";
  std::filesystem::path path = base / folder;
  if (std::filesystem::is_directory(path)) return path;
  MESSAGE("no recorded traffic at ", path.string(), ": this test checks nothing");
  return {};
}

inline std::string read_all(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

// The case folders of one provider, sorted.
inline std::vector<std::filesystem::path> cases(const std::string& folder) {
  std::vector<std::filesystem::path> found;
  std::filesystem::path base = fixtures(folder);
  if (base.empty()) return found;
  for (const auto& entry : std::filesystem::directory_iterator(base))
    if (entry.is_directory()) found.push_back(entry.path());
  std::sort(found.begin(), found.end());
  return found;
}

inline Json read_json(const std::filesystem::path& path) {
  return Json::parse(read_all(path), nullptr, false);
}

// Compared without regard to the order of members.
inline nlohmann::json unordered(const Json& value) {
  return nlohmann::json::parse(value.dump());
}

}  // namespace litegw::testing
