// The first steps of somebody who leads: a few cards before the start, once in each browser.
import { parts } from "./parts.js";
import { STEPS_DONE } from "./room.js";
import { me, onState, state } from "./state.js";

const isMeant = () => me().role === "facilitator" && state().phase === "waiting" && !localStorage.getItem(STEPS_DONE);
let coach = null; // while it is shown

async function look() {
  if (coach && !isMeant()) return end();
  if (coach || !isMeant() || !(await parts()) || coach || !isMeant()) return;
  coach = document.getElementById("coach");
  document.getElementById("room").append(coach);
  coach.hidden = false;
}

function next() {
  const card = coach.querySelector(".cards > :not([hidden])");
  card.hidden = true;
  card.nextElementSibling.hidden = false;
  const [onwards, done] = coach.querySelectorAll("button");
  if (card.nextElementSibling.nextElementSibling) return;
  onwards.hidden = true;
  done.textContent = done.dataset.last;
  done.focus();
}

function end() {
  localStorage.setItem(STEPS_DONE, "yes");
  const hadFocus = coach.contains(document.activeElement);
  delete document.getElementById("room").dataset.first;
  coach.remove();
  coach = null;
  if (hadFocus) (document.querySelector("#attention button") ?? document.querySelector("#stage h1"))?.focus();
}

document.addEventListener("click", ({ target }) => {
  const button = /** @type {Element} */ (target).closest("#coach button");
  if (button) (button.dataset.do === "coach_next" ? next : end)();
});
onState(look);
