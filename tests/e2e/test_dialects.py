"""Responses and Messages clients through the daemon: passed on where the upstream speaks the same, else translated."""
import json

import pytest

from agent_upstream import FINAL, AgentUpstream
from fake_upstream import Raw, Status, Stream, completion
from gateway import Gateway, deployment

SECRET = "sk-upstream-secret-canary"


@pytest.fixture
def three(upstream):
    models = [deployment("claude", upstream.url, "anthropic/claude-haiku-4-5", api_key=SECRET),
              deployment("gpt", upstream.url + "/v1", "openai/gpt-4.1", api_key=SECRET),
              deployment("codex", upstream.url + "/v1", "openai/responses/gpt-5.5", api_key=SECRET)]
    upstream.script(AgentUpstream("messages"), path="/v1/messages")
    upstream.script(AgentUpstream("responses"), path="/v1/responses")
    upstream.script(AgentUpstream("chat"), path="/v1/chat/completions")
    with Gateway(config={"model_list": models}) as gateway:
        yield gateway


def messages(model, **more):
    return {"model": model, "max_tokens": 900, "messages": [{"role": "user", "content": "Hi there, count me."}], **more}


def events_of(answer):
    """(event name, data) of a stream."""
    found = []
    for block in answer.text.split("\n\n"):
        lines = dict(line.split(": ", 1) for line in block.split("\n") if line and not line.startswith(":"))
        if lines:
            found.append((lines.get("event"), json.loads(lines["data"])))
    return found


# ---- count_tokens

@pytest.mark.parametrize("path", ["/v1/messages/count_tokens", "/messages/count_tokens", "/v1/messages/count_tokens?beta=true"])
def test_anthropic_counts_tokens_itself(three, upstream, path):
    upstream.script(Status(body={"input_tokens": 4711}), path="/v1/messages/count_tokens")
    body = messages("claude", tools=[{"name": "f", "input_schema": {"type": "object"}}])
    del body["max_tokens"]
    answer = three.post(path, body, three.create_key(), headers={"anthropic-version": "2023-06-01", "anthropic-beta": "token-counting-2024-11-01"})
    assert answer.status == 200 and answer.json == {"input_tokens": 4711}
    seen = upstream.last()
    assert seen.target == "/v1/messages/count_tokens" and seen.json == {**body, "model": "claude-haiku-4-5"}
    assert seen.header("anthropic-beta") == "token-counting-2024-11-01" and seen.header("x-api-key") == SECRET
    row = three.wait_rows(1)[-1]
    assert row["status"] == 200 and row["route"].endswith("/messages/count_tokens")


@pytest.mark.parametrize("model", ["gpt", "codex"])
def test_the_others_estimate_tokens_without_being_asked(three, upstream, model):
    short = three.post("/v1/messages/count_tokens", messages(model), three.create_key("a"))
    long = three.post("/v1/messages/count_tokens", messages(model, system="word " * 4000), three.create_key("b"))
    assert short.status == 200 and set(short.json) == {"input_tokens"} and 1 <= short.json["input_tokens"] < 200
    assert 4000 < long.json["input_tokens"] < 8000
    assert upstream.requests == []


def test_a_server_that_cannot_count_gets_an_estimate(three, upstream):
    upstream.script(Status(404, {"error": "no such path"}), path="/v1/messages/count_tokens")
    answer = three.post("/v1/messages/count_tokens", messages("claude"), three.create_key())
    assert answer.status == 200 and 1 <= answer.json["input_tokens"] < 100


def test_errors_of_counting_have_the_form_of_messages(three, upstream):
    key = three.create_key()
    upstream.script(Status(429, {"type": "error", "error": {"type": "rate_limit_error", "message": "slow down"}}), path="/v1/messages/count_tokens")
    answer = three.post("/v1/messages/count_tokens", messages("claude"), key)
    assert answer.status == 429 and answer.json["type"] == "error" and answer.error["type"] == "rate_limit_error"
    upstream.script(Status(body={"hello": 1}), path="/v1/messages/count_tokens")
    answer = three.post("/v1/messages/count_tokens", messages("claude"), key)
    assert answer.status == 502 and answer.error["type"] == "api_error"
    answer = three.post("/v1/messages/count_tokens", {"model": "claude"}, key)
    assert answer.status == 400 and "messages" in answer.error["message"]


def test_an_unknown_model_is_told_without_the_path_of_another_route(three):
    for path, body in [("/v1/messages", messages("nope")), ("/v1/responses", {"model": "nope", "input": "Hi"}), ("/v1/messages/count_tokens", messages("nope"))]:
        answer = three.post(path, body, three.create_key(path))
        assert answer.status in (400, 404) and "/chat/completions" not in answer.text and "nope" in answer.error["message"]


# ---- passed on

def test_a_passed_on_message_has_the_name_that_the_client_asked_for(three):
    plain = three.post("/v1/messages", messages("claude"), three.create_key("a"))
    # The scripted upstream streams whatever is asked: what comes is read by its first byte.
    assert plain.status == 200 and plain.json["model"] == "claude" and plain.json["content"][0] == {"type": "tool_use", "id": "toolu_0_0", "name": "ReadFile", "input": {"path": "a.cpp"}}
    streamed = three.post("/messages", messages("claude", stream=True), three.create_key("b"))
    events = events_of(streamed)
    assert events[0][0] == "message_start" and events[0][1]["message"]["model"] == "claude"
    assert "claude-haiku-4-5" not in streamed.text and events[-1][0] == "message_stop"


def test_a_passed_on_response_has_the_name_that_the_client_asked_for(three):
    streamed = three.post("/v1/responses", {"model": "codex", "input": "Hi", "stream": True}, three.create_key())
    events = events_of(streamed)
    assert {data["response"]["model"] for name, data in events if "response" in data} == {"codex"}
    assert [name for name, _ in events][:2] == ["response.created", "response.in_progress"] and events[-1][0] == "response.completed"
    assert [data["sequence_number"] for _, data in events] == list(range(len(events)))


def test_a_whole_message_is_passed_on_with_what_nobody_knows(three, upstream):
    body = {"id": "msg_1", "type": "message", "role": "assistant", "model": "claude-haiku-4-5", "content": [{"type": "text", "text": "the model said \"model\": x"}],
            "stop_reason": "end_turn", "stop_sequence": None, "usage": {"input_tokens": 3, "output_tokens": 2}, "brand_new": {"model": "inner"}}
    upstream.script(Status(body=body), path="/v1/messages")
    answer = three.post("/v1/messages", messages("claude"), three.create_key())
    assert answer.json == {**body, "model": "claude"}
    row = three.wait_rows(1)[-1]
    assert row["usage"]["input"] == 3 and row["usage"]["output"] == 2


@pytest.mark.parametrize("path,body", [("/v1/messages", messages("claude", stream=True)), ("/v1/responses", {"model": "codex", "input": "Hi", "stream": True})])
@pytest.mark.parametrize("begun", [False, True])
def test_no_passed_on_error_holds_the_credential(three, upstream, path, body, begun):
    error = json.dumps({"type": "error", "error": {"type": "authentication_error", "message": f"bad key {SECRET} here"}})
    if path == "/v1/messages":
        first = ["event: message_start\ndata: " + json.dumps({"type": "message_start", "message": {"id": "m", "model": "x", "usage": {"input_tokens": 1}}}) + "\n\n",
                 'event: content_block_start\ndata: {"type":"content_block_start","index":0,"content_block":{"type":"text","text":"so"}}\n\n']
    else:
        first = ['event: response.created\ndata: {"type":"response.created","response":{"id":"r","model":"x"}}\n\n',
                 'event: response.output_text.delta\ndata: {"type":"response.output_text.delta","delta":"so"}\n\n']
    text = f"event: error\ndata: {error}\n\n"
    upstream.script(Stream((first if begun else []) + [text[:60], text[60:]], done=False), path=path)
    answer = three.post(path, body, three.create_key())
    assert SECRET not in answer.text
    assert (answer.status == 200 and "event: error" in answer.text) if begun else answer.status >= 400
    row = three.wait_rows(1)[-1]
    assert row["outcome"] != "ok" and SECRET not in json.dumps(row)


@pytest.mark.parametrize("path,body", [("/v1/messages", messages("claude", stream=True)), ("/v1/responses", {"model": "codex", "input": "Hi", "stream": True})])
def test_a_passed_on_stream_that_breaks_off_says_so(three, upstream, path, body):
    whole = AgentUpstream("messages" if path == "/v1/messages" else "responses")

    def broken(request):
        answer = whole(request)
        return Stream(answer.events[:6], done=False, cut=True)
    upstream.script(broken, path=path)
    answer = three.post(path, body, three.create_key())
    events = events_of(answer)
    assert answer.status == 200 and any(name == "error" for name, _ in events), answer.text
    assert three.wait_rows(1)[-1]["outcome"] == "cut"


def test_a_plain_body_for_a_streamed_request_becomes_a_stream(three, upstream):
    body = {"id": "msg_1", "type": "message", "role": "assistant", "model": "claude-haiku-4-5", "content": [{"type": "text", "text": "All at once."}],
            "stop_reason": "end_turn", "stop_sequence": None, "usage": {"input_tokens": 3, "output_tokens": 2}}
    upstream.script(Status(body=body), path="/v1/messages")
    answer = three.post("/v1/messages", messages("claude", stream=True), three.create_key())
    events = events_of(answer)
    assert events[0][1]["message"]["model"] == "claude" and events[-1][0] == "message_stop"
    assert "".join(d["delta"].get("text", "") for n, d in events if n == "content_block_delta") == "All at once."


def test_raw_html_is_no_stream(three, upstream):
    page = b"<html><body>maintenance at internal-host-7</body></html>"
    upstream.script(Raw([b"HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: %d\r\n\r\n" % len(page) + page]), path="/v1/messages")
    answer = three.post("/v1/messages", messages("claude", stream=True), three.create_key())
    assert answer.status == 502 and "internal-host-7" not in answer.text and answer.json["type"] == "error"


# ---- Cursor's settings

def hidden(upstream, status=429):
    upstream.script(Status(status, {"error": {"message": "upstream is tired", "type": "x", "param": None, "code": None}}))


def test_cursor_errors_inline_put_the_text_into_the_answer(upstream):
    hidden(upstream)
    with Gateway(models={"m": upstream.url}, config={"cursor": {"errors": "inline"}}) as gateway:
        key = gateway.create_key()
        body = {"model": "m", "messages": [{"role": "user", "content": "Hi"}]}
        streamed = gateway.post("/cursor/chat/completions", {**body, "stream": True}, key)
        assert streamed.status == 200 and streamed.events[-1] == "[DONE]" and "upstream is tired" in streamed.stream_text
        assert streamed.events[-3]["choices"][0]["finish_reason"] == "stop" and streamed.events[-2]["usage"]["total_tokens"] == 0
        whole = gateway.post("/cursor/chat/completions", body, key)
        assert whole.status == 200 and "upstream is tired" in whole.json["choices"][0]["message"]["content"] and "req_" in whole.text
        plain = gateway.post("/v1/chat/completions", body, key)
        assert plain.status == 429, "others get the status"
        row = gateway.wait_rows(3)[0]
        assert row["outcome"] == "upstream_failed"


def test_cursor_errors_keep_their_status_by_default(upstream):
    hidden(upstream, 500)
    with Gateway(models={"m": upstream.url}) as gateway:
        answer = gateway.post("/cursor/chat/completions", {"model": "m", "messages": [{"role": "user", "content": "Hi"}], "stream": True}, gateway.create_key())
        assert answer.status == 502 and "upstream is tired" in answer.error["message"]


def test_cursor_capture_keeps_bodies_without_their_texts(upstream):
    with Gateway(models={"m": upstream.url}, config={"cursor": {"capture": True}}) as gateway:
        key = gateway.create_key()
        secret = "do not keep this text"
        body = {"model": "m", "user": "hash-of-me", "metadata": {"cursorConversationId": "c-77"}, "messages": [{"role": "user", "content": [{"type": "text", "text": secret}]}],
                "tools": [{"type": "function", "name": "Shell", "description": secret, "parameters": {"type": "object", "properties": {"-B": {"type": "number"}}}}]}
        assert gateway.post("/cursor/chat/completions", body, key).status == 200
        assert gateway.post("/v1/chat/completions", body, key).status == 200
        assert gateway.post("/cursor/chat/completions", {"model": "m", "messages": 5}, key).status == 400
        gateway.terminate()
        files = sorted((gateway.folder / "state/captures").iterdir())
        assert len(files) == 1, "only Cursor's, and only what is a request"
        kept = json.loads(files[0].read_text())
        text = files[0].read_text()
        assert kept["path"] == "/cursor/chat/completions" and secret not in text and key not in text and "hash-of-me" not in text and "c-77" not in text
        assert kept["body"]["messages"] == [{"role": "user", "content": [{"type": "text", "text": f"[{len(secret)} bytes]"}]}]
        assert kept["body"]["tools"][0]["name"] == "Shell" and kept["body"]["tools"][0]["parameters"]["properties"]["-B"] == {"type": "number"}
        assert files[0].stat().st_mode & 0o777 == 0o600


def test_cursor_capture_is_off_by_default(upstream):
    with Gateway(models={"m": upstream.url}) as gateway:
        assert gateway.post("/cursor/chat/completions", {"model": "m", "messages": [{"role": "user", "content": "Hi"}]}, gateway.create_key()).status == 200
        gateway.terminate()
        assert not (gateway.folder / "state/captures").exists()
