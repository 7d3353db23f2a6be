// The one clock: counts down to the deadline and calmly up in overtime; announces marks to screen readers.
import { announce } from "./notice.js";
import { serverNow } from "./servertime.js";
import { onState, state } from "./state.js";
import { words, write } from "./words.js";

const MARKS = [300, 120, 60, 0]; // seconds left, each with an announcement
const WAITS_S = 2;

const room = document.getElementById("room");
let last = { seconds: 0, phase: "", endsAt: 0 }; // no phase yet
let next = 0;
let nextWait = 0;

function left(now) {
  return now.clock === "paused" ? now.left : now.endsAt - serverNow();
}

function isSameCountdown(now) {
  return now.phase === last.phase && now.endsAt === last.endsAt;
}

// A new measurement may set the servers' clock back a little. The countdown then waits: a repeated second would be
// visible, and its mark would ring twice. It goes back by more than that after a machine has slept.
function wholeSeconds(now, ms) {
  const seconds = Math.ceil(ms / 1000);
  const isBack = isSameCountdown(now) && now.clock !== "paused" && seconds > last.seconds;
  return isBack && seconds - last.seconds <= WAITS_S ? last.seconds : seconds;
}

function countdown(seconds) {
  const all = Math.abs(seconds);
  const sign = seconds < 0 ? "+" : "";
  return `${sign}${Math.floor(all / 60)}:${String(all % 60).padStart(2, "0")}`;
}

// The remaining wait for somebody who dropped out; the clock of the phase is paused meanwhile.
function tickWait() {
  clearTimeout(nextWait);
  const element = document.getElementById("waits");
  if (!element) return;
  const ms = Math.max(0, element.dataset.until - serverNow());
  write(element, countdown(Math.ceil(ms / 1000)));
  if (ms > 0) nextWait = setTimeout(tickWait, (ms % 1000) + 5);
}

function tick() {
  tickWait();
  clearTimeout(next);
  const now = state();
  if (now.clock === "none") {
    delete room.dataset.over;
    return;
  }
  const ms = left(now);
  const seconds = wholeSeconds(now, ms);
  const over = seconds <= 0;
  room.toggleAttribute("data-over", over);
  if (now.clock !== "paused") {
    document.getElementById("state").dataset.clock = over ? "over" : "running";
    // The next update is just after the next second begins, at the same instant in every browser.
    next = setTimeout(tick, (((ms % 1000) + 1000) % 1000) + 5);
  }
  write(document.getElementById("clock"), countdown(seconds));
  const whole = Math.max(0, Math.ceil((Math.max(0, ms) + now.after) / 60000));
  write(document.getElementById("whole"), words("time.whole", { minutes: whole }));
  passMarks(now, seconds);
}

function passMarks(now, seconds) {
  if (isSameCountdown(now)) {
    for (const mark of MARKS) {
      if (last.seconds > mark && seconds <= mark && seconds > mark - 3) {
        announce(words(`time.${mark}`));
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
for (const event of ["visibilitychange", "circle:clock"]) document.addEventListener(event, tick);
