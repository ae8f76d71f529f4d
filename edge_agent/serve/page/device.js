/** Device: JSON of this device, with its key where it asks for one. */

const KEY = "edge_agent key";

export class Device {
  /** `onLocked()`: the key is missing or wrong. */
  constructor(onLocked) {
    this.onLocked = onLocked;
    const given = new URLSearchParams(location.hash.slice(1)).get("key");
    if (given) {
      this.keep(given);
      history.replaceState(null, "", location.pathname);
    }
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
    if (!answer.ok) {
      const told = await answer.json().catch(() => ({}));
      throw new Error(told.error?.message ?? `The device answered ${answer.status}.`);
    }
    return answer.json();
  }
}
