/** Main: joins the parts of the page. Messages of the call -> conversation -> what is shown; keys and buttons -> call. */

import { Call } from "./call.js";
import { Captions } from "./captions.js";
import { Conversation } from "./conversation.js";
import { Device } from "./device.js";
import { diagnostics } from "./diagnostics.js";
import { byId } from "./dom.js";
import { Kept } from "./kept.js";
import { listen } from "./keys.js";
import { SettingsPanel, showHistory } from "./settings.js";
import { Sound } from "./sound.js";
import { SoundPanel, remembered } from "./sound-panel.js";
import { show } from "./state.js";
import { waterfalls } from "./waterfall.js";
import "./orb.js";

const device = new Device(() => { byId("key").hidden = false; });
const conversation = new Conversation(() => performance.now());
const sound = new Sound(byId("voice"));
const captions = new Captions(byId("captions"), byId("aloud"));
const ask = (path, body) => device.ask(path, body);
const kept = new Kept(byId("kept"), ask);
const panel = new SoundPanel(sound, reopen);
const tabs = new BroadcastChannel("edge_agent");
const REFRESH_MS = 20000;
let call = null;
let lock = null; // of the screen
let waiting = []; // typed before the call was there

// --- the call ------------------------------------------------------------------------------------------------------

function join() {
  if (call?.wanted) return;
  tabs.postMessage("mine");
  notice("");
  if (!call) {
    call = new Call(() => device.headers(), sound.start());
    call.addEventListener("message", ({ detail }) => onMessage(detail));
    call.addEventListener("link", ({ detail }) => onLink(detail));
    call.addEventListener("voice", ({ detail }) => sound.play(detail));
    call.addEventListener("refused", ({ detail }) => onRefused(detail));
  }
  call.join();
}

async function start() {
  join();
  await openMicrophone();
}

async function openMicrophone() {
  try {
    const track = await sound.open();
    await call.replaceTrack(track);
    conversation.deaf = false;
    notice("");
  } catch (error) {
    conversation.deaf = true;
    notice(`${error.message} Typing works all the same.`);
  }
  panel.refresh();
  render();
}

/** Another microphone, or another way to use it: only if one is open. */
async function reopen() {
  if (sound.stream) await openMicrophone();
}

function leave(link = "off") {
  call?.leave();
  call?.replaceTrack(sound.silence);
  sound.close();
  conversation.deaf = true;
  conversation.link = link;
  render();
}

function onLink(link) {
  const was = conversation.link;
  if (link === "lost" && was === "on") captions.say("The connection is lost. Reconnecting.");
  if (link === "on" && was === "lost") {
    captions.say("Connected again.");
    flash("Connected again.");
  }
  conversation.link = link;
  awake(link === "on");
  if (link === "on") {
    if (conversation.muted) call.send("mute", { on: true });
    for (const text of waiting.splice(0)) call.send("say", { text });
    kept.refresh();
  }
  render();
}

/** A phone that is talked to does not lock its screen, which would end the call. */
async function awake(on) {
  lock?.release();
  lock = null;
  try {
    if (on) lock = await navigator.wakeLock?.request("screen");
  } catch { /* the battery is low, or the tab is hidden */ }
}

function onRefused({ status, message }) {
  if (status === 401) byId("key").hidden = false;
  sound.close();
  conversation.deaf = true;
  notice(status === 401 ? "This browser may not come in without a key." : message);
}

function onMessage(message) {
  if (message.type === "hush") return sound.hush();
  if (message.type === "listening") conversation.begin();
  conversation.take(message);
  if (message.type === "listening") byId("facts").textContent = `${message.llm}, voice ${message.voice}`;
  if (message.type === "did" || message.type === "turn_done") kept.refresh();
  if (message.type === "mark" && message.name === "play") {
    setTimeout(() => byId("waterfalls").replaceChildren(...waterfalls(conversation.turns)));
  }
  render();
}

// --- what the user does --------------------------------------------------------------------------------------------

function mute(on) {
  conversation.muted = on;
  sound.mute(on);
  call?.send("mute", { on });
  captions.say(on ? "Muted." : "Not muted.");
  render();
}

function interrupt() {
  call?.send("interrupt");
}

/** While muted: the microphone is open as long as it is held. */
function hold(on) {
  if (on === conversation.held || (on && !conversation.muted)) return;
  conversation.held = on;
  sound.mute(!on);
  call?.send("mute", { on: !on });
  conversation.muted = true;
  render();
}

function say(text) {
  if (conversation.link === "on") return call.send("say", { text });
  waiting.push(text);
  join();
}

function orb() {
  if (["connecting", "lost", "full"].includes(conversation.link)) return;
  if (conversation.link !== "on" || conversation.deaf) return start();
  if (conversation.state === "speaking") return interrupt();
  mute(!conversation.muted);
}

// --- what is shown -------------------------------------------------------------------------------------------------

let due = 0;

function render() {
  due ||= setTimeout(() => { // and not an animation frame: a tab in the background speaks, too
    due = 0;
    show(conversation);
    captions.show(conversation.turns);
  }, 8);
}

function notice(text) {
  byId("notice").textContent = text;
  byId("notice").hidden = !text;
}

/** Said for a few seconds. */
function flash(text) {
  notice(text);
  setTimeout(() => { if (byId("notice").textContent === text) notice(""); }, 5000);
}

byId("start").onclick = orb;
byId("mute").onclick = () => mute(!conversation.muted);
byId("interrupt").onclick = interrupt;
byId("leave").onclick = () => leave();
byId("type").onsubmit = (event) => {
  event.preventDefault();
  const text = byId("text").value.trim();
  if (text) say(text);
  byId("text").value = "";
};
/** Comes in with a key; how that went is said. */
async function enter(key) {
  try {
    await device.enter(key);
  } catch (error) {
    byId("key").hidden = false;
    return notice(error.message);
  }
  byId("key").hidden = true;
  byId("secret").value = "";
  if (location.protocol === "https:") flash("This browser may come in.");
  else notice("");
  kept.refresh();
}

byId("key").onsubmit = (event) => {
  event.preventDefault();
  enter(byId("secret").value.trim());
};
byId("announce").checked = captions.announcing = remembered("announce", "yes") === "yes";
byId("announce").onchange = ({ target }) => {
  captions.announcing = target.checked;
  remembered("announce", "yes", target.checked ? "yes" : "no");
};
byId("settings").ontoggle = ({ target }) => { if (target.open) new SettingsPanel(byId("settings-rows"), ask).show(); };
byId("history").ontoggle = ({ target }) => { if (target.open) showHistory(byId("history-rows"), ask); };
byId("copy").onclick = async () => {
  const text = await diagnostics(conversation, call, sound);
  byId("diagnostics").value = text;
  byId("diagnostics").hidden = false;
  try {
    await navigator.clipboard.writeText(text);
    byId("copied").textContent = "Copied.";
  } catch {
    byId("diagnostics").select();
    byId("copied").textContent = "Copy it from the field.";
  }
};

listen({ start, mute: () => mute(!conversation.muted), interrupt, hold, state: () => conversation });
sound.addEventListener("gone", () => {
  sound.microphone = "";
  openMicrophone().then(() => { if (!conversation.deaf) flash("The microphone is gone; the default one is used."); });
});
tabs.onmessage = () => { if (call?.wanted) leave("elsewhere"); };
addEventListener("pagehide", () => { if (call?.wanted) leave(); });
document.addEventListener("visibilitychange", () => { if (!document.hidden) kept.refresh(); });
setInterval(() => { if (!document.hidden) kept.refresh(); }, REFRESH_MS);
setInterval(render, 1000); // what ends by itself: a turn without words
if (device.invited) await enter(device.invited);
else kept.refresh().then(() => device.stay());
if (!["127.0.0.1", "localhost", "[::1]"].includes(location.hostname)) {
  byId("where").textContent = `What is said here goes to ${location.hostname}, and no further.`;
}
panel.refresh();
render();
document.documentElement.dataset.ready = "yes";
