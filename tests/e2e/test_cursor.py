"""Bodies as Cursor sends them, on the cursor routes and on the plain ones."""
import json

import pytest

from gateway import Gateway, chat

ROUTES = ["/cursor/chat/completions", "/cursor/v1/chat/completions", "/v1/chat/completions", "/chat/completions"]
# Bodies whose shape is Chat: they reach an OpenAI-compatible upstream without translation.
CHAT_BODIES = ["02-ask-chat-tools-null", "03-ask-chat-mixed-nested-flat-custom", "04-agent-chat-parallel-tool-history",
               "05-agent-chat-empty-content-array", "12-ask-chat-image-url", "19-agent-gemini-followup", "20-background-summary-chat"]
MODELS = ["team-sonnet", "team-fast", "gpt-5", "team-vision", "team-gemini-3", "claude-sonnet-4-6"]
CURSOR = {"User-Agent": "Cursor/1.0"}


@pytest.fixture
def cursor(upstream):
    with Gateway(models={name: upstream.url for name in MODELS}) as gateway:
        yield gateway


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize("body", CHAT_BODIES)
def test_a_recorded_chat_body_is_answered(cursor, upstream, fixtures, body, route):
    sent = json.loads((fixtures / f"cursor/{body}.json").read_text())
    key = cursor.create_key()
    answer = cursor.request("POST", route, (fixtures / f"cursor/{body}.json").read_bytes(), key, headers=CURSOR)
    assert answer.status == 200, answer.text
    seen = upstream.last().json
    assert seen["model"] == sent["model"]
    assert [m["role"] for m in seen["messages"]] == [m["role"] for m in sent["messages"]]
    row = cursor.wait_rows(1)[-1]
    assert row["status"] == 200 and row["model"] == sent["model"] and row["cursor"] == route.startswith("/cursor")
    assert row["user_agent"] == "Cursor/1.0"
    if not sent.get("stream"):
        return
    events = [e for e in answer.events if e != "[DONE]"]
    assert answer.events[-1] == "[DONE]" and events
    assert all(e["object"] == "chat.completion.chunk" for e in events)
    assert len({e["id"] for e in events}) == 1 and {e["model"] for e in events} == {sent["model"]}


def test_a_plain_stream_has_the_form_that_cursor_reads(cursor):
    key = cursor.create_key()
    answer = cursor.post("/cursor/chat/completions", chat("team-fast", stream=True, stream_options={"include_usage": True}), key, headers=CURSOR)
    assert answer.headers["content-type"] == "text/event-stream; charset=utf-8"
    assert answer.headers["cache-control"] == "no-cache, no-transform"
    assert answer.headers["x-accel-buffering"] == "no"
    assert "\r" not in answer.text and "\nevent:" not in answer.text
    events = answer.events
    assert events[0]["choices"][0]["delta"]["role"] == "assistant"
    assert events[-3]["choices"][0]["finish_reason"] == "stop"
    assert events[-2]["choices"] == [] and events[-2]["usage"]["total_tokens"] == 14, "Cursor compacts its context by the usage chunk"
    assert events[-1] == "[DONE]"


def test_the_verify_probe_is_answered_although_its_model_is_unknown(cursor, upstream, fixtures):
    key = cursor.create_key()
    answer = cursor.request("POST", "/cursor/chat/completions", (fixtures / "cursor/01-verify-legacy-chat.json").read_bytes(), key)
    expected = json.loads((fixtures / "cursor/expected/verify-reply.json").read_text())
    assert answer.status == 200, answer.text
    got = answer.json
    for member in ("object", "model", "choices", "usage"):
        assert got[member] == expected[member]
    assert upstream.requests == []


def test_a_body_with_neither_messages_nor_input_names_both(cursor, upstream, fixtures):
    key = cursor.create_key()
    answer = cursor.request("POST", "/cursor/chat/completions", (fixtures / "cursor/22-reject-no-messages-no-input.json").read_bytes(), key)
    assert answer.status == 400 and answer.error["code"] == "missing_required_parameter"
    assert "messages" in answer.error["message"] and "input" in answer.error["message"]
    assert upstream.requests == []


def test_a_wrong_key_is_told_in_the_form_that_cursor_knows(cursor, fixtures):
    expected = json.loads((fixtures / "cursor/expected/error-401.json").read_text())["error"]
    answer = cursor.post("/cursor/chat/completions", chat("team-fast"), "sk-wrong-wrong-wrong-wrong")
    assert answer.status == 401
    assert {m: answer.error[m] for m in ("type", "param", "code")} == {m: expected[m] for m in ("type", "param", "code")}


def test_an_unknown_model_is_named_with_what_the_key_may_call(cursor):
    key = cursor.create_key("narrow", "--models", "team-fast")
    answer = cursor.post("/cursor/chat/completions", chat("gpt-9"), key)
    assert answer.status == 404 and answer.error["code"] == "model_not_found"
    assert "gpt-9" in answer.error["message"] and "team-fast" in answer.error["message"] and "gpt-5" not in answer.error["message"]


@pytest.mark.parametrize("path", ["/cursor", "/cursor/", "/cursor/v1", "/cursor/health", "/cursor/v1/health"])
def test_the_base_url_itself_answers(cursor, path):
    answer = cursor.get(path)
    assert answer.status == 200 and answer.json == {"object": "litegw.cursor", "ok": True}


def test_a_full_endpoint_pasted_as_base_url_still_works(cursor):
    key = cursor.create_key()
    for path in ("/cursor/chat/completions/chat/completions", "/cursor//chat/completions", "/cursor/chat/completions/", "/v1/v1/chat/completions"):
        assert cursor.post(path, chat("team-fast"), key).status == 200, path


def test_an_unknown_path_below_cursor_names_the_right_ones(cursor):
    answer = cursor.get("/cursor/nothing/here", cursor.create_key())
    assert answer.status == 404 and "/cursor/chat/completions" in answer.error["message"]
