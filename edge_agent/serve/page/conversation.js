/** Conversation: what the call has told, as data. No page, no network: messages in, a picture of it out. */

const KEPT = 30; // turns that stay on the page
const FAILED_MS = 8000; // a failure is told for so long
const SILENT_MS = 4000; // a turn without words ends without a word: then it listens again

export class Conversation {
  /** `now`: milliseconds of any steady clock. */
  constructor(now) {
    this.now = now;
    this.link = "off"; // off, connecting, on, lost, elsewhere, full
    this.voice = "listening"; // listening, hearing, thinking, speaking, asleep
    this.awake = true; // or it has to be called by its name
    this.muted = false; // by the user
    this.held = false; // heard all the same, as long as a key is held
    this.deaf = true; // no microphone is open
    this.facts = {};
    this.failure = ""; // of the last turn, until the next one
    this.failedAt = 0;
    this.turns = [];
    this.ringing = "";
    this.log = []; // the last messages without their words, for the diagnostics
    this.thinkingSince = 0;
  }

  /** Takes one message (docs/webrtc.md). */
  take(message) {
    this.log.push([Math.round(this.now()), message.type, message.turn ?? "", message.name ?? message.at_s ?? ""]);
    this.log.splice(0, this.log.length - 60);
    this[`on_${message.type}`]?.(message);
  }

  /** The state of the voice in one word; the page has a colour and a sentence for each. */
  get state() {
    if (this.link !== "on") return { lost: "reconnecting", connecting: "connecting", full: "full" }[this.link] ?? "off";
    if (this.voice === "speaking") return "speaking";
    if (this.now() - this.failedAt > FAILED_MS) this.failure = "";
    if (this.failure) return isReplaced(this.failure) ? "replacing" : "error";
    if (this.muted) return "muted";
    if (this.voice === "thinking" && this.now() - this.thinkingSince > SILENT_MS && !this.last?.user) {
      this.voice = this.atRest;
    }
    return this.voice;
  }

  /** What it does while nobody speaks. A typed turn does not wake it. */
  get atRest() {
    return this.awake ? "listening" : "asleep";
  }

  get last() {
    return this.turns.at(-1);
  }

  /** A new call: what was begun in the last one has no end any more, and its numbers begin again. */
  begin() {
    for (const turn of this.turns) {
      turn.number = -1;
      turn.end ||= "gone";
    }
    this.failure = "";
  }

  on_listening(message) {
    this.link = "on";
    this.facts = message;
    this.awake = !message.wake?.length;
    this.voice = this.atRest;
  }

  on_called() {
    this.awake = true;
    this.voice = "listening";
  }

  on_asleep() {
    this.awake = false;
    this.voice = "asleep";
  }

  on_muted() {} // what the user has asked for is shown at once
  on_error(message) { this.fail(message.message); }

  on_speech_started(message) {
    this.failure = "";
    this.voice = "hearing";
    this.turn(message.turn);
  }

  on_speech_stopped() {
    this.voice = "thinking";
    this.thinkingSince = this.now();
  }

  on_partial(message) {
    const turn = this.turn(message.turn);
    if (!turn.user) turn.partial = message.text;
  }

  on_heard(message) {
    const turn = this.turn(message.turn);
    turn.user = message.text;
    turn.partial = "";
    this.failure = "";
    this.voice = "thinking";
    this.thinkingSince = this.now();
  }

  on_did(message) {
    const turn = this.turn(message.turn);
    turn.did.push({ by: message.by, effects: message.effects ?? [] });
    this.ringing = message.effects?.some((effect) => effect.what === "rang" && !effect.missed) ? "ringing" : "";
  }

  on_saying(message) {
    this.turn(message.turn).said.push(message.text);
    this.voice = "speaking";
  }

  on_backchannel(message) {
    if (message.text) this.turn(message.turn).murmurs.push(message.text);
    if (this.last?.said.length && !this.last.end) this.voice = "speaking";
  }

  on_passed_over(message) {
    this.turn(message.turn).passedOver = message.reason;
    if (this.voice === "hearing") this.voice = this.atRest;
  }

  on_interrupted(message) {
    this.over(message, message.cause === "speaker" ? "speaker lost" : "interrupted");
    this.turn(message.turn).heard = message.spoken;
  }

  on_turn_done(message) { this.over(message, "done"); }

  on_turn_failed(message) {
    this.over(message, "failed");
    this.fail(message.error);
  }

  on_mark(message) {
    const { drafts } = this.turn(message.turn);
    (drafts[message.draft] ??= {})[message.name] ??= message.at_s;
  }

  fail(sentence) {
    this.failure = sentence;
    this.failedAt = this.now();
  }

  over(message, end) {
    this.turn(message.turn).end = end;
    this.ringing = "";
    if (this.voice !== "hearing") this.voice = this.atRest;
  }

  turn(number) {
    let turn = this.turns.find((each) => each.number === number);
    if (!turn) {
      turn = { number, partial: "", user: "", passedOver: "", said: [], heard: "", end: "", did: [], murmurs: [], drafts: {} };
      this.turns.push(turn);
      this.turns.splice(0, this.turns.length - KEPT);
    }
    return turn;
  }
}

/** Whether an engine's process has gone, in whose place another is loaded. */
function isReplaced(error) {
  return /\b(was lost|hung|still being loaded|answered nonsense)\b/.test(error);
}

/** What was heard of the sentences that were begun, and what was not: [heard, cut off]. */
export function split(turn) {
  const all = turn.said.join(" ");
  if (turn.end !== "interrupted" && turn.end !== "speaker lost") return [all, ""];
  const words = turn.heard.trim().split(/\s+/).filter(Boolean).length;
  const found = [...all.matchAll(/\S+/g)];
  if (words >= found.length) return [all, ""];
  return [all.slice(0, found[words].index).trimEnd(), all.slice(found[words].index)];
}
