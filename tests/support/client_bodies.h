// One rich body per client dialect, with every member that a parser reads, to mutate and to fuzz.
#pragma once

#include "common/base/json.h"
#include "daemon/providers/written.h"

namespace litegw::testing {

inline Json rich_chat_body() {
  return Json::parse(R"({"model":"m","stream":true,"stream_options":{"include_usage":true},
   "temperature":0.5,"top_p":0.9,"n":1,"stop":["END"],"max_completion_tokens":900,"max_tokens":900,
   "frequency_penalty":0.1,"presence_penalty":0.1,"logit_bias":{"5":-1},"logprobs":false,"top_logprobs":2,
   "seed":7,"user":"u","store":false,"service_tier":"default","verbosity":"low","reasoning_effort":"low",
   "parallel_tool_calls":true,"metadata":{"cursorConversationId":"c"},"prompt_cache_key":"k",
   "prompt_cache_retention":"24h","truncation":"auto","include":["reasoning.encrypted_content"],
   "response_format":{"type":"json_schema","json_schema":{"name":"s","strict":true,"description":"d","schema":{"type":"object"}}},
   "reasoning":{"effort":"low","summary":"auto","max_tokens":2000,"enabled":true},
   "thinking":{"type":"enabled","budget_tokens":2000,"display":"summarized"},
   "tools":[{"type":"function","function":{"name":"f","description":"d","parameters":{"type":"object","properties":{"a":{"type":"string"}}},"strict":false}},
    {"type":"function","name":"flat","parameters":{}},{"name":"bare","input_schema":{"type":"object"},"cache_control":{"type":"ephemeral","ttl":"1h"}},
    {"type":"custom","name":"patch","format":{"type":"grammar","syntax":"lark","definition":"start: X"}},
    {"type":"custom","custom":{"name":"nested","format":{"type":"grammar","grammar":{"syntax":"lark","definition":"start: X"}}}},
    {"type":"web_search_preview"}],
   "tool_choice":{"type":"function","function":{"name":"f"}},
   "functions":[{"name":"old","parameters":{"type":"object"}}],
   "messages":[{"role":"system","content":"s"},{"role":"developer","content":[{"type":"text","text":"d","cache_control":{"type":"ephemeral"}}]},
    {"role":"user","name":"n","content":[{"type":"text","text":"hi"},{"type":"image_url","image_url":{"url":"https://x/a.png","detail":"low"}},
      {"type":"image_url","image_url":"data:image/png;base64,iVBORw0KGgo="},{"type":"file","file":{"filename":"a.pdf","file_data":"data:application/pdf;base64,JVBERi0="}},
      {"type":"image","source":{"type":"base64","media_type":"image/png","data":"iVBORw0KGgo="}}]},
    {"role":"assistant","content":"t","reasoning_content":"r","refusal":null,"tool_calls":[
      {"index":0,"id":"c1","type":"function","function":{"name":"f","arguments":"{\"a\":\"b\"}"}},
      {"id":"c2","type":"custom","custom":{"name":"patch","input":"raw"}}]},
    {"role":"tool","tool_call_id":"c1","name":"f","content":"ok"},
    {"role":"tool","tool_call_id":"c2","content":[{"type":"text","text":"ok"}]},
    {"role":"assistant","content":[{"type":"thinking","thinking":"t","signature":"sig"},{"type":"tool_use","id":"c3","name":"f","input":{"a":"x"}}]},
    {"role":"user","content":[{"type":"tool_result","tool_use_id":"c3","is_error":true,"content":[{"type":"text","text":"bad"}]},{"type":"text","text":"go on"}]}]})");
}

inline Json rich_responses_body() {
  return Json::parse(
      R"({"model":"m","stream":true,"instructions":"be brief","max_output_tokens":900,
   "temperature":0.5,"top_p":0.9,"top_logprobs":2,"store":false,"service_tier":"default","user":"u",
   "parallel_tool_calls":true,"truncation":"auto","include":["reasoning.encrypted_content"],
   "prompt_cache_key":"k","prompt_cache_retention":"24h","metadata":{"a":"b"},
   "reasoning":{"effort":"low","summary":"auto"},
   "text":{"verbosity":"low","format":{"type":"json_schema","name":"s","strict":false,"schema":{"type":"object"}}},
   "tools":[{"type":"function","name":"f","description":"d","parameters":{"type":"object"},"strict":false},
    {"type":"custom","name":"patch","description":"d","format":{"type":"grammar","syntax":"lark","definition":"start: X"}},
    {"type":"web_search"}],
   "tool_choice":{"type":"allowed_tools","mode":"auto","tools":[{"type":"function","name":"f"}]},
   "input":[{"role":"system","content":"s"},"bare",{"type":"message","role":"user","content":[{"type":"input_text","text":"hi"},
      {"type":"input_image","image_url":"https://x/a.png","detail":"low"},{"type":"input_file","filename":"a.pdf","file_data":"data:application/pdf;base64,JVBERi0="}]},
    {"type":"reasoning","id":"rs_1","summary":[{"type":"summary_text","text":"why"}],"encrypted_content":"enc"},
    {"type":"message","role":"assistant","phase":"commentary","content":[{"type":"output_text","text":"t","annotations":[]}]},
    {"type":"function_call","call_id":"c1","name":"f","arguments":"{}"},{"type":"function_call_output","call_id":"c1","output":"ok"},
    {"type":"custom_tool_call","call_id":"c2","name":"patch","input":"raw"},
    {"type":"custom_tool_call_output","call_id":"c2","output":[{"type":"input_text","text":"ok"}]},
    {"role":"user","content":"go on"}]})");
}

inline Json rich_messages_body() {
  return Json::parse(
      R"({"model":"m","max_tokens":9000,"stream":true,"temperature":0.5,"top_p":0.9,"top_k":5,
   "stop_sequences":["END"],"metadata":{"user_id":"u"},"service_tier":"auto","cache_control":{"type":"ephemeral"},
   "system":[{"type":"text","text":"s","cache_control":{"type":"ephemeral"}}],
   "thinking":{"type":"enabled","budget_tokens":2000,"display":"omitted"},
   "output_config":{"effort":"low","format":{"type":"json_schema","schema":{"type":"object"}}},
   "tools":[{"name":"f","description":"d","input_schema":{"type":"object","properties":{}},"strict":true,"cache_control":{"type":"ephemeral"}},
    {"type":"custom","name":"g","input_schema":{"type":"object"}},{"type":"web_search_20250305","name":"web_search"}],
   "tool_choice":{"type":"tool","name":"f","disable_parallel_tool_use":true},
   "messages":[{"role":"user","content":"hi"},
    {"role":"assistant","content":[{"type":"thinking","thinking":"t","signature":"sig"},{"type":"redacted_thinking","data":"red"},
      {"type":"text","text":"x"},{"type":"tool_use","id":"t1","name":"f","input":{"a":1}}]},
    {"role":"user","content":[{"type":"tool_result","tool_use_id":"t1","is_error":false,"content":[{"type":"text","text":"ok"},
       {"type":"image","source":{"type":"url","url":"https://x/a.png"}}]},
      {"type":"document","title":"d","source":{"type":"text","media_type":"text/plain","data":"doc"}},
      {"type":"document","source":{"type":"content","content":[{"type":"text","text":"c"}]}},
      {"type":"text","text":"and?","cache_control":{"type":"ephemeral","ttl":"1h"}}]}]})");
}

inline Json rich_body(providers::Dialect client) {
  switch (client) {
    case providers::Dialect::chat:
      return rich_chat_body();
    case providers::Dialect::responses:
      return rich_responses_body();
    case providers::Dialect::messages:
      return rich_messages_body();
  }
  return {};
}

}  // namespace litegw::testing
