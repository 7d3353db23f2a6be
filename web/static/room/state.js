// The room's latest state, read from #state. No other module reads its attributes.
import { socketNumber } from "./connection.js";

let seated = "";

/** @returns {{phase: string, clock: string, endsAt: number, left: number, after: number}} */
export function state() {
  // A removed person has no room on the page any more.
  const d = document.getElementById("state")?.dataset ?? { clock: "none" };
  return {
    phase: d.phase,
    clock: d.clock,
    endsAt: Number(d.endsAt),
    left: Number(d.left),
    after: Number(d.after),
  };
}

/** My own latest state. */
export function me() {
  const d = document.getElementById("state")?.dataset ?? { phase: "ended" };
  return {
    seat: d.seat,
    role: d.role,
    outer: d.outer === "yes",
    isDebrief: d.phase === "debrief",
    here: d.phase !== "ended" && d.phase !== "lobby",
    speaks: d.role !== "observer",
    heard: d.heard === "yes",
    sits: d.sits === "yes",
    mic: d.mic === "on",
    mutedByFacilitator: d.mic === "hushed",
    camera: d.camera === "on",
    video: d.pictures === "yes",
    sound: d.sound,
    elsewhere: d.elsewhere === "yes",
  };
}

/** Everybody in the room, in an order that is the same on all pages. */
export function people() {
  return Array.from(document.querySelectorAll("#circle li"), (element) => ({
    element,
    seat: element.dataset.seat,
    name: element.querySelector(".name").textContent,
    sound: element.dataset.sound ?? "",
    heard: element.dataset.heard === "yes",
    muted: "muted" in element.dataset,
    seen: "seen" in element.dataset,
    away: "away" in element.dataset,
  }));
}

/** Calls `act` at each press of a mouse, finger or key, after which a browser may let the page sound. */
export function onPress(act) {
  // It counts when a mouse goes down, but only when a finger is lifted.
  for (const event of ["pointerdown", "pointerup", "touchend", "click", "keydown"]) {
    document.addEventListener(event, act, true);
  }
}

/** Calls `look` now, and after every frame that may have changed the room. */
export function onState(look) {
  look();
  document.addEventListener("htmx:ws:after:message:incoming", look);
}

/**
 * Calls `act` each time this person gets their seat, and at once if they have it: the one event on which a page
 * requests and sets up what it needs in the room. They have it when they have joined, were admitted, have reconnected,
 * have another role or circle, when the debrief begins, and when the page returns from the back/forward cache. Anything
 * done only at load, or when a socket opens, is missing for people who come in another way.
 */
export function onSeated(act) {
  document.addEventListener("circle:seated", act);
  if (seated) act();
}

onState(() => {
  if (socketNumber() === 0) return;
  const mine = me();
  const is = mine.here ? [socketNumber(), mine.seat, mine.role, mine.outer, mine.isDebrief].join(" ") : "";
  if (is === seated) return;
  seated = is;
  if (is) document.dispatchEvent(new CustomEvent("circle:seated"));
});
