// What an application does with OpenAI's Node SDK: client.mjs BASE_URL KEY NARROW_KEY. Prints one JSON object.
import { createRequire } from "node:module";
const require = createRequire(process.env.LITEGW_NODE_SDK + "/");
const { OpenAI } = require("openai");

const [base, key, narrow] = process.argv.slice(2);
const options = { baseURL: base, maxRetries: 0, timeout: 20000 };
const client = new OpenAI({ ...options, apiKey: key });
const messages = [{ role: "user", content: "Say hello." }];
const tools = [{ type: "function", function: { name: "get_weather", parameters: { type: "object", properties: { city: { type: "string" } } } } }];
const out = {};

const answer = await client.chat.completions.create({ model: "m", messages });
out.chat = answer.choices[0].message.content;
out.usage = answer.usage.total_tokens;

out.stream = "";
for await (const piece of await client.chat.completions.create({ model: "m", messages, stream: true })) {
  out.stream += piece.choices[0]?.delta?.content ?? "";
}
out.stream_usage = [];
for await (const piece of await client.chat.completions.create({ model: "m", messages, stream: true, stream_options: { include_usage: true } })) {
  if (piece.usage) out.stream_usage.push(piece.usage.total_tokens);
}

const call = (await client.chat.completions.create({ model: "m", messages, tools, tool_choice: "auto" })).choices[0].message.tool_calls[0];
out.tool = [call.function.name, JSON.parse(call.function.arguments)];

const final = await client.chat.completions.stream({ model: "m", messages, tools, tool_choice: "auto" }).finalChatCompletion();
const streamed = final.choices[0].message.tool_calls[0];
out.tool_stream = [streamed.function.name, JSON.parse(streamed.function.arguments)];

out.models = [];
for await (const model of await client.models.list()) out.models.push(model.id);
out.models.sort();
out.model = (await client.models.retrieve("m")).id;

async function error(body, apiKey = key) {
  try {
    await new OpenAI({ ...options, apiKey }).chat.completions.create({ messages, ...body });
  } catch (raised) {
    return [raised.constructor.name, raised.status ?? null, Boolean(raised.message)];
  }
  return null;
}
out.wrong_key = await error({ model: "m" }, "sk-wrong-wrong-wrong-wrong");
out.not_allowed = await error({ model: "m" }, narrow);
out.unknown_model = await error({ model: "nothing" });
out.bad_request = await error({ model: "m", seed: "x", stream: "yes" });
out.rate_limited = await error({ model: "limited" });
out.upstream_down = await error({ model: "down" });

let seen = "";
out.broken_stream = null;
try {
  for await (const piece of await client.chat.completions.create({ model: "broken", messages, stream: true })) {
    seen += piece.choices[0]?.delta?.content ?? "";
  }
} catch (raised) {
  out.broken_stream = [raised.constructor.name, seen];
}
console.log(JSON.stringify(out));
