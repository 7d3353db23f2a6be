// The one clock: counts down from the deadline, calmly up in overtime; says so to screen readers.
import { announce } from "./notice.js";
import { serverNow } from "./servertime.js";
import { onState, state } from "./state.js";

const MARKS = [
  [300, "Five minutes are left in this phase."],
  [120, "Two minutes are left in this phase."],
  [60, "One minute is left in this phase."],
  [0, "The time of this phase is over. The facilitator decides when we move on."],
];

const room = document.getElementById("room");
let last = { seconds: null, phase: null, endsAt: null };
let next = 0;

function left(now) {
  return now.clock === "paused" ? now.left : now.endsAt - serverNow();
}

function words(ms) {
  const seconds = Math.abs(Math.ceil(ms / 1000));
  const sign = ms <= -1000 ? "+" : "";
  return `${sign}${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

function write(element, text) {
  if (element && element.textContent !== text) element.textContent = text;
}

function tick() {
  clearTimeout(next);
  const now = state();
  if (now.clock === "none") {
    delete room.dataset.over;
    return;
  }
  const ms = left(now);
  const over = ms <= 0;
  room.toggleAttribute("data-over", over);
  if (now.clock !== "paused") {
    document.getElementById("state").dataset.clock = over ? "over" : "running";
    // Look again just after the next second begins, at the same instant in every browser.
    next = setTimeout(tick, (((ms % 1000) + 1000) % 1000) + 5);
  }
  write(document.getElementById("clock"), words(ms));
  const whole = Math.max(0, Math.ceil((Math.max(0, ms) + now.after) / 60000));
  write(document.getElementById("whole"), ` · ${whole} min left`);
  passMarks(now, Math.ceil(ms / 1000));
}

function passMarks(now, seconds) {
  if (now.phase === last.phase && now.endsAt === last.endsAt && last.seconds !== null) {
    for (const [mark, sentence] of MARKS) {
      if (last.seconds > mark && seconds <= mark && seconds > mark - 3) {
        announce(sentence);
        document.dispatchEvent(new CustomEvent("circle:mark", { detail: mark }));
      }
    }
  }
  last = { seconds, phase: now.phase, endsAt: now.endsAt };
}

let phase = state().phase;
onState(() => {
  const now = state();
  if (now.phase !== phase) {
    phase = now.phase;
    announce(document.querySelector("#stage h1").textContent);
  }
  tick();
});
document.addEventListener("visibilitychange", tick);
