// Shortcuts of the room, and the dialog that lists them and switches them off in this browser.
import { partsForPress } from "./parts.js";
import { me } from "./state.js";
import { shortcut, talk } from "./shortcuts.js";

const KEY = "shortcuts";
const TYPING = "input, textarea, select, [contenteditable]";
const CONTROLS = "a[href], button, summary, video, [role=button]";
const DIALOGS = "dialog[open], [popover]:popover-open:not(.hint)";
// Why the microphone stays off: the device, or a press that was not sent or not answered.
const STAYS_OFF = /^(device\.microphone|press\.(lost|unsure))/;
const BUTTONS = {
  microphone: "#microphone",
  camera: "#camera",
  hand: "[data-do=raise_hand], [data-do=lower_hand]",
};

const microphone = document.getElementById("microphone");
let talking = "off";
let isHolding = false; // the microphone's button is pressed by holding the space bar
let pointed = null; // the control that was pressed with a pointer last

const isOn = () => localStorage.getItem(KEY) !== "off";
const canBePressed = (button) => !button.disabled && button.getClientRects().length > 0;

function press(what) {
  const button = [...document.querySelectorAll(BUTTONS[what])].find(canBePressed);
  button?.click();
}

function happened(event) {
  const { state, action } = talk(talking, event);
  talking = state;
  isHolding = true;
  if (action) press("microphone");
  isHolding = false;
}

// A control that was pressed with a pointer has the focus, but the space bar is not meant for it.
function at(target) {
  const control = target.closest(CONTROLS);
  return {
    typing: target.closest(TYPING) !== null,
    control: control !== null && control !== pointed,
    dialog: document.querySelector(DIALOGS) !== null,
  };
}

document.addEventListener("pointerdown", ({ target }) => {
  pointed = /** @type {Element} */ (target).closest(CONTROLS);
});
document.addEventListener("focusin", ({ target }) => {
  if (target !== pointed) pointed = null;
});

document.addEventListener("keydown", (event) => {
  const what = isOn() && me().here && !event.defaultPrevented &&
    shortcut(event, at(/** @type {Element} */ (event.target)));
  if (!what) return;
  if (what === "talk") return holdToTalk(event);
  event.preventDefault();
  if (what === "list") showList();
  else press(what);
});

// Without a microphone to open, the space bar scrolls the page as ever.
function holdToTalk(event) {
  const mayOpen = !event.repeat && microphone.dataset.do === "unmute" && canBePressed(microphone);
  if (!mayOpen && ["off", "late"].includes(talking)) return;
  event.preventDefault();
  if (!event.repeat) happened("down");
}

document.addEventListener("keyup", (event) => {
  if (event.code !== "Space" || talking === "off") return;
  event.preventDefault(); // it would press the control that has the focus
  happened("up");
});
addEventListener("blur", () => happened("up"));
document.addEventListener("visibilitychange", () => document.hidden && happened("up"));
microphone.addEventListener("click", () => isHolding || happened("pressed"));
new MutationObserver(() => happened(microphone.dataset.do === "mute" ? "on" : "off")).observe(microphone, {
  attributeFilter: ["data-do"],
});
const notice = document.getElementById("notice");
new MutationObserver(() => {
  if (STAYS_OFF.test(notice.dataset.said) || notice.dataset.refused) happened("failed");
}).observe(notice, { attributeFilter: ["data-said", "data-refused"] });

// The list

async function showList() {
  if (!(await partsForPress())) return;
  showSwitch();
  document.getElementById("keys").showModal();
}

function showSwitch() {
  document.getElementById("use-keys").setAttribute("aria-pressed", String(isOn()));
}

document.addEventListener("click", ({ target }) => {
  const button = /** @type {Element} */ (target).closest("[data-do=shortcuts], #use-keys");
  if (button?.id !== "use-keys") return button && showList();
  localStorage.setItem(KEY, isOn() ? "off" : "on");
  showSwitch();
});
