/** State: in words, beside its colour. */

import { byId } from "./dom.js";

const WORDS = {
  off: "Not connected",
  connecting: "Connecting",
  listening: "Listening",
  hearing: "Listening to you",
  thinking: "Thinking",
  speaking: "Speaking",
  asleep: "Asleep",
  muted: "Muted",
  deaf: "Connected, without a microphone",
  held: "Listening while you hold",
  error: "Something went wrong",
  replacing: "An engine is being replaced",
  reconnecting: "The server is gone. Reconnecting",
  full: "Somebody else is talking to it",
};
const HINTS = {
  off: "Press the circle, or type below.",
  listening: "Just talk. Speak into an answer to interrupt it.",
  hearing: "",
  muted: "Hold Space to talk, or press M to be heard again.",
  deaf: "Type below, or press the circle to talk.",
  full: "You are next. Your turn comes as soon as there is a place.",
  reconnecting: "It goes on by itself as soon as the server is back.",
};
const BUTTONS = {
  off: "Start talking", deaf: "Start talking", connecting: "Connecting", reconnecting: "Connecting", full: "Waiting",
  speaking: "Tap to interrupt", muted: "Tap to unmute", held: "Tap to unmute",
};
const ELSEWHERE = "You talk to it in another tab. Press the circle to talk here.";

/** The name of the state that is shown. */
export function nameOf(conversation) {
  const { state } = conversation;
  if (conversation.held && state === "muted") return "held";
  if (conversation.deaf && ["listening", "hearing", "asleep", "muted"].includes(state)) return "deaf";
  return state;
}

export function show(conversation) {
  const name = nameOf(conversation), on = conversation.link === "on";
  const colour = { deaf: "off", full: "off", held: "hearing" }[name] ?? name;
  document.body.dataset.state = colour;
  put("words", WORDS[name]);
  put("hint", hint(name, conversation));
  put("start", BUTTONS[name] ?? "Tap to mute");
  document.title = on ? `${WORDS[name]} · edge_agent` : "edge_agent";
  byId("mute").setAttribute("aria-pressed", String(conversation.muted));
  byId("mute").disabled = byId("interrupt").disabled = !on;
  byId("hold").hidden = !(on && conversation.muted && !conversation.deaf);
  byId("leave").hidden = ["off", "elsewhere"].includes(conversation.link);
}

function hint(name, conversation) {
  if (name === "asleep") return `Say “${(conversation.facts.wake ?? []).join("” or “")}”.`;
  if (name === "error" || name === "replacing") return conversation.failure;
  if (name === "off") return conversation.link === "elsewhere" ? ELSEWHERE : HINTS.off;
  return HINTS[name] ?? "";
}

/** Only what has changed is written: a text that is written anew is a change to a screen reader, too. */
function put(id, text) {
  const place = byId(id);
  if (place && place.textContent !== text) place.textContent = text;
}
