// The safety phrases under More, which are computed only on request. From then on the list is kept true: a rebuilt
// pair has another certificate, and so another phrase.
import { phrase } from "./phrase.js";
import { onState, people } from "../room/state.js";
import { mesh } from "./voice.js";
import { words } from "../room/words.js";

const list = document.getElementById("phrases");
const made = new Map(); // phrases, by the fingerprints of both ends
let shown = ""; // the people in the list, with their fingerprints; "" before a request, and after one that failed

// For each connected person, the four words that both ends see.
async function show() {
  const pairs = people().map(({ seat, name }) => ({ name, fingerprints: fingerprintsOf(mesh.connection(seat)) }));
  const connected = pairs.filter(({ fingerprints }) => fingerprints);
  const now = JSON.stringify(connected);
  if (now === shown) return;
  shown = now;
  list.replaceChildren();
  const items = await itemsOf(connected).catch(() => null);
  if (now !== shown) return;
  list.replaceChildren(...(items ?? [sentence(isSecureContext ? "phrases.failed" : "phrases.insecure")]));
  if (!items) shown = "";
}

// The DTLS fingerprints of both ends, ours first; null before it is connected.
function fingerprintsOf(connection) {
  const found = [connection?.localDescription, connection?.remoteDescription].map(
    (description) => description?.sdp.match(/^a=fingerprint:(\S+ \S+)/m)?.[1],
  );
  return found.every(Boolean) ? found : null;
}

async function itemsOf(connected) {
  const items = [];
  for (const { name, fingerprints } of connected) {
    const key = fingerprints.join();
    if (!made.has(key)) made.set(key, await phrase(fingerprints));
    const item = document.createElement("li");
    item.append(
      Object.assign(document.createElement("bdi"), { textContent: name, translate: false }),
      ": ",
      Object.assign(document.createElement("b"), { textContent: made.get(key), translate: false }),
    );
    items.push(item);
  }
  return items.length > 0 ? items : [sentence("phrases.none")];
}

function sentence(key) {
  const item = Object.assign(document.createElement("li"), { textContent: words(key) });
  item.dataset.said = key;
  return item;
}

const renew = () => shown && show();
document.getElementById("make-phrases").addEventListener("click", show);
document.addEventListener("circle:pair", renew);
onState(renew);
