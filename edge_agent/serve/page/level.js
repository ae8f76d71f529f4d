/** Level: how loud a stream is, 20 times a second, in the thread of the sound. */

registerProcessor("level", class extends AudioWorkletProcessor {
  constructor() {
    super();
    this.sum = this.count = 0;
  }

  process([[samples]]) {
    if (!samples) return true;
    for (const sample of samples) this.sum += sample * sample;
    this.count += samples.length;
    if (this.count >= sampleRate / 20) {
      this.port.postMessage(Math.sqrt(this.sum / this.count));
      this.sum = this.count = 0;
    }
    return true;
  }
});
