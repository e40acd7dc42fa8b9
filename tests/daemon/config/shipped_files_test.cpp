// The default file, the manual page and the documentation against the table of settings.
#include <fstream>
#include <sstream>

#include <doctest/doctest.h>

#include "daemon/config/document.h"
#include "daemon/config/effective.h"
#include "daemon/config/settings.h"
#include "tests/daemon/config/fake_environment.h"

using namespace litegw;
using namespace litegw::config;

namespace {

std::string shipped(const std::string& name) {
  std::ifstream in(std::string(LITEGW_SOURCE) + "/" + name, std::ios::binary);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

}  // namespace

TEST_CASE("the installed litegw.yaml loads without a problem and changes no default") {
  Loaded loaded = load_text(shipped("etc/litegw.yaml"));
  CHECK(render_text(loaded.report).empty());
  REQUIRE(loaded.config != nullptr);
  Config defaults;
  for (const Setting& setting : settings()) {
    CAPTURE(setting.path());
    CHECK(setting.show(*loaded.config) == setting.show(defaults));
  }
}

TEST_CASE("the installed litegw.yaml has every setting, and nothing else in our sections") {
  Report report;
  std::size_t file = report.add_file("etc/litegw.yaml", shipped("etc/litegw.yaml"));
  NodePtr root = parse_document(shipped("etc/litegw.yaml"), file, report);
  REQUIRE(root != nullptr);
  for (const Setting& setting : settings()) {
    CAPTURE(setting.path());
    const Member* section = root->find(setting.section);
    REQUIRE(section != nullptr);
    CHECK(section->value->find(setting.name) != nullptr);
  }
}

TEST_CASE("litegw.yaml(5) and docs/configuration.md have an entry for every setting") {
  std::string manual = shipped("man/litegw.yaml.5");
  std::string page = shipped("docs/configuration.md");
  for (const Setting& setting : settings()) {
    CAPTURE(setting.path());
    CHECK(manual.find(".It Ic " + setting.path() + "\n") != std::string::npos);
    CHECK(page.find("| `" + setting.path() + "` |") != std::string::npos);
  }
}
