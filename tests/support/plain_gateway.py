"""Answers of an OpenAI-compatible gateway that is not litegw, for the connectivity test: plain and right. Tests break one thing
of it at a time. For FakeUpstream.script."""
import fake_upstream
from fake_upstream import Status, Stream

KEY = "sk-good-key-0123456789"
OURS = {"x-litegw-request-id": "req_1"}  # what makes a gateway litegw in the tester's eyes


def refused(status, code, message):
    return Status(status, {"error": {"message": message, "type": "invalid_request_error", "param": None, "code": code}})


def called_tool(body):
    """(name, arguments) of the tool that was forced."""
    tool = (body.get("tools") or [{}])[0]
    name = (tool.get("function") or tool).get("name", "tool")
    return (name, "*** Begin Patch\n*** Add File: a\n+b\n*** End Patch\n") if tool.get("type") == "custom" else (name, '{"path": "a.txt"}')


def answer(request, usage=True, gap=0):
    path = request.target.split("?")[0]
    if request.method == "OPTIONS":
        return Status(204, headers={"access-control-allow-origin": "*", "access-control-allow-headers": "authorization, content-type"})
    if path.endswith("/v1"):
        return Status(200, {"ok": True})
    if request.header("authorization") != f"Bearer {KEY}" and request.header("api-key") != KEY:
        return refused(401, "invalid_api_key", "Incorrect API key provided.")
    if path.endswith("/v1/models"):
        return Status(body={"object": "list", "data": [{"id": "one", "object": "model"}, {"id": "two", "object": "model"}]})
    if not path.endswith("/chat/completions"):
        return refused(404, None, f"no {path} here")
    body = request.json
    if body.get("model") not in ("one", "two", "default", "one-thinking-high"):
        return refused(404, "model_not_found", "The model does not exist.")
    forced = isinstance(body.get("tool_choice"), dict) and body["tool_choice"].get("type") != "auto"
    calls = [fake_upstream.tool_call(*called_tool(body))] if forced else None
    if not body.get("stream"):
        return Status(body=fake_upstream.completion(model="one", tool_calls=calls, usage=usage))
    return Stream(fake_upstream.chunks("1 2 3 4 5 6 7 8 9 10", model="one", usage=usage, tool_calls=calls), gap=gap)


def ours(inner=answer):
    """The same with litegw's header."""
    def wrapped(request):
        made = inner(request)
        made.headers = {**made.headers, **OURS}
        return made
    return wrapped


def broken(matches, instead, inner=answer):
    """`instead` (an answer, or a function of the request) for requests that match."""
    def wrapped(request):
        if matches(request):
            return instead(request) if callable(instead) else instead
        return inner(request)
    return wrapped


def is_chat(request):
    return request.method == "POST" and "/chat/completions" in request.target


def is_stream(request):
    return is_chat(request) and bool(request.json.get("stream"))


def has_tool(kind):
    return lambda request: is_chat(request) and any(tool.get("type") == kind for tool in request.json.get("tools") or [])
