// What this page notices of the others' voices. Loads a moment after voice.js.
import { me, people } from "../room/state.js";
import { mesh } from "./voice.js";

const SOUNDS = 0.02; // the loudness from which a person is shown as sounding
const LOOKS_MS = 200;

// The current loudness of a person, 0 to 1.
function loudness(seat) {
  const audio = mesh.connection(seat)?.getReceivers().find((receiver) => receiver.track.kind === "audio");
  return audio?.getSynchronizationSources()[0]?.audioLevel ?? 0;
}

// People who sound on this page are shown by a halo and in words.
function showSounding() {
  for (const person of people()) {
    const loud = person.seat !== me().seat && person.heard && !person.muted && loudness(person.seat) > SOUNDS;
    if (loud !== "sounding" in person.element.dataset) person.element.toggleAttribute("data-sounding", loud);
  }
}

setInterval(showSounding, LOOKS_MS);
