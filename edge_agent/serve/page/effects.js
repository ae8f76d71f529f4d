/** Effects: what code has done, in a few words. One that is not known is shown with its name and details. */

const WORDS = {
  timer_set: (e) => `timer set: ${length(e.seconds)}${e.name ? `, ${e.name}` : ""}`,
  timer_changed: (e) => `timer changed by ${length(e.by_s)}`,
  timer_paused: () => "timer paused",
  timer_resumed: () => "timer runs on",
  timer_canceled: (e) => `timer cancelled${e.name ? `: ${e.name}` : ""}`,
  timers_canceled: (e) => `${e.count} timers cancelled`,
  alarm_set: (e) => `alarm set: ${moment(e.at)}${e.name ? `, ${e.name}` : ""}`,
  alarm_canceled: () => "alarm cancelled",
  reminder_set: (e) => `reminder set: ${moment(e.at)}, ${e.text}`,
  items_added: (e) => `on ${e.list}: ${list(e.items)}`,
  items_removed: (e) => `off ${e.list}: ${list(e.items)}`,
  list_cleared: (e) => `${e.list} cleared`,
  event_added: (e) => `in the calendar: ${e.title}, ${moment(e.start)}`,
  remembered: (e) => `remembered: ${e.fact ?? e.name}`,
  forgotten: (e) => `forgotten: ${e.fact ?? e.name}`,
  rang: (e) => `${e.kind}${e.missed ? " was missed" : " rings"}${e.text ? `: ${e.text}` : ""}`,
};

export function told(effect) {
  const { what, ...details } = effect;
  try {
    if (WORDS[what]) return WORDS[what](effect);
  } catch { /* details of another version */ }
  const rest = Object.entries(details).map(([key, value]) => `${key} ${JSON.stringify(value)}`).join(", ");
  return `${String(what).replaceAll("_", " ")}${rest ? `: ${rest}` : ""}`;
}

const list = (items) => (Array.isArray(items) ? items.join(", ") : String(items));

/** 3725 -> "1:02:05", 65 -> "1:05". */
export function length(seconds) {
  const whole = Math.max(0, Math.round(Math.abs(seconds)));
  const parts = [Math.floor(whole / 60) % 60, whole % 60].map((each) => String(each).padStart(2, "0"));
  const hours = Math.floor(whole / 3600);
  return hours ? `${hours}:${parts.join(":")}` : `${Number(parts[0])}:${parts[1]}`;
}

/** An ISO time without a zone, as the owner's wall clock has it, in the reader's way to write it. */
export function moment(iso) {
  const at = new Date(iso.slice(0, 19));
  const today = at.toDateString() === new Date().toDateString();
  const clock = { hour: "2-digit", minute: "2-digit" };
  return at.toLocaleString([], today ? clock : { weekday: "short", day: "numeric", month: "short", ...clock });
}
