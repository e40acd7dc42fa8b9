"""What an application does with OpenAI's Python SDK: client.py BASE_URL KEY NARROW_KEY. Prints one JSON object."""
import json
import sys

import openai

base, key, narrow = sys.argv[1:]
client = openai.OpenAI(base_url=base, api_key=key, max_retries=0, timeout=20)
messages = [{"role": "user", "content": "Say hello."}]
tools = [{"type": "function", "function": {"name": "get_weather", "parameters": {
    "type": "object", "properties": {"city": {"type": "string"}}}}}]
out = {"version": openai.__version__}

answer = client.chat.completions.create(model="m", messages=messages)
out["chat"] = answer.choices[0].message.content
out["usage"] = answer.usage.total_tokens

stream = client.chat.completions.create(model="m", messages=messages, stream=True)
out["stream"] = "".join(c.choices[0].delta.content or "" for c in stream if c.choices)

stream = client.chat.completions.create(model="m", messages=messages, stream=True, stream_options={"include_usage": True})
out["stream_usage"] = [c.usage.total_tokens for c in stream if c.usage]

call = client.chat.completions.create(model="m", messages=messages, tools=tools, tool_choice="auto").choices[0].message.tool_calls[0]
out["tool"] = [call.function.name, json.loads(call.function.arguments)]

with client.chat.completions.stream(model="m", messages=messages, tools=tools, tool_choice="auto") as events:
    final = events.get_final_completion()
out["tool_stream"] = [final.choices[0].message.tool_calls[0].function.name,
                      json.loads(final.choices[0].message.tool_calls[0].function.arguments)]

out["models"] = sorted(m.id for m in client.models.list())
out["model"] = client.models.retrieve("m").id


def error(**call):
    try:
        call.pop("client", client).chat.completions.create(messages=messages, **call)
    except openai.APIStatusError as raised:
        return [type(raised).__name__, raised.status_code, bool(raised.message)]
    except openai.APIError as raised:
        return [type(raised).__name__, None, bool(raised.message)]
    return None


out["wrong_key"] = error(model="m", client=client.with_options(api_key="sk-wrong-wrong-wrong-wrong"))
out["not_allowed"] = error(model="m", client=client.with_options(api_key=narrow))
out["unknown_model"] = error(model="nothing")
out["bad_request"] = error(model="m", extra_body={"stream": "yes"})
out["rate_limited"] = error(model="limited")
out["upstream_down"] = error(model="down")

seen = []
try:
    for piece in client.chat.completions.create(model="broken", messages=messages, stream=True):
        seen.append(piece.choices[0].delta.content or "" if piece.choices else "")
    out["broken_stream"] = None
except openai.APIError as raised:
    out["broken_stream"] = [type(raised).__name__, "".join(seen)]
print(json.dumps(out))
