"""`litegw test` against gateways that refuse the key or the model, or answer what Cursor cannot read. Each gets the right line,
the right row of the troubleshooting table (litegw-cursor(7)) and the right exit code."""
import pytest

import plain_gateway as plain
from fake_upstream import Raw, Status, Stream, chunks, completion, tool_call
from gateway import Gateway
from plain_gateway import broken, has_tool, is_chat, is_stream, ours
from tester import daemon, fake, report, verdict  # noqa: F401 (fixtures)


# ---- the key and the model

def test_a_wrong_key_is_exit_4(daemon):
    verdict(report(daemon.url + "/cursor", key="sk-wrong-wrong-wrong-wrong"), "models", 6, exit=4)
    verdict(report(daemon.url + "/v1", key="sk-wrong-wrong-wrong-wrong"), "models", 6, exit=4)


def test_a_blocked_key_is_exit_4(daemon):
    key = daemon.create_key("blocked")
    daemon.cli("key", "block", "blocked")
    verdict(report(daemon.url + "/cursor", key=key), "models", 6, exit=4)


def test_a_key_without_the_model_is_exit_4():
    two = {"model_list": [{"model_name": name, "litellm_params": {"model": "mock/mock"}} for name in ("one", "two")]}
    with Gateway(config=two) as gateway:
        key = gateway.create_key("narrow", "--models", "one")
        found = report(gateway.url + "/cursor", "--model", "two", key=key)
        assert found.checks["models"]["result"] == "warning"
        verdict(found, "chat", 6, exit=4)


def test_an_unknown_model_is_named(daemon):
    found = report(daemon.url + "/cursor", "--model", "mokc", key=daemon.key)
    assert found.checks["models"]["fix"] == "did you mean mock?"
    verdict(found, "chat", 39)


@pytest.mark.parametrize("status", [400, 429])
def test_a_spent_budget_is_told(fake, status):
    """As litegwd says it on Cursor's routes, and on the others."""
    fake.script(broken(is_chat, plain.refused(status, "budget_exceeded", "The budget of this key is spent.")))
    verdict(report(fake.url + "/v1"), "chat", 6, says="budget")


def test_a_name_that_cursor_takes_for_its_own_is_a_warning():
    with Gateway(config={"model_list": [{"model_name": "gpt-4o", "litellm_params": {"model": "mock/mock"}}]}) as gateway:
        found = report(gateway.url + "/cursor", key=gateway.create_key())
        verdict(found, "name", 10, exit=0, result="warning")
        assert "team-gpt-4o" in found.checks["name"]["fix"]


def test_model_name_is_not_valid_is_said_before_cursor_says_it():
    """Cursor refuses names with a vendor, a slash or upper case in them and sends nothing."""
    with Gateway(config={"model_list": [{"model_name": "acme/anthropic-Opus-4.7", "litellm_params": {"model": "mock/mock"}}]}) as gateway:
        found = report(gateway.url + "/cursor", key=gateway.create_key())
        verdict(found, "name", 11, exit=0, result="warning")
        [listed] = gateway.cli_json("model", "list", "--cursor")["items"]
        assert listed["cursor_alias"] == "team-acme-opus-4.7" and listed["cursor_alias"] in found.checks["name"]["fix"]


# ---- answers that Cursor cannot read

def stream_of(*events, **more):
    return broken(is_stream, Stream(list(events), **more))


RESPONSES = {"type": "response.output_text.delta", "delta": "hi"}


@pytest.mark.parametrize("answer, row", [
    (stream_of(RESPONSES), 15),
    (stream_of({"error": {"message": "boom"}}), 15),
    (stream_of("data: nothing\n\n"), 15),
    (stream_of({"id": "x"}), 15),
    (broken(is_stream, Status(body=completion())), 15),
    (stream_of(*chunks()[:3], done=False), 28),
    (stream_of(*chunks()[:3], done=False, cut=True), 28),
    (broken(is_stream, plain.refused(500, None, "boom")), 8),
    (broken(is_stream, plain.refused(429, None, "slow down")), 8),
], ids=["response events", "error", "no json", "no choices", "no stream", "no DONE", "cut", "500", "429"])
def test_a_stream_that_is_none(fake, answer, row):
    fake.script(answer)
    found = report(fake.url + "/v1")
    assert found.checks["stream"]["result"] == "failed" and found.checks["stream"]["row"] == row, found.checks["stream"]
    assert found.exit == 8


def test_a_whole_answer_in_the_form_of_responses(fake):
    fake.script(broken(is_chat, Status(body={"object": "response", "output": []})))
    verdict(report(fake.url + "/v1"), "chat", 15)


def test_no_usage_at_the_end_of_a_stream(fake):
    fake.script(ours(lambda request: plain.answer(request, usage=False)))
    verdict(report(fake.url + "/cursor/v1"), "usage", 29)


# ---- bodies and tools that only litegw promises

@pytest.mark.parametrize("check, row, matches", [
    ("verify", 35, lambda r: r.json.get("model") == "default"),
    ("responses_body", 13, lambda r: "input" in r.json),
    ("anthropic_body", 19, lambda r: "system" in r.json),
    ("empty_content", 18, lambda r: any(m.get("content") == [] for m in r.json.get("messages", []))),
    ("custom_tool", 14, has_tool("custom")),
    ("suffix", 31, lambda r: r.json["model"].endswith("-thinking-high")),
    ("azure", 33, lambda r: r.target.startswith("/openai/deployments/")),
])
def test_a_body_that_the_gateway_refuses(fake, check, row, matches):
    strict = broken(lambda r: is_chat(r) and matches(r), lambda r: plain.refused(400, None, "Unknown parameter."))
    fake.script(ours(strict))
    verdict(report(fake.url + "/cursor/v1"), check, row)
    fake.script(strict)
    verdict(report(fake.url + "/cursor/v1"), check, row, exit=0, result="warning")


def call_chunks(name="read_file", arguments='{"path": "a"}', **first):
    events = chunks(tool_calls=[tool_call(name, arguments)])
    events[1]["choices"][0]["delta"]["tool_calls"][0].update(first)
    return events


def without_index():
    events = call_chunks()
    for event in events[1:-2]:
        del event["choices"][0]["delta"]["tool_calls"][0]["index"]
    return events


@pytest.mark.parametrize("events, row", [
    (call_chunks(type="custom"), 16),
    (call_chunks(id=""), 16),
    (without_index(), 16),
    (call_chunks(arguments='{"path": "a"'), 20),
    (chunks("I would like to read the file.", tool_calls=None), 20),
], ids=["custom type", "no id", "no index", "half of the arguments", "text"])
def test_a_broken_tool_call(fake, events, row):
    fake.script(ours(broken(has_tool("function"), lambda r: Stream(list(events)) if "tool_choice" in r.json else plain.answer(r))))
    verdict(report(fake.url + "/cursor/v1"), "tool_call", row)


@pytest.mark.parametrize("arguments", ['{"input": "*** Begin Patch"}', "{}", ""])
def test_a_patch_that_is_not_raw_text(fake, arguments):
    fake.script(ours(broken(has_tool("custom"), lambda r: Stream(call_chunks("ApplyPatch", arguments)))))
    verdict(report(fake.url + "/cursor/v1"), "custom_tool", 17)
