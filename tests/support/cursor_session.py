"""Cursor's agent as a client: three shapes of body to one path, answers read as Chat chunks, reasoning forgotten.

    session = CursorSession(gateway, key, model, shape="responses")
    session.run()       # until an answer without tool calls
    session.calls       # [(name, arguments text), ...] of each turn
    session.text        # the final answer
"""
import json

READ = {"type": "object", "properties": {"path": {"type": "string"}}, "required": ["path"]}
SHELL = {"type": "object", "properties": {"command": {"type": "string"}, "-B": {"type": "number"}}, "required": ["command"]}
GRAMMAR = {"type": "grammar", "syntax": "lark", "definition": "start: begin_patch\nbegin_patch: \"*** Begin Patch\" LF"}
CURSOR = {"User-Agent": "Cursor/1.0"}


def tools_of(shape):
    if shape == "responses":
        return [{"type": "function", "name": "ReadFile", "description": "Reads.", "parameters": READ, "strict": False},
                {"type": "function", "name": "Shell", "description": "Runs.", "parameters": SHELL},
                {"type": "custom", "name": "ApplyPatch", "description": "Edits files.", "format": GRAMMAR}]
    if shape == "anthropic":
        return [{"name": "ReadFile", "description": "Reads.", "input_schema": READ}, {"name": "Shell", "description": "Runs.", "input_schema": SHELL},
                {"type": "custom", "name": "ApplyPatch", "description": "Edits files.", "format": GRAMMAR}]
    return [{"type": "function", "function": {"name": "ReadFile", "description": "Reads.", "parameters": READ}},
            {"type": "function", "function": {"name": "Shell", "description": "Runs.", "parameters": SHELL}},
            {"type": "custom", "name": "ApplyPatch", "description": "Edits files.", "format": GRAMMAR}]


class CursorSession:
    def __init__(self, gateway, key, model, shape, path="/cursor/chat/completions", effort="medium", conversation="c-1"):
        self.gateway, self.key, self.model, self.shape, self.path = gateway, key, model, shape, path
        self.effort, self.conversation = effort, conversation
        self.history = []
        self.calls = []
        self.text = None
        self.answers = []

    def say(self, text):
        part = {"type": "input_text" if self.shape == "responses" else "text", "text": text}
        self.history.append({"role": "user", "content": [part]})

    def body(self):
        body = {"model": self.model, "stream": True, "stream_options": {"include_usage": True}, "tools": tools_of(self.shape), "user": "u-hash",
                "metadata": {"cursorConversationId": self.conversation}}
        if self.effort:
            body["reasoning"] = {"effort": self.effort, "summary": "auto"}
        system = "You are an agent."
        if self.shape == "responses":
            return {**body, "input": [{"role": "system", "content": system}, *self.history], "include": ["reasoning.encrypted_content"],
                    "text": {"verbosity": "low"}, "tool_choice": "auto", "previous_response_id": None}
        if self.shape == "anthropic":
            return {**body, "max_tokens": 20000, "tool_choice": {"type": "auto"}, "messages": self.history,
                    "system": [{"type": "text", "text": system, "cache_control": {"type": "ephemeral"}}]}
        return {**body, "tool_choice": "auto", "messages": [{"role": "system", "content": system}, *self.history]}

    def turn(self):
        """One request; True when the model called tools. Every chunk is held against the form that Cursor reads."""
        answer = self.gateway.post(self.path, self.body(), self.key, headers=CURSOR)
        self.answers.append(answer)
        assert answer.status == 200, answer.text
        assert "\nevent:" not in answer.text and "\r" not in answer.text
        events = answer.events
        assert events[-1] == "[DONE]" and events[-2]["choices"] == [] and events[-2]["usage"]["total_tokens"] > 0
        chunks = events[:-1]
        assert len({(c["id"], c["created"], c["model"], c["object"]) for c in chunks}) == 1 and chunks[0]["model"] == self.model
        assert chunks[0]["choices"][0]["delta"]["role"] == "assistant" and not any("error" in c for c in chunks)
        text, calls, finish = "", [], None
        for chunk in chunks[:-1]:
            choice = chunk["choices"][0]
            assert finish is None, "a chunk after the finish chunk"
            text += choice["delta"].get("content") or ""
            for part in choice["delta"].get("tool_calls", []):
                if part["index"] == len(calls):
                    assert part["type"] == "function" and part["id"]
                    calls.append([part["id"], part["function"]["name"], part["function"]["arguments"]])
                    continue
                assert part["index"] == len(calls) - 1 and set(part) == {"index", "function"}
                calls[-1][2] += part["function"]["arguments"]
            finish = choice["finish_reason"]
        assert finish == ("tool_calls" if calls else "stop")
        self.remember(text, calls)
        if not calls:
            self.text = text
        return bool(calls)

    def remember(self, text, calls):
        """As Cursor does: ids and arguments stay, reasoning goes."""
        self.calls += [[(name, arguments) for _, name, arguments in calls]] if calls else []
        results = [(id, f"result of {name}") for id, name, _ in calls]
        if self.shape == "responses":
            if text:
                self.history.append({"role": "assistant", "content": [{"type": "output_text", "text": text}]})
            for id, name, arguments in calls:
                patch = name == "ApplyPatch"
                self.history.append({"type": "custom_tool_call" if patch else "function_call", "call_id": id, "name": name, "input" if patch else "arguments": arguments})
            for (id, name, _), (_, result) in zip(calls, results):
                self.history.append({"type": "custom_tool_call_output" if name == "ApplyPatch" else "function_call_output", "call_id": id, "output": result})
        elif self.shape == "anthropic":
            blocks = [{"type": "text", "text": text}] if text else []
            # A patch is no JSON: what Cursor makes of it in this form is unknown; an object is what the form allows.
            blocks += [{"type": "tool_use", "id": id, "name": name, "input": {"input": arguments} if name == "ApplyPatch" else json.loads(arguments)} for id, name, arguments in calls]
            self.history.append({"role": "assistant", "content": blocks})
            if results:
                self.history.append({"role": "user", "content": [{"type": "tool_result", "tool_use_id": id, "content": [{"type": "text", "text": result}]} for id, result in results]})
        else:
            message = {"role": "assistant", "content": text or []}
            if calls:
                message["tool_calls"] = [{"index": i, "id": id, "type": "function", "function": {"name": name, "arguments": arguments}} for i, (id, name, arguments) in enumerate(calls)]
            self.history.append(message)
            self.history += [{"role": "tool", "tool_call_id": id, "name": name, "content": result} for (id, name, _), (_, result) in zip(calls, results)]

    def run(self, most=8):
        for _ in range(most):
            if not self.turn():
                return self
        raise AssertionError(f"no end after {most} turns: {self.calls}")
