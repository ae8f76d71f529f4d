/** Captions: what was said, turn by turn; partials pale until they are fixed, what was not heard struck through. */

import { element } from "./dom.js";
import { split } from "./conversation.js";
import { told } from "./effects.js";

const EXAMPLES = ["What time is it?", "Set a timer for five minutes.", "Add milk to my shopping list.", "What can you do?"];

/** One list item a turn. An item is made anew only if its turn has changed. */
export class Captions {
  constructor(list, aloud) {
    this.list = list;
    this.aloud = aloud;
    this.items = new Map();
    this.spoken = new WeakMap();
    this.announcing = true;
    list.append(this.empty());
  }

  show(turns) {
    const shown = turns.filter((turn) => isShown(turn));
    if (!shown.length) return;
    const atEnd = this.list.scrollHeight - this.list.scrollTop - this.list.clientHeight < 60;
    this.list.querySelector(".empty")?.remove();
    for (const [turn, item] of this.items) {
      if (!shown.includes(turn)) { item.node.remove(); this.items.delete(turn); }
    }
    for (const turn of shown) {
      const { user, partial, said, heard, end, did, murmurs, passedOver } = turn;
      const key = JSON.stringify([user, partial, said, heard, end, did, murmurs, passedOver]);
      const item = this.items.get(turn);
      if (item?.key === key) continue;
      const node = drawn(turn);
      if (item) item.node.replaceWith(node); else this.list.append(node);
      this.items.set(turn, { key, node });
      this.announce(turn);
    }
    if (atEnd) this.list.scrollTop = this.list.scrollHeight;
  }

  /** Final sentences alone, each once: fast regions are unbearable to listen to. */
  announce(turn) {
    const before = this.spoken.get(turn) ?? 0;
    const sentences = [...(turn.user ? [`You: ${turn.user}`] : []), ...turn.said];
    this.spoken.set(turn, sentences.length);
    if (!this.announcing) return;
    for (const sentence of sentences.slice(before)) this.aloud.append(element("p", {}, sentence));
    while (this.aloud.childElementCount > 6) this.aloud.firstChild.remove();
  }

  /** One sentence of the page itself, for screen readers. */
  say(sentence) {
    if (this.announcing) this.aloud.append(element("p", {}, sentence));
  }

  empty() {
    return element("li", { class: "empty" }, "Nothing was said yet. You might say, or type:",
      element("ul", {}, ...EXAMPLES.map((each) => element("li", {}, each))));
  }
}

function isShown(turn) {
  return turn.user || turn.partial || turn.said.length || turn.passedOver || turn.end === "failed";
}

function drawn(turn) {
  const [heard, cut] = split(turn);
  const item = element("li", { class: "turn" });
  if (turn.user || turn.partial) {
    item.append(line("You", turn.user ? "you" : "you partial", turn.user || `${turn.partial} …`));
  }
  for (const { by, effects } of turn.did) {
    for (const effect of effects) item.append(element("p", { class: "did", title: by }, told(effect)));
  }
  if (heard || cut) item.append(line("Agent", "agent", heard, cut ? element("s", {}, cut) : ""));
  for (const murmur of turn.murmurs) item.append(line("You", "you partial", murmur));
  if (turn.passedOver) item.append(element("p", { class: "end" }, `(not answered: ${turn.passedOver})`));
  const end = { interrupted: "interrupted", "speaker lost": "the speaker was lost", gone: "the connection was lost",
    failed: "this turn failed" }[turn.end];
  if (end && !(turn.end === "gone" && !turn.user)) {
    item.append(element("p", { class: turn.end === "failed" ? "end failed" : "end" }, `(${end})`));
  }
  return item;
}

function line(who, style, ...words) {
  const parts = words.filter(Boolean).flatMap((word, at) => (at ? [" ", word] : [word]));
  return element("p", { class: style }, element("span", { class: "who" }, who), element("span", { class: "words" }, ...parts));
}
