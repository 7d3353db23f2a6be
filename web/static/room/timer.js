// The one clock: counts down to the deadline and calmly up in overtime; announces marks to screen readers.
import { countdown, passedMarks, wholeSeconds } from "./countdown.js";
import { announce } from "./notice.js";
import { serverNow } from "./servertime.js";
import { onState, state } from "./state.js";
import { words, write } from "./words.js";

const room = document.getElementById("room");
let last = { seconds: 0, phase: "", endsAt: 0 }; // no phase yet
let next = 0;
let nextWait = 0;

function left(now) {
  return now.clock === "paused" ? now.left : now.endsAt - serverNow();
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
  const seconds = wholeSeconds(last, now, ms);
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
  for (const mark of passedMarks(last, now, seconds)) {
    announce(words(`time.${mark}`));
    document.dispatchEvent(new CustomEvent("circle:mark", { detail: mark }));
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
