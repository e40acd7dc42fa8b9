"""A provider that does as it is told: an OpenAI-compatible server on loopback, for tests.

It keeps every request it has seen (head as sent, body after de-chunking, when the peer went away) and
answers by rules. A rule matches on path, model or a header; without a match it answers as a well-behaved
OpenAI would. Only the standard library; runs in its own thread, so tests stay plain functions:

    with FakeUpstream() as upstream:
        upstream.script(model="m", answer=Status(429, headers={"retry-after": "7"}))
        ...
        assert upstream.requests[0].json["model"] == "m"
"""
import asyncio
import dataclasses
import json
import socket
import ssl
import struct
import threading
import time
from typing import Any, Callable, Optional, Union


@dataclasses.dataclass
class Recorded:
    """One request as it arrived."""
    method: str
    target: str
    headers: list            # (name as sent, value)
    body: bytes
    head: bytes              # as sent, up to and with the empty line
    connection: int          # number of the connection it came on
    arrived: float           # time.monotonic()
    closed: Optional[float] = None    # when the peer closed its connection during our answer
    finished: Optional[float] = None  # when our answer was written in full
    resumed: bool = False    # TLS: its connection took up an earlier session

    def header(self, name):
        return next((v for n, v in self.headers if n.lower() == name.lower()), None)

    @property
    def json(self):
        return json.loads(self.body)


# ---- what can be answered. Each is a list of steps in the end; these make the usual ones.

@dataclasses.dataclass
class Raw:
    """Steps as they are: bytes are written, numbers are seconds of silence, "rst" resets, "fin" closes,
    "hang" waits until the peer goes away."""
    steps: list


@dataclasses.dataclass
class Status:
    """An answer with a Content-Length. `body` may be bytes, text or something for JSON."""
    status: int = 200
    body: Any = None
    headers: dict = dataclasses.field(default_factory=dict)
    before: float = 0        # silence before the head
    content_type: str = "application/json"


@dataclasses.dataclass
class Stream:
    """A chunked text/event-stream. `events` are dicts (written as data: JSON), text (as it is) or numbers
    (seconds of silence). `cut` closes without the last chunk, `rst` resets after the events."""
    events: list
    done: bool = True
    gap: float = 0
    cut: bool = False
    rst: bool = False
    hang: bool = False
    headers: dict = dataclasses.field(default_factory=dict)


@dataclasses.dataclass
class CutAt:
    """Another answer's bytes, but the connection ends after `count` of them."""
    answer: Any
    count: int
    rst: bool = False


def completion(text="Hello from upstream.", model="upstream-model", usage=True, tool_calls=None, finish="stop"):
    message = {"role": "assistant", "content": None if tool_calls else text}
    if tool_calls:
        message["tool_calls"] = tool_calls
        finish = "tool_calls"
    body = {"id": "chatcmpl-fake", "object": "chat.completion", "created": 1795000000, "model": model,
            "choices": [{"index": 0, "message": message, "finish_reason": finish}]}
    if usage:
        body["usage"] = {"prompt_tokens": 9, "completion_tokens": 5, "total_tokens": 14}
    return body


def chunks(text="Hello from upstream.", model="upstream-model", usage=True, tool_calls=None):
    """The events of a streamed answer, one word to a chunk."""
    def chunk(delta, finish=None):
        return {"id": "chatcmpl-fake", "object": "chat.completion.chunk", "created": 1795000000, "model": model,
                "choices": [{"index": 0, "delta": delta, "finish_reason": finish}]}
    events = [chunk({"role": "assistant", "content": "" if not tool_calls else None})]
    for index, call in enumerate(tool_calls or []):
        arguments = call["function"]["arguments"]
        events.append(chunk({"tool_calls": [{"index": index, "id": call["id"], "type": "function",
                                             "function": {"name": call["function"]["name"], "arguments": ""}}]}))
        for start in range(0, len(arguments), 7):
            events.append(chunk({"tool_calls": [{"index": index, "function": {"arguments": arguments[start:start + 7]}}]}))
    if not tool_calls:
        events += [chunk({"content": word + " "}) for word in text.split()]
    events.append(chunk({}, "tool_calls" if tool_calls else "stop"))
    if usage:
        events.append({"id": "chatcmpl-fake", "object": "chat.completion.chunk", "created": 1795000000, "model": model,
                       "choices": [], "usage": {"prompt_tokens": 9, "completion_tokens": 5, "total_tokens": 14}})
    return events


def tool_call(name="get_weather", arguments='{"city": "Oslo"}', id="call_1"):
    return {"id": id, "type": "function", "function": {"name": name, "arguments": arguments}}


def well_behaved(request):
    """As OpenAI would answer: streamed when asked to, the usage chunk only when asked for."""
    path = request.target.split("?")[0]
    if path.endswith("/models"):
        return Status(body={"object": "list", "data": [{"id": "upstream-model", "object": "model", "created": 1, "owned_by": "fake"}]})
    if not path.endswith("/chat/completions"):
        return Status(404, {"error": {"message": f"no {path} here", "type": "invalid_request_error", "param": None, "code": None}})
    body = request.json
    calls = [tool_call()] if body.get("tools") and body.get("tool_choice") not in (None, "none") else None
    if not body.get("stream"):
        return Status(body=completion(model=body.get("model", "?"), tool_calls=calls))
    usage = bool((body.get("stream_options") or {}).get("include_usage"))
    return Stream(chunks(model=body.get("model", "?"), usage=usage, tool_calls=calls))


REASONS = {200: "OK", 400: "Bad Request", 401: "Unauthorized", 404: "Not Found", 429: "Too Many Requests",
           500: "Internal Server Error", 502: "Bad Gateway", 503: "Service Unavailable", 529: "Overloaded"}


def _head(status, headers):
    lines = [f"HTTP/1.1 {status} {REASONS.get(status, 'Status')}"] + [f"{n}: {v}" for n, v in headers.items()]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


def _steps(answer):
    if isinstance(answer, Raw):
        return list(answer.steps)
    if isinstance(answer, Status):
        body = answer.body
        if body is None:
            body = b""
        elif isinstance(body, str):
            body = body.encode()
        elif not isinstance(body, bytes):
            body = json.dumps(body).encode()
        headers = {"content-type": answer.content_type, "content-length": str(len(body)), **answer.headers}
        return ([answer.before] if answer.before else []) + [_head(answer.status, headers) + body]
    if isinstance(answer, Stream):
        return _stream_steps(answer)
    if isinstance(answer, CutAt):
        return _cut(_steps(answer.answer), answer.count) + ["rst" if answer.rst else "fin"]
    raise TypeError(f"not an answer: {answer!r}")


def _stream_steps(stream):
    def chunk(data):
        return b"%x\r\n%s\r\n" % (len(data), data)
    steps = [_head(200, {"content-type": "text/event-stream; charset=utf-8", "transfer-encoding": "chunked", **stream.headers})]
    for event in stream.events:
        if isinstance(event, (int, float)):
            steps.append(float(event))
            continue
        text = event if isinstance(event, (str, bytes)) else "data: " + json.dumps(event) + "\n\n"
        steps.append(chunk(text.encode() if isinstance(text, str) else text))
        if stream.gap:
            steps.append(stream.gap)
    if stream.hang:
        return steps + ["hang"]
    if stream.done:
        steps.append(chunk(b"data: [DONE]\n\n"))
    if stream.rst or stream.cut:
        return steps + ["rst" if stream.rst else "fin"]
    return steps + [b"0\r\n\r\n"]


def _cut(steps, count):
    kept = []
    for step in steps:
        if isinstance(step, bytes):
            kept.append(step[:count])
            count -= len(step)
            if count <= 0:
                break
        else:
            kept.append(step)
    return kept


@dataclasses.dataclass
class Rule:
    answer: Union[Any, Callable[[Recorded], Any]]
    model: Optional[str] = None
    path: Optional[str] = None
    header: Optional[tuple] = None
    times: Optional[int] = None   # None = for ever

    def matches(self, request):
        if self.times == 0 or (self.path and not request.target.startswith(self.path)):
            return False
        if self.header and request.header(self.header[0]) != self.header[1]:
            return False
        if self.model is None:
            return True
        try:
            return request.json.get("model") == self.model
        except (ValueError, AttributeError):
            return False


class FakeUpstream:
    def __init__(self, certificate=None, key=None):
        """With a certificate (PEM files) it speaks TLS."""
        self.requests = []
        self.rules = []
        self.connections = 0
        self.open_connections = 0
        self.server_names = []  # what each TLS handshake asked for (SNI), None when it named nobody
        self.lock = threading.Lock()
        self.tls = None
        if certificate:
            self.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self.tls.load_cert_chain(certificate, key)
            self.tls.sni_callback = lambda connection, name, context: self.server_names.append(name)
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.started = threading.Event()
        self.thread.start()
        self.started.wait(10)

    # ---- for tests
    def script(self, answer, *, model=None, path=None, header=None, times=None):
        """The newest matching rule wins. `answer` may be a function of the request."""
        with self.lock:
            self.rules.insert(0, Rule(answer, model, path, header, times))

    def reset(self):
        with self.lock:
            self.rules.clear()
            self.requests.clear()

    def last(self, timeout=5):
        self.wait_for(1, timeout)
        return self.requests[-1]

    def wait_for(self, count, timeout=5):
        wait_until(lambda: len(self.requests) >= count, timeout, f"{count} requests upstream, saw {len(self.requests)}")

    def of_model(self, model):
        return [r for r in self.requests if r.body and r.json.get("model") == model]

    @property
    def url(self):
        return f"{'https' if self.tls else 'http'}://127.0.0.1:{self.port}"

    def close(self):
        if self.loop.is_running():
            self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join(5)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    # ---- the server
    def _run(self):
        asyncio.set_event_loop(self.loop)
        server = self.loop.run_until_complete(asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=self.tls, limit=1 << 26))
        self.port = server.sockets[0].getsockname()[1]
        self.started.set()
        try:
            self.loop.run_forever()
        finally:
            server.close()
            for task in asyncio.all_tasks(self.loop):
                task.cancel()
            self.loop.run_until_complete(asyncio.sleep(0))
            self.loop.close()

    async def _serve(self, reader, writer):
        self.connections += 1
        self.open_connections += 1
        number = self.connections
        tls = writer.get_extra_info("ssl_object")
        try:
            while True:
                request = await self._read(reader, number, resumed=tls is not None and tls.session_reused)
                if request is None or not await self._answer(request, reader, writer):
                    break
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError, ssl.SSLError, OSError):
            pass
        finally:
            self.open_connections -= 1
            writer.close()

    async def _read(self, reader, number, resumed):
        try:
            head = await reader.readuntil(b"\r\n\r\n")
        except asyncio.IncompleteReadError:
            return None
        first, *lines = head[:-4].decode("latin-1").split("\r\n")
        method, target, _ = first.split(" ", 2)
        headers = [tuple(part.strip() for part in line.split(":", 1)) for line in lines]
        names = {n.lower(): v for n, v in headers}
        if "chunked" in names.get("transfer-encoding", ""):
            body = b""
            while True:
                size = int((await reader.readline()).split(b";")[0], 16)
                piece = await reader.readexactly(size + 2)
                if size == 0:
                    break
                body += piece[:-2]
        else:
            body = await reader.readexactly(int(names.get("content-length", 0)))
        request = Recorded(method, target, headers, body, head, number, time.monotonic(), resumed=resumed)
        with self.lock:
            self.requests.append(request)
        return request

    def _choose(self, request):
        with self.lock:
            for rule in self.rules:
                if rule.matches(request):
                    if rule.times is not None:
                        rule.times -= 1
                    answer = rule.answer
                    break
            else:
                answer = well_behaved
        while callable(answer):
            answer = answer(request)
        return answer

    async def _answer(self, request, reader, writer):
        """False = the connection is over."""
        gone = asyncio.ensure_future(self._watch(reader, request))
        try:
            for step in _steps(self._choose(request)):
                if step == "rst":
                    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                    writer.transport.abort()
                    return False
                if step == "fin":
                    return False
                if step == "hang":
                    await gone
                    return False
                if isinstance(step, (int, float)):
                    await asyncio.wait({gone}, timeout=step)
                    if gone.done():
                        return False
                    continue
                writer.write(step)
                await writer.drain()
            request.finished = time.monotonic()
            return request.closed is None
        except ConnectionError:
            request.closed = request.closed or time.monotonic()
            raise
        finally:
            gone.cancel()

    @staticmethod
    async def _watch(reader, request):
        """Notes when the peer closes; leaves what it may have sent in the buffer (no client pipelines here)."""
        while not reader.at_eof() and reader.exception() is None:
            await asyncio.sleep(0.002)
        request.closed = time.monotonic()


def wait_until(condition, timeout=5, what="a condition"):
    deadline = time.monotonic() + timeout
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {timeout} s for {what}")
        time.sleep(0.005)
