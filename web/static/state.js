// What the server last said of the room, read from #state. Nobody else reads its attributes.

/** @returns {{phase: string, clock: string, endsAt: number, left: number, after: number}} */
export function state() {
  const d = document.getElementById("state").dataset;
  return {
    phase: d.phase,
    clock: d.clock,
    endsAt: Number(d.endsAt),
    left: Number(d.left),
    after: Number(d.after),
  };
}

/** Calls `look` now and after every frame that may have changed the room. */
export function onState(look) {
  look();
  document.addEventListener("htmx:ws:after:message:incoming", look);
}
