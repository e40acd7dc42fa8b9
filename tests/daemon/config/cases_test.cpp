// Each tests/daemon/config/cases/NAME.yaml is loaded and its report compared with NAME.report.
// A case's first lines may say `#! env NAME=value`, `#! others-can-read`, `#! environment unknown`.
// Files under cases/files are there under their own name. LITEGW_UPDATE_GOLDEN=1 writes the
// reports.
#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include <doctest/doctest.h>

#include "common/base/text.h"
#include "tests/daemon/config/fake_environment.h"

using namespace litegw;
using namespace litegw::config;

namespace {

const std::filesystem::path folder =
    std::filesystem::path(LITEGW_TEST_DATA) / "daemon/config/cases";

std::string contents(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

std::vector<std::filesystem::path> cases() {
  std::vector<std::filesystem::path> paths;
  for (const auto& entry : std::filesystem::directory_iterator(folder))
    if (entry.path().extension() == ".yaml") paths.push_back(entry.path());
  std::sort(paths.begin(), paths.end());
  return paths;
}

std::string report_of(const std::string& text) {
  FakeEnvironment environment;
  LoadOptions options = test_options();
  for (const auto& entry : std::filesystem::directory_iterator(folder / "files"))
    environment.files[entry.path().filename().string()].text = contents(entry.path());
  for (const std::string& line : split(text, '\n')) {
    if (!line.starts_with("#! ")) break;
    std::string_view what = std::string_view(line).substr(3);
    if (what == "others-can-read") environment.files["litegw.yaml"].others_can_read = true;
    if (what == "environment unknown") options.environment_known = false;
    std::size_t sign = what.find('=');
    if (what.starts_with("env ") && sign != std::string_view::npos)
      environment.variables[std::string(what.substr(4, sign - 4))] = what.substr(sign + 1);
  }
  environment.files["litegw.yaml"].text = text;
  Loaded loaded = load("litegw.yaml", environment, options);
  CHECK((loaded.config != nullptr) == (loaded.report.errors() == 0));
  return render_text(loaded.report);
}

}  // namespace

TEST_CASE("every configuration case gets exactly its report") {
  bool update = std::getenv("LITEGW_UPDATE_GOLDEN") != nullptr;
  std::size_t count = 0;
  for (const std::filesystem::path& path : cases()) {
    CAPTURE(path.filename().string());
    std::string report = report_of(contents(path));
    std::filesystem::path expected = std::filesystem::path(path).replace_extension(".report");
    if (update) std::ofstream(expected, std::ios::binary) << report;
    CHECK(report == contents(expected));
    CHECK_MESSAGE(report.find("SECRET") == std::string::npos, "a report shows a secret");
    ++count;
  }
  CHECK(count >= 40);
}
