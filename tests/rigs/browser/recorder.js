// Two inputs side by side, as interleaved float32: what the microphone gives, and what the peer says.
class Recorder extends AudioWorkletProcessor {
  process(inputs) {
    const both = new Float32Array(256);
    inputs.forEach((input, side) => input[0]?.forEach((sample, at) => { both[2 * at + side] = sample; }));
    this.port.postMessage(both, [both.buffer]);
    return true;
  }
}
registerProcessor("recorder", Recorder);
