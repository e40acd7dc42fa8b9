#include "daemon/dialects/neutral/tools.h"

#include <algorithm>
#include <array>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include <fmt/format.h>

#include "common/base/text.h"
#include "daemon/dialects/neutral/content.h"
#include "daemon/dialects/neutral/schema.h"

namespace litegw::dialects {
namespace {

using Mode = ToolChoice::Mode;

// No provider takes more than some hundred; ten thousand are an accident or an attack.
constexpr std::size_t most_tools = 2048;

// {"type":"grammar","grammar":{...}} and {"type":"grammar",...} both become the flat form.
Json flat_grammar(Json* format, Reader& reader, const Place& at) {
  Json text = Json{{"type", "text"}};
  if (!format || !reader.is_object(*format, at)) return text;
  std::string type = reader.text_member(*format, "type", at);
  Json* inner = Reader::member(*format, "grammar");
  if (type == "text" || (type.empty() && !inner)) return text;
  Json& source = inner && inner->is_object() ? *inner : *format;
  Json flat = Json::object();
  flat["type"] = "grammar";
  flat["syntax"] = reader.needed_text(source, "syntax", at);
  flat["definition"] = reader.needed_text(source, "definition", at);
  return flat;
}

// Anthropic dates the types of its tools: web_search_20250305.
bool is_dated(std::string_view type) {
  const std::size_t end = type.find_last_not_of("0123456789");
  return end != std::string_view::npos && type.size() - end == 9 && type[end] == '_';
}

bool is_hosted_by_openai(std::string_view type) {
  constexpr std::array<std::string_view, 15> types{
      "web_search",  "web_search_2025_08_26", "web_search_preview", "web_search_preview_2025_03_11",
      "file_search", "code_interpreter",      "image_generation",   "mcp",
      "computer",    "computer_use_preview",  "local_shell",        "shell",
      "apply_patch", "tool_search",           "namespace"};
  return std::ranges::find(types, type) != types.end();
}

bool has_schema(Json& tool) {
  return Reader::member(tool, "parameters") || Reader::member(tool, "input_schema");
}

class ToolReader {
 public:
  ToolReader(Reader& reader, Request& request) : reader_(reader), request_(request) {}

  void read(Json& value, const Place& at) {
    if (!reader_.is_object(value, at)) return;
    std::string type = reader_.text_member(value, "type", at);
    if (type.empty()) type = Reader::member(value, "custom") ? "custom" : "function";
    const bool is_plain = type == "function" || type == "custom";
    if (!is_plain && !has_schema(value)) return hosted(value, std::move(type), at);
    if (!is_plain) type = "function";

    Json* nested = Reader::member(value, type);
    Place inner(at, type);
    if (nested && !reader_.is_object(*nested, inner)) return;
    Json& body = nested ? *nested : value;
    const Place& where = nested ? inner : at;
    Tool tool;
    // Half-forms: what is missing inside may stand outside.
    const bool is_outside =
        nested && !Reader::member(body, "name") && Reader::member(value, "name");
    tool.name = is_outside ? reader_.needed_text(value, "name", at)
                           : reader_.needed_text(body, "name", where);
    tool.description = reader_.text_member(body, "description", where);
    if (nested && tool.description.empty())
      tool.description = reader_.text_member(value, "description", at);
    tool.strict = reader_.flag(body, "strict", where);
    if (!tool.strict && nested) tool.strict = reader_.flag(value, "strict", at);
    tool.cache = ContentReader{reader_, request_.warnings}.cache_mark(value, at);
    if (!tool.cache && nested)
      tool.cache = ContentReader{reader_, request_.warnings}.cache_mark(body, where);
    Json* format = Reader::member(body, "format");
    if (!format) format = Reader::member(value, "format");
    // Anthropic calls its ordinary tools "custom" too; those have a schema.
    if (type == "custom" && (format || !has_schema(body))) {
      tool.kind = ToolKind::custom;
      tool.grammar = flat_grammar(format, reader_, Place(where, "format"));
    } else {
      tool.schema = schema(body, value, where);
    }
    add(std::move(tool));
  }

 private:
  Json schema(Json& body, Json& outer, const Place& where) {
    for (Json* object : {&body, &outer})
      for (const char* name : {"parameters", "input_schema", "schema"})
        if (Json* found = Reader::member(*object, name)) {
          Place at(where, name);
          if (!reader_.is_object(*found, at)) return Json::object();
          if (found->empty()) break;  // {} is what some write for "no parameters"
          return object_schema(std::move(*found), reader_, at);
        }
    return Json{{"type", "object"}, {"properties", Json::object()}};
  }

  void hosted(Json& value, std::string type, const Place& at) {
    Tool tool;
    const bool dated = is_dated(type);
    Json* name = Reader::member(value, "name");
    tool.name = name && name->is_string() ? name->get<std::string>() : type;
    if (!dated && !is_hosted_by_openai(type)) {
      request_.warnings.push_back(fmt::format("tools: the unknown type '{}' was dropped",
                                              escape_control(shorten(type, 60))));
      return;
    }
    if (dated && (!name || !name->is_string() || name->get_ref<const std::string&>().empty()))
      return reader_.fail(Place(at, "name"), "is missing", ErrorCode::missing_parameter);
    tool.hosted_by = dated ? "anthropic" : "openai";
    value["type"] = std::move(type);
    tool.hosted = std::move(value);
    add(std::move(tool));
  }

  void add(Tool tool) {
    auto [found, is_new] = places_.try_emplace(tool.name, request_.tools.size());
    if (is_new) {
      request_.tools.push_back(std::move(tool));
      return;
    }
    request_.warnings.push_back(
        fmt::format("tools: '{}' appears more than once, the last one counts",
                    escape_control(shorten(tool.name, 64))));
    request_.tools[found->second] = std::move(tool);
  }

  Reader& reader_;
  Request& request_;
  std::unordered_map<std::string, std::size_t> places_;
};

std::string choice_name(Json& object, const std::string& type, Reader& reader, const Place& at) {
  Json* nested = Reader::member(object, type);
  if (nested && nested->is_object()) return reader.needed_text(*nested, "name", Place(at, type));
  return reader.needed_text(object, "name", at);
}

void read_allowed(Json& object, Reader& reader, const Place& at, ToolChoice& choice) {
  Json* nested = Reader::member(object, "allowed_tools");
  Place inner(at, "allowed_tools");
  Json& body = nested && reader.is_object(*nested, inner) ? *nested : object;
  choice.mode = Mode::allowed;
  choice.allowed_required = reader.text_member(body, "mode", at) == "required";
  Json* tools = Reader::member(body, "tools");
  if (!tools || !reader.is_array(*tools, Place(at, "tools"))) return;
  for (std::size_t i = 0; i < tools->size(); ++i) {
    Place item(at, i);
    if (!reader.is_object((*tools)[i], item)) return;
    std::string type = reader.text_member((*tools)[i], "type", item);
    if (is_hosted_by_openai(type)) continue;
    choice.allowed.push_back(choice_name((*tools)[i], type, reader, item));
  }
}

void read_choice(Json& value, Reader& reader, const Place& at, Request& request) {
  ToolChoice& choice = request.tool_choice;
  bool is_text = value.is_string();
  if (!is_text && !reader.is_object(value, at)) return;
  std::string type = is_text ? value.get<std::string>() : reader.needed_text(value, "type", at);
  if (!is_text && reader.flag(value, "disable_parallel_tool_use", at).value_or(false))
    request.parallel_tools = false;
  if (type == "auto") {
    choice.mode = Mode::automatic;
  } else if (type == "none") {
    choice.mode = Mode::none;
  } else if (type == "required" || type == "any") {
    choice.mode = Mode::required;
  } else if (!is_text && (type == "tool" || type == "function" || type == "custom")) {
    choice.mode = Mode::named;
    choice.name = choice_name(value, type, reader, at);
  } else if (!is_text && type == "allowed_tools") {
    read_allowed(value, reader, at, choice);
  } else if (is_text) {
    reader.fail(at, "must be auto, none, required or an object that names a tool");
  } else {
    request.warnings.push_back("tool_choice of a hosted tool was dropped");
  }
}

// What no tool stands behind is dropped: upstreams refuse a choice without tools.
void check_choice(Request& request) {
  ToolChoice& choice = request.tool_choice;
  if (request.tools.empty()) {
    choice = {};
    request.parallel_tools.reset();
    return;
  }
  if (choice.mode != Mode::named && choice.mode != Mode::allowed) return;
  std::unordered_set<std::string_view> names;
  for (const Tool& tool : request.tools)
    if (tool.hosted_by.empty()) names.insert(tool.name);
  std::erase_if(choice.allowed, [&](const std::string& name) { return !names.contains(name); });
  bool is_known =
      choice.mode == Mode::named ? names.contains(choice.name) : !choice.allowed.empty();
  if (is_known) return;
  request.warnings.push_back(fmt::format("tool_choice names '{}', which is not among the tools",
                                         escape_control(shorten(choice.name, 64))));
  choice = ToolChoice{Mode::automatic, {}, {}, false};
}

// An Anthropic block cannot hold raw text: it comes as {"input":"..."}. Raw text itself is no such
// object and stays as it is.
void unwrap_input(std::string& arguments) {
  if (!arguments.starts_with("{\"input\":")) return;
  Result<Json> parsed = parse_json(arguments);
  if (!parsed || parsed->size() != 1 || !(*parsed)["input"].is_string()) return;
  arguments = (*parsed)["input"].get<std::string>();
}

}  // namespace

void read_tooling(Json& body, Reader& reader, Request& request) {
  Place root;
  ToolReader tools(reader, request);
  for (const char* name : {"tools", "functions"}) {
    Json* list = Reader::member(body, name);
    Place at(root, name);
    if (!list || !reader.is_array(*list, at)) continue;
    if (list->size() > most_tools)
      return reader.fail(at, fmt::format("holds {} tools, more than {}", list->size(), most_tools));
    for (std::size_t i = 0; i < list->size() && reader.ok(); ++i)
      tools.read((*list)[i], Place(at, i));
  }
  request.parallel_tools = reader.flag(body, "parallel_tool_calls", root);
  if (Json* choice = Reader::member(body, "tool_choice")) {
    read_choice(*choice, reader, Place(root, "tool_choice"), request);
  } else if (Json* call = Reader::member(body, "function_call")) {
    if (call->is_object()) (*call)["type"] = "function";
    read_choice(*call, reader, Place(root, "function_call"), request);
  }
  check_choice(request);
}

void mark_custom_calls(Request& request) {
  std::unordered_set<std::string_view> custom;
  for (const Tool& tool : request.tools)
    if (tool.kind == ToolKind::custom) custom.insert(tool.name);
  std::unordered_set<std::string_view> calls;
  for (Message& message : request.messages)
    for (Part& part : message.parts) {
      if (ToolCall* call = part.as<ToolCall>(); call && custom.contains(call->name)) {
        if (call->kind == ToolKind::function) unwrap_input(call->arguments);
        call->kind = ToolKind::custom;
      }
      // A result is of its call's kind, whatever it says.
      if (const ToolCall* call = part.as<ToolCall>()) {
        if (call->kind == ToolKind::custom)
          calls.insert(call->id);
        else
          calls.erase(call->id);
      }
      if (ToolResult* result = part.as<ToolResult>())
        result->kind = calls.contains(result->call_id) ? ToolKind::custom : ToolKind::function;
    }
}

}  // namespace litegw::dialects
