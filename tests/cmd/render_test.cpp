#include <doctest/doctest.h>

#include "cmd/gateway/address.h"
#include "cmd/render/cells.h"
#include "cmd/render/spend.h"
#include "cmd/render/style.h"
#include "cmd/render/table.h"

using namespace litegw;
using namespace litegw::cmd;

TEST_CASE("width counts cells, not bytes") {
  CHECK(display_width("abc") == 3);
  CHECK(display_width("é") == 1);
  CHECK(display_width("日本") == 4);
  CHECK(display_width("e\xcc\x81") == 1);
  CHECK(fit("日本語", 5) == "日本…");
  CHECK(fit("abcdef", 4) == "abc…");
  CHECK(fit("abc", 3) == "abc");
  CHECK(fit("abc", 0).empty());
  CHECK(pad("é", 3, Align::right) == "  é");
}

TEST_CASE("a table leaves out what matters least before it cuts") {
  Table table({Column{"NAME", Align::left, 4}, Column{"EXTRA", Align::left, 0, 1},
               Column{"COST", Align::right}});
  table.add({text_cell("a-rather-long-name"), text_cell("something"), text_cell("$1.00")});
  CHECK(table.aligned(80, false) ==
        "NAME                EXTRA       COST\na-rather-long-name  something  $1.00\n");
  CHECK(table.aligned(24, false) == "NAME    EXTRA       COST\na-rat…  something  $1.00\n");
  std::string narrow = table.aligned(14, false);
  CHECK(narrow == "NAME      COST\na-rath…  $1.00\n");
}

TEST_CASE("csv quotes what needs it") {
  Table table({Column{"A"}, Column{"LAST USED"}});
  table.add({cell("x", "with \"quotes\", and\nlines"), cell("y", "")});
  CHECK(table.csv() == "a,last_used\r\n\"with \"\"quotes\"\", and\nlines\",\r\n");
}

TEST_CASE("a bar is never empty for a cost and never wider than its room") {
  CHECK(bar(Money(), dollars(1), 4).empty());
  CHECK(bar(dollars(1), dollars(1), 4) == "████");
  CHECK(bar(cents(50), dollars(1), 4) == "██");
  CHECK(bar(Money::nano(1), Money::max(), 4) == "▏");
  CHECK(bar(Money::max(), Money::max(), 4) == "████");
}

TEST_CASE("numbers are shown with the digits that matter") {
  CHECK(group_digits(1234567) == "1,234,567");
  CHECK(group_digits(-1234) == "-1,234");
  CHECK(group_digits(999) == "999");
  CHECK(bytes_cell(1536).shown == "1.5 KiB");
  CHECK(bytes_cell(5).shown == "5 B");
  CHECK(duration_cell(1'240'000).shown == "1.24s");
  CHECK(duration_cell(900).shown == "0.9ms");
  CHECK(duration_cell(900).plain == "0.900");
}

TEST_CASE("addresses that Cursor's servers refuse are known") {
  CHECK(private_range("127.0.0.1") == "loopback");
  CHECK(private_range("10.1.2.3") == "private");
  CHECK(private_range("172.31.255.255") == "private");
  CHECK(private_range("172.32.0.1").empty());
  CHECK(private_range("192.168.1.1") == "private");
  CHECK(private_range("100.64.0.1") == "carrier-grade NAT");
  CHECK(private_range("100.128.0.1").empty());
  CHECK(private_range("169.254.169.254") == "link-local");
  CHECK(private_range("8.8.8.8").empty());
  CHECK(private_range("::1") == "loopback");
  CHECK(private_range("fe80::1%eth0") == "link-local");
  CHECK(private_range("fd12::1") == "unique local");
  CHECK(private_range("::ffff:10.0.0.1") == "private");
  CHECK(private_range("2606:4700::1111").empty());
  CHECK(private_range("example.com") == "no address");
}
