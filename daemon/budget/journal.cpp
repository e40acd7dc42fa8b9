#include "daemon/budget/journal.h"

namespace litegw::budget {

const std::vector<Place>& PlaceList::all() const {
  static const std::vector<Place> none;
  return places_ == nullptr ? none : *places_;
}

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
    case Entry::Kind::release:
      return "release";
  }
  return "";
}

}  // namespace litegw::budget
