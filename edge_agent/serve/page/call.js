/** Call: the WebRTC connection to this device. Tells what comes; knows nothing of the page. */

import { reason } from "./device.js";

const ROUTE = "/v1/device/calls";
const AGAIN_MS = [300, 500, 1000, 2000, 3000]; // between two tries once the server is gone

export class Call extends EventTarget {
  /** `headers()`: what each request carries (the key); `track`: what is sent until there is a microphone. */
  constructor(headers, track) {
    super();
    this.headers = headers;
    this.track = track;
    this.peer = null;
    this.location = "";
    this.wanted = false;
    this.tries = 0; // since the server was lost
    this.full = 0; // since there was no place
    this.connectMs = 0;
  }

  /** Connects, and from then on again whenever the connection is lost, until `leave`. */
  async join() {
    this.wanted = true;
    this.tries = this.full = 0;
    await this.connect();
  }

  leave() {
    this.wanted = false;
    clearTimeout(this.timer);
    this.drop();
    this.tell("link", "off");
  }

  /** Sends a message; whether it could be sent. */
  send(type, fields = {}) {
    if (this.channel?.readyState !== "open") return false;
    this.channel.send(JSON.stringify({ type, ...fields }));
    return true;
  }

  async replaceTrack(track) {
    this.track = track;
    await this.sender?.replaceTrack(track);
  }

  async connect() {
    this.drop();
    if (!this.tries && !this.full) this.tell("link", "connecting");
    const began = performance.now();
    const peer = new RTCPeerConnection({ iceServers: [] });
    this.peer = peer;
    this.channel = peer.createDataChannel("events");
    this.channel.onmessage = ({ data }) => {
      if (peer !== this.peer) return;
      const message = JSON.parse(data);
      if (message.type === "listening") {
        this.connectMs = performance.now() - began;
        this.tell("link", "on");
        this.tries = this.full = 0;
      }
      this.tell("message", message);
    };
    this.channel.onclose = () => this.lost(peer);
    peer.onconnectionstatechange = () => {
      if (["failed", "disconnected", "closed"].includes(peer.connectionState)) this.lost(peer);
    };
    peer.ontrack = ({ track, receiver }) => {
      receiver.jitterBufferTarget = 0; // no more than the network asks for: 41 ms instead of 99 in Chromium 156
      this.tell("voice", new MediaStream([track]));
    };
    const transceiver = peer.addTransceiver(this.track, { direction: "sendrecv" });
    this.sender = transceiver.sender;
    try {
      await peer.setLocalDescription();
      const answer = await fetch(ROUTE, {
        method: "POST",
        body: peer.localDescription.sdp,
        headers: { "Content-Type": "application/sdp", ...this.headers() },
      });
      if (peer !== this.peer) return;
      if (!answer.ok) return this.refused(answer.status, await reason(answer));
      this.location = answer.headers.get("Location") ?? "";
      await peer.setRemoteDescription({ type: "answer", sdp: await answer.text() });
    } catch {
      if (peer === this.peer) this.lost(peer);
    }
  }

  refused(status, message) {
    this.drop();
    if (status === 429) return ++this.full < 6 ? this.again("connecting", 250) : this.again("full", 2000);
    this.wanted = false;
    this.tell("refused", { status, message });
    this.tell("link", "off");
  }

  lost(peer) {
    if (peer !== this.peer || !this.wanted) return;
    this.drop();
    this.again("lost", AGAIN_MS[Math.min(this.tries++, AGAIN_MS.length - 1)]);
  }

  again(link, ms) {
    this.tell("link", link);
    this.timer = setTimeout(() => this.connect(), ms);
  }

  /** Ends what there is. The server is told by HTTP too, so that the place is free at once. */
  drop() {
    const { peer, location } = this;
    this.peer = this.channel = this.sender = null;
    this.location = "";
    peer?.close();
    if (location) {
      fetch(`${location}/hangup`, { method: "POST", keepalive: true, headers: this.headers() }).catch(() => {});
    }
  }

  tell(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}
