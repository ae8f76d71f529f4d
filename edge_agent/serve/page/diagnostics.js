/** Diagnostics: what somebody who helps wants to know, without any words that were said. */

import { marksOf, stages } from "./waterfall.js";

export async function diagnostics(conversation, call, sound) {
  const facts = conversation.facts;
  const lines = [
    `edge_agent ${facts.version ?? "?"}, page, ${new Date().toISOString()}`,
    `browser: ${navigator.userAgent}`,
    `state: ${conversation.state}, link ${conversation.link}, connected in ${Math.round(call?.connectMs ?? 0)} ms`,
    `models: ${facts.llm ?? "?"}, voice ${facts.voice ?? "?"}, language ${facts.language ?? "?"}, name ${facts.wake?.join(" ") || "none"}`,
    `sound: echo cancelling ${sound.echo ? "browser" : "none"}, ${sound.stream ? "microphone open" : "no microphone"}, `
      + `${sound.context?.sampleRate ?? "?"} Hz, secure ${isSecureContext}`,
    `failure: ${conversation.failure || "none"}`,
    ...(await network(call)),
    "turns:",
    ...conversation.turns.map((turn) => {
      const marks = marksOf(turn);
      const told = marks ? stages(marks) : null;
      const parts = told?.found.map((each) => `${each.name} ${Math.round(each.seconds * 1000)}`).join(" ");
      return `  ${turn.number} ${turn.end || "going on"} ${told ? `${Math.round(told.total * 1000)} ms: ${parts}` : "(no marks)"}`;
    }),
    "messages (ms, type, turn, detail):",
    ...conversation.log.map((each) => `  ${each.join(" ")}`),
  ];
  return lines.join("\n");
}

async function network(call) {
  const found = [];
  for (const each of (await call?.peer?.getStats())?.values() ?? []) {
    if (each.type === "inbound-rtp") found.push(`in: ${each.packetsReceived} packets, ${each.packetsLost} lost, jitter ${each.jitter} s`);
    if (each.type === "outbound-rtp") found.push(`out: ${each.packetsSent} packets`);
    if (each.type === "remote-inbound-rtp") found.push(`out: round trip ${each.roundTripTime ?? "?"} s, lost ${each.packetsLost ?? "?"}`);
  }
  return found;
}
