// "I have my seat": the one event on which a page requests and sets up what it needs in the room. It is dispatched
// when this person has joined, was admitted, has reconnected, has another role or circle, when the debrief begins,
// and when the page returns from the back/forward cache. Anything done only at load, or when a socket opens, is
// missing for people who come in another way.
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

/** Calls `act` each time this person gets their seat, and at once if they have it. */
export function onSeated(act) {
  document.addEventListener("circle:seated", act);
  if (seated) act();
}

document.addEventListener("htmx:ws:after:message:incoming", look);
look(); // This module loads with the first frame, or after it.
