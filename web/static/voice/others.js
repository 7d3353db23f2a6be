// What this page notices of the others' voices. Loads a moment after voice.js.
import { me, people } from "../room/state.js";
import { looked, sentence } from "./unreached.js";
import { mesh, tellUnreached } from "./voice.js";

const SOUNDS = 0.02; // the loudness from which a person is shown as sounding
const LOOKS_MS = 200;

let reaches = new Map();
let told = "";

/** @param {RTCPeerConnection | undefined} connection */
function isConnected(connection) {
  return connection?.connectionState === "connected";
}

// The current loudness of a person, 0 to 1. A browser reports the last one for seconds after a connection was lost.
function loudness(seat) {
  const connection = mesh.connection(seat);
  if (!connection || !isConnected(connection)) return 0;
  const audio = connection.getReceivers().find((receiver) => receiver.track.kind === "audio");
  return audio?.getSynchronizationSources()[0]?.audioLevel ?? 0;
}

// People who sound on this page are shown by a halo and in words.
function showSounding() {
  for (const person of people()) {
    const loud = person.seat !== me().seat && person.heard && !person.muted && loudness(person.seat) > SOUNDS;
    if (loud !== "sounding" in person.element.dataset) person.element.toggleAttribute("data-sounding", loud);
  }
}

function tellReach() {
  // Between two observers no voice passes anyway.
  const others = mesh.others()
    .filter(({ element }) => me().speaks || element.dataset.role !== "observer")
    .map((other) => ({ ...other, isConnected: isConnected(mesh.connection(other.seat)) }));
  reaches = looked(reaches, others, performance.now());
  const words = sentence(reaches, others, document.documentElement.lang);
  if (words === told) return;
  told = words;
  tellUnreached(words);
}

setInterval(() => {
  showSounding();
  tellReach();
}, LOOKS_MS);
