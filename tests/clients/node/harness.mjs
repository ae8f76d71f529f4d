// What harness.py is for the drivers in Python: one JSON line a scenario; arguments URL QUESTION.pcm INTERRUPTION.pcm.

import { readFileSync } from "node:fs";
import process from "node:process";

export const BYTES_PER_MS = 48;
const CHUNK_MS = 40;
const PATIENCE_MS = 60_000;

export const QUESTION = "What is the capital of France?";
export const LONG_QUESTION = "Explain in many sentences how a bicycle works.";
export const WEATHER_QUESTION = "What is the weather in Paris?";
export const WEATHER_ANSWER = "Sunny, 22 degrees.";

export function check(condition, what) {
  if (!condition) throw new Error(what);
}

/** Sends `speech`, then silence, at real-time pace, until the returned function is called. */
export function microphone(send, speech) {
  const size = CHUNK_MS * BYTES_PER_MS;
  const begun = performance.now();
  let at = 0;
  const timer = setInterval(() => {
    while (at / BYTES_PER_MS < performance.now() - begun) {
      const chunk = new Uint8Array(size);
      chunk.set(speech.subarray(at, at + size));
      send(chunk);
      at += size;
    }
  }, CHUNK_MS / 2);
  return () => clearInterval(timer);
}

/** Events in order, to be waited for: `put(event)`, `await until(wanted, what)`. */
export class Events {
  #events = [];
  #wake = () => {};

  put(event) {
    this.#events.push(event);
    this.#wake();
  }

  async until(wanted, what) {
    for (;;) {
      while (this.#events.length) {
        const event = this.#events.shift();
        check(event.type !== "error", `${JSON.stringify(event)} while waiting for ${what}`);
        if (wanted(event)) return event;
      }
      await new Promise((resolve) => (this.#wake = resolve));
    }
  }

  type(name) {
    return this.until((event) => event.type === name, name);
  }
}

export async function main(scenarios) {
  const [url, question, interruption] = process.argv.slice(2);
  const target = { url, ws: url.replace(/^http/, "ws"), question: readFileSync(question), interruption: readFileSync(interruption) };
  for (const [scenario, run] of Object.entries(scenarios)) {
    let note = "";
    let timer;
    const late = new Promise((_, reject) => (timer = setTimeout(() => reject(new Error("too late")), PATIENCE_MS)));
    try {
      await Promise.race([run(target), late]);
    } catch (error) {
      note = String(error?.stack ?? error);
    }
    clearTimeout(timer);
    console.log(JSON.stringify({ scenario, ok: !note, note }));
  }
  process.exit(0);
}
