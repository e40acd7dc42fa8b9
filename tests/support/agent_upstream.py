"""Providers of three dialects that run one agent session: read two files at once, ApplyPatch, Shell, final answer.

Which turn it is they take from the history they are sent. They are strict about it: every call is answered at
once, and reasoning comes back unchanged where the real provider insists on it. A refusal is a 400 with the
provider's own words; `refusals` has them all.

    upstream.script(AgentUpstream("messages"), path="/v1/messages")
"""
import json

from fake_upstream import Status, Stream

PATCH = "*** Begin Patch\n*** Update File: a.cpp\n@@\n-  return \"1\";\n+  return \"2\\n\";\n*** End Patch\n"
TURNS = [
    [("ReadFile", {"path": "a.cpp"}), ("ReadFile", {"path": "src/\u00fc b.cpp"})],
    [("ApplyPatch", PATCH)],
    [("Shell", {"command": "make -B", "timeout": 60})],
]
DUMMY = "c2tpcF90aG91Z2h0X3NpZ25hdHVyZV92YWxpZGF0b3I="  # Google's skip_thought_signature_validator
FINAL = "Done. The patch is in, and make passes."


def pieces(text, size=9):
    return [text[i:i + size] for i in range(0, len(text), size)]


class Refused(Exception):
    pass


def refuse_if(condition, message):
    if condition:
        raise Refused(message)


class AgentUpstream:
    def __init__(self, dialect, wants_reasoning=True, demands_text=False, signs=False, details=False):
        """demands_text: as DeepSeek, reasoning_content must come back on turns with calls. signs: as Gemini behind Chat's
        spelling, the first call of each step is signed and must come back so; `dummies` counts Google's word for lost ones.
        details: as OpenRouter, reasoning_details of turns with calls must come back as one list."""
        self.details = details
        self.dialect = dialect
        self.wants_reasoning = wants_reasoning
        self.demands_text = demands_text
        self.signs = signs
        self.dummies = 0
        self.refusals = []

    def __call__(self, request):
        body = request.json
        try:
            turn, thinks = getattr(self, "read_" + self.dialect)(body)
        except Refused as refused:
            self.refusals.append(str(refused))
            error = {"type": "invalid_request_error", "message": str(refused)}
            return Status(400, {"type": "error", "error": error} if self.dialect == "messages" else {"error": {**error, "param": None, "code": None}})
        calls = TURNS[turn] if turn < len(TURNS) else []
        return getattr(self, "answer_" + self.dialect)(body, turn, calls, thinks)

    # ---- what is demanded back
    def read_chat(self, body):
        open_calls, turn, unsigned = set(), 0, None
        thinks = self.demands_text and (body.get("thinking") or {}).get("type") != "disabled"
        for message in body["messages"]:
            if message["role"] == "tool":
                refuse_if(message["tool_call_id"] not in open_calls, "orphaned tool message")
                open_calls.discard(message["tool_call_id"])
                continue
            refuse_if(open_calls, "an assistant message with 'tool_calls' must be followed by tool messages")
            if message["role"] == "user":
                unsigned = None  # older turns are not looked at
            if message["role"] == "assistant" and message.get("tool_calls"):
                open_calls = {call["id"] for call in message["tool_calls"]}
                refuse_if(thinks and message.get("reasoning_content") != f"thought {turn}",
                          "The `reasoning_content` in the thinking mode must be passed back to the API.")
                refuse_if(self.details and message.get("reasoning_details") != self.details_of(turn), f"reasoning_details of turn {turn} were not given back")
                refuse_if(not self.details and "reasoning_details" in message, "Unknown parameter: reasoning_details")
                unsigned = unsigned or self.unsigned(message["tool_calls"], turn)
                turn += 1
        refuse_if(open_calls, "tool calls without results")
        refuse_if(unsigned, unsigned)
        return turn, thinks

    def details_of(self, turn):
        return [{"type": "reasoning.text", "text": f"thought {turn}", "format": "anthropic-claude-v1", "index": 0, "signature": f"signature-{turn}"},
                {"type": "reasoning.encrypted", "data": f"encrypted-{turn}", "id": f"rs_{turn}", "format": "openai-responses-v1", "index": 1}]

    def unsigned(self, calls, turn):
        if not self.signs:
            return None
        signatures = [((call.get("extra_content") or {}).get("google") or {}).get("thought_signature") for call in calls]
        if signatures[0] == DUMMY:
            self.dummies += 1
            return None
        if signatures[0] is None:
            return f"Function call is missing a thought_signature in functionCall parts. Additional data, function call `{calls[0]['function']['name']}`, position {turn}."
        right = [f"EjQK+/{turn}=="] + [None] * (len(calls) - 1)
        return None if signatures == right else f"Thought signature is not valid: {signatures}"

    def read_responses(self, body):
        open_calls, turn, reasoning = set(), 0, None
        items = [{"role": "user", "content": body["input"]}] if isinstance(body["input"], str) else body["input"]
        for item in items:
            kind = item.get("type", "message")
            if kind == "reasoning":
                reasoning = item.get("encrypted_content")
                continue
            if kind in ("function_call", "custom_tool_call"):
                if not open_calls:
                    refuse_if(self.wants_reasoning and reasoning != f"encrypted-{turn}", f"reasoning lost before turn {turn}: {reasoning}")
                    turn += 1
                open_calls.add(item["call_id"])
            elif kind in ("function_call_output", "custom_tool_call_output"):
                refuse_if(item["call_id"] not in open_calls, "No tool call found for function call output")
                open_calls.discard(item["call_id"])
            elif kind == "message":
                refuse_if(open_calls, "No tool output found for function call")
                refuse_if(reasoning and item["role"] != "assistant", "reasoning was provided without its required following item")
            reasoning = None
        refuse_if(open_calls, "No tool output found for function call")
        return turn, True

    def read_messages(self, body):
        open_calls, turn = set(), 0
        thinks = (body.get("thinking") or {}).get("type") in ("enabled", "adaptive")
        for message in body["messages"]:
            blocks = message["content"] if isinstance(message["content"], list) else [{"type": "text", "text": message["content"]}]
            if message["role"] == "assistant":
                refuse_if(open_calls, "tool_use ids were found without tool_result blocks")
                open_calls = {b["id"] for b in blocks if b["type"] == "tool_use"}
                if open_calls:
                    first = blocks[0]
                    refuse_if(thinks and first["type"] != "thinking", f"Expected `thinking` or `redacted_thinking`, but found `{first['type']}`")
                    refuse_if(first["type"] == "thinking" and (first["thinking"], first["signature"]) != (f"thought {turn}", f"signature-{turn}"),
                              "Invalid `signature` in `thinking` block")
                    turn += 1
                continue
            for block in blocks:
                if block["type"] == "tool_result":
                    refuse_if(block["tool_use_id"] not in open_calls, "unexpected tool_use_id in tool_result")
                    open_calls.discard(block["tool_use_id"])
                else:
                    refuse_if(open_calls, "tool_use ids were found without tool_result blocks")
        refuse_if(open_calls, "tool_use ids were found without tool_result blocks")
        return turn, thinks

    # ---- what is answered
    def custom(self, body, name):
        return any(t.get("type") == "custom" and (t.get("custom") or t).get("name") == name for t in body.get("tools", []))

    def arguments(self, body, name, value):
        """Text of a call: raw for custom tools, {"input": ...} where the gateway made them functions."""
        if isinstance(value, str):
            return value if self.custom(body, name) else json.dumps({"input": value})
        return json.dumps(value, ensure_ascii=False)

    def answer_chat(self, body, turn, calls, thinks):
        def chunk(delta, finish=None):
            return {"id": f"chatcmpl-{turn}", "object": "chat.completion.chunk", "created": 1795000000, "model": body["model"],
                    "choices": [{"index": 0, "delta": delta, "finish_reason": finish}]}
        events = [chunk({"role": "assistant", "content": None if calls else ""})]
        if thinks:
            events += [chunk({"reasoning_content": piece}) for piece in pieces(f"thought {turn}", 3)]
        if self.details:
            text, encrypted = self.details_of(turn)
            signature = text.pop("signature")
            events += [chunk({"content": "", "reasoning": piece, "reasoning_details": [{**text, "text": piece}]}) for piece in pieces(text.pop("text"), 3)]
            events.append(chunk({"content": "", "reasoning_details": [{**text, "signature": signature}]}))
            events.append(chunk({"content": "", "reasoning_details": [encrypted]}))
        for index, (name, value) in enumerate(calls):
            kind = "custom" if self.custom(body, name) else "function"
            member = "input" if kind == "custom" else "arguments"
            if self.signs:  # whole calls, without an index
                call = {"function": {"arguments": self.arguments(body, name, value), "name": name}, "id": f"call_{turn}_{index}", "type": "function"}
                signature = {"extra_content": {"google": {"thought_signature": f"EjQK+/{turn}=="}}} if index == 0 else {}
                events.append(chunk({"role": "assistant", "tool_calls": [{**signature, **call}]}))
                continue
            events.append(chunk({"tool_calls": [{"index": index, "id": f"call_{turn}_{index}", "type": kind, kind: {"name": name, member: ""}}]}))
            events += [chunk({"tool_calls": [{"index": index, kind: {member: piece}}]}) for piece in pieces(self.arguments(body, name, value))]
        if not calls:
            events += [chunk({"content": piece}) for piece in pieces(FINAL)]
        events.append(chunk({}, "tool_calls" if calls and not self.signs else "stop"))
        events.append({**chunk({}), "choices": [], "usage": {"prompt_tokens": 100 + turn, "completion_tokens": 7, "total_tokens": 107 + turn}})
        return Stream(events)

    def answer_responses(self, body, turn, calls, thinks):
        events, items = [], []

        def event(kind, **more):
            events.append(f"event: {kind}\ndata: " + json.dumps({"type": kind, "sequence_number": len(events), **more}) + "\n\n")

        response = {"id": f"resp_{turn}", "object": "response", "created_at": 1795000000, "model": body["model"], "output": []}
        event("response.created", response={**response, "status": "in_progress"})
        event("response.in_progress", response={**response, "status": "in_progress"})
        if thinks:
            item = {"type": "reasoning", "id": f"rs_{turn}", "summary": [{"type": "summary_text", "text": "why"}], "encrypted_content": f"encrypted-{turn}"}
            event("response.output_item.added", output_index=0, item={**item, "summary": []})
            event("response.reasoning_summary_part.added", item_id=item["id"], output_index=0, summary_index=0, part={"type": "summary_text", "text": ""})
            event("response.reasoning_summary_text.delta", item_id=item["id"], output_index=0, summary_index=0, delta="why")
            event("response.output_item.done", output_index=0, item=item)
            items.append(item)
        for index, (name, value) in enumerate(calls):
            custom = self.custom(body, name)
            kind, member = ("custom_tool_call", "input") if custom else ("function_call", "arguments")
            text = self.arguments(body, name, value)
            item = {"type": kind, "id": f"fc_{turn}_{index}", "call_id": f"call_{turn}_{index}", "name": name, member: ""}
            event("response.output_item.added", output_index=len(items), item=item)
            delta = "response.custom_tool_call_input" if custom else "response.function_call_arguments"
            for piece in pieces(text):
                event(delta + ".delta", item_id=item["id"], output_index=len(items), delta=piece)
            event(delta + ".done", item_id=item["id"], output_index=len(items), **{member: text})
            event("response.output_item.done", output_index=len(items), item={**item, member: text, "status": "completed"})
            items.append({**item, member: text})
        if not calls:
            item = {"type": "message", "id": "msg_1", "role": "assistant", "status": "completed", "content": [{"type": "output_text", "text": FINAL, "annotations": []}]}
            event("response.output_item.added", output_index=len(items), item={**item, "content": [], "status": "in_progress"})
            event("response.content_part.added", item_id="msg_1", output_index=len(items), content_index=0, part={"type": "output_text", "text": "", "annotations": []})
            for piece in pieces(FINAL):
                event("response.output_text.delta", item_id="msg_1", output_index=len(items), content_index=0, delta=piece)
            event("response.output_text.done", item_id="msg_1", output_index=len(items), content_index=0, text=FINAL)
            event("response.output_item.done", output_index=len(items), item=item)
            items.append(item)
        usage = {"input_tokens": 100 + turn, "output_tokens": 7, "total_tokens": 107 + turn}
        event("response.completed", response={**response, "status": "completed", "output": items, "usage": usage})
        return Stream(events, done=False)

    def answer_messages(self, body, turn, calls, thinks):
        events, blocks = [], 0

        def event(kind, **more):
            events.append(f"event: {kind}\ndata: " + json.dumps({"type": kind, **more}) + "\n\n")

        def block(start, deltas):
            nonlocal blocks
            event("content_block_start", index=blocks, content_block=start)
            for delta in deltas:
                event("content_block_delta", index=blocks, delta=delta)
            event("content_block_stop", index=blocks)
            blocks += 1

        event("message_start", message={"id": f"msg_{turn}", "type": "message", "role": "assistant", "model": body["model"], "content": [],
                                        "stop_reason": None, "usage": {"input_tokens": 100 + turn, "output_tokens": 1}})
        event("ping")
        if thinks:
            block({"type": "thinking", "thinking": "", "signature": ""},
                  [{"type": "thinking_delta", "thinking": piece} for piece in pieces(f"thought {turn}", 3)]
                  + [{"type": "signature_delta", "signature": f"signature-{turn}"}])
        for index, (name, value) in enumerate(calls):
            text = self.arguments(body, name, value)
            block({"type": "tool_use", "id": f"toolu_{turn}_{index}", "name": name, "input": {}},
                  [{"type": "input_json_delta", "partial_json": piece} for piece in [""] + pieces(text)])
        if not calls:
            block({"type": "text", "text": ""}, [{"type": "text_delta", "text": piece} for piece in pieces(FINAL)])
        event("message_delta", delta={"stop_reason": "tool_use" if calls else "end_turn", "stop_sequence": None}, usage={"output_tokens": 7})
        event("message_stop")
        return Stream(events, done=False)
