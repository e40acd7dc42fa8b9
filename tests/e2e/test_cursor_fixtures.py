"""Every recorded body of Cursor, and our own variants of them, byte for byte through the daemon, whichever upstream stands
behind the name, on each path that people make of the base URL."""
import json

import pytest

from agent_upstream import AgentUpstream
from cursor_session import CURSOR
from fake_upstream import FakeUpstream
from gateway import ROOT, Gateway, deployment

ROUTES = ["/cursor/chat/completions", "/cursor/v1/chat/completions", "/v1/chat/completions", "/chat/completions"]
# name: dialect, the upstream's model, its path
UPSTREAMS = {"openai-chat": ("chat", "openai/gpt-4.1", "/v1/chat/completions"), "openai-responses": ("responses", "openai/responses/gpt-5.5", "/v1/responses"),
             "anthropic": ("messages", "anthropic/claude-opus-5", "/v1/messages")}
NAMES = ["team-sonnet", "team-fast", "gpt-5", "gpt-5.4", "gpt-5.5", "team-vision", "team-gemini-3", "gpt-5.4-mini", "claude-sonnet-4-6", "litegw-claude", "litegw-claude-opus-5", "m"]
RECORDED = ["02-ask-chat-tools-null", "03-ask-chat-mixed-nested-flat-custom", "04-agent-chat-parallel-tool-history", "05-agent-chat-empty-content-array",
            "07-agent-responses-first-turn", "08-agent-responses-tool-followup", "10-responses-input-string-nonstream", "11-agent-responses-input-image",
            "12-ask-chat-image-url", "13-plan-claude-tool-result-blocks", "14-agent-claude-bare-tools-forced-choice", "17-azure-deployment-agent-chat",
            "19-agent-gemini-followup", "20-background-summary-chat"]
VARIANTS = sorted(path.stem for path in (ROOT / "tests/golden/cursor").glob("*.json"))


class Pairing(AgentUpstream):
    """Strict about calls and their results; what is thought is not asked for, since nobody recorded it."""

    def read_messages(self, body):
        return super().read_messages({**body, "thinking": None})


@pytest.fixture(scope="module", params=UPSTREAMS)
def one(request):
    dialect, model, path = UPSTREAMS[request.param]
    with FakeUpstream() as upstream:
        agent = Pairing(dialect, wants_reasoning=False)
        upstream.script(agent, path=path)
        base = upstream.url + ("" if dialect == "messages" else "/v1")
        models = [deployment(name, base, model, api_key="sk-upstream-secret-canary") for name in NAMES]
        with Gateway(config={"model_list": models}) as gateway:
            gateway.upstream, gateway.agent, gateway.kind = upstream, agent, request.param
            gateway.key = gateway.create_key()
            yield gateway


def told(answer, stream):
    """What Cursor makes of an answer, without what is different each time."""
    if not stream:
        body = answer.json
        assert body["object"] == "chat.completion" and body["usage"]["total_tokens"] > 0
        return {**body, "id": None, "created": None}
    events = answer.events
    assert events[-1] == "[DONE]" and "\nevent:" not in answer.text and "\r" not in answer.text
    chunks = events[:-1]
    assert all(c["object"] == "chat.completion.chunk" and "error" not in c for c in chunks)
    assert len({(c["id"], c["created"], c["model"]) for c in chunks}) == 1
    assert chunks[0]["choices"][0]["delta"]["role"] == "assistant"
    assert chunks[-1]["choices"] == [] and chunks[-1]["usage"]["total_tokens"] > 0
    finish = chunks[-2]["choices"][0]["finish_reason"]
    calls = [call for c in chunks for choice in c["choices"] for call in choice["delta"].get("tool_calls", [])]
    assert finish == ("tool_calls" if calls else "stop")
    assert all(call.get("type", "function") == "function" for call in calls)
    return [{**c, "id": None, "created": None} for c in chunks]


def ask(gateway, raw, route):
    before = len(gateway.upstream.requests)
    answer = gateway.request("POST", route, raw, gateway.key, headers=CURSOR)
    assert answer.status == 200, f"{answer.status} {answer.text[:400]} {gateway.agent.refusals[-1:]}"
    assert len(gateway.upstream.requests) == before + 1
    return answer


def replay(gateway, raw):
    streams = json.loads(raw).get("stream", False)
    raw_answers = [ask(gateway, raw, route) for route in ROUTES]
    answers = [told(answer, streams) for answer in raw_answers]
    assert all(answer == answers[0] for answer in answers)
    row = gateway.wait_row(raw_answers[0])
    assert row["outcome"] == "ok" and row["cursor"] is True and row["user_agent"] == "Cursor/1.0" and row["usage"]["input"] > 0
    sent = [request.json for request in gateway.upstream.requests[-len(ROUTES):]]
    assert all(s == sent[0] for s in sent), "the path makes a difference"
    for member in ("metadata", "user", "previous_response_id") + (("store",) if gateway.kind == "anthropic" else ()):
        assert member not in sent[0]
    assert gateway.agent.refusals == []
    return sent[0]


@pytest.mark.parametrize("name", RECORDED)
def test_a_recorded_body_is_answered_alike_on_every_path(one, fixtures, name):
    raw = (fixtures / f"cursor/{name}.json").read_bytes()
    sent = replay(one, raw)
    expected = fixtures / f"cursor/expected/normalised-{name[:2]}-openai-chat-upstream.json"
    if one.kind == "openai-chat" and expected.exists():
        assert {**sent, "model": "<upstream>"} == json.loads(expected.read_text())


@pytest.mark.parametrize("name", VARIANTS)
def test_a_variant_is_answered_alike_on_every_path(one, name):
    replay(one, (ROOT / f"tests/golden/cursor/{name}.json").read_bytes())


def test_the_azure_route_takes_the_same_bodies(one, fixtures):
    bodies = [fixtures / f"cursor/{name}.json" for name in RECORDED] + [ROOT / f"tests/golden/cursor/{name}.json" for name in VARIANTS]
    for path in bodies:
        raw = path.read_bytes()
        answer = one.request("POST", "/openai/deployments/gpt-5.5/chat/completions?api-version=2024-10-21", raw, headers={**CURSOR, "api-key": one.key})
        assert answer.status == 200, f"{path.name}: {answer.text[:400]}"
        told(answer, json.loads(raw).get("stream", False))
    assert one.wait_row(answer)["model"] == "gpt-5.5" and one.agent.refusals == []


def test_the_verify_probe_is_answered_here(one, fixtures):
    before = len(one.upstream.requests)
    for route in ROUTES:
        answer = one.request("POST", route, (fixtures / "cursor/01-verify-legacy-chat.json").read_bytes(), one.key, headers=CURSOR)
        assert answer.status == 200 and answer.json["choices"][0]["message"]["content"], answer.text
    assert len(one.upstream.requests) == before


def test_neither_messages_nor_input_is_refused_on_every_path(one, fixtures):
    before = len(one.upstream.requests)
    for route in ROUTES:
        answer = one.request("POST", route, (fixtures / "cursor/22-reject-no-messages-no-input.json").read_bytes(), one.key, headers=CURSOR)
        assert answer.status == 400 and answer.error["code"] == "missing_required_parameter" and "messages" in answer.text and "input" in answer.text
    assert len(one.upstream.requests) == before
