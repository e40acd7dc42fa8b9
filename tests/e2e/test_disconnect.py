"""A client that leaves takes its upstream request with it, at once, whatever stage it is in; and the row says so."""
import json
import socket
import struct
import time

import pytest

from fake_upstream import Raw, Stream, chunks, wait_until
from gateway import chat

SECONDS = 0.1  # promised; a sanitizer build on a busy machine still keeps it


def connect(gateway, key, body, path="/v1/chat/completions"):
    client = socket.create_connection(("127.0.0.1", gateway.port), timeout=10)
    data = json.dumps(body).encode()
    client.sendall(b"POST %s HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s"
                   % (path.encode(), key.encode(), len(data), data))
    return client


def leave(client, how):
    if how == "reset":
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    if how == "half-close":
        client.shutdown(socket.SHUT_WR)
    else:
        client.close()
    return time.monotonic()


STAGES = {
    "before the first byte, streamed": (True, Raw(["hang"])),
    "before the first byte, plain": (False, Raw(["hang"])),
    "in mid-stream": (True, Stream(chunks()[:3], hang=True)),
    "in mid-body": (False, Raw([b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 100000\r\n\r\n{", "hang"])),
}


@pytest.mark.parametrize("how", ["close", "reset", "half-close"])
@pytest.mark.parametrize("stage", STAGES)
def test_the_upstream_connection_is_closed_within_100_ms(gateway, upstream, key, stage, how):
    stream, answer = STAGES[stage]
    upstream.script(answer, model="m")
    client = connect(gateway, key, chat("m", stream=stream))
    upstream.wait_for(1)
    if "mid-stream" in stage:
        assert client.recv(100)
    time.sleep(0.1)
    left = leave(client, how)
    request = upstream.last()
    wait_until(lambda: request.closed, 5, "the upstream connection to close")
    client.close()
    assert request.closed - left < SECONDS
    row = gateway.wait_rows(1)[-1]
    assert row["outcome"] == "client_closed", row


def test_a_cursor_client_that_leaves_is_treated_alike(gateway, upstream, key):
    upstream.script(Stream(chunks()[:3], hang=True), model="m")
    client = connect(gateway, key, chat("m", stream=True), "/cursor/chat/completions")
    upstream.wait_for(1)
    assert client.recv(100)
    left = leave(client, "close")
    wait_until(lambda: upstream.last().closed, 5)
    assert upstream.last().closed - left < SECONDS
    assert gateway.wait_rows(1)[-1]["outcome"] == "client_closed"


def test_a_client_that_stops_reading_holds_the_upstream_back(gateway, upstream, key):
    event = {"id": "x", "object": "chat.completion.chunk", "created": 1, "model": "m",
             "choices": [{"index": 0, "delta": {"content": "y" * 60000}, "finish_reason": None}]}
    upstream.script(Stream([event] * 1000), model="m")
    client = connect(gateway, key, chat("m", stream=True))
    upstream.wait_for(1)
    time.sleep(1)
    assert upstream.last().finished is None, "60 MB were taken from upstream for a client that reads nothing"
    resident = int(open(f"/proc/{gateway.process.pid}/statm").read().split()[1]) * 4096
    assert resident < 400 << 20
    client.close()
    wait_until(lambda: upstream.last().closed, 5)
