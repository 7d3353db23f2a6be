// "I have my seat": the one event on which a page asks for what it needs in the room and sets up what it has.
// It comes when this person has joined, was admitted, has reconnected, got another role or circle, when the
// debrief begins, and when the page was put away and is shown again. What is done once, at load or when a
// socket opens, is missing for all who come in another way.
import { socketNumber } from "./connection.js";
import { me } from "./state.js";

let seated = "";

function look() {
  if (socketNumber() === 0) return;
  const mine = me();
  const is = mine.here ? [socketNumber(), mine.seat, mine.role, mine.outer, mine.isDebrief].join(" ") : "";
  if (is === seated) return;
  seated = is;
  if (is) document.dispatchEvent(new CustomEvent("circle:seated"));
}

/** Calls `act` whenever this person has their seat (anew), and now if they have it. */
export function onSeated(act) {
  document.addEventListener("circle:seated", act);
  if (seated) act();
}

document.addEventListener("htmx:ws:after:message:incoming", look);
look(); // This module comes with the first frame, and may come after it.
