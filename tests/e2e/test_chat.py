"""The main job, end to end: a client's request through litegwd to an upstream and back, with a priced row."""
import json

import pytest

from fake_upstream import Status, Stream, chunks, completion
from gateway import Gateway, chat, deployment

CHAT_PATHS = ["/v1/chat/completions", "/chat/completions", "/cursor/chat/completions", "/cursor/v1/chat/completions"]


@pytest.mark.parametrize("path", CHAT_PATHS)
def test_a_chat_is_answered_on_every_path(gateway, key, path):
    answer = gateway.post(path, chat("m"), key)
    assert answer.status == 200, answer.text
    assert answer.json["choices"][0]["message"]["content"] == "Hello from upstream."


@pytest.mark.parametrize("path", CHAT_PATHS)
def test_a_stream_is_relayed_on_every_path(gateway, key, path):
    answer = gateway.post(path, chat("m", stream=True), key)
    assert answer.status == 200, answer.text
    assert answer.headers["content-type"].startswith("text/event-stream")
    assert answer.stream_text == "Hello from upstream. "
    assert answer.events[-1] == "[DONE]"


def test_the_upstream_sees_its_own_key_and_model_and_every_other_byte_as_sent(gateway, upstream, key):
    body = b'{ "messages":[{"role":"user","content":"caf\\u00e9 \xc3\xa9"}],\n "vendor_field" : {"a":[1.50, 2e3]}, "model" : "m" ,"seed":12345678901234567890}'
    assert gateway.post("/v1/chat/completions", body, key).status == 200
    seen = upstream.last()
    assert seen.body == body
    assert seen.target == "/v1/chat/completions"
    assert seen.header("authorization") == "Bearer sk-upstream-secret-canary"
    assert key not in seen.head.decode("latin-1")


def test_the_model_name_is_replaced_by_the_deployments(upstream):
    with Gateway(config={"model_list": [{"model_name": "public", "litellm_params": {
            "model": "openai/hidden-model", "api_base": upstream.url + "/v1", "api_key": "x"}}]}) as gateway:
        key = gateway.create_key()
        answer = gateway.post("/v1/chat/completions", b'{"model":"public","messages":[{"role":"user","content":"x"}],"x":1}', key)
        assert answer.status == 200
        assert upstream.last().body == b'{"model":"hidden-model","messages":[{"role":"user","content":"x"}],"x":1}'


def test_usage_is_asked_for_and_its_chunk_removed_when_the_client_did_not_ask(gateway, upstream, key):
    answer = gateway.post("/v1/chat/completions", chat("m", stream=True), key)
    assert upstream.last().json["stream_options"] == {"include_usage": True}
    assert not any(e != "[DONE]" and e.get("usage") for e in answer.events)
    row = gateway.wait_rows(1)[-1]
    assert (row["tokens_in"], row["tokens_out"]) == (9, 5)


def test_usage_stays_when_the_client_asked(gateway, key):
    answer = gateway.post("/v1/chat/completions", chat("m", stream=True, stream_options={"include_usage": True}), key)
    assert answer.events[-2]["usage"]["total_tokens"] == 14


def test_tool_calls_come_through_plain_and_streamed(gateway, key):
    tools = [{"type": "function", "function": {"name": "get_weather", "parameters": {"type": "object"}}}]
    plain = gateway.post("/v1/chat/completions", chat("m", tools=tools, tool_choice="auto"), key).json["choices"][0]
    assert plain["finish_reason"] == "tool_calls"
    assert json.loads(plain["message"]["tool_calls"][0]["function"]["arguments"]) == {"city": "Oslo"}
    streamed = gateway.post("/v1/chat/completions", chat("m", tools=tools, tool_choice="auto", stream=True), key)
    arguments = "".join(call["function"].get("arguments", "") for e in streamed.events if e != "[DONE]"
                        for c in e["choices"] for call in c["delta"].get("tool_calls", []))
    assert json.loads(arguments) == {"city": "Oslo"}


def test_every_request_leaves_one_row_with_its_tokens_and_its_price(upstream):
    prices = {"input_cost_per_token": 0.000001, "output_cost_per_token": 0.000002}
    with Gateway(config={"model_list": [{"model_name": "priced", "litellm_params": {
            "model": "openai/priced", "api_base": upstream.url + "/v1", "api_key": "x", **prices}}]}) as gateway:
        key = gateway.create_key("alice")
        gateway.post("/v1/chat/completions", chat("priced"), key)
        gateway.post("/v1/chat/completions", chat("priced", stream=True), key)
        rows = gateway.wait_rows(2)
        assert len(rows) == 2
        for row in rows:
            assert (row["tokens_in"], row["tokens_out"], row["status"]) == (9, 5, 200)
            assert row["model"] == "priced" and row["key_name"] == "alice"
            assert float(row["cost_usd"]) == pytest.approx(9e-6 + 10e-6)
        report = gateway.cli_json("spend", "report", "--by", "key")
        assert float(report["items"][0]["cost_usd"]) == pytest.approx(2 * 19e-6)


@pytest.mark.parametrize("path", ["/v1/models", "/models", "/cursor/models", "/cursor/v1/models"])
def test_models_are_listed_on_every_path(gateway, key, path):
    answer = gateway.get(path, key)
    assert answer.status == 200
    assert [m["id"] for m in answer.json["data"]] == ["m"] and answer.json["object"] == "list"


def test_one_model_and_an_unknown_one(gateway, key):
    assert gateway.get("/v1/models/m", key).json["id"] == "m"
    assert gateway.get("/v1/models/nothing", key).status == 404


@pytest.mark.parametrize("path", ["/health/live", "/health/ready", "/health/liveliness", "/health/readiness"])
def test_health_needs_no_key(gateway, path):
    assert gateway.get(path).status == 200


def test_an_unknown_path_is_a_json_404_and_a_wrong_method_a_405_with_allow(gateway, key):
    missing = gateway.get("/v1/nothing", key)
    assert missing.status == 404 and missing.error["message"]
    wrong = gateway.request("DELETE", "/v1/chat/completions", key=key)
    assert wrong.status == 405 and "POST" in wrong.headers["allow"]


def test_cursor_routes_answer_a_preflight(gateway):
    answer = gateway.request("OPTIONS", "/cursor/chat/completions", headers={
        "Origin": "vscode-file://vscode-app", "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization,content-type"})
    assert answer.status == 204
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "authorization" in answer.headers["access-control-allow-headers"].lower()
    refused = gateway.post("/cursor/chat/completions", chat("m"), headers={"Origin": "x"})
    assert refused.status == 401 and refused.headers["access-control-allow-origin"] == "*"


def test_a_streamed_answer_arrives_piece_by_piece(gateway, upstream, key):
    import http.client
    import time
    upstream.script(Stream(chunks(), gap=0.15), model="m")
    connection = http.client.HTTPConnection("127.0.0.1", gateway.port, timeout=10)
    connection.request("POST", "/v1/chat/completions", json.dumps(chat("m", stream=True)),
                       {"Authorization": f"Bearer {key}", "Content-Type": "application/json"})
    response = connection.getresponse()
    times = []
    while line := response.readline():
        if line.startswith(b"data: "):
            times.append(time.monotonic())
    connection.close()
    assert times[-1] - times[0] > 0.5 and max(b - a for a, b in zip(times, times[1:])) < 0.5


def test_the_mock_provider_answers_offline():
    with Gateway(config={"model_list": [{"model_name": "mock", "litellm_params": {"model": "mock/mock"}}]}) as gateway:
        key = gateway.create_key()
        plain = gateway.post("/v1/chat/completions", chat("mock"), key)
        assert plain.status == 200 and plain.json["choices"][0]["message"]["content"]
        assert plain.json["usage"]["total_tokens"] > 0
        again = gateway.post("/v1/chat/completions", chat("mock"), key)
        assert again.json["choices"] == plain.json["choices"]
        streamed = gateway.post("/v1/chat/completions", chat("mock", stream=True), key)
        assert streamed.stream_text == plain.json["choices"][0]["message"]["content"]
        tools = [{"type": "function", "function": {"name": "now", "parameters": {"type": "object", "properties": {}}}}]
        called = gateway.post("/v1/chat/completions", chat("mock", tools=tools, tool_choice="required"), key)
        assert called.json["choices"][0]["message"]["tool_calls"][0]["function"]["name"] == "now"


def test_an_upstream_error_keeps_its_text_and_leaves_a_row(gateway, upstream, key):
    upstream.script(Status(400, {"error": {"message": "max_tokens is too large", "type": "invalid_request_error",
                                           "param": "max_tokens", "code": None}}), model="m")
    answer = gateway.post("/v1/chat/completions", chat("m"), key)
    assert answer.status == 400 and "max_tokens is too large" in answer.error["message"]
    assert gateway.wait_rows(1)[-1]["status"] == 400


def test_a_large_body_goes_through_both_ways(gateway, upstream, key):
    text = "x" * (5 << 20)
    upstream.script(Status(body=completion(text)), model="m")
    answer = gateway.post("/v1/chat/completions", chat("m", text), key)
    assert len(answer.json["choices"][0]["message"]["content"]) == len(text)
    assert len(upstream.last().body) > len(text)


def test_a_model_whose_upstream_fails_is_shown_as_failing_until_it_answers_again(gateway, upstream, key):
    def state():
        return gateway.cli_json("model", "list")["items"][0]["state"]
    assert state() == "untried"
    upstream.script(Status(503, {"error": {"message": "down for repair", "type": "x"}}), times=1)
    gateway.wait_row(gateway.post("/v1/chat/completions", chat("m"), key))
    assert state() == "failing"
    deployment = gateway.cli_json("model", "show", "m")["deployments"][0]
    assert deployment["state"] == "failing" and deployment["last_error"], deployment
    assert gateway.cli_json("status")["providers"][0]["last_error"]
    gateway.wait_row(gateway.post("/v1/chat/completions", chat("m"), key))
    assert state() == "healthy"


@pytest.mark.parametrize("limit", ["4096.0", "4.096e3"])
def test_a_limit_written_as_a_float_is_passed_on_as_it_came_and_counts(upstream, limit):
    body = '{"model": "m", "max_tokens": %s, "messages": [{"role": "user", "content": "Hi"}]}'
    models = [deployment("m", upstream.url + "/v1", api_key="x", input_cost_per_token="0", output_cost_per_token="0.01")]
    with Gateway(config={"model_list": models, "limits": {"overrun": "refuse", "clamp": False}}) as gateway:
        rich, poor = gateway.create_key("rich", "--budget", "40.96"), gateway.create_key("poor", "--budget", "40.95")
        assert gateway.request("POST", "/v1/chat/completions", body % limit, rich).status == 200
        assert limit.encode() in upstream.last().body
        assert gateway.request("POST", "/cursor/chat/completions", body % limit, gateway.create_key("other")).status == 200
        assert list(upstream.last().json.values()).count(4096) == 1
        assert gateway.request("POST", "/v1/chat/completions", body % limit, poor).status == 429
        broken = gateway.request("POST", "/v1/chat/completions", body % "4096.5", rich)
        assert broken.status == 400 and broken.error["param"] == "max_tokens" and "whole number" in broken.error["message"]
        assert len(upstream.requests) == 2


# Google's OpenAI endpoint leaves the details out, and a completion of nothing as well.
@pytest.mark.parametrize("usage,dollars", [({"prompt_tokens": 4, "completion_tokens": 9, "total_tokens": 37}, "0.0000837"),
                                           ({"prompt_tokens": 1000, "total_tokens": 1900}, "0.00255"),
                                           ({"prompt_tokens": 1000, "completion_tokens": 100, "total_tokens": 1100}, "0.00055")])
@pytest.mark.parametrize("path", ["/v1/chat/completions", "/cursor/chat/completions"])
@pytest.mark.parametrize("stream", [True, False])
def test_thoughts_that_only_the_total_tells_are_paid_for(upstream, usage, dollars, path, stream):
    answer = completion("Hello.")
    upstream.script(Stream(chunks("Hello.", usage=False) + [{**chunks("Hello.")[-1], "choices": [], "usage": usage}]) if stream else Status(body={**answer, "usage": usage}))
    models = [deployment("g", upstream.url + "/v1", "openai/gemini-2.5-flash", api_key="x", input_cost_per_token="0.0000003", output_cost_per_token="0.0000025")]
    with Gateway(config={"model_list": models}) as gateway:
        row = gateway.wait_row(gateway.post(path, chat("g", stream=stream), gateway.create_key()))
        assert row["cost_usd"] == dollars and row["tokens_in"] == usage["prompt_tokens"]
        assert row["tokens_in"] + row["tokens_out"] == usage["total_tokens"] and row["usage"]["reported"] is True
