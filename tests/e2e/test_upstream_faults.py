"""What an upstream can do wrong, and what the client, the row and the next request see of it."""
import socket

import pytest

from fake_upstream import CutAt, Raw, Status, Stream, chunks, completion
from gateway import Gateway, chat

PATH = "/v1/chat/completions"
HTML = "<html><body><h1>502 Bad Gateway</h1>internal-host-7.corp</body></html>"
OK = b"HTTP/1.1 200 OK\r\n"
JSON_HEAD = OK + b"content-type: application/json\r\n"

PLAIN_FAULTS = {
    "resets before the head": (Raw(["rst"]), 502),
    "closes before the head": (Raw(["fin"]), 502),
    "resets in mid-head": (CutAt(Status(body=completion()), 25, rst=True), 502),
    "closes in mid-body": (CutAt(Status(body=completion()), 150), 502),
    "resets in mid-body": (CutAt(Status(body=completion()), 150, rst=True), 502),
    "answers HTML": (Status(200, HTML, content_type="text/html"), 502),
    "answers HTML with an error status": (Status(503, "<html><h1>down</h1></html>", content_type="text/html"), 502),
    "answers text that is no JSON": (Status(200, "not json"), 502),
    "answers bytes that are no HTTP": (Raw([b"\x16\x03\x01 garbage\r\n\r\n", "fin"]), 502),
    "sends two lengths": (Raw([JSON_HEAD + b"content-length: 2\r\ncontent-length: 3\r\n\r\n{} "]), 502),
    "sends a length and chunks": (Raw([JSON_HEAD + b"content-length: 2\r\ntransfer-encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n"]), 502),
    "sends a broken chunk size": (Raw([JSON_HEAD + b"transfer-encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n", "fin"]), 502),
    "sends a header that never ends": (Raw([OK + b"x: " + b"a" * 300_000]), 502),
    "folds a header": (Raw([JSON_HEAD + b"x: a\r\n b\r\ncontent-length: 2\r\n\r\n{}"]), 502),
    "answers 200 with an error object": (Status(200, {"error": {"message": "no", "type": "server_error", "code": None, "param": None}}), 502),
    "redirects": (Status(302, "", headers={"location": "http://127.0.0.1:1/"}), 502),
}


# Wrong answers, but right HTTP: the connection is as good as before.
WELL_FRAMED = {"answers HTML", "answers HTML with an error status", "answers 200 with an error object", "answers text that is no JSON", "redirects"}


@pytest.mark.parametrize("fault", PLAIN_FAULTS)
def test_an_upstream_that(gateway, upstream, key, fault):
    answer_of_upstream, status = PLAIN_FAULTS[fault]
    upstream.script(answer_of_upstream, model="m")
    answer = gateway.post(PATH, chat("m"), key)
    assert answer.status == status, answer.text
    assert set(answer.error) >= {"message", "type", "param", "code"}
    assert "internal-host-7" not in answer.text
    row = gateway.wait_rows(1)[-1]
    assert row["status"] == status and row["error_code"]
    used = upstream.requests[-1].connection
    upstream.reset()
    assert gateway.post(PATH, chat("m"), key).status == 200
    assert upstream.last().connection != used or fault in WELL_FRAMED, "the connection was used again"


@pytest.mark.parametrize("fault, stream", {
    "closes in mid-stream": Stream(chunks()[:3], done=False, cut=True),
    "resets in mid-stream": Stream(chunks()[:3], done=False, rst=True),
    "ends without DONE": Stream(chunks()[:3], done=False),
    "sends an error object in the stream": Stream(chunks()[:3] + [{"error": {"message": "overloaded", "type": "overloaded_error"}}], done=False),
}.items())
def test_a_stream_that_breaks_is_not_shown_as_success(gateway, upstream, key, fault, stream):
    stream.gap = 0.05  # so that the client has seen the beginning when it breaks
    upstream.script(stream, model="m")
    answer = gateway.post(PATH, chat("m", stream=True), key)
    assert answer.status == 200
    assert any(e != "[DONE]" and e.get("error") for e in answer.events), answer.text
    assert not any(e != "[DONE]" and any(c.get("finish_reason") == "stop" for c in e.get("choices", [])) for e in answer.events)
    row = gateway.wait_rows(1)[-1]
    assert row["error_code"], row


@pytest.mark.parametrize("fault, stream", {
    "an empty stream": Stream([], done=False),
    "an empty stream with DONE": Stream([]),
    "HTML": Status(200, HTML, content_type="text/html"),
    "garbage": Status(200, "][", content_type="text/event-stream"),
    "an error first": Stream([{"error": {"message": "overloaded", "type": "overloaded_error"}}], done=False),
    "a reset before the first event": Stream([], done=False, rst=True),
}.items())
def test_a_stream_that_never_begins_keeps_an_error_status(gateway, upstream, key, fault, stream):
    upstream.script(stream, model="m")
    answer = gateway.post(PATH, chat("m", stream=True), key)
    assert answer.status in (502, 503), answer.text
    assert answer.error["message"] and "internal-host-7" not in answer.text


def test_a_refused_connection_is_502():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound, never listening: refused
        with Gateway(models={"m": f"http://127.0.0.1:{taken.getsockname()[1]}"}) as gateway:
            answer = gateway.post(PATH, chat("m"), gateway.create_key())
            assert answer.status == 502 and answer.error["code"]
            assert gateway.wait_rows(1)[-1]["status"] == 502


def test_a_name_that_does_not_exist_is_502():
    with Gateway(models={"m": "http://no-such-host.invalid"}) as gateway:
        answer = gateway.post(PATH, chat("m"), gateway.create_key())
        assert answer.status == 502


@pytest.mark.parametrize("fault, answer", {
    "before the head": Raw(["hang"]),
    "within the head": Raw([OK, "hang"]),
    "within the body": Raw([JSON_HEAD + b"content-length: 100\r\n\r\n{", "hang"]),
}.items())
def test_a_stall_is_504(upstream, fault, answer):
    short = {"upstream": {"first_byte_timeout": "1s", "stall_timeout": "1s"}}
    with Gateway(models={"m": upstream.url}, config=short) as gateway:
        upstream.script(answer, model="m")
        reply = gateway.post(PATH, chat("m"), gateway.create_key())
        assert reply.status == 504, reply.text
        assert gateway.wait_rows(1)[-1]["status"] == 504


def test_429_keeps_its_status_and_retry_after(gateway, upstream, key):
    upstream.script(Status(429, {"error": {"message": "slow down", "type": "requests", "code": "rate_limit_exceeded", "param": None}},
                           headers={"retry-after": "7"}), model="m")
    answer = gateway.post(PATH, chat("m"), key)
    assert answer.status == 429 and answer.headers["retry-after"] == "7" and "slow down" in answer.error["message"]


def test_a_refused_provider_key_does_not_look_like_the_callers(gateway, upstream, key):
    upstream.script(Status(401, {"error": {"message": "Incorrect API key provided: sk-upst***nary", "type": "invalid_request_error",
                                           "code": "invalid_api_key", "param": None}}), model="m")
    answer = gateway.post(PATH, chat("m"), key)
    assert answer.status not in (200, 401) and "sk-upst" not in answer.text
