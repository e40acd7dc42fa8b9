"""What RFC 9110 and RFC 9112 ask of an origin server's answers, seen on the wire."""
import email.utils
import json
import socket

import pytest

from fake_upstream import FakeUpstream
from gateway import Gateway, chat

KEY = "sk-answers-master-key"


@pytest.fixture(scope="module")
def daemon():
    config = {"general_settings": {"master_key": KEY}, "server": {"header_timeout": "300ms", "body_timeout": "300ms"}}
    with FakeUpstream() as upstream, Gateway(models={"m": upstream.url}, config=config) as gateway:
        yield gateway


class Reply:
    def __init__(self, data):
        head, self.end, self.body = data.partition(b"\r\n\r\n")
        lines = head.decode("latin-1").split("\r\n")
        self.status = int(lines[0].split(" ")[1]) if lines[0] else None
        self.version = lines[0].split(" ")[0]
        self.headers = [tuple(part.strip() for part in line.split(":", 1)) for line in lines[1:]]

    def all(self, name):
        return [value for n, value in self.headers if n.lower() == name.lower()]


def ask(gateway, method, path, version="1.1", headers=(), body=b"", key=KEY):
    """One request, and what comes until the daemon closes."""
    lines = [f"{method} {path} HTTP/{version}", "Host: h", *headers]
    if key:
        lines.append(f"Authorization: Bearer {key}")
    if version == "1.1":
        lines.append("Connection: close")
    return Reply(send(gateway, "\r\n".join(lines).encode() + b"\r\n\r\n" + body))


def send(gateway, data):
    with socket.create_connection(("127.0.0.1", gateway.port), 10) as client:
        client.sendall(data)
        answer = b""
        while piece := client.recv(65536):
            answer += piece
    return answer


def ask_chat(gateway, version="1.1", headers=(), **more):
    body = json.dumps(chat(**more)).encode()
    return ask(gateway, "POST", "/v1/chat/completions", version, [f"Content-Length: {len(body)}", *headers], body)


@pytest.mark.parametrize("path", ["/v1/models", "/health/live", "/nothing"])
def test_head_has_the_headers_of_get_and_no_body(daemon, path):
    got, head = ask(daemon, "GET", path), ask(daemon, "HEAD", path)
    assert head.status == got.status and head.body == b""
    assert head.all("content-length") == [str(len(got.body))]
    assert head.all("content-type") == got.all("content-type")


@pytest.mark.parametrize("path", ["/v1/models", "/health/live", "/nothing"])
def test_every_answer_has_one_date_one_length_and_says_that_it_closes(daemon, path):
    reply = ask(daemon, "GET", path)
    assert reply.version == "HTTP/1.1"
    assert len(reply.all("date")) == 1 and reply.all("date")[0].endswith(" GMT")
    assert email.utils.parsedate_to_datetime(reply.all("date")[0])
    assert reply.all("content-length") == [str(len(reply.body))]
    assert reply.all("transfer-encoding") == []
    assert reply.all("connection") == ["close"]


def test_an_answer_without_content_has_neither_length_nor_coding(daemon):
    reply = ask(daemon, "OPTIONS", "/cursor/chat/completions", key=None)
    assert reply.status == 204 and reply.body == b""
    assert reply.all("content-length") == reply.all("transfer-encoding") == []


def test_405_tells_what_is_allowed(daemon):
    reply = ask(daemon, "DELETE", "/v1/models")
    assert reply.status == 405
    assert "GET" in reply.all("allow")[0]


def test_401_tells_how_to_authenticate(daemon):
    reply = ask(daemon, "GET", "/v1/models", key=None)
    assert reply.status == 401
    assert reply.all("www-authenticate") == ["Bearer"]


def test_a_stream_is_chunked_for_http_1_1_and_ends_with_the_connection_for_1_0(daemon):
    new = ask_chat(daemon, stream=True)
    assert new.all("transfer-encoding") == ["chunked"] and new.all("content-length") == []
    assert new.body.endswith(b"\r\n0\r\n\r\n")
    old = ask_chat(daemon, "1.0", stream=True)
    assert old.status == 200 and old.all("transfer-encoding") == []
    assert old.body.endswith(b"data: [DONE]\n\n")


def test_http_1_0_is_closed_unless_it_asks_to_stay(daemon):
    assert ask(daemon, "GET", "/health/live", "1.0").all("connection") == ["close"]
    twice = b"GET /health/live HTTP/1.0\r\nConnection: keep-alive\r\n\r\nGET /health/live HTTP/1.0\r\n\r\n"
    assert send(daemon, twice).count(b"HTTP/1.1 200 OK") == 2


def test_100_is_sent_only_to_who_waits_for_it_and_never_before_a_refusal(daemon):
    body = json.dumps(chat()).encode()
    head = (f"POST /v1/chat/completions HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer {KEY}\r\nConnection: close\r\n"
            "Expect: 100-continue\r\nContent-Length: ")
    with socket.create_connection(("127.0.0.1", daemon.port), 10) as client:
        client.sendall(f"{head}{len(body)}\r\n\r\n".encode())
        assert client.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
        client.sendall(body)
        assert client.recv(65536).startswith(b"HTTP/1.1 200 OK\r\n")
    assert send(daemon, f"{head}99999999\r\n\r\n".encode()).startswith(b"HTTP/1.1 413 ")
    assert ask_chat(daemon).status == 200


@pytest.mark.parametrize("start", [
    b"GET / HTTP/1.1\r\nHost: ",
    b"POST /v1/chat/completions HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer KEY\r\nContent-Length: 5\r\n\r\nhe",
    b"POST /v1/chat/completions HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer KEY\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhe",
], ids=["head", "body", "chunk"])
def test_a_request_that_does_not_go_on_is_408_and_closed(daemon, start):
    reply = Reply(send(daemon, start.replace(b"KEY", KEY.encode())))
    assert reply.status == 408
    assert reply.all("connection") == ["close"]
