/** Keys: Space, Esc, M and /, wherever nothing else takes them. */

import { byId } from "./dom.js";

/** `does`: start(), mute(), interrupt(), hold(on) and state(), the conversation. */
export function listen(does) {
  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (event.key === "Escape") {
      if (event.target.id === "text") event.target.blur();
      return does.interrupt();
    }
    if (isText(event.target)) return;
    if (event.key === " " && (!isControl(event.target) || event.target.id === "hold")) {
      event.preventDefault();
      if (event.repeat) return;
      return does.state().link === "on" ? does.hold(true) : does.start();
    }
    if (event.repeat) return;
    if (event.key.toLowerCase() === "m" && does.state().link === "on") does.mute();
    if (event.key === "/") {
      event.preventDefault();
      byId("text").focus();
    }
  });
  addEventListener("keyup", (event) => {
    if (event.key === " " && does.state().held) {
      event.preventDefault();
      does.hold(false);
    }
  });
  addEventListener("blur", () => { if (does.state().held) does.hold(false); });
  const button = byId("hold");
  button.onpointerdown = (event) => {
    button.setPointerCapture(event.pointerId);
    does.hold(true);
  };
  button.onpointerup = button.onpointercancel = () => does.hold(false);
  // After a click with the mouse Space is for talking again, and not for the button once more.
  addEventListener("click", (event) => {
    if (event.detail > 0 && event.target.closest?.("button")) event.target.closest("button").blur();
  });
}

const isText = (target) => target.matches?.("input[type=text], input[type=password], textarea, select") ?? false;
const isControl = (target) => Boolean(target.closest?.("button, summary, a, input, select"));
