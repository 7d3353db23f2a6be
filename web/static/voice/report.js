// Reports to the room how long I speak without holding the floor, as in open talk.
import { tell } from "../room/connection.js";
import { me, people, state } from "../room/state.js";
import { createSpoken } from "./spoken.js";

const OUTSIDE = ["lobby", "waiting", "debrief", "ended"];

const spoken = createSpoken((ms) => tell({ do: "spoke", ms }));

document.addEventListener("circle:level", ({ detail: samples }) => {
  const loudness = Math.sqrt(samples.reduce((sum, x) => sum + x * x, 0) / samples.length);
  spoken.look(
    loudness,
    counts(),
    `${state().phase} ${document.getElementById("attention").dataset.kind === "invited"}`,
  );
});

// The room counts the floor by itself.
function counts() {
  const mine = me();
  const chair = people().find(({ seat }) => seat === mine.seat)?.element;
  const holds = !chair || "holds" in chair.dataset;
  return mine.mic && mine.heard && !holds && !OUTSIDE.includes(state().phase);
}
