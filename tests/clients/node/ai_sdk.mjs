// The AI SDK with @ai-sdk/openai, whose default is /v1/responses and which checks all that it is told.

import { createOpenAI } from "@ai-sdk/openai";
import { Output, generateSpeech, generateText, isStepCount, streamText, tool, transcribe } from "ai";
import { z } from "zod";
import { BYTES_PER_MS, QUESTION, WEATHER_ANSWER, WEATHER_QUESTION, check, main } from "./harness.mjs";

const provider = (target) => createOpenAI({ baseURL: target.url, apiKey: "any" });
const asked = (target, more) => ({ model: provider(target)("edge-agent"), maxRetries: 0, temperature: 0, ...more });

async function text(target) {
  const result = streamText(asked(target, { prompt: QUESTION, onError: ({ error }) => { throw error; } }));
  check((await result.text).includes("Paris"), await result.text);
}

async function tool_result(target) {
  const cities = [];
  const get_weather = tool({
    description: "The weather in a city.",
    inputSchema: z.object({ city: z.string() }),
    execute: ({ city }) => cities.push(city) && WEATHER_ANSWER,
  });
  const prepareStep = ({ stepNumber }) => ({ toolChoice: stepNumber ? "auto" : "required" });
  const more = { prompt: WEATHER_QUESTION, tools: { get_weather }, prepareStep, stopWhen: isStepCount(4) };
  const result = await generateText(asked(target, more));
  check(cities.length === 1 && result.text.trim(), `${cities}: ${result.text}`);
}

async function goes_on(target) {
  const first = await generateText(asked(target, { prompt: "My name is Ada. Say hello." }));
  const messages = [
    { role: "user", content: "My name is Ada. Say hello." },
    ...(first.responseMessages ?? first.response.messages),
    { role: "user", content: "What is my name?" },
  ];
  const { text } = await generateText(asked(target, { messages }));
  check(text.includes("Ada"), text);
}

async function structured(target) {
  const schema = z.object({ city: z.string(), country: z.string() });
  const { output } = await generateText(asked(target, { prompt: QUESTION, output: Output.object({ schema }) }));
  check(output.city && output.country, JSON.stringify(output));
}

function wav(pcm) {
  const head = Buffer.alloc(44);
  head.write("RIFF", 0);
  head.writeUInt32LE(36 + pcm.length, 4);
  head.write("WAVEfmt ", 8);
  head.writeUInt32LE(16, 16);
  head.writeUInt16LE(1, 20);
  head.writeUInt16LE(1, 22);
  head.writeUInt32LE(BYTES_PER_MS * 500, 24);
  head.writeUInt32LE(BYTES_PER_MS * 1000, 28);
  head.writeUInt16LE(2, 32);
  head.writeUInt16LE(16, 34);
  head.write("data", 36);
  head.writeUInt32LE(pcm.length, 40);
  return Buffer.concat([head, pcm]);
}

async function transcription(target) {
  const providerOptions = { openai: { timestampGranularities: ["segment"] } };
  const told = await transcribe({
    model: provider(target).transcription("whisper-1"), audio: wav(target.question), maxRetries: 0, providerOptions,
  });
  check(told.text.trim() && told.segments.length && told.language, JSON.stringify(told));
}

async function speech(target) {
  const { audio } = await generateSpeech({
    model: provider(target).speech("tts-1"), text: "Good morning.", instructions: "Speak calmly.", maxRetries: 0,
  });
  check(audio.uint8Array.length > 1000, `${audio.uint8Array.length} bytes`);
}

main({ text, tool_result, goes_on, structured, transcription, speech });
