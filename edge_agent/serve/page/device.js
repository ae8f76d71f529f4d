/** Device: JSON of this device, with its key where it asks for one. */

const KEY = "edge_agent key";
const WRONG = "This key is wrong, or was used, or is older than ten minutes. On the machine itself, "
  + "edge-agent devices pair shows a new one.";

export class Device {
  /** `onLocked()`: the key is missing or wrong. */
  constructor(onLocked) {
    this.onLocked = onLocked;
    const given = new URLSearchParams(location.hash.slice(1));
    if (given.get("key")) this.keep(given.get("key"));
    this.invited = given.get("pair"); // a one-time key, of the code that was scanned
    if (given.has("key") || given.has("pair")) history.replaceState(null, "", location.pathname);
  }

  /** Comes in with a key: a good one pairs this browser, where devices are paired; else it is kept until the tab is
      closed. Throws an Error with a sentence. */
  async enter(key) {
    if (location.protocol !== "https:") return this.tryOut(key);
    const answer = await fetch("/v1/device/pair", { method: "POST", headers: { Authorization: `Bearer ${key}` } });
    if (answer.status === 404) return this.tryOut(key);
    if (!answer.ok) throw new Error(answer.status === 401 ? WRONG : await reason(answer));
  }

  /** A browser that is paired stays so for longer. */
  stay() {
    if (location.protocol === "https:") fetch("/v1/device/pair", { method: "POST" }).catch(() => {});
  }

  async tryOut(key) {
    this.keep(key);
    await this.ask("/v1/device/records");
  }

  keep(key) {
    sessionStorage.setItem(KEY, key);
  }

  headers() {
    const key = sessionStorage.getItem(KEY);
    return key ? { Authorization: `Bearer ${key}` } : {};
  }

  /** GET, or POST if there is a body. Raises an Error with a sentence. */
  async ask(path, body) {
    const answer = await fetch(path, body === undefined ? { headers: this.headers() } : {
      method: "POST", body: JSON.stringify(body), headers: { "Content-Type": "application/json", ...this.headers() },
    });
    if (answer.status === 401) this.onLocked();
    if (!answer.ok) throw new Error(await reason(answer));
    return answer.json();
  }
}

/** The sentence of a refusal. */
export async function reason(answer) {
  const told = await answer.json().catch(() => ({}));
  return told.error?.message ?? `The device answered ${answer.status}.`;
}
