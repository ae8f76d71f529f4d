/** Kept: timers that count down, alarms, reminders, lists: asked for anew whenever something may have changed. */

import { element } from "./dom.js";
import { length, moment } from "./effects.js";

const DAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

export class Kept {
  /** `ask(path)`: JSON of this device. */
  constructor(place, ask) {
    this.place = place;
    this.ask = ask;
    this.timers = [];
    setInterval(() => this.tick(), 250);
  }

  async refresh() {
    try {
      const found = await this.ask("/v1/device/records");
      const now = performance.now();
      this.timers = found.timers.map((timer) => ({ ...timer, due: now + timer.left_s * 1000 }));
      this.show(found);
    } catch { /* the server is away: what was there stays until it is back */ }
  }

  show({ alarms, reminders, lists }) {
    const parts = [];
    if (this.timers.length) {
      parts.push(...block("Timers", this.timers.map((timer) => {
        timer.node = element("span", { class: "left" });
        return element("li", {}, timer.name || (timer.kind === "timer" ? `Timer of ${length(timer.seconds)}`
          : `${timer.kind}, snoozed`), timer.node);
      })));
    }
    if (alarms.length) {
      parts.push(...block("Alarms", alarms.map((alarm) => element("li", {}, alarm.name || days(alarm.days),
        element("span", { class: "left" }, moment(alarm.at))))));
    }
    if (reminders.length) {
      parts.push(...block("Reminders", reminders.map((each) => element("li", {}, each.text,
        element("span", { class: "left" }, moment(each.at))))));
    }
    for (const { name, items } of lists) {
      parts.push(element("h3", {}, `${name[0].toUpperCase()}${name.slice(1)} list`),
        items.length ? element("ul", { class: "plain" }, ...items.map((each) => element("li", {}, each)))
          : element("p", { class: "quiet" }, "empty"));
    }
    if (!parts.length) parts.push(element("p", { class: "quiet" }, "None. Say “set a timer for ten minutes”."));
    this.place.replaceChildren(...parts);
    this.tick();
  }

  tick() {
    for (const timer of this.timers) {
      if (!timer.node) continue;
      const left = timer.paused ? timer.left_s : (timer.due - performance.now()) / 1000;
      timer.node.textContent = timer.paused ? `${length(left)} paused` : left <= 0 ? "now" : length(Math.ceil(left));
      timer.node.classList.toggle("ringing", left <= 0);
      if (left <= -2 && !timer.over) { timer.over = true; this.refresh(); }
    }
  }
}

const block = (title, items) => [element("h3", {}, title), element("ul", { class: "kept" }, ...items)];
const days = (found) => (found.length === 7 ? "Every day" : found.length ? found.map((day) => DAYS[day]).join(", ") : "Alarm");
