"""An agent session from Cursor through the daemon: read two files, ApplyPatch, Shell, final answer, in every shape of
body against every kind of upstream. The upstreams insist on reasoning that Cursor forgets."""
import json

import pytest

from agent_upstream import FINAL, PATCH, TURNS, AgentUpstream
from cursor_session import CursorSession
from gateway import Gateway, deployment

SHAPES = ["chat", "responses", "anthropic"]
# name: dialect of the upstream, its model, does the provider demand reasoning text back
UPSTREAMS = {
    "openai-chat": ("chat", "openai/gpt-4.1", False),
    "openai-responses": ("responses", "openai/responses/gpt-5.5", False),
    "claude-adaptive": ("messages", "anthropic/claude-opus-5", False),
    "claude-budget": ("messages", "anthropic/claude-haiku-4-5", False),
    "deepseek": ("chat", "deepseek/deepseek-reasoner", True),
    "gemini": ("chat", "openai/gemini-3-pro-preview", False),
    "openrouter": ("chat", "openrouter/anthropic/claude-haiku-4.5", False),
    "like-openrouter": ("chat", "openai/qwen-3", False),
}
PATHS = {"chat": "/v1/chat/completions", "responses": "/v1/responses", "messages": "/v1/messages"}


@pytest.fixture
def agents(upstream):
    base = {"chat": upstream.url + "/v1", "responses": upstream.url + "/v1", "messages": upstream.url}
    models = [deployment(name, base[dialect], model, api_key="sk-upstream-secret-canary") for name, (dialect, model, _) in UPSTREAMS.items()]
    with Gateway(config={"model_list": models, "log": {"level": "info"}}) as gateway:
        yield gateway


def scripted(upstream, name):
    dialect, _, demands_text = UPSTREAMS[name]
    agent = AgentUpstream(dialect, demands_text=demands_text, signs=name == "gemini", details="openrouter" in name)
    upstream.script(agent, path=PATHS[dialect])
    return agent


def check_calls(calls):
    assert [[name for name, _ in turn] for turn in calls] == [[name for name, _ in turn] for turn in TURNS]
    for made, scripted_turn in zip(calls, TURNS):
        for (_, arguments), (_, value) in zip(made, scripted_turn):
            assert arguments == PATCH if isinstance(value, str) else json.loads(arguments) == value


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("name", UPSTREAMS)
def test_an_agent_session_of_four_turns(agents, upstream, name, shape):
    agent = scripted(upstream, name)
    session = CursorSession(agents, agents.create_key(), name, shape)
    session.say("Fix it.")
    session.run()
    assert agent.refusals == []
    check_calls(session.calls)
    assert session.text == FINAL
    rows = agents.wait_rows(4)
    assert [row["status"] for row in rows] == [200] * 4 and {row["session"] for row in rows} == {"c-1"}
    assert "continuity_miss" not in agents.log_text()


@pytest.mark.parametrize("name", ["claude-budget", "claude-adaptive", "deepseek", "gemini", "openai-responses"])
def test_a_lost_state_degrades_the_next_turn_and_is_logged(agents, upstream, name):
    """The history of another key: its states are not found for this one."""
    agent = scripted(upstream, name)
    agent.wants_reasoning = name != "openai-responses"  # OpenAI answers without, only less well
    session = CursorSession(agents, agents.create_key("one"), name, "chat")
    session.say("Fix it.")
    assert session.turn()
    session.key = agents.create_key("two")
    assert session.turn(), "the second turn went through without its reasoning"
    assert agent.refusals == [] and "continuity_miss" in agents.log_text()
    assert agent.dummies == (1 if name == "gemini" else 0)


def test_a_state_that_the_upstream_refuses_is_left_out_and_asked_again(agents, upstream):
    scripted(upstream, "claude-budget")
    session = CursorSession(agents, agents.create_key(), "claude-budget", "chat")
    session.say("Fix it.")
    assert session.turn()
    picky = AgentUpstream("messages")
    read = picky.read_messages

    def signatures_are_void(body):
        if any(b.get("type") == "thinking" for m in body["messages"] if isinstance(m["content"], list) for b in m["content"]):
            from agent_upstream import Refused
            raise Refused("messages.1.content.0: Invalid `signature` in `thinking` block")
        return read(body)
    picky.read_messages = signatures_are_void
    upstream.script(picky, path="/v1/messages")
    assert session.turn()
    assert len(picky.refusals) == 1 and "asked again without" in agents.log_text()
    row = agents.wait_rows(2)[-1]
    assert row["status"] == 200


@pytest.mark.parametrize("name", ["claude-budget", "deepseek", "gemini"])
def test_chats_whose_calls_have_equal_ids_keep_their_own_states(agents, upstream, name):
    """Some servers count their calls anew in each answer."""
    first, second = (CursorSession(agents, agents.create_key(f"k{i}") if i == 0 else None, name, "chat", conversation=f"c-{i}") for i in range(2))
    second.key = first.key
    agent = scripted(upstream, name)
    first.say("Fix it.")
    assert first.turn()

    other = scripted(upstream, name)  # thinks something else under the same ids
    answer_as = other.answer_chat if UPSTREAMS[name][0] == "chat" else other.answer_messages

    def with_other_thoughts(*told):
        made = answer_as(*told)
        for real, another in [('"tho"', '"oth"'), ("signature-0", "signature-x"), ("EjQK+/0==", "EjQK+/x==")]:
            made.events = [json.loads(json.dumps(event).replace(real, another)) for event in made.events]
        return made
    setattr(other, answer_as.__name__, with_other_thoughts)
    second.say("Break it.")
    assert second.turn()
    ids = [[call["id"] for call in session.history[1]["tool_calls"]] for session in (first, second)]
    assert ids[0][0] != ids[1][0] and ids[1][0].startswith(ids[0][0]), "the second chat got an id of its own"
    upstream.script(agent, path=PATHS[UPSTREAMS[name][0]])
    first.run()
    assert agent.refusals == [] and first.text == FINAL


def test_states_survive_a_restart_of_the_daemon(agents, upstream):
    agent = scripted(upstream, "claude-budget")
    session = CursorSession(agents, agents.create_key(), "claude-budget", "chat")
    session.say("Fix it.")
    assert session.turn()
    assert agents.terminate() == 0
    agents.start()
    session.run()
    assert session.text == FINAL and agent.refusals == []
    assert "continuity_miss" not in agents.log_text()
