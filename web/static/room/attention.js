// The one voice of the stage: speaks it, repeats it in the title and by a dot on the icon, rings softly for what concerns
// me, and gives the focus an heir when the control that had it is gone.
import { looked, NOTHING, spoken, waits } from "./announcing.js";
import { announce, say, unsay } from "./notice.js";
import { onState } from "./state.js";

const TITLE = document.title;
const WORD_STAYS_MS = 12_000;

let told = NOTHING;
let later = 0;

function attention() {
  return document.getElementById("attention");
}

function showOnTab(calls) {
  document.title = calls + TITLE;
  const icon = /** @type {HTMLLinkElement} */ (document.querySelector("link[rel=icon]"));
  const href = calls ? "/static/icon-calls.svg" : "/static/icon.svg";
  if (icon.getAttribute("href") !== href) icon.href = href; // A browser may load the same icon again.
}
// A person who is out of the room is not called any more.
document.addEventListener("circle:out", () => showOnTab(""));

/** The people who wait to be let in, here or away; others come in by themselves. */
function peopleAtDoor(selector) {
  const waiting = document.querySelectorAll(`#at-the-door li:not([data-comes-later])${selector}`);
  return /** @type {HTMLElement[]} */ ([...waiting]).map(({ dataset }) => dataset.person);
}

/** A sentence of #attention, and its digest. */
function sentence(voice, selector) {
  const line = /** @type {HTMLElement} */ (voice?.querySelector(selector));
  return [line?.textContent.trim() ?? "", line?.dataset.digest ?? ""];
}

/** Speaks what is new in #attention, and repeats in the title what calls this person. */
export function look() {
  const voice = attention();
  const [heading, digest] = sentence(voice, ".says");
  const { kind = "", call = "", count } = voice?.dataset ?? {};
  const calls = call ? heading : voice?.querySelector(".from")?.textContent;
  // The heading about several people at the door begins with their number.
  const mark = !count ? "● " : count === "1" ? "(1) " : "";
  showOnTab(calls ? `${mark}${calls} · ` : "");
  const [latecomers, latecomersDigest] = sentence(voice, "[data-sign=comes_later]");
  const atDoor = peopleAtDoor(":not([data-away])");
  const awayFromDoor = peopleAtDoor("[data-away]");
  told = looked(told, { kind, heading, digest, call, atDoor, awayFromDoor, latecomers, latecomersDigest });
  if (told.rings) document.dispatchEvent(new CustomEvent("circle:call"));
  clearTimeout(later);
  later = setTimeout(speak, waits(told, performance.now()));
}

function speak() {
  const [sentences, after] = spoken(told, performance.now());
  told = after;
  if (sentences) announce(sentences);
}

// The focus: a morph may take away the control that was pressed. Then the focus goes to the action of the stage, or to
// its heading, never to the body.
let focused = document.activeElement;
document.addEventListener("focusin", ({ target }) => {
  focused = /** @type {HTMLElement} */ (target);
});
document.addEventListener("focusout", ({ target }) => {
  // Somebody who clicks beside the controls wants no focus. A control that goes away is no longer there a moment later,
  // and while another window has the focus, it is still the active one.
  queueMicrotask(() => {
    if (focused === target && isThere(focused) && document.activeElement !== focused) focused = null;
  });
});

function isThere(element) {
  return element.isConnected && element.getClientRects().length > 0 && !element.disabled;
}

function inherit() {
  if (!focused || isThere(focused)) return;
  // A control that is hidden or disabled keeps the focus for a moment.
  const { activeElement } = document;
  if (activeElement === document.body || activeElement === focused) takeFocus();
}
// A dialog or a popover gives the focus back, unless what opened it is gone.
for (const type of ["close", "toggle"]) document.addEventListener(type, inherit, true);

/** Focuses the action of the stage, or its heading. */
export function takeFocus() {
  focused = null;
  // The last page is read from its heading.
  const isLast = attention()?.dataset.kind === "ended";
  const actions = isLast ? [] : [...(attention()?.querySelectorAll("button, a[href]") ?? [])];
  const heir = actions.find(isThere) ?? document.querySelector("#stage h1");
  /** @type {HTMLElement | null} */ (heir)?.focus({ preventScroll: true });
}

// A silence ends with a word, which stays for a moment.
let silent = false;
function hearSilenceEnd() {
  const was = silent;
  silent = "silence" in (document.getElementById("state")?.dataset ?? {});
  if (!was || silent || attention()?.dataset.kind === "ended") return;
  say("silence.over");
  setTimeout(() => unsay("silence.over"), WORD_STAYS_MS);
}

onState(() => {
  look();
  hearSilenceEnd();
  inherit();
});

// *See who* and *Choose* lead to the people in the dock, which may be folded.
const LEADS_TO = { see_who: "at-the-door", choose: "who-presents" };
document.addEventListener("click", ({ target }) => {
  const button = /** @type {Element} */ (target).closest("#attention [data-do]");
  const there = document.getElementById(LEADS_TO[button?.getAttribute("data-do")] ?? "");
  if (!there) return;
  for (let within = there.closest("details"); within; within = within.parentElement.closest("details")) {
    within.open = true;
  }
  there.scrollIntoView({ block: "nearest" });
  /** @type {HTMLElement} */ (there.querySelector("button") ?? there).focus();
});
