// What `litegw cursor setup` prints. Pure but for the output.
#pragma once

#include <string>
#include <vector>

#include "cmd/output.h"
#include "common/control/keys.h"
#include "common/control/models.h"
#include "common/http/url.h"

namespace litegw::cmd {

// The base URL in the two spellings that Cursor's settings want.
struct CursorBase {
  std::string openai;  // "https://llm.example.com/cursor"; empty = none is known
  std::string azure;   // "https://llm.example.com"
  std::string doubt;   // why Cursor's servers may not reach it; empty = nothing speaks against it
};
// Adds /cursor, cuts what does not belong there.
CursorBase cursor_base(const http::Url& url);

// router_settings with the proposed aliases, as litegw.yaml has them; empty = none is proposed.
std::string alias_lines(const std::vector<control::ModelItem>& models);

struct CursorSetup {
  CursorBase base;
  control::KeyView key;  // with its secret when it was made just now
  std::vector<control::ModelItem> models;
  std::string listener;  // "127.0.0.1:4000"
};
void print_setup(Output& output, const CursorSetup& setup);

}  // namespace litegw::cmd
