#include "daemon/budget/journal.h"

namespace litegw::budget {

std::string_view to_text(Entry::Kind kind) {
  switch (kind) {
    case Entry::Kind::settle:
      return "settle";
    case Entry::Kind::unsettled:
      return "unsettled";
    case Entry::Kind::opening:
      return "opening";
    case Entry::Kind::reset:
      return "reset";
  }
  return "";
}

}  // namespace litegw::budget
