"""Bad bodies on every route that takes one: 400 or 413 that names the member, never a 500, never an upstream call."""
import json

import pytest

from agent_upstream import AgentUpstream
from fake_upstream import FakeUpstream
from gateway import Gateway, deployment

AZURE = "/openai/deployments/{model}/chat/completions?api-version=2024-10-21"
# Path and shape of the body; Cursor posts three shapes to one path.
ROUTES = [("/v1/chat/completions", "chat"), ("/cursor/chat/completions", "chat"), ("/cursor/chat/completions", "responses"), ("/cursor/v1/chat/completions", "blocks"),
          (AZURE, "chat"), (AZURE, "responses"), ("/v1/responses", "responses"), ("/cursor/responses", "responses"), ("/v1/messages", "blocks"),
          ("/v1/messages/count_tokens", "blocks")]
MODELS = ["chat", "codex", "claude"]


@pytest.fixture(scope="module")
def three():
    with FakeUpstream() as upstream:
        for dialect, path in {"chat": "/v1/chat/completions", "responses": "/v1/responses", "messages": "/v1/messages"}.items():
            upstream.script(AgentUpstream(dialect, wants_reasoning=False), path=path)
        models = [deployment("chat", upstream.url + "/v1", "openai/gpt-4.1", api_key="sk-x"), deployment("codex", upstream.url + "/v1", "openai/responses/gpt-5.5", api_key="sk-x"),
                  deployment("claude", upstream.url, "anthropic/claude-opus-5", api_key="sk-x")]
        with Gateway(config={"model_list": models}) as gateway:
            gateway.upstream, gateway.key = upstream, gateway.create_key()
            yield gateway


def valid(route, model):
    shape = route[1]
    if shape == "responses":
        return {"model": model, "input": [{"role": "user", "content": "Hi"}]}
    if shape == "blocks":
        return {"model": model, "max_tokens": 50, "system": "s", "messages": [{"role": "user", "content": [{"type": "text", "text": "Hi"}]}]}
    return {"model": model, "messages": [{"role": "user", "content": "Hi"}]}


def refuse(three, route, model, body, names=None, status=400):
    before = len(three.upstream.requests)
    answer = three.request("POST", route[0].format(model=model), body, three.key)
    shown = body[:200] if isinstance(body, (str, bytes)) else str(body)[:200]
    assert answer.status == status, f"{answer.status} {answer.text[:300]} for {shown}"
    assert answer.error["message"] and "\n" not in answer.error["message"]
    if names:
        assert names in answer.error["message"], f"{answer.text[:300]} for {shown}"
    assert len(three.upstream.requests) == before, shown


def is_passed_on(route, model):
    """What goes on to an OpenAI-compatible upstream as it came is the upstream's to judge, but for what we read."""
    return route[0] == "/v1/chat/completions" and model == "chat"


def is_the_providers(route, model):
    """Both sides speak the same: what we understand we check, the rest the provider judges."""
    return (route[0], model) in {("/v1/responses", "codex"), ("/v1/messages", "claude"), ("/v1/messages/count_tokens", "claude")}


def is_azure(route):
    return route[0] == AZURE


def everywhere(test):
    return pytest.mark.parametrize("route", ROUTES, ids=lambda r: f"{r[1]} on {r[0]}")(pytest.mark.parametrize("model", MODELS)(test))


@everywhere
def test_what_is_no_json_object(three, route, model):
    for body in (b"", b" ", b"null", b"[]", b"7", b'"x"', b"true", b"NaN", b"{", b'{"model":', b"\xff\xfe{}", b"\x1f\x8b\x08garbage", b"{}{}"):
        refuse(three, route, model, body)


@everywhere
def test_broken_text(three, route, model):
    text = json.dumps(valid(route, model))
    hi = '"Hi"'
    for bad in ('"\\ud800"', '"\\udc00 x"', '"a\\x"', '"tab\there"', "'Hi'", "Hi", "NaN", "-Infinity", "01", "1.", '"unclosed'):
        refuse(three, route, model, text.replace(hi, bad).encode())
    for bad in (b'"\xc3\x28"', b'"\xed\xa0\x80"', b'"\xff"', b'"nul\x00nul"'):
        refuse(three, route, model, text.encode().replace(hi.encode(), bad))


@everywhere
def test_a_name_twice(three, route, model):
    body = json.dumps(valid(route, model))
    for twice in ('"model":"x",', '"mod\\u0065l":"x",', '"stream":true,"stream":false,'):
        refuse(three, route, model, "{" + twice + body[1:], names="model" if "mod" in twice else "stream")


@everywhere
def test_nesting_of_ten_thousand(three, route, model):
    body = json.dumps(valid(route, model)).replace('"Hi"', "[" * 10000 + "]" * 10000)
    refuse(three, route, model, body)
    refuse(three, route, model, '{"a":' * 10000 + "1" + "}" * 10000)


@everywhere
def test_ten_thousand_tools(three, route, model):
    body = valid(route, model)
    body["tools"] = [{"type": "function", "name": f"f{i}", "function": {"name": f"f{i}", "parameters": {"type": "object"}}} for i in range(10000)]
    refuse(three, route, model, body, names="tools")


@pytest.mark.parametrize("route", ROUTES, ids=lambda r: f"{r[1]} on {r[0]}")
def test_a_body_of_33_mib(three, route):
    body = valid(route, "claude")
    body["padding"] = "x" * (33 << 20)
    refuse(three, route, "claude", body, status=413)


def wrong_members(route):
    """(member, values that it must not have)"""
    things = {"stream": [7, "x", {}, []], "model": [True, 7, {}, []], "tools": [True, 7, "x", {}, [7], ["x"], [{"type": "function"}], [{"type": "function", "function": {}}]],
              "temperature": [True, "x", {}, []], "top_p": ["x", {}], "tool_choice": [7, [], "whatever", {}]}
    if route[1] == "responses":
        things |= {"input": [True, 7, -1.5, [7], [[]], [{}], [{"role": "wizard", "content": "x"}], [{"type": "function_call"}], [{"type": "function_call_output", "output": "x"}],
                             [{"role": "user", "content": 7}], [{"role": "user", "content": [{"type": "input_image"}]}], [{"role": "user", "content": [7]}]],
                   "instructions": [7, True], "max_output_tokens": ["x", -1, 0, 1.5, {}], "text": [7, {"format": {"type": "json_schema"}}, {"format": "json"}], "reasoning": [7, "low"]}
    else:
        things |= {"messages": [True, 7, "x", {}, [], [7], [[]], [{}], [{"role": "wizard", "content": "x"}], [{"role": "user", "content": 7}], [{"role": "user", "content": [7]}],
                                [{"role": "user", "content": [{"type": "image_url"}]}], [{"role": "user", "content": [{"type": "image_url", "image_url": {}}]}],
                                [{"role": "user", "content": [{"type": "text"}]}], [{"role": "assistant", "tool_calls": [{"id": "c"}]}], [{"role": "assistant", "tool_calls": {}}],
                                [{"role": 7}], [{"role": "tool", "content": "x"}], [{"role": "user", "content": [{"type": "tool_result", "content": "x"}]}]],
                   "max_tokens": ["x", -1, 1.5, {}], "system": [7, True]}
    return things


@everywhere
def test_wrong_types_name_their_member(three, route, model):
    read_by_us = {"stream", "model", "messages", "tools"}
    for member, values in wrong_members(route).items():
        if is_passed_on(route, model) and member not in read_by_us or is_azure(route) and member == "model":
            continue
        for value in values:
            if is_passed_on(route, model) and isinstance(value, list) and value or member == "tool_choice" and value == []:
                continue
            body = {**valid(route, model), member: value}
            if member == "tool_choice":
                body["tools"] = [{"type": "function", "name": "f", "function": {"name": "f", "parameters": {"type": "object"}}}]
            refuse(three, route, model, body, names=member)


@everywhere
def test_missing_members_are_named(three, route, model):
    body = valid(route, model)
    for member in ("model", "messages", "input"):
        if member not in body or member == "model" and is_azure(route):
            continue
        refuse(three, route, model, {k: v for k, v in body.items() if k != member}, names=member)
    if route[0] == "/v1/messages":
        refuse(three, route, model, {k: v for k, v in body.items() if k != "max_tokens"}, names="max_tokens")


@everywhere
def test_messages_that_hold_nothing_are_refused_here(three, route, model):
    if is_passed_on(route, model) or is_the_providers(route, model):
        return
    member = "input" if route[1] == "responses" else "messages"
    for empty in ([], [{"role": "user", "content": []}], [{"role": "user", "content": ""}, {"role": "assistant", "content": " "}]):
        refuse(three, route, model, {**valid(route, model), "system": None, member: empty}, names=member)


@everywhere
def test_odd_but_legal_bodies_are_no_error(three, route, model):
    if is_passed_on(route, model) or is_the_providers(route, model) or route[0].endswith("count_tokens"):
        return
    member = "input" if route[1] == "responses" else "messages"
    result = {"type": "function_call_output", "call_id": "c", "output": ""} if member == "input" else {"role": "tool", "tool_call_id": "c", "content": ""}
    odd = [{"tools": None, "tool_choice": "auto"}, {"tools": [], "tool_choice": {"type": "auto"}}, {"whatever": {"deep": [1]}},
           {member: [*valid(route, model)[member], {"role": "user", "content": [{"type": "hologram", "data": 1}]}]}, {member: [*valid(route, model)[member], result]}]
    for more in odd:
        answer = three.request("POST", route[0].format(model=model), {**valid(route, model), "stream": True, **more}, three.key)
        assert answer.status == 200, f"{more}: {answer.text[:300]}"


def test_the_gateway_still_answers_and_has_a_row_for_each(three):
    assert three.get("/health/ready").status == 200
    assert all(row["status"] in (200, 400, 413) for row in three.rows("-n", "2000"))
