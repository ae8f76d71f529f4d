// @openai/agents-realtime over a WebSocket: it drops events that it does not understand, so what arrives is looked at.

import { RealtimeAgent, RealtimeSession, tool } from "@openai/agents-realtime";
import { z } from "zod";
import {
  BYTES_PER_MS, Events, LONG_QUESTION, QUESTION, WEATHER_ANSWER, WEATHER_QUESTION, check, main, microphone,
} from "./harness.mjs";

async function connect(target, { tools = [], ...config } = {}) {
  const agent = new RealtimeAgent({ name: "Assistant", instructions: "Answer briefly.", tools });
  const session = new RealtimeSession(agent, { transport: "websocket", model: "edge-agent", config, tracingDisabled: true });
  const events = new Events();
  const talk = { session, events, bytes: 0, interrupted: 0, toolEnds: 0 };
  session.on("transport_event", (event) => events.put(event));
  session.on("error", (error) => events.put({ type: "error", error: String(error.error?.message ?? JSON.stringify(error)) }));
  session.on("audio", (event) => (talk.bytes += event.data.byteLength));
  session.on("audio_interrupted", () => talk.interrupted++);
  session.on("agent_tool_end", () => talk.toolEnds++);
  await session.connect({ apiKey: "any", url: `${target.ws}/realtime?model=edge-agent` });
  return talk;
}

const assistants = (talk) => talk.session.history.filter((item) => item.type === "message" && item.role === "assistant");
const textOf = (item) => item.content.map((part) => part.text ?? part.transcript ?? "").join("");

async function text_turn(target) {
  const talk = await connect(target, { outputModalities: ["text"] });
  talk.session.sendMessage(QUESTION);
  await talk.events.type("response.done");
  check(textOf(assistants(talk)[0]).trim(), JSON.stringify(talk.session.history));
  talk.session.close();
}

async function spoken_turn(target) {
  const talk = await connect(target);
  const stop = microphone((chunk) => talk.session.sendAudio(chunk.buffer), target.question);
  await talk.events.type("response.done");
  stop();
  check(talk.bytes > 300 * BYTES_PER_MS, "no sound");
  const user = talk.session.history.find((item) => item.role === "user");
  check(user?.content[0].transcript?.trim(), JSON.stringify(talk.session.history));
  talk.session.close();
}

async function tool_call(target) {
  const cities = [];
  let talk;
  const getWeather = tool({
    name: "get_weather",
    description: "The weather in a city.",
    parameters: z.object({ city: z.string() }),
    execute: async ({ city }) => {
      cities.push(city);
      talk.session.transport.updateSessionConfig({ toolChoice: "none", outputModalities: ["text"] });
      return WEATHER_ANSWER;
    },
  });
  talk = await connect(target, { outputModalities: ["text"], toolChoice: "required", tools: [getWeather] });
  talk.session.sendMessage(WEATHER_QUESTION);
  await talk.events.type("response.output_text.done");
  check(cities.length === 1 && talk.toolEnds === 1, `tool run with ${cities}`);
  talk.session.close();
}

async function barge_in(target) {
  const talk = await connect(target);
  talk.session.sendMessage(LONG_QUESTION);
  await talk.events.type("response.output_audio.delta");
  const stop = microphone((chunk) => talk.session.sendAudio(chunk.buffer), target.interruption);
  const first = await talk.events.type("response.done");
  const second = await talk.events.type("response.done");
  stop();
  check(first.response.status === "cancelled" && talk.interrupted > 0, JSON.stringify(first));
  check(second.response.status === "completed", JSON.stringify(second));
  talk.session.close();
}

async function cancel(target) {
  const talk = await connect(target);
  talk.session.sendMessage(LONG_QUESTION);
  await talk.events.type("response.output_audio.delta");
  talk.session.transport.sendEvent({ type: "response.cancel" });
  const done = await talk.events.type("response.done");
  check(done.response.status === "cancelled", JSON.stringify(done));
  talk.session.close();
}

async function truncate_retrieve(target) {
  const talk = await connect(target);
  talk.session.sendMessage(LONG_QUESTION);
  const item = (await talk.events.type("response.done")).response.output[0];
  const whole = item.content[0].transcript;
  talk.session.transport.sendEvent({
    type: "conversation.item.truncate", item_id: item.id, content_index: 0, audio_end_ms: 1500,
  });
  await talk.events.type("conversation.item.truncated");
  talk.session.transport.sendEvent({ type: "conversation.item.retrieve", item_id: item.id });
  const kept = await talk.events.until(
    (event) => event.type === "conversation.item.retrieved" && event.item.id === item.id &&
      event.item.content[0].transcript !== whole,
    "the truncated item",
  );
  check(whole.startsWith(kept.item.content[0].transcript), JSON.stringify(kept.item.content[0].transcript));
  talk.session.close();
}

async function two_sessions(target) {
  const talks = await Promise.all([connect(target, { outputModalities: ["text"] }), connect(target)]);
  for (const talk of talks) talk.session.sendMessage(QUESTION);
  await Promise.all(talks.map((talk) => talk.events.type("response.done")));
  for (const talk of talks) {
    check(textOf(assistants(talk)[0]).trim(), JSON.stringify(talk.session.history));
    talk.session.close();
  }
}

await main({ text_turn, spoken_turn, tool_call, barge_in, cancel, truncate_retrieve, two_sessions });
