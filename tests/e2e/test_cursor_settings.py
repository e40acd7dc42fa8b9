"""What the cursor section changes, and limits of the gateway in bodies that are passed on as they came."""
import time

import pytest

from agent_upstream import AgentUpstream
from cursor_session import CURSOR
from fake_upstream import Status, Stream, chunks
from gateway import Gateway, chat, deployment

PRICES = {"input_cost_per_token": "0.00000001", "output_cost_per_token": "0.01"}


@pytest.mark.parametrize("status", [400, 402, 403])
def test_policy_status_is_what_cursor_gets_for_a_refusal_of_policy(upstream, status):
    with Gateway(models={"m": upstream.url, "other": upstream.url}, config={"cursor": {"policy_status": status}}) as gateway:
        narrow, poor = gateway.create_key("narrow", "--models", "other"), gateway.create_key("poor", "--budget", "0.000000001")
        refused = gateway.post("/cursor/chat/completions", chat("m"), narrow)
        assert refused.status == status and refused.error["code"] == "model_not_allowed"
        spent = gateway.post("/cursor/chat/completions", chat("other", max_tokens=5000), poor)
        assert spent.status in (status, 200), spent.text  # an unpriced model is not held to money
        assert gateway.wait_row(refused)["status"] == status
        assert gateway.post("/v1/chat/completions", chat("m"), narrow).status in (401, 403), "others keep the status of their API"
        assert gateway.post("/v1/chat/completions", chat("m"), narrow, headers=CURSOR).status == status, "Cursor is known by its name, too"
        assert gateway.post("/cursor/chat/completions", chat("m"), "sk-wrong-wrong-wrong").status == 401, "a bad key is no matter of policy"
        assert upstream.requests == [] or all(r.json["model"] == "other" for r in upstream.requests)


@pytest.mark.parametrize("stream", [True, False])
def test_policy_status_counts_for_a_budget_that_is_spent(upstream, stream):
    models = [deployment("m", upstream.url + "/v1", api_key="sk-x", **PRICES)]
    with Gateway(config={"model_list": models, "cursor": {"policy_status": 422}}) as gateway:
        poor = gateway.create_key("poor", "--budget", "0.001")
        answer = gateway.post("/cursor/chat/completions", chat("m", stream=stream, max_tokens=500), poor)
        assert answer.status == 422 and answer.error["code"] == "budget_exceeded" and upstream.requests == []
        assert gateway.post("/v1/chat/completions", chat("m", max_tokens=500), poor).status == 429


def stalled(upstream, dialect, begun):
    agent = AgentUpstream(dialect, wants_reasoning=False)

    def answer(request):
        events = agent(request).events if dialect != "chat" else chunks()
        return Stream((events[:5] if begun else []) + [30.0], done=False)
    upstream.script(answer)


@pytest.mark.parametrize("dialect,model", [("chat", "openai/gpt-4.1"), ("responses", "openai/responses/gpt-5.5"), ("messages", "anthropic/claude-opus-5")])
@pytest.mark.parametrize("begun", [True, False])
def test_upstream_stall_ends_an_answer_that_says_nothing_more(upstream, dialect, model, begun):
    stalled(upstream, dialect, begun)
    models = [deployment("m", upstream.url + ("" if dialect == "messages" else "/v1"), model, api_key="sk-x")]
    with Gateway(config={"model_list": models, "cursor": {"upstream_stall": "600ms", "keepalive": "200ms", "startup_hold": "100ms"}}) as gateway:
        key = gateway.create_key()
        asked = time.monotonic()
        answer = gateway.post("/cursor/chat/completions", chat("m", stream=True), key)
        assert 0.5 < time.monotonic() - asked < 8
        assert answer.status == 200 and not answer.cut and answer.events[-1] == "[DONE]" and ": ping" in answer.text
        assert "[litegw]" in answer.stream_text and not any("error" in e for e in answer.events[:-1])
        assert answer.events[-3]["choices"][0]["finish_reason"] == "stop" and "usage" in answer.events[-2]
        row = gateway.wait_row(answer)
        assert row["outcome"] in ("cut", "upstream_failed") and row["outcome"] != "ok"


@pytest.mark.parametrize("path,model,member,body", [
    ("/v1/messages", "anthropic/claude-haiku-4-5", "max_tokens", {"messages": [{"role": "user", "content": "Hi"}], "max_tokens": 5000}),
    ("/v1/responses", "openai/responses/gpt-5.5", "max_output_tokens", {"input": "Hi", "max_output_tokens": 5000, "brand_new": {"kept": [1]}}),
    ("/v1/responses", "openai/responses/gpt-5.5", "max_output_tokens", {"input": "Hi"})])
def test_a_limit_that_the_budget_lowers_goes_into_a_body_that_is_passed_on(upstream, path, model, member, body):
    dialect = "messages" if path == "/v1/messages" else "responses"
    upstream.script(AgentUpstream(dialect, wants_reasoning=False), path=path)
    base = upstream.url + ("" if dialect == "messages" else "/v1")
    config = {"model_list": [deployment("m", base, model, api_key="sk-x", **PRICES)], "limits": {"overrun": "refuse"}}
    with Gateway(config=config) as gateway:
        answer = gateway.post(path, {"model": "m", **body}, gateway.create_key("poor", "--budget", "1"))
        assert answer.status == 200, answer.text
        sent = upstream.requests[-1].json
        assert 16 <= sent[member] <= 100 and answer.headers["x-litegw-clamped-max-tokens"] == str(sent[member])
        assert {k: v for k, v in sent.items() if k not in ("model", member)} == {k: v for k, v in body.items() if k != member}


@pytest.mark.parametrize("repair", [True, False])
def test_repair_history_off_leaves_the_history_to_the_provider(upstream, repair):
    upstream.script(Status(400, {"error": {"message": "tool calls without results", "type": "invalid_request_error", "param": None, "code": None}}))
    open_call = [{"role": "user", "content": "Hi"}, {"role": "assistant", "tool_calls": [{"id": "c1", "type": "function", "function": {"name": "f", "arguments": "{}"}}]},
                 {"role": "user", "content": "never mind"}]
    with Gateway(models={"m": upstream.url}, config={"cursor": {"repair_history": repair}}) as gateway:
        gateway.post("/cursor/chat/completions", {"model": "m", "messages": open_call}, gateway.create_key())
        roles = [message["role"] for message in upstream.last().json["messages"]]
        assert roles == (["user", "assistant", "tool", "user"] if repair else ["user", "assistant", "user"])
