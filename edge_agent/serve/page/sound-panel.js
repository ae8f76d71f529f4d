/** Sound panel: which microphone and speaker, how loud they are, and whether the browser takes the echo out. */

import { byId, element } from "./dom.js";

export class SoundPanel {
  /** `reopen()`: the microphone is to be opened anew. */
  constructor(sound, reopen) {
    this.sound = sound;
    sound.microphone = remembered("microphone", "");
    sound.speaker = remembered("speaker", "");
    sound.echo = remembered("echo", "yes") === "yes";
    byId("echo").checked = sound.echo;
    byId("microphone").onchange = ({ target }) => {
      sound.microphone = remembered("microphone", "", target.value);
      reopen();
    };
    byId("speaker").onchange = ({ target }) => sound.chooseSpeaker(remembered("speaker", "", target.value));
    byId("echo").onchange = ({ target }) => {
      sound.echo = target.checked;
      remembered("echo", "yes", target.checked ? "yes" : "no");
      reopen();
    };
    sound.addEventListener("level", ({ detail: { name, level } }) => this.level(name, level));
    navigator.mediaDevices?.addEventListener?.("devicechange", () => this.refresh());
  }

  async refresh() {
    const { microphones, speakers } = await this.sound.devices();
    fill(byId("microphone"), microphones, this.sound.microphone);
    if (speakers) fill(byId("speaker"), speakers, this.sound.speaker);
    else byId("speaker").disabled = true;
  }

  level(name, level) {
    byId(`${name}-level`).value = Math.min(1, level * 4);
    const orb = byId("orb"), mine = document.body.dataset.state === "speaking" ? "speaker" : "microphone";
    if (name === mine) orb.level = level;
  }
}

function fill(select, devices, chosen) {
  const [first] = select.options;
  select.replaceChildren(first, ...devices.map((each, at) => element("option", {
    value: each.deviceId, selected: each.deviceId === chosen }, each.label || `Device ${at + 1}`)));
}

/** What the browser keeps for this page; with `value` it is kept from now on. */
export function remembered(name, otherwise, value) {
  try {
    if (value !== undefined) localStorage.setItem(name, value);
    return localStorage.getItem(name) ?? otherwise;
  } catch {
    return value ?? otherwise;
  }
}
