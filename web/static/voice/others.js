// What this page notices of the others' voices. Loads a moment after voice.js.
import { me, people } from "../room/state.js";
import { mesh } from "./voice.js";

const SOUNDS = 0.02; // the loudness from which a person is shown as sounding
const LOOKS_MS = 200;

// People who sound on this page are shown by a halo and in words.
function showSounding() {
  for (const person of people()) {
    const loud = person.seat !== me().seat && person.heard && !person.muted && mesh.loudness(person.seat) > SOUNDS;
    if (loud !== "sounding" in person.element.dataset) person.element.toggleAttribute("data-sounding", loud);
  }
}

setInterval(showSounding, LOOKS_MS);
