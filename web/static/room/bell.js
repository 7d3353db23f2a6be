// A soft bell one minute before the end of a phase, at its end, and a softer one for what concerns this person. Each
// person can switch it off.
import { onPress } from "./state.js";
import { words } from "./words.js";

const KEY = "bell";
const PARTIALS = [
  [528, 0.12],
  [1056, 0.04],
  [1590, 0.015],
];

const button = document.getElementById("bell");
let audio = null;

function isOn() {
  return localStorage.getItem(KEY) !== "off";
}

function isHeld() {
  return audio?.state !== "running";
}

function show() {
  button.setAttribute("aria-pressed", String(isOn()));
  button.textContent = words(!isOn() ? "bell.off" : isHeld() ? "bell.held" : "bell.on");
}

// Browsers allow sound only after a touch, and systems suspend it during calls and sleep. So every touch tries to
// resume it.
function wake() {
  audio ??= watched(new AudioContext());
  if (isHeld()) audio.resume().catch(() => {});
}

// A context that the system suspended resumes by itself where the system allows it.
function watched(context) {
  let hasRun = false;
  context.addEventListener("statechange", () => {
    show();
    hasRun ||= context.state === "running";
    if (hasRun && context.state !== "running" && context.state !== "closed") wake();
  });
  return context;
}

const SOFTLY = 0.5;

function ring(share = 1) {
  // The time of a suspended context stands still: bells would ring later, all at once.
  if (isHeld()) return audio && wake();
  const now = audio.currentTime;
  for (const [hertz, loudness] of PARTIALS) {
    const tone = new OscillatorNode(audio, { frequency: hertz });
    const level = new GainNode(audio, { gain: 0 });
    level.gain.linearRampToValueAtTime(loudness * share, now + 0.02);
    level.gain.exponentialRampToValueAtTime(0.0001, now + 3.5);
    tone.connect(level).connect(audio.destination);
    tone.start(now);
    tone.stop(now + 3.6);
  }
}

button.addEventListener("click", () => {
  localStorage.setItem(KEY, isOn() ? "off" : "on");
  show();
});
if (navigator.userActivation?.hasBeenActive) wake();
onPress(wake);
document.addEventListener("visibilitychange", () => audio && !document.hidden && wake());
document.addEventListener("circle:mark", ({ detail: mark }) => {
  if (isOn() && (mark === 60 || mark === 0)) ring();
});
document.addEventListener("circle:call", () => isOn() && ring(SOFTLY));
show();
