"""Mistakes that gateways are known to make on this path, LiteLLM's above all. One test a class; each is named after it."""
import json
import threading
import time

import pytest

from fake_upstream import FakeUpstream, Raw, Status, Stream, chunks, completion
from gateway import Gateway, chat

PATH = "/v1/chat/completions"


@pytest.mark.parametrize("member, value", [
    ("custom_llm_provider", "anthropic"), ("deployment_id", "nowhere"), ("extra_headers", {"Authorization": "Bearer sk-evil"}),
    ("api_base", "http://127.0.0.1:9/v1"), ("base_url", "http://127.0.0.1:9/v1"), ("api_key", "sk-evil"),
    ("organization", "org-evil"), ("num_retries", 50), ("timeout", 0.0001), ("user_config", {"model_list": []}), ("fallbacks", ["x"])])
def test_one_caller_hurts_all_no_member_of_a_body_steers_the_gateway(gateway, upstream, key, member, value):
    answer = gateway.post(PATH, chat("m", **{member: value}), key)
    assert answer.status == 200, answer.text
    request = upstream.last()
    assert len(upstream.requests) == 1 and request.header("authorization") == "Bearer sk-upstream-secret-canary"
    assert request.header("openai-organization") is None
    assert gateway.post(PATH, chat("m"), key).status == 200


@pytest.mark.parametrize("status", [401, 404, 400, 429])
def test_one_caller_hurts_all_an_upstream_error_does_not_lock_the_model_for_others(gateway, upstream, key, status):
    error = {"error": {"message": "no", "type": "x", "code": None, "param": None}}
    upstream.script(Status(status, error), header=("x-bad", "1"))
    upstream.script(lambda r: Status(status, error) if r.json["messages"][0]["content"] == "bad" else Status(body=completion()), model="m")
    other = gateway.create_key("other")
    for _ in range(3):
        assert gateway.post(PATH, chat("m", "bad"), key).status != 200
        assert gateway.post(PATH, chat("m", "good"), other).status == 200


def test_one_caller_hurts_all_cookies_of_one_answer_are_not_sent_with_another_request(gateway, upstream, key):
    upstream.script(Status(body=completion(), headers={"set-cookie": "session=alice; Path=/"}), model="m", times=1)
    first = gateway.post(PATH, chat("m"), key)
    assert first.headers["set-cookie"] is None
    gateway.post(PATH, chat("m"), gateway.create_key("other"))
    assert upstream.requests[-1].header("cookie") is None


def test_one_caller_hurts_all_a_clients_own_headers_do_not_reach_the_upstream(gateway, upstream, key):
    gateway.post(PATH, chat("m"), key, headers={"Authorization": f"Bearer {key}", "Cookie": "a=b", "X-Forwarded-For": "1.2.3.4",
                                                "OpenAI-Organization": "org-evil", "Connection": "close, x-secret", "X-Secret": "1"})
    sent = {name.lower() for name, _ in upstream.last().headers}
    assert not sent & {"cookie", "x-forwarded-for", "openai-organization", "x-secret"}, sent


@pytest.mark.parametrize("answer", [
    Status(200, "garbage"), Status(200, "<html></html>", content_type="text/html"), Stream([], done=False),
    Status(200, {"error": {"message": "overloaded", "type": "overloaded_error"}})])
def test_failure_shown_as_success_a_stream_that_is_none_is_no_200(gateway, upstream, key, answer):
    upstream.script(answer, model="m")
    reply = gateway.post(PATH, chat("m", stream=True), key)
    assert reply.status in (502, 503) and reply.error["message"], reply.text


def test_failure_shown_as_success_an_end_in_mid_answer_is_no_stop(gateway, upstream, key):
    upstream.script(Stream(chunks()[:3], done=False, gap=0.05), model="m")
    reply = gateway.post(PATH, chat("m", stream=True), key)
    reasons = [c.get("finish_reason") for e in reply.events if e != "[DONE]" for c in e.get("choices", [])]
    assert "stop" not in reasons and any("error" in e for e in reply.events if e != "[DONE]"), reply.text


def test_retries_and_fallback_retry_after_reaches_the_client_at_once(gateway, upstream, key):
    upstream.script(Status(429, {"error": {"message": "slow down", "type": "requests", "code": None, "param": None}}, headers={"retry-after": "7"}), model="m")
    started = time.monotonic()
    reply = gateway.post(PATH, chat("m"), key)
    assert reply.status == 429 and reply.headers["retry-after"] == "7"
    assert time.monotonic() - started < 5, "the client was held although the answer was known"


def test_retries_and_fallback_a_good_deployment_of_the_group_serves_what_a_bad_one_refused(upstream):
    with FakeUpstream() as bad:
        bad.script(Status(500, {"error": {"message": "broken", "type": "x", "code": None, "param": None}}))
        entries = [{"model_name": "m", "litellm_params": {"model": "openai/m", "api_base": u.url + "/v1", "api_key": "x"}} for u in (bad, upstream)]
        with Gateway(config={"model_list": entries}) as gateway:
            key = gateway.create_key()
            assert [gateway.post(PATH, chat("m"), key).status for _ in range(10)] == [200] * 10


BAD_BODIES = {
    "empty": b"", "null": b"null", "an array": b"[]", "a string": b'"x"', "a number": b"1", "broken": b'{"model":"m",', "NaN": b'{"model":"m","messages":[],"temperature":NaN}',
    "no model": b'{"messages":[]}', "a model that is a number": b'{"model":1,"messages":[]}', "a model that is null": b'{"model":null,"messages":[]}',
    "invalid UTF-8": b'{"model":"m","messages":[{"role":"user","content":"\xff\xfe"}]}', "NUL": b'{"model":"m\\u0000","messages":[]}',
    "too deep": b'{"model":"m","messages":' + b"[" * 20000 + b"]" * 20000 + b"}", "bytes after the end": b'{"model":"m","messages":[]}{}',
    "gzip": b"\x1f\x8b\x08\x00\x00\x00\x00\x00", "a lone surrogate": b'{"model":"\\ud800","messages":[]}',
}


@pytest.mark.parametrize("what", BAD_BODIES)
def test_500_for_bad_input_a_bad_body_is_400_and_goes_nowhere(gateway, upstream, key, what):
    for path in (PATH, "/cursor/chat/completions"):
        reply = gateway.post(path, BAD_BODIES[what], key)
        assert 400 <= reply.status < 500, (reply.status, reply.text)
        assert reply.error["message"]
    assert upstream.requests == []


ODD_BODIES = {
    "content that is a number": chat(messages=[{"role": "user", "content": 7}]),
    "content of an unknown part": chat(messages=[{"role": "user", "content": [{"type": "hologram", "x": 1}]}]),
    "an image without a URL": chat(messages=[{"role": "user", "content": [{"type": "image_url"}]}]),
    "an image that is null": chat(messages=[{"role": "user", "content": [{"type": "image_url", "image_url": None}]}]),
    "a message that is a string": chat(messages=["hello"]),
    "a message that is null": chat(messages=[None]),
    "messages that are a string": chat(messages="hello"),
    "messages that are an object": chat(messages={"role": "user"}),
    "no messages": {"model": "m"},
    "a tool without a name": chat(tools=[{"type": "function", "function": {}}]),
    "a tool that is a string": chat(tools=["x"]),
    "tools that are a number": chat(tools=1),
    "tool_choice that is a number": chat(tool_choice=1, tools=[]),
    "response_format that is a string": chat(response_format="json"),
    "stream_options that are a string": chat(stream=True, stream_options="usage"),
    "a timeout that is none": chat(timeout="soon"),
    "max_tokens that is a string": chat(max_tokens="many"),
    "an input that is a number": {"model": "m", "input": 5},
}


@pytest.mark.parametrize("what", ODD_BODIES)
def test_500_for_bad_input_a_member_of_the_wrong_kind_is_the_callers_or_the_upstreams_to_refuse(gateway, upstream, key, what):
    upstream.script(Status(400, {"error": {"message": "Invalid type for a member", "type": "invalid_request_error", "param": None, "code": None}}))
    for path in (PATH, "/cursor/chat/completions"):
        for stream in (False, True):
            body = {**ODD_BODIES[what], "model": "m"}
            if stream:
                body["stream"] = True
            reply = gateway.post(path, body, key)
            assert 400 <= reply.status < 500, (path, reply.status, reply.text)
            assert reply.error["message"] and reply.error["type"]


@pytest.mark.parametrize("what", ODD_BODIES)
def test_500_for_bad_input_the_mock_provider_takes_or_refuses_it(what):
    with Gateway(config={"model_list": [{"model_name": "m", "litellm_params": {"model": "mock/m"}}]}) as gateway:
        key = gateway.create_key()
        for path in (PATH, "/cursor/chat/completions"):
            reply = gateway.post(path, {**ODD_BODIES[what], "model": "m"}, key)
            assert reply.status < 500, (path, reply.status, reply.text)


@pytest.mark.parametrize("what, body, word", [
    ("Latin-1", '{"model":"m","messages":[{"role":"user","content":"caf\xe9"}]}'.encode("latin-1"), "UTF-8"),
    ("gzip that nobody announced", __import__("gzip").compress(b'{"model":"m","messages":[]}'), "JSON"),
    ("a deep nest", b'{"model":"m","messages":' + b"[" * 20000 + b"]" * 20000 + b"}", "deep"),
])
def test_misleading_a_body_that_cannot_be_read_is_named_as_what_it_is(gateway, upstream, key, what, body, word):
    for path in (PATH, "/cursor/chat/completions"):
        reply = gateway.post(path, body, key)
        assert reply.status == 400 and word.lower() in reply.error["message"].lower(), (path, reply.text)
        assert "messages" not in reply.error["message"], reply.text
    assert upstream.requests == []


def test_misleading_a_compressed_body_is_named_as_such(gateway, upstream, key):
    import gzip
    body = gzip.compress(json.dumps(chat("m")).encode())
    reply = gateway.post(PATH, body, key, headers={"Content-Encoding": "br", "Authorization": f"Bearer {key}"})
    assert reply.status == 415 and "encoding" in reply.error["message"].lower()
    assert upstream.requests == []


def test_misleading_a_length_beside_chunks_is_refused(gateway, upstream, key):
    import socket
    body = json.dumps(chat("m")).encode()
    with socket.create_connection(("127.0.0.1", gateway.port)) as client:
        client.sendall(b"POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\nContent-Length: %d\r\n"
                       b"Transfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n" % (key.encode(), len(body), len(body), body))
        client.settimeout(5)
        reply = b""
        while piece := client.recv(65536):
            reply += piece
    assert reply.startswith(b"HTTP/1.1 400 ") and reply.count(b"HTTP/1.1 ") == 1
    assert upstream.requests == []


def test_usage_what_the_upstream_did_not_report_is_not_made_up_as_zero(gateway, upstream, key):
    upstream.script(Status(body=completion(usage=False)), model="m")
    gateway.post(PATH, chat("m"), key)
    row = gateway.wait_rows(1)[-1]
    assert row["usage"]["reported"] is False


def test_usage_what_a_streaming_upstream_did_not_report_is_not_reported_to_the_client(gateway, upstream, key):
    upstream.script(Stream(chunks(usage=False)), model="m")
    reply = gateway.post(PATH, chat("m", stream=True), key)
    assert reply.stream_text and not any(e.get("usage") for e in reply.events if e != "[DONE]")
    assert gateway.wait_row(reply)["usage"]["reported"] is False


def test_usage_the_row_has_what_the_upstream_said_streamed_and_plain(gateway, upstream, key):
    for stream in (False, True):
        row = gateway.wait_row(gateway.post(PATH, chat("m", stream=stream), key))
        assert (row["tokens_in"], row["tokens_out"], row["usage"]["reported"]) == (9, 5, True), row


def test_usage_the_chunk_has_empty_choices(gateway, key):
    reply = gateway.post("/cursor/chat/completions", chat("m", stream=True, stream_options={"include_usage": True}), key)
    usage = [e for e in reply.events if e != "[DONE]" and e.get("usage")]
    assert len(usage) == 1 and usage[0]["choices"] == []


def test_leaks_headers_and_redirects_of_the_upstream_stay_there(gateway, upstream, key):
    upstream.script(Status(body=completion(), headers={"openai-organization": "org-7", "set-cookie": "a=b", "server": "secret-proxy/1", "x-internal": "1"}), model="m")
    reply = gateway.post(PATH, chat("m"), key)
    assert not {h.lower() for h in reply.headers} & {"openai-organization", "set-cookie", "x-internal"} and reply.headers.get("server") != "secret-proxy/1"
    with FakeUpstream() as elsewhere:
        upstream.script(Status(307, "", headers={"location": elsewhere.url + "/v1/chat/completions"}), model="m")
        assert gateway.post(PATH, chat("m"), key).status == 502
        assert elsewhere.requests == [], "a redirect was followed, with the provider's key"


def test_leaks_nothing_about_the_caller_reaches_the_provider(gateway, upstream):
    key = gateway.create_key("name-of-the-key", "--tag", "name-of-the-tag", "--metadata", "team=name-of-the-team")
    identity = gateway.cli_json("key", "show", "name-of-the-key")["id"]
    for path in (PATH, "/cursor/chat/completions"):
        assert gateway.post(path, chat("m"), key).status == 200
    for request in upstream.requests:
        for told in ("name-of-the", identity, key, "127.0.0.1:%d" % gateway.port):
            assert told.encode() not in request.head + request.body, request.head


@pytest.mark.parametrize("path", ["/routes", "/", "/docs", "/openapi.json", "/model/info", "/v1/model/info", "/key/list", "/metrics", "/config/yaml", "/health"])
def test_leaks_nothing_is_told_without_a_key(gateway, path):
    reply = gateway.get(path)
    assert reply.status in (401, 404), (path, reply.status)
    assert "sk-upstream" not in reply.text and '"m"' not in reply.text


def test_leaks_no_name_of_another_model_stands_in_an_error(upstream):
    with Gateway(models={"m": upstream.url, "hidden-model": upstream.url}) as gateway:
        key = gateway.create_key("narrow", "--models", "m")
        upstream.script(Status(500, {"error": {"message": "x", "type": "x", "code": None, "param": None}}))
        for model in ("m", "nothing"):
            assert "hidden-model" not in gateway.post(PATH, chat(model), key).text


def test_many_callers_at_once_each_get_their_own_answer(gateway, upstream, key):
    upstream.script(lambda r: Stream(chunks(r.json["messages"][0]["content"]), gap=0.002), model="m")
    wrong = []

    def caller(number):
        for turn in range(5):
            text = f"caller{number} turn{turn} words"
            if gateway.post(PATH, chat("m", text, stream=True), key).stream_text.strip() != text:
                wrong.append(text)
    callers = [threading.Thread(target=caller, args=(n,)) for n in range(16)]
    for c in callers:
        c.start()
    for c in callers:
        c.join()
    assert wrong == [] and len(gateway.wait_rows(80)) == 80


@pytest.mark.parametrize("body", [
    {"messages": []}, {"messages": [], "tools": None},
    {"messages": [{"role": "user", "content": []}]}, {"messages": [{"role": "user", "content": " "}, {"role": "assistant", "content": []}]},
    {"messages": [], "input": []}, {"input": ""}, {"input": [{"role": "user", "content": []}]}, {"messages": [{"role": "assistant", "content": "<think>x</think>"}]}])
def test_cursor_an_empty_conversation_is_told_here_and_not_by_the_provider(gateway, upstream, key, body):
    reply = gateway.post("/cursor/chat/completions", {"model": "m", **body}, key)
    assert reply.status == 400 and reply.error["code"] == "missing_required_parameter", reply.text
    assert ("input" if body.get("input") is not None else "messages") in reply.error["message"] and upstream.requests == []


def test_cursor_a_tool_choice_without_tools_is_not_passed_on(gateway, upstream, key):
    reply = gateway.post("/cursor/chat/completions", chat("m", tool_choice="auto", tools=None), key)
    assert reply.status == 200, reply.text
    assert "tool_choice" not in upstream.last().json
