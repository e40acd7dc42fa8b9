// Cursor posts three body shapes to one path. Which one it is shows only in the body; the shapes
// mix, so each item is read in any spelling. Pure.
#pragma once

#include "common/base/json.h"
#include "common/base/result.h"
#include "daemon/dialects/neutral/request.h"

namespace litegw::dialects::cursor {

enum class Shape { chat, responses };

// Fails with missing_parameter naming `messages` and `input` when the body has neither.
Result<Shape> shape_of(const Json& body);

// What a body with neither is told.
Error no_content();

struct Parsed {
  Shape shape = Shape::chat;
  Request request;
};

// Detects, parses and repairs. `repair_history` is the setting cursor.repair_history.
Result<Parsed> parse(Json body, bool repair_history);

// The text of Cursor's Verify button, by the body alone.
bool is_verify_probe(const Request& request);

}  // namespace litegw::dialects::cursor
