// The room's page: what the regions need beyond the server's HTML. Each module does one thing.
import { isOut } from "./connection.js";

// The first steps (coach.js), which load late, have their place from the start, unless localStorage has this key.
export const STEPS_DONE = "coached";
if (!localStorage.getItem(STEPS_DONE)) document.getElementById("room").dataset.first = "";

const there = new Set();
const imports = new Map(); // of each requested module; null if it failed
const since = new Map(); // when each pending one was requested
const HANGS_MS = 30_000;
const ANSWERED_WITHIN_MS = 5000;
function bring(module) {
  if (!imports.get(module)) {
    since.set(module, performance.now());
    imports.set(module, load(module).finally(() => since.delete(module)));
  }
  return imports.get(module);
}
// A module that loads after this person is out fails, because the page has no room any more.
const load = (module) =>
  import(module).then(() => Boolean(there.add(module)), (error) => {
    imports.set(module, null);
    if (!isOut()) throw error;
  });

// Modules that are not needed at once load with the first frame, and a moment after them those for which nobody waits.
const LATER = ["./timer.js", "../voice/voice.js"];
const LAST = [
  "./attention.js",
  "./bell.js",
  "./whisper.js",
  "./awake.js",
  "./keys.js",
  "./coach.js",
  "../voice/report.js",
  "../voice/others.js",
  "../voice/faults.js",
  "../voice/speaker.js",
];
const LAST_AFTER_MS = 1000;
// When the microphone may be switched on, which it may never be.
const USABLE_WITHIN_MS = 5000;
const usable = new Promise((done) => {
  const microphone = /** @type {HTMLButtonElement} */ (document.getElementById("microphone"));
  new MutationObserver(() => microphone.disabled || done(null)).observe(microphone, { attributes: true });
  setTimeout(() => done(null), USABLE_WITHIN_MS);
});
const style = Object.assign(document.createElement("link"), { rel: "stylesheet", href: "/static/later.css" });
function bringLast() {
  if (!style.isConnected) document.head.append(style);
  LAST.map(bring);
}
// The socket has a connection of its own. A reload would hang where the import does, so a request is tried first.
let reloading = null;
function reload() {
  reloading ??= fetch(import.meta.url, { cache: "no-store", signal: AbortSignal.timeout(ANSWERED_WITHIN_MS) })
    .then(({ ok }) => ok && location.reload(), () => null)
    .finally(() => {
      reloading = null;
    });
}
document.addEventListener("circle:reload", reload);
document.addEventListener("htmx:ws:after:message:incoming", () => {
  // At once, before a finger is where its line will be; long before the hour nobody waits for anything else.
  if (document.getElementById("next-session")) bring("../pages/session_here.js");
  // On a frozen connection an import neither resolves nor fails, and a browser requests a module once.
  if ([...since.values()].some((asked) => performance.now() - asked > HANGS_MS)) reload();
  for (const [module, promise] of imports) promise ?? bring(module); // those that failed
  Promise.all([usable, ...LATER.map(bring)]).then(() => setTimeout(bringLast, LAST_AFTER_MS));
});
const NEAR = [
  "../pages/confirm.js",
  "../pages/copy.js",
  "./prompts.js",
  "./name.js",
  "./phases.js",
  "./hints.js",
];
// Modules that only a press needs load when somebody first approaches a control; an earlier press waits for them.
for (const near of ["pointerover", "focusin"]) {
  document.addEventListener(near, () => {
    NEAR.map(bring);
  }, { once: true });
}
const PRESSED = {
  "[data-copy]": "../pages/copy.js",
  "[data-fill]": "./prompts.js",
  "[data-try]": "../voice/check.js",
  "[data-confirm]": "../pages/confirm.js",
  "#phases button": "./phases.js",
  "[data-do=show_qr]": "./qr.js",
  "[data-do=shortcuts]": "./keys.js",
  "#bell": "./bell.js",
  "#make-phrases": "../voice/more.js",
  "#voices-only, #self-view": "../voice/voice.js",
};
document.addEventListener("click", async ({ target }) => {
  for (const [pressed, module] of Object.entries(PRESSED)) {
    const button = /** @type {Element} */ (target).closest(pressed);
    if (button && !there.has(module) && (await bring(module))) button.click();
  }
});
document.getElementById("more").addEventListener("toggle", () => {
  ["../voice/check.js", "./small_clock.js"].map(bring);
}, { once: true });

// In a small window (as in room.css) the facilitator's dock is a sheet that starts folded, so that the clock is
// visible: for facilitators from the start, and for people who become one.
const isSmall = matchMedia("(max-width: 899px), (max-height: 560px)");
let folded = null;
function foldSheet() {
  const sheet = document.getElementById("dock-sheet");
  if (sheet && sheet !== folded && isSmall.matches) sheet.open = false;
  folded = sheet;
}
foldSheet();
document.addEventListener("htmx:ws:after:message:incoming", foldSheet);
document.documentElement.classList.add("ready");
