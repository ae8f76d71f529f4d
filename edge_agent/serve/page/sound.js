/** Sound: the microphone and the speaker that were chosen, and how loud they are. */

const HUSH_MS = 100; // a browser holds some 60 ms of sound; the earliest sound that follows comes 130 ms later

export class Sound extends EventTarget {
  /** `player`: the <audio> that is heard. */
  constructor(player) {
    super();
    this.player = player;
    this.microphone = ""; // device ids; "" is the browser's default
    this.speaker = "";
    this.echo = true;
    this.stream = null;
    this.muted = false;
  }

  /** Makes what needs a gesture of the user. The track is silence, until there is a microphone. */
  start() {
    if (this.context) return this.silence;
    this.context = new AudioContext();
    const silent = this.context.createMediaStreamDestination();
    this.silence = silent.stream.getAudioTracks()[0];
    this.ready = this.context.audioWorklet.addModule("/page/level.js");
    this.context.resume();
    return this.silence;
  }

  /** The microphone's track. Raises what the browser says, with a sentence for the user as its message. */
  async open() {
    if (!navigator.mediaDevices?.getUserMedia) {
      throw new Error("A browser gives no microphone to a page that is neither https nor of this machine.");
    }
    const own = this.echo;
    const audio = { echoCancellation: own, noiseSuppression: own, autoGainControl: own };
    if (this.microphone) audio.deviceId = { exact: this.microphone };
    let stream;
    try {
      stream = await navigator.mediaDevices.getUserMedia({ audio });
    } catch (error) {
      throw new Error(SENTENCES[error.name] ?? `The microphone cannot be used (${error.name}).`);
    }
    this.close();
    this.stream = stream;
    const [track] = stream.getAudioTracks();
    track.enabled = !this.muted;
    track.onended = () => this.dispatchEvent(new Event("gone"));
    this.watch(stream, "microphone");
    return track;
  }

  /** Nothing is recorded any more: the browser's sign of it goes out. */
  close() {
    this.stream?.getTracks().forEach((track) => { track.onended = null; track.stop(); });
    this.stream = null;
  }

  mute(on) {
    this.muted = on;
    this.stream?.getAudioTracks().forEach((track) => { track.enabled = !on; });
  }

  /** Lets a stream be heard. */
  play(stream) {
    this.player.srcObject = stream;
    if (this.speaker) this.chooseSpeaker(this.speaker).catch(() => {}); // gone since: the default one
    this.player.play().catch(() => {});
    this.watch(stream, "speaker");
  }

  /** The voice has fallen silent: what is still on its way, or waits in the browser, is not heard. */
  hush() {
    clearTimeout(this.hushed);
    this.player.muted = true;
    this.hushed = setTimeout(() => { this.player.muted = false; }, HUSH_MS);
  }

  async chooseSpeaker(id) {
    this.speaker = id;
    await this.player.setSinkId?.(id);
  }

  async devices() {
    const found = (await navigator.mediaDevices?.enumerateDevices?.()) ?? [];
    const of = (kind) => found.filter((each) => each.kind === kind && each.deviceId && each.deviceId !== "default");
    return { microphones: of("audioinput"), speakers: "setSinkId" in HTMLMediaElement.prototype ? of("audiooutput") : null };
  }

  /** Tells the level of a stream, as "level" events, until another one takes its place. */
  async watch(stream, name) {
    await this.ready;
    this[`${name}Meter`]?.disconnect();
    const source = this.context.createMediaStreamSource(stream);
    const meter = new AudioWorkletNode(this.context, "level", { numberOfOutputs: 0 });
    meter.port.onmessage = ({ data }) => this.dispatchEvent(new CustomEvent("level", { detail: { name, level: data } }));
    source.connect(meter);
    this[`${name}Meter`] = source;
  }
}

const SENTENCES = {
  NotAllowedError: "The browser does not let this page use a microphone: allow it beside the address.",
  NotFoundError: "There is no microphone.",
  OverconstrainedError: "The microphone that was chosen is not there any more.",
  NotReadableError: "The microphone is used by another program, or does not answer.",
};
