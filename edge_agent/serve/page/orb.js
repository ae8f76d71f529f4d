/** <voice-orb>: moves with the level of who speaks. Its colour is that of the state (page.css). */

customElements.define("voice-orb", class extends HTMLElement {
  /** From 0 to 1, as it is perceived: a whisper is seen, too. */
  set level(rms) {
    const level = Math.min(1, Math.max(0, 1 + Math.log10(Math.max(rms, 1e-4)) / 2.2));
    this.style.setProperty("--level", rms < 0.003 ? "0" : level.toFixed(3));
  }
});
