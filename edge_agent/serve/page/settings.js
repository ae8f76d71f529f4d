/** Settings: those that people look for, with their value; what is changed is checked and written by the device. */

import { element } from "./dom.js";

const TITLES = {
  "models.voice": ["Voice", ""],
  "turns.eagerness": ["How soon it answers", "high: sooner, and it cuts you off more often"],
  "hear.wake": ["The name it is called by", "off: it answers whatever it hears"],
  "think.persona": ["Who it is", "what the model is told first"],
};

export class SettingsPanel {
  /** `ask(path, body)`: JSON of this device; raises an Error with a sentence. */
  constructor(place, ask) {
    this.place = place;
    this.ask = ask;
  }

  async show() {
    try {
      const { settings, file } = await this.ask("/v1/device/settings");
      this.place.replaceChildren(...settings.map((row) => this.row(row)),
        element("p", { class: "quiet" }, `Written to ${file}; all else: edge-agent config show.`));
    } catch (error) {
      this.place.replaceChildren(element("p", { class: "quiet" }, error.message));
    }
  }

  row({ name, value, choices }) {
    const [title, hint] = TITLES[name] ?? [name, ""];
    const id = `setting-${name.replace(".", "-")}`;
    const input = choices ? element("select", { id }, ...choices.map((choice) => element("option", {
      value: choice, selected: choice === value }, name === "hear.wake" ? choice.replaceAll("_", " ") : choice)))
      : element("textarea", { id, rows: 5, maxlength: 4000 }, value);
    const told = element("p", { role: "status" }, hint);
    const save = async () => {
      try {
        const { command } = await this.ask("/v1/device/settings", { name, value: input.value });
        told.textContent = `Saved. It holds from the next start of edge-agent on. (${command})`;
      } catch (error) {
        told.textContent = error.message;
      }
    };
    const button = element("button", { type: "button" }, "Save");
    if (choices) input.onchange = save; else button.onclick = save;
    return element("div", { class: "setting" }, element("label", { for: id }, title), input, choices ? "" : button, told);
  }
}

/** The last turns that the device has kept, if the history is on. */
export async function showHistory(place, ask) {
  try {
    const { on, turns } = await ask("/v1/device/history");
    if (!on) {
      return place.replaceChildren(element("p", { class: "quiet" }, "Off: nothing that is said is kept. ",
        element("code", {}, "edge-agent history on"), " turns it on."));
    }
    place.replaceChildren(...(turns.length ? turns.toReversed().map((turn) => element("div", { class: "setting" },
      element("h3", {}, new Date(turn.at).toLocaleString()),
      element("div", { class: "you" }, turn.user),
      element("div", {}, turn.agent, turn.end === "done" ? "" : ` (${turn.end})`)))
      : [element("p", { class: "quiet" }, "On; nothing was said yet.")]));
  } catch (error) {
    place.replaceChildren(element("p", { class: "quiet" }, error.message));
  }
}
