// The room's page: what each region needs beyond what the server sends. Each module does one thing.
import { isOut } from "./connection.js";

// Of a page that has been left by the time that it comes, a module finds nothing.
const there = new Set();
const coming = new Map();
const since = new Map(); // when a module that is still coming was asked for
const HANGS_MS = 30_000;
function bring(module) {
  const isNew = !there.has(module) && !coming.has(module);
  if (isNew) {
    since.set(module, performance.now());
    coming.set(
      module,
      load(module).finally(() => {
        coming.delete(module);
        since.delete(module);
      }),
    );
  }
  return coming.get(module) ?? Promise.resolve(true);
}
const load = (module) =>
  import(module).then(() => Boolean(there.add(module)), (error) => {
    if (!isOut()) throw error;
  });

// What the room can be used without comes when it is there; what a broken line has kept away, with the next frame.
const LATER = ["./seat.js", "./timer.js", "./confirm.js", "./bell.js", "./whisper.js", "./voice.js", "./awake.js"];
document.addEventListener("htmx:ws:after:message:incoming", () => {
  // On a line that froze an import neither comes nor fails, and a browser asks for a module once. The room is
  // here on another line by now, so the page begins anew.
  if ([...since.values()].some((asked) => performance.now() - asked > HANGS_MS)) location.reload();
  LATER.map(bring);
});
// What only a press needs comes when somebody first goes near one; a press that is sooner waits for it.
for (const near of ["pointerover", "focusin"]) {
  document.addEventListener(near, () => {
    bring("./copy.js");
    bring("./prompts.js");
  }, { once: true });
}
const PRESSED = {
  "[data-copy]": "./copy.js",
  "[data-fill]": "./prompts.js",
  "[data-try]": "./check.js",
  "[data-confirm]": "./confirm.js",
  "#bell": "./bell.js",
  "#make-phrases": "./more.js",
  "#voices-only, #self-view": "./voice.js",
};
document.addEventListener("click", async ({ target }) => {
  for (const [pressed, module] of Object.entries(PRESSED)) {
    const button = /** @type {Element} */ (target).closest(pressed);
    if (button && !there.has(module) && (await bring(module))) button.click();
  }
});
document.getElementById("more").addEventListener("toggle", () => bring("./check.js"), { once: true });

// In a small window (as in room.css) the facilitator's dock is a sheet that starts folded, so that the clock is
// in sight: for whoever leads from the start, and for whoever is made a facilitator.
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
