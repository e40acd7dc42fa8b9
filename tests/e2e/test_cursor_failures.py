"""What goes wrong between Cursor and gateways, one test for each kind of failure that a gateway can act on. The names are
what the user sees in Cursor, or what other gateways did."""
import json
import time

import pytest

from agent_upstream import PATCH, AgentUpstream
from cursor_session import CURSOR, CursorSession
from fake_upstream import Status, Stream, chunks, completion
from gateway import Gateway, deployment

MODELS = {"gpt": ("openai/gpt-4.1", "/v1"), "codex": ("openai/responses/gpt-5.5", "/v1"), "claude": ("anthropic/claude-haiku-4-5", ""),
          "deepseek": ("deepseek/deepseek-reasoner", "/v1"), "gemini": ("openai/gemini-3-pro-preview", "/v1"), "llama": ("openai_like/llama-3", "/v1")}


def start(upstream, **config):
    models = [deployment(name, upstream.url + base, model, api_key="sk-upstream-secret-canary") for name, (model, base) in MODELS.items() if name != "llama"]
    models.append(deployment("llama", upstream.url + "/v1", "hosted_vllm/llama-3", api_key="sk-x"))
    return Gateway(config={"model_list": models, **config})


@pytest.fixture
def cursor(upstream):
    upstream.script(AgentUpstream("messages"), path="/v1/messages")
    upstream.script(AgentUpstream("responses", wants_reasoning=False), path="/v1/responses")
    with start(upstream) as gateway:
        gateway.key = gateway.create_key()
        yield gateway


def hello(model="gpt", **more):
    return {"model": model, "stream": True, "messages": [{"role": "user", "content": "Hi"}], **more}


def ask(gateway, body, path="/cursor/chat/completions", **more):
    return gateway.post(path, body, gateway.key, headers={**CURSOR, **more.pop("headers", {})}, **more)


def texts(value):
    """All strings of a body, and those inside arguments."""
    if isinstance(value, dict):
        return [text for inner in value.values() for text in texts(inner)]
    if isinstance(value, list):
        return [text for inner in value for text in texts(inner)]
    if not isinstance(value, str):
        return []
    return [value] + (texts(json.loads(value)) if value.startswith("{") else [])


def test_404_or_a_silent_model_after_a_wrong_base_url(cursor):
    for path in ("/cursor/chat/completions", "/cursor/v1/chat/completions", "/chat/completions", "/v1/chat/completions", "/cursor/chat/completions/",
                 "/cursor/v1/v1/chat/completions", "/cursor/chat/completions/chat/completions", "/cursor/v1/chat/completions/v1/chat/completions", "//cursor//chat/completions"):
        assert ask(cursor, hello(), path).status == 200, path
    assert cursor.log_text().count("its base URL should make that") == 1, "once for a key"
    answer = cursor.post("/cursor/v2/chat", hello(), cursor.key)
    assert answer.status == 404 and "/cursor/chat/completions" in answer.error["message"]


def test_invalid_api_key_is_said_for_bad_keys_only(cursor, upstream):
    for headers in ({}, {"Authorization": "Bearer sk-revoked-revoked-revoked"}, {"api-key": "nonsense"}):
        answer = cursor.request("POST", "/cursor/chat/completions", hello(), headers={**CURSOR, **headers})
        assert answer.status == 401 and answer.error["code"] == "invalid_api_key"
    for status in (401, 403):  # the gateway's own credential: the user's is fine
        upstream.script(Status(status, {"error": {"message": "Incorrect API key provided: sk-upstream-secret-canary", "type": "invalid_request_error", "code": "invalid_api_key"}}))
        answer = ask(cursor, hello())
        assert answer.status == 400 and "credential" in answer.error["message"] and "canary" not in answer.text


def test_user_api_key_rate_limit_exceeded_hides_refusals_of_policy(cursor, upstream):
    narrow = cursor.create_key("narrow", "--models", "gpt")
    answer = cursor.post("/cursor/chat/completions", hello("claude"), narrow, headers=CURSOR)
    assert answer.status == 400 and answer.error["code"] == "model_not_allowed" and answer.error["message"].startswith("litegw:")
    plain = cursor.post("/v1/chat/completions", hello("claude"), narrow)
    assert plain.status in (401, 403), "other clients get LiteLLM's status"


def test_model_is_already_available_never_reaches_us_but_a_stray_built_in_name_does(upstream):
    with start(upstream, cursor={"unknown_model": "gpt"}) as gateway:
        gateway.key = gateway.create_key()
        answer = ask(gateway, hello("gpt-5.5-high"))
        assert answer.status == 200 and answer.events[0]["model"] == "gpt-5.5-high"
        row = gateway.wait_rows(1)[-1]
        assert row["model"] == "gpt" and row["asked_model"] == "gpt-5.5-high"


@pytest.mark.parametrize("model", ["gpt", "codex", "claude", "llama"])
def test_missing_required_parameter_messages_for_a_responses_body(cursor, upstream, model):
    body = {"model": model, "stream": True, "messages": [], "input": [{"role": "user", "content": [{"type": "input_text", "text": "Hi"}]}],
            "tools": [{"type": "function", "name": "Shell", "parameters": {}}], "stream_options": {"include_usage": True}}
    answer = ask(cursor, body)
    assert answer.status == 200 and answer.events[0]["object"] == "chat.completion.chunk" and answer.events[-1] == "[DONE]"


def test_built_in_models_break_when_the_override_is_on_unless_told_where_to_go(upstream):
    with start(upstream) as gateway:
        gateway.key = gateway.create_key()
        answer = ask(gateway, hello("gpt-5.4-mini"))
        assert answer.status == 404 and answer.error["code"] == "model_not_found" and "gpt-5.4-mini" in answer.error["message"] and "claude" in answer.error["message"]
    with start(upstream, cursor={"unknown_model": "gpt"}) as gateway:
        gateway.key = gateway.create_key()
        for name in ("gpt-5.4-mini", "o3", "gemini-3-pro", "default"):
            assert ask(gateway, hello(name)).status == 200 and upstream.last().json["model"] == "gpt-4.1"


def test_rate_limit_exceeded_with_nothing_in_our_log_another_name_arrives(upstream):
    """Cursor refuses some names itself; under another name the same upstream is reached, and the log says that it came."""
    models = {"router_settings": {"model_group_alias": {"team-gpt": "codex"}}}
    upstream.script(AgentUpstream("responses", wants_reasoning=False), path="/v1/responses")
    with start(upstream, **models) as gateway:
        gateway.key = gateway.create_key()
        answer = ask(gateway, {"model": "team-gpt", "stream": True, "input": "Hi"})
        assert answer.status == 200 and upstream.last().json["model"] == "gpt-5.5"
        row = gateway.wait_row(answer)
        assert row["asked_model"] == "team-gpt" and row["cursor"] is True and row["user_agent"] == "Cursor/1.0"


def test_missing_required_parameter_tools_custom_for_a_flat_custom_tool(cursor, upstream):
    flat = {"type": "custom", "name": "ApplyPatch", "format": {"type": "grammar", "syntax": "lark", "definition": "start: X"}}
    ask(cursor, hello(tools=[flat]))
    assert upstream.last().json["tools"] == [{"type": "custom", "custom": {"name": "ApplyPatch", "format": {"type": "grammar", "grammar": {"syntax": "lark", "definition": "start: X"}}}}]
    ask(cursor, hello("llama", tools=[flat]))
    assert upstream.last().json["tools"][0]["type"] == "function", "a server that copied OpenAI knows no custom tools"


@pytest.mark.parametrize("model", ["codex", "claude", "gpt"])
def test_200_but_an_empty_chat_when_the_answer_is_not_chat(cursor, model):
    answer = ask(cursor, {"model": model, "stream": True, "input": "Hi"})
    assert answer.events and all(e == "[DONE]" or e["object"] == "chat.completion.chunk" for e in answer.events) and "response." not in answer.text


@pytest.mark.parametrize("model", ["codex", "claude", "gpt"])
def test_cannot_read_properties_of_undefined_name_for_a_custom_call(cursor, upstream, model):
    """And: 'Missing *** Add/Update/Delete File', when the patch came as JSON."""
    upstream.script(AgentUpstream("chat"), path="/v1/chat/completions")
    session = CursorSession(cursor, cursor.key, model, "responses", effort=None)
    session.say("Fix it.")
    session.turn()
    session.turn()
    assert session.calls[1] == [("ApplyPatch", PATCH)] and '"custom"' not in session.answers[1].text


@pytest.mark.parametrize("shape", ["chat", "responses", "anthropic"])
@pytest.mark.parametrize("model", ["codex", "claude", "gpt", "llama"])
def test_missing_add_update_delete_file_when_a_patch_became_json(cursor, upstream, model, shape):
    upstream.script(AgentUpstream("chat"), path="/v1/chat/completions")
    session = CursorSession(cursor, cursor.key, model, shape, effort=None)
    session.say("Fix it.")
    session.turn()
    session.turn()
    assert session.calls[1] == [("ApplyPatch", PATCH)], "raw text: not {}, not a JSON string, not {'input': ...}"
    session.turn()  # and as history it reaches the upstream as what that upstream's tool takes
    assert PATCH in texts(upstream.last().json)


def test_expected_an_array_with_minimum_length_1_for_empty_content(cursor, upstream):
    call = {"id": "c1", "type": "function", "function": {"name": "f", "arguments": "{}"}}
    body = hello(messages=[{"role": "system", "content": []}, {"role": "user", "content": "Hi"}, {"role": "assistant", "content": [], "tool_calls": [call]},
                           {"role": "tool", "tool_call_id": "c1", "content": "r"}, {"role": "assistant", "content": []}])
    assert ask(cursor, body).status == 200
    sent = upstream.last().json["messages"]
    assert [m["role"] for m in sent] == ["user", "assistant", "tool"] and sent[1]["content"] is None


def test_invalid_user_message_at_index_for_anthropic_blocks(cursor, upstream):
    blocks = [{"role": "user", "content": [{"type": "text", "text": "Hi", "cache_control": {"type": "ephemeral"}}]},
              {"role": "assistant", "content": [{"type": "text", "text": "Look."}, {"type": "tool_use", "id": "t1", "name": "Read", "input": {"path": "a"}}]},
              {"role": "user", "content": [{"type": "text", "text": "and go on"}, {"type": "tool_result", "tool_use_id": "t1", "content": [{"type": "text", "text": "x"}], "is_error": True}]}]
    body = hello(messages=blocks, tools=[{"name": "Read", "input_schema": {"type": "object"}}], tool_choice={"type": "auto"})
    assert ask(cursor, body).status == 200
    sent = upstream.last().json
    assert [m["role"] for m in sent["messages"]] == ["user", "assistant", "tool", "user"], "the result goes before the rest of its message"
    assert sent["messages"][2] == {"role": "tool", "tool_call_id": "t1", "content": "ERROR: x"} and "cache_control" not in json.dumps(sent)
    assert sent["tools"][0]["function"]["name"] == "Read" and sent["tool_choice"] == "auto"


def test_a_model_that_writes_tool_calls_as_text_has_lost_its_tools(cursor, upstream):
    for name in ("gpt", "llama"):
        ask(cursor, hello(name, tools=[{"name": "Read", "input_schema": {"type": "object", "properties": {"p": {}}}}], tool_choice={"type": "any"}))
        sent = upstream.last().json
        assert sent["tools"][0] == {"type": "function", "function": {"name": "Read", "parameters": {"type": "object", "properties": {"p": {}}}}}
        assert sent["tool_choice"] == "required"


def test_tool_names_must_be_unique(cursor, upstream):
    tools = [{"name": "Read", "input_schema": {"type": "object"}}, {"type": "function", "function": {"name": "Read", "description": "newer"}}]
    for name in ("gpt", "codex"):
        ask(cursor, hello(name, tools=tools))
        sent = upstream.last().json["tools"]
        assert len(sent) == 1 and "newer" in json.dumps(sent)


def test_unknown_parameter_stream_options_include_usage(cursor, upstream):
    answer = ask(cursor, {"model": "codex", "stream": True, "input": "Hi", "stream_options": {"include_usage": True}})
    assert "stream_options" not in upstream.last().json and answer.events[-2]["usage"]["total_tokens"] > 0


def test_unsupported_parameter_user_metadata_prompt_cache_retention(cursor, upstream):
    extra = {"user": "u", "metadata": {"cursorConversationId": "c"}, "prompt_cache_retention": "24h", "text": {"verbosity": "low"}, "store": True, "service_tier": "auto"}
    ask(cursor, hello("llama", **extra))
    assert set(upstream.last().json) <= {"model", "messages", "stream", "stream_options"}
    upstream.script(AgentUpstream("messages"), path="/v1/messages")
    ask(cursor, hello("claude", **extra))
    assert set(upstream.last().json) <= {"model", "messages", "stream", "max_tokens", "service_tier"}


@pytest.mark.parametrize("model,dialect", [("deepseek", "chat"), ("claude", "messages")])
def test_reasoning_must_be_passed_back(cursor, upstream, model, dialect):
    agent = AgentUpstream(dialect, demands_text=model == "deepseek")
    upstream.script(agent, path="/v1/chat/completions" if dialect == "chat" else "/v1/messages")
    session = CursorSession(cursor, cursor.key, model, "chat")
    session.say("Fix it.")
    session.run()
    assert agent.refusals == []


@pytest.mark.parametrize("shape", ["chat", "responses", "anthropic"])
def test_function_call_is_missing_a_thought_signature(cursor, upstream, shape):
    """Gemini 3 behind Chat's spelling: the first of parallel calls is signed, and its signature must come back."""
    agent = AgentUpstream("chat", signs=True)
    upstream.script(agent, path="/v1/chat/completions")
    session = CursorSession(cursor, cursor.key, "gemini", shape)
    session.say("Fix it.")
    session.run()
    sent = upstream.last().json["messages"]
    assert agent.refusals == [] and agent.dummies == 0 and sum("thought_signature" in json.dumps(m) for m in sent) == 3
    assert "thought_signature" not in "".join(answer.text for answer in session.answers), "Cursor has no use for it"


def test_expected_thinking_but_found_tool_use(cursor, upstream):
    """Claude with thinking: the turn that called tools must come back with the thinking it began with."""
    agent = AgentUpstream("messages")
    upstream.script(agent, path="/v1/messages")
    session = CursorSession(cursor, cursor.key, "claude", "anthropic", effort="high")
    session.say("Fix it.")
    session.turn()
    session.turn()
    first = upstream.last().json["messages"][1]["content"][0]
    assert (first["type"], first["signature"]) == ("thinking", "signature-0") and agent.refusals == []


def test_conversation_must_end_with_a_user_message(cursor, upstream):
    trailing = [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Well, "}]
    upstream.script(AgentUpstream("messages"), path="/v1/messages")
    body = {**hello("claude", messages=trailing), "reasoning": {"effort": "low"}}
    assert ask(cursor, body).status == 200
    assert upstream.last().json["messages"][-1]["role"] == "user"


def test_a_chat_that_hangs_after_some_turns_gets_comments_in_silence(upstream):
    upstream.script(Stream(chunks()[:2] + [0.5] + chunks()[2:]))
    with start(upstream, cursor={"keepalive": "100ms"}) as gateway:
        gateway.key = gateway.create_key()
        answer = ask(gateway, hello())
        assert answer.text.count(": ping\n\n") >= 2 and answer.events[-1] == "[DONE]"


def test_a_chat_that_stops_at_60_seconds_has_its_head_before(upstream):
    upstream.script(Stream([1.0] + chunks()))
    with start(upstream, cursor={"startup_hold": "200ms", "keepalive": "200ms"}) as gateway:
        gateway.key = gateway.create_key()
        import http.client
        connection = http.client.HTTPConnection("127.0.0.1", gateway.port, timeout=10)
        begun = time.monotonic()
        connection.request("POST", "/cursor/chat/completions", json.dumps(hello()), {"Authorization": f"Bearer {gateway.key}", "Content-Type": "application/json"})
        response = connection.getresponse()
        assert response.status == 200 and time.monotonic() - begun < 0.8 and response.read(1) == b":"
        assert response.headers["x-accel-buffering"] == "no" and b"[DONE]" in response.read()
        connection.close()


@pytest.mark.parametrize("model", ["gpt", "codex", "claude", "llama"])
def test_long_chats_never_compact_without_a_usage_chunk(cursor, upstream, model):
    upstream.script(lambda request: Stream(chunks(usage=False)), path="/v1/chat/completions")
    answer = ask(cursor, hello(model))
    usage = answer.events[-2]
    assert usage["choices"] == [] and usage["usage"]["prompt_tokens"] > 0 and usage["usage"]["completion_tokens"] > 0
    if model in ("gpt", "llama"):
        assert cursor.wait_rows(1)[-1]["usage"]["estimated"] is True


@pytest.mark.parametrize("stream", [True, False])
def test_a_context_that_is_too_long_is_told_by_usage(cursor, upstream, stream):
    upstream.script(Status(400, {"error": {"message": "This model's maximum context length is 8 tokens.", "type": "invalid_request_error", "code": "context_length_exceeded"}}))
    answer = ask(cursor, hello(stream=stream))
    assert answer.status == 200
    usage = answer.events[-2]["usage"] if stream else answer.json["usage"]
    assert usage["prompt_tokens"] == 1_000_000
    row = cursor.wait_rows(1)[-1]
    assert row["outcome"] == "upstream_failed" and row["error_code"] == "context_length_exceeded"


def test_tool_arguments_are_not_cut_by_a_small_default(cursor, upstream):
    ask(cursor, hello("claude"))
    assert upstream.last().json["max_tokens"] == 64000


@pytest.mark.parametrize("suffix,effort,tier", [("-thinking", None, None), ("-thinking-high", "high", None), ("-fast", None, "priority"), ("-xhigh", "xhigh", None),
                                               ("(low)", "low", None), (":medium", "medium", None), ("-thinking-high-fast", "high", "priority")])
def test_variants_of_a_name_give_400_or_404(cursor, upstream, suffix, effort, tier):
    answer = ask(cursor, {"model": "codex" + suffix, "stream": True, "input": "Hi"})
    assert answer.status == 200 and answer.events[0]["model"] == "codex" + suffix
    sent = upstream.last().json
    assert (sent.get("reasoning") or {}).get("effort") == effort and sent.get("service_tier") == tier and sent["model"] == "gpt-5.5"
    row = cursor.wait_rows(1)[-1]
    assert row["model"] == "codex" and row["asked_model"] == "codex" + suffix


def test_no_override_field_so_azure_is_served(cursor, upstream):
    for body in (hello("label"), {"model": "label", "stream": True, "input": "Hi"}, hello("label", tools=[{"name": "f", "input_schema": {"type": "object"}}])):
        answer = cursor.request("POST", "/openai/deployments/gpt/chat/completions?api-version=2024-10-21", body, headers={"api-key": cursor.key, **CURSOR})
        assert answer.status == 200 and answer.events[-1] == "[DONE]" and upstream.last().json["model"] == "gpt-4.1"


def test_azure_always_the_same_model_and_no_hang_for_other_bodies(cursor, upstream):
    upstream.script(AgentUpstream("chat"), path="/v1/chat/completions")
    blocks = hello("picked", system="Be brief.", max_tokens=900, messages=[{"role": "user", "content": [{"type": "text", "text": "Hi"}]}], tools=[{"name": "f", "input_schema": {"type": "object"}}])
    for deployment_name, model in (("gpt", "gpt-4.1"), ("claude", "claude-haiku-4-5"), ("codex", "gpt-5.5")):
        for body in (hello("picked"), {"model": "picked", "stream": True, "input": [{"role": "user", "content": "Hi"}]}, blocks):
            answer = cursor.request("POST", f"/openai/deployments/{deployment_name}/chat/completions?api-version=2024-10-21", body, headers={"api-key": cursor.key, **CURSOR}, timeout=10)
            assert answer.status == 200 and answer.events[-1] == "[DONE]" and upstream.last().json["model"] == model
            assert cursor.wait_row(answer)["model"] == deployment_name


def test_status_code_0_failed_to_fetch_without_cors(cursor):
    preflight = cursor.request("OPTIONS", "/cursor/chat/completions", headers={"Origin": "vscode-file://vscode-app", "Access-Control-Request-Method": "POST"})
    assert preflight.status == 204
    for answer in (preflight, ask(cursor, hello()), cursor.post("/cursor/chat/completions", hello(), "sk-wrong-wrong-wrong"), cursor.get("/cursor/nothing")):
        assert answer.headers["access-control-allow-origin"] == "*" and "access-control-allow-credentials" not in answer.headers
    allowed = preflight.headers["access-control-allow-headers"].lower()
    assert all(name in allowed for name in ("authorization", "content-type", "api-key", "x-api-key"))


def test_the_command_line_agent_is_told_404(cursor):
    for path in ("/cursor/auth/exchange_user_api_key", "/auth/exchange_user_api_key"):
        answer = cursor.post(path, {}, cursor.key)
        assert answer.status == 404 and "error" in answer.json
    assert cursor.log_text().count("cursor-agent CLI cannot use a gateway") == 2


@pytest.mark.parametrize("body", [hello(), hello(stream=False), hello("claude"), {"model": "codex", "stream": True, "input": "Hi"}, {"model": "claude", "input": "Hi"}])
def test_there_is_a_row_for_whatever_worked(cursor, body):
    assert ask(cursor, body).status == 200
    row = cursor.wait_rows(1)[-1]
    assert row["outcome"] == "ok" and row["cursor"] is True and row["key_name"] == "test" and row["usage"]["input"] > 0


def test_request_too_large_is_said_above_32_mib_only(cursor):
    assert ask(cursor, hello(messages=[{"role": "user", "content": "x" * (5 << 20)}])).status == 200
    answer = ask(cursor, hello(messages=[{"role": "user", "content": "x" * (33 << 20)}]))
    assert answer.status == 413 and "32" in answer.error["message"]


@pytest.mark.parametrize("model", ["gpt", "claude", "codex"])
def test_a_failure_after_the_first_chunk_ends_in_form(cursor, upstream, model):
    scripted = {"gpt": AgentUpstream("chat"), "claude": AgentUpstream("messages"), "codex": AgentUpstream("responses", wants_reasoning=False)}[model]

    def broken(request):
        answer = scripted(request)
        return Stream(answer.events[:len(answer.events) - 4], done=False, cut=True)
    upstream.script(broken)
    answer = ask(cursor, hello(model, reasoning={"effort": "low"}))
    events = answer.events
    assert answer.status == 200 and not answer.cut and events[-1] == "[DONE]"
    assert len({(e["id"], e["created"], e["model"]) for e in events[:-1]}) == 1
    assert "[litegw]" in answer.stream_text and not any("error" in e for e in events[:-1])
    assert events[-3]["choices"][0]["finish_reason"] == "stop" and "usage" in events[-2]
    assert cursor.wait_rows(1)[-1]["outcome"] == "cut"
