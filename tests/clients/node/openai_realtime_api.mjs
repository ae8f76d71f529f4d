// openai-realtime-api: the npm port of OpenAI's beta reference client, which throws on what it does not expect.

import { RealtimeClient } from "openai-realtime-api";
import {
  BYTES_PER_MS, Events, LONG_QUESTION, QUESTION, WEATHER_ANSWER, WEATHER_QUESTION, check, main, microphone,
} from "./harness.mjs";

const FREQUENCY = 24_000;
// The client would send 0.8: one answer to LONG_QUESTION in some dozens was then too short to be interrupted.
const TEMPERATURE = 0;

async function connect(target, sessionConfig) {
  const client = new RealtimeClient({
    url: `${target.ws}/realtime`, apiKey: "any", model: "edge-agent",
    sessionConfig: {
      temperature: TEMPERATURE, turn_detection: { type: "server_vad" }, input_audio_transcription: { model: "whisper-1" },
      ...sessionConfig,
    },
  });
  const events = new Events();
  client.realtime.on("server.*", (event) => events.put(event));
  await client.connect();
  await client.waitForSessionCreated();
  return { client, events };
}

const ask = (talk, text) => talk.client.sendUserMessageContent([{ type: "input_text", text }]);
const hear = (talk) => (chunk) => talk.client.appendInputAudio(chunk.buffer);
const answers = (talk) => talk.client.conversation.getItems().filter((item) => item.role === "assistant");

async function text_turn(target) {
  const talk = await connect(target, { modalities: ["text"] });
  ask(talk, QUESTION);
  await talk.events.type("response.done");
  check(answers(talk)[0].formatted.text.trim(), "no text");
  talk.client.disconnect();
}

async function spoken_turn(target) {
  const talk = await connect(target);
  const stop = microphone(hear(talk), target.question);
  await talk.events.type("response.done");
  stop();
  const [answer] = answers(talk);
  check(answer.formatted.audio.length * 2 > 300 * BYTES_PER_MS && answer.formatted.transcript.trim(), "no sound");
  const user = talk.client.conversation.getItems().find((item) => item.role === "user");
  check(user.formatted.transcript.trim(), "nothing was heard");
  talk.client.disconnect();
}

async function tool_call(target) {
  const talk = await connect(target, { modalities: ["text"], tool_choice: "required" });
  const cities = [];
  const parameters = { type: "object", properties: { city: { type: "string" } }, required: ["city"] };
  talk.client.addTool({ name: "get_weather", description: "The weather in a city.", parameters }, ({ city }) => {
    cities.push(city);
    talk.client.updateSession({ tool_choice: "none" });
    return { weather: WEATHER_ANSWER };
  });
  ask(talk, WEATHER_QUESTION);
  await talk.events.type("response.text.done");
  check(cities.length === 1, `tool run with ${cities}`);
  talk.client.disconnect();
}

async function barge_in(target) {
  const talk = await connect(target);
  let interrupted = 0;
  talk.client.on("conversation.interrupted", () => interrupted++);
  ask(talk, LONG_QUESTION);
  await talk.events.type("response.audio.delta");
  const stop = microphone(hear(talk), target.interruption);
  const first = await talk.events.type("response.done");
  const second = await talk.events.type("response.done");
  stop();
  check(first.response.status === "cancelled" && interrupted > 0, JSON.stringify(first));
  check(second.response.status === "completed", JSON.stringify(second));
  talk.client.disconnect();
}

async function cancel(target) {
  const talk = await connect(target);
  ask(talk, LONG_QUESTION);
  await talk.events.type("response.audio.delta");
  talk.client.cancelResponse();
  const done = await talk.events.type("response.done");
  check(done.response.status === "cancelled", JSON.stringify(done));
  talk.client.disconnect();
}

async function truncate_retrieve(target) {
  const talk = await connect(target);
  ask(talk, LONG_QUESTION);
  const item = (await talk.events.type("response.done")).response.output[0];
  talk.client.realtime.send("conversation.item.truncate", {
    item_id: item.id, content_index: 0, audio_end_ms: 1500,
  });
  await talk.events.type("conversation.item.truncated");
  talk.client.realtime.send("conversation.item.retrieve", { item_id: item.id });
  const kept = (await talk.events.type("conversation.item.retrieved")).item.content[0].transcript;
  const whole = item.content[0].transcript;
  check(whole.startsWith(kept) && kept.length > 0 && kept.length < whole.length, kept);
  check(talk.client.conversation.getItem(item.id).formatted.audio.length <= 1.5 * FREQUENCY, "the client kept all");
  talk.client.disconnect();
}

async function two_sessions(target) {
  const talks = await Promise.all([connect(target, { modalities: ["text"] }), connect(target)]);
  for (const talk of talks) ask(talk, QUESTION);
  await Promise.all(talks.map((talk) => talk.events.type("response.done")));
  for (const talk of talks) {
    check(answers(talk).length === 1, "another number of answers");
    talk.client.disconnect();
  }
}

await main({ text_turn, spoken_turn, tool_call, barge_in, cancel, truncate_retrieve, two_sessions });
