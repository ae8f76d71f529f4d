/** Waterfall: what ran when in a turn, from the marks of the draft that was heard (the names of `talk --timings`). */

import { element, svg } from "./dom.js";

const STAGES = [
  ["VAD", "speech_end", "soft_end"],
  ["ASR", "soft_end", "heard"],
  ["LLM", "think", "sentence"],
  ["TTS", "sentence", "sound"],
  ["hold", "soft_end", "commit"],
  ["wait", "commit", "play"],
];
const WIDTH = 340, LABEL = 42, AFTER = 66, ROW = 16;

/** The marks of the draft that was heard; null while there is none. */
export function marksOf(turn) {
  return Object.values(turn.drafts).find((marks) => "commit" in marks && "play" in marks) ?? null;
}

/** [name, start, seconds] of each stage, from the end of speech; `total` to the first sound, in s. */
export function stages(marks) {
  const origin = marks.speech_end ?? marks.commit;
  const found = STAGES.filter(([, begin, end]) => marks[begin] <= marks[end])
    .map(([name, begin, end]) => ({ name, start: marks[begin] - origin, seconds: marks[end] - marks[begin] }))
    .sort((a, b) => a.start - b.start);
  return { found, total: marks.play - origin };
}

/** The last turns beside each other, the newest first, on one scale. */
export function waterfalls(turns) {
  const drawn = turns.map((turn) => [turn, marksOf(turn)]).filter(([, marks]) => marks).slice(-4).reverse()
    .map(([turn, marks]) => [turn, stages(marks)]);
  const longest = Math.max(0.1, ...drawn.map(([, { found, total }]) =>
    Math.max(total, ...found.map((each) => each.start + each.seconds))));
  return drawn.map(([turn, { found, total }]) => element("figure", {},
    element("figcaption", {}, short(turn.user || turn.said[0] || ""), element("b", {}, ms(total))),
    drawing(found, total, longest)));
}

function drawing(found, total, longest) {
  const scale = (WIDTH - LABEL - AFTER) / longest;
  const said = found.map((each) => `${each.name} ${ms(each.seconds)}`).join(", ");
  const root = svg("svg", {
    class: "waterfall", viewBox: `0 0 ${WIDTH} ${ROW * found.length + 4}`, role: "img",
    "aria-label": `Total ${ms(total)}: ${said}`,
  });
  const end = LABEL + total * scale;
  root.append(svg("line", { x1: end, x2: end, y1: 0, y2: ROW * found.length + 4 }));
  found.forEach((each, row) => {
    const x = LABEL + Math.max(0, each.start) * scale, width = Math.max(1.5, each.seconds * scale);
    root.append(
      svg("text", { x: 0, y: row * ROW + 12 }, each.name),
      svg("rect", { class: each.name, x, y: row * ROW + 3, width, height: ROW - 6, rx: 2 }),
      svg("text", { x: x + width + 4, y: row * ROW + 12 }, ms(each.seconds)),
    );
  });
  return root;
}

const ms = (seconds) => `${Math.round(seconds * 1000)} ms`;
const short = (text) => (text.length > 38 ? `${text.slice(0, 37)}…` : text);
