"""The vectors of tests/http against the real daemon, over sockets: exact statuses, a closed connection behind each refusal,
and not one byte upstream. And the answers' vectors from an upstream: refused ones are a 502."""
import concurrent.futures
import json
import pathlib
import re
import socket
import sys

import pytest

from fake_upstream import FakeUpstream, Raw
from gateway import Gateway, chat

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "http"))
import vectors  # noqa: E402

KEY = "sk-vectors-master-key"
PROBE = b"GET /health/live HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"
CONFIG = {"general_settings": {"master_key": KEY}, "router_settings": {"num_retries": 0, "disable_cooldowns": True}}


@pytest.fixture(scope="module")
def served():
    with FakeUpstream() as upstream, Gateway(models={"m": upstream.url}, config=CONFIG) as gateway:
        yield gateway, upstream


def talk(port, data, timeout=10, piece_size=None):
    """Everything that comes back until the daemon closes; and whether it did."""
    with socket.create_connection(("127.0.0.1", port), timeout) as client:
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        step = piece_size or len(data)
        try:
            for at in range(0, len(data), step):
                client.sendall(data[at:at + step])
        except OSError:
            pass  # refused before all of it was read
        answer = b""
        try:
            while piece := client.recv(65536):
                answer += piece
        except ConnectionResetError:
            pass
        except TimeoutError:
            return answer, False
    return answer, True


def statuses(answer, methods):
    """The statuses of several answers; an answer to HEAD has no body."""
    found = []
    while answer:
        head, end, answer = answer.partition(b"\r\n\r\n")
        assert end and head.startswith(b"HTTP/1.1 "), f"no answer: {head[:100]}"
        status = int(head[9:12])
        if status == 100:
            continue
        length = int(re.search(rb"(?im)^content-length: *(\d+)", head)[1])
        if len(found) < len(methods) and methods[len(found)] == "HEAD":
            length = 0
        found.append(status)
        answer = answer[length:]
    return found


def aimed(data):
    """A POST goes to a route that reads its body."""
    to = f"POST /v1/chat/completions HTTP/1.1\r\nAuthorization: Bearer {KEY}\r\n".encode()
    return data.replace(b"POST / HTTP/1.1\r\n", to, 1)


def problem(port, case, piece_size):
    """None, or how the daemon differs from what the vector expects."""
    entries = [entry for entry in case.expected if entry != "more"]
    waiting = "more" in case.expected
    answer, closed = talk(port, aimed(case.send) + (b"" if waiting else PROBE), 0.3 if waiting else 10, piece_size)
    seen = statuses(answer, [entry.split(" ")[0] for entry in entries])
    refused = entries and "[" not in entries[-1]
    ends = refused or (entries and entries[-1].endswith(" close"))
    expected = len(entries) + (0 if ends or waiting else 1)
    # A route that wants no body does not read one of unknown length, and closes.
    if case.send.startswith(b"GET ") and b": chunked" in case.send and not refused and closed:
        expected = len(entries)
    # Nor does it wait for one that comes in small pieces: it may have answered and closed before the end.
    if piece_size and case.send.startswith(b"GET ") and b"ontent-" in case.send and not refused and closed:
        expected = min(len(seen), expected)
    if len(seen) != expected or closed == waiting:
        return f"{seen} {'closed' if closed else 'open'}, expected {case.expected}"
    if refused and seen[-1] != int(entries[-1]):
        return f"{seen}, expected {case.expected}"
    return None


@pytest.mark.parametrize("piece_size", [None, 1, 7], ids=["whole", "bytes", "pieces"])
def test_the_daemon_answers_every_request_vector_as_the_codec_does(served, piece_size):
    gateway, upstream = served
    cases = [case for case in vectors.requests() if piece_size is None or len(case.send) < 2000]
    assert len(cases) >= 250
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda case: problem(gateway.port, case, piece_size), cases))
    wrong = [f"{case.file}: {case.name}: {text}" for case, text in zip(cases, found) if text]
    assert not wrong, "\n".join(wrong)
    assert not upstream.requests


SMUGGLING = {
    "both lengths": "Content-Length: {length}\r\nTransfer-Encoding: chunked\r\n",
    "two lengths": "Content-Length: {length}\r\nContent-Length: {length}\r\n",
    "a folded header": "X: a\r\n b\r\nContent-Length: {length}\r\n",
    "a blank before the colon": "Content-Length : {length}\r\nContent-Length: {length}\r\n",
    "two hosts": "Host: other\r\nContent-Length: {length}\r\n",
    "an unknown coding": "Transfer-Encoding: xchunked\r\n",
    "a bare LF": "X: a\nContent-Length: {length}\r\n",
    "a NUL": "X: \0\r\nContent-Length: {length}\r\n",
}


@pytest.mark.parametrize("name", SMUGGLING)
def test_a_good_body_behind_a_bad_head_never_goes_upstream(served, name):
    gateway, upstream = served
    upstream.reset()
    body = json.dumps(chat()).encode()
    good = f"POST /v1/chat/completions HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer {KEY}\r\nConnection: close\r\n"
    fields = SMUGGLING[name].format(length=len(body))
    answer, closed = talk(gateway.port, (good + fields + "\r\n").encode() + body)
    assert closed and statuses(answer, []) in ([400], [501])
    assert not upstream.requests
    answer, _ = talk(gateway.port, f"{good}Content-Length: {len(body)}\r\n\r\n".encode() + body)
    assert statuses(answer, []) == [200] and len(upstream.requests) == 1


def test_a_refused_answer_of_the_upstream_is_a_502_and_its_connection_is_not_used_again(served):
    gateway, upstream = served
    cases = [case for case in vectors.read_all() if not case.is_request and case.method == "GET"
             and case.expected[-1] in ("502", "cut") and len(case.expected) == 1]
    assert len(cases) >= 60
    wrong, used = [], set()
    for case in cases:
        upstream.reset()
        upstream.script(Raw([case.send, "hang"]) if case.expected == ["502"] else Raw([case.send, "fin"]))
        answer = gateway.post("/v1/chat/completions", chat(), KEY)
        connections = {request.connection for request in upstream.requests}
        if answer.status != 502 or "error" not in answer.json or not connections or connections & used:
            wrong.append(f"{case.file}: {case.name}: {answer.status} {answer.text[:200]} {connections}")
        used |= connections
    assert not wrong, "\n".join(wrong)
