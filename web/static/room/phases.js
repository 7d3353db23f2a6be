// The stones of the path: each tells what its phase is for. They share one place in the order of Tab, and arrow keys
// lead from one to the next.
import { partsForPress } from "./parts.js";

const STEPS = { ArrowLeft: -1, ArrowRight: 1 };

document.addEventListener("click", async ({ target }) => {
  const stone = /** @type {Element} */ (target).closest("#phases button");
  if (stone && !leadsSomewhere(stone) && (await partsForPress()) && leadsSomewhere(stone)) stone.click();
});

// The browser opens and closes the popover, until a morph takes its attribute away.
function leadsSomewhere(stone) {
  stone.popoverTargetElement = document.getElementById(`about-${stone.parentElement.id}`);
  return stone.popoverTargetElement !== null;
}

document.addEventListener("keydown", (event) => {
  const stone = /** @type {Element} */ (event.target).closest("#phases button");
  const step = STEPS[event.key];
  if (!stone || !step) return;
  const stones = [...document.querySelectorAll("#phases button")];
  const ahead = document.dir === "rtl" ? -step : step;
  stones[stones.indexOf(stone) + ahead]?.focus();
  event.preventDefault();
});
