// Hints: what a control does beyond its label, while a mouse rests on it or the keyboard has led to it.
import { parts } from "./parts.js";
import { me, onState } from "./state.js";

const RESTS_MS = 700;
const LEAVES_MS = 150; // the mouse may go over to the hint

let coming = 0;
let going = 0;
let shown = null;
let about = null; // the control that it is about

const controlAt = (target) => target.closest?.("#room [data-do]");

function hintOf(control) {
  const hint = document.getElementById(`hint-${control.dataset.do}`);
  const isOff = hint?.hasAttribute("data-key") && localStorage.getItem("shortcuts") === "off";
  return isOff ? null : hint;
}

async function show(control) {
  if (!me().here || !(await parts()) || !control.isConnected) return;
  const hint = hintOf(control);
  if (!hint?.showPopover || hint === shown) return;
  hide();
  [shown, about] = [hint, control];
  control.setAttribute("aria-describedby", hint.id);
  hint.showPopover({ source: control });
}

function hide() {
  clearTimeout(going);
  shown?.hidePopover();
  shown = about = null;
}

function stop() {
  clearTimeout(coming);
  hide();
}

document.addEventListener("pointerover", ({ target, pointerType }) => {
  const element = /** @type {Element} */ (target);
  if (pointerType !== "mouse") return;
  if (shown && (about.contains(element) || shown.contains(element))) return clearTimeout(going);
  clearTimeout(coming);
  const control = controlAt(element);
  if (control) coming = setTimeout(() => show(control), RESTS_MS);
  if (shown) going = setTimeout(hide, LEAVES_MS);
});
document.addEventListener("focusin", ({ target }) => {
  const control = controlAt(target);
  stop();
  if (control?.matches(":focus-visible")) show(control);
});
document.addEventListener("pointerdown", stop);
document.addEventListener("keydown", ({ key }) => ["Escape", "Enter", " "].includes(key) && stop());
document.addEventListener("circle:out", stop); // the server would refuse what a hint loads
onState(() => about && !about.isConnected && stop());
