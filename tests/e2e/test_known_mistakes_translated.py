"""Mistakes that other gateways were seen to make where client and upstream do not speak the same: none of them here.
What they make on plain Chat is in test_known_mistakes.py, bad bodies are in test_bad_bodies.py."""
import json

import pytest

from agent_upstream import AgentUpstream
from fake_upstream import FakeUpstream, Status, Stream
from gateway import Gateway, deployment

SECRET = "sk-upstream-secret-canary"
UPSTREAM_PATH = {"chat": "/v1/chat/completions", "codex": "/v1/responses", "claude": "/v1/messages"}
CLIENTS = {"/v1/responses": lambda model: {"model": model, "input": "Hi"},
           "/v1/messages": lambda model: {"model": model, "max_tokens": 500, "messages": [{"role": "user", "content": "Hi"}]},
           "/cursor/chat/completions": lambda model: {"model": model, "messages": [{"role": "user", "content": "Hi"}]}}
everywhere = pytest.mark.parametrize("model", UPSTREAM_PATH), pytest.mark.parametrize("route", CLIENTS)


def start(upstream, *more):
    models = [deployment("chat", upstream.url + "/v1", "openai/gpt-4.1", api_key=SECRET), deployment("codex", upstream.url + "/v1", "openai/responses/gpt-5.5", api_key=SECRET),
              deployment("claude", upstream.url, "anthropic/claude-opus-5", api_key=SECRET), *more]
    return Gateway(config={"model_list": models})


@pytest.fixture(scope="module")
def upstream():
    with FakeUpstream() as fake:
        yield fake


@pytest.fixture(autouse=True)
def fresh(upstream):
    upstream.reset()


@pytest.fixture(scope="module")
def three(upstream):
    with start(upstream) as gateway:
        gateway.key = gateway.create_key()
        yield gateway


def matrix(test):
    for mark in everywhere:
        test = mark(test)
    return test


def agent(upstream, model):
    dialect = {"chat": "chat", "codex": "responses", "claude": "messages"}[model]
    scripted = AgentUpstream(dialect, wants_reasoning=False)
    upstream.script(scripted, path=UPSTREAM_PATH[model])
    return scripted


@matrix
@pytest.mark.parametrize("member,value", [("custom_llm_provider", "x"), ("deployment_id", "x"), ("extra_headers", {"Authorization": "Bearer mine"}), ("api_base", "http://127.0.0.1:1"),
                                          ("api_key", "sk-mine"), ("organization", "mine"), ("num_retries", 9), ("fallbacks", ["x"])])
def test_one_caller_hurts_all_no_member_of_a_body_steers_the_gateway(three, upstream, model, route, member, value):
    agent(upstream, model)
    answer = three.post(route, {**CLIENTS[route](model), "stream": True, member: value}, three.key)
    assert answer.status in (200, 400)
    if upstream.requests:
        seen = upstream.requests[-1]
        passed = route == "/v1/responses" and model == "codex" or route == "/v1/messages" and model == "claude"
        assert passed or member not in seen.json
        assert SECRET in (seen.header("authorization") or "") + (seen.header("x-api-key") or "") and len(upstream.requests) == 1
    assert three.post(route, {**CLIENTS[route](model), "stream": True}, three.key).status == 200


@matrix
@pytest.mark.parametrize("what", ["html", "garbage", "empty", "error object", "clean end in mid-answer"])
@pytest.mark.parametrize("stream", [True, False])
def test_failure_shown_as_success(three, upstream, model, route, what, stream):
    whole = agent(upstream, model)

    def begun(request):
        events = whole(request).events
        return Stream(events[:len(events) - 3], done=False)
    answers = {"html": Status(body=b"<html>sorry</html>", content_type="text/html"), "garbage": Status(body=b"\x00\x01 nonsense", content_type="text/event-stream"), "empty": Status(body=b"", content_type="text/event-stream"),
               "error object": Status(body={"error": {"message": "no luck", "type": "server_error"}}), "clean end in mid-answer": begun}
    upstream.script(answers[what], path=UPSTREAM_PATH[model])
    answer = three.post(route, {**CLIENTS[route](model), "stream": stream}, three.key)
    row = three.wait_row(answer)
    assert row["outcome"] in ("upstream_failed", "cut"), row
    if what != "clean end in mid-answer" or not stream:
        assert answer.status >= 400 and "<html>" not in answer.text
    elif route == "/v1/messages":
        assert "event: error" in answer.text and "message_stop" not in answer.text
    elif route == "/v1/responses":
        assert "event: error" in answer.text and "response.completed" not in answer.text
    else:
        assert "[litegw]" in answer.stream_text


@matrix
def test_retry_after_reaches_the_client_at_once(three, upstream, model, route):
    upstream.script(Status(429, {"error": {"message": "slow", "type": "rate_limit_error"}}, headers={"retry-after": "7"}), path=UPSTREAM_PATH[model])
    answer = three.post(route, CLIENTS[route](model), three.key)
    assert answer.status == 429 and answer.headers["retry-after"] == "7"


@matrix
def test_usage_is_the_upstreams_and_thinking_is_not_doubled(three, upstream, model, route):
    agent(upstream, model)
    answer = three.post(route, {**CLIENTS[route](model), "stream": True, "tools": [{"type": "function", "name": "ReadFile", "input_schema": {"type": "object"}, "parameters": {"type": "object"}}]}, three.key)
    assert answer.status == 200
    row = three.wait_row(answer)
    assert (row["usage"]["input"], row["usage"]["output"]) == (100, 7) and not row["usage"].get("estimated")
    assert ('"input_tokens":100' in answer.text or '"input_tokens": 100' in answer.text) if "cursor" not in route else answer.events[-2]["usage"]["prompt_tokens"] == 100
    assert answer.text.count("thought 0") <= 1


@matrix
def test_leaks_no_metadata_no_cookie_no_organization(three, upstream, model, route):
    scripted = agent(upstream, model)

    def with_cookie(request):
        answer = scripted(request)
        answer.headers = {"set-cookie": "a=b", "openai-organization": "org-operator", "anthropic-organization-id": "org-operator"}
        return answer
    upstream.script(with_cookie, path=UPSTREAM_PATH[model])
    body = {**CLIENTS[route](model), "stream": True, "user": "somebody"}
    answer = three.post(route, body, three.key, headers={"x-forwarded-for": "1.2.3.4", "cookie": "c=d"})
    assert answer.status == 200 and "set-cookie" not in answer.headers and "org-operator" not in str(answer.headers)
    seen = upstream.last()
    assert three.key not in seen.head.decode("latin-1") + seen.body.decode() and seen.header("cookie") is None and seen.header("x-forwarded-for") is None
    assert "metadata" not in seen.json and "key_id" not in seen.body.decode()


@matrix
def test_leaks_redirects_are_not_followed_and_names_stay_inside(three, upstream, model, route):
    upstream.script(Status(307, headers={"location": upstream.url + "/elsewhere"}), path=UPSTREAM_PATH[model])
    answer = three.post(route, CLIENTS[route](model), three.key)
    assert answer.status >= 400 and len(upstream.requests) == 1 and "127.0.0.1" not in answer.text and "elsewhere" not in answer.text


@pytest.mark.parametrize("model", UPSTREAM_PATH)
def test_cursor_custom_tools_blocks_empty_lists_and_a_choice_without_tools(three, upstream, model):
    agent(upstream, model)
    bodies = [{"tools": [{"type": "custom", "name": "ApplyPatch", "format": {"type": "text"}}]}, {"tool_choice": "auto"}, {"tool_choice": {"type": "auto"}, "tools": []},
              {"messages": [{"role": "user", "content": [{"type": "text", "text": "Hi"}]}, {"role": "assistant", "content": []}]},
              {"messages": [{"role": "assistant", "content": [{"type": "tool_use", "id": "a", "name": "f", "input": {}}]}, {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "a", "content": []}]}]},
              {"reasoning": {"effort": "high", "summary": "auto"}}]
    for more in bodies:
        answer = three.post("/cursor/chat/completions", {**CLIENTS["/cursor/chat/completions"](model), "stream": True, **more}, three.key)
        assert answer.status == 200, answer.text
        sent = upstream.requests[-1].json
        assert "tool_choice" not in sent or sent.get("tools")
        assert sent.get("messages", sent.get("input")) and (model == "codex" or "reasoning" not in sent)
