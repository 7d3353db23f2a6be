// Signals that arrive before their connection are queued for each seat separately.
import assert from "node:assert/strict";
import { test } from "node:test";

/** A stub of the browser's class: accepts every description, and creates empty ones. */
class Connection {
  signalingState = "stable";
  connectionState = "new";

  getTransceivers() {
    return [];
  }

  setRemoteDescription(description) {
    this.remoteDescription = description;
    return Promise.resolve();
  }

  setLocalDescription() {
    this.localDescription = { type: "answer", sdp: "" };
    return Promise.resolve();
  }

  close() {
    this.signalingState = "closed";
  }
}
globalThis.RTCPeerConnection = Connection;
const { createMesh } = await import("../../web/static/mesh.js");

const offer = (page) => ({ to: "mine", page, link: 1, description: { type: "offer", sdp: "" } });
const other = (seat) => ({ seat, sound: `page-${seat}`, offers: true, away: false });
const answersOf = (said) => said.filter(({ data }) => data.description?.type === "answer").map(({ to }) => to);
const settled = () => new Promise((done) => setImmediate(done));

/** A mesh with these seats in its room, and the signals that it sends. */
function meshOf(t, ...seats) {
  const said = [];
  const mesh = createMesh("mine", (to, data) => said.push({ to, data }), () => {});
  t.after(() => mesh.close());
  mesh.meet([], seats);
  return { mesh, said };
}

test("a seat that floods pushes out nobody else's early signals", async (t) => {
  const { mesh, said } = meshOf(t, "ann", "ben");
  mesh.hear("ben", offer("page-ben"));
  for (let number = 0; number < 1_000; number += 1) mesh.hear("ann", offer(`page-${number}`));
  mesh.meet([{ ...other("ben"), offers: false }], ["ann", "ben"]);
  await settled();
  assert.deepEqual(answersOf(said), ["ben"]);
});

test("of a seat that floods the newest early signals are kept", async (t) => {
  const { mesh, said } = meshOf(t, "ann");
  for (let number = 0; number < 1_000; number += 1) mesh.hear("ann", offer(`page-${number}`));
  mesh.hear("ann", offer("page-ann"));
  mesh.meet([{ ...other("ann"), offers: false }], ["ann"]);
  await settled();
  assert.deepEqual(answersOf(said), ["ann"]);
});

test("nothing is kept of a seat that is not in the room", async (t) => {
  const { mesh, said } = meshOf(t, "ann");
  mesh.hear("ben", offer("page-ben"));
  mesh.hear("ann", offer("page-ann"));
  mesh.meet([], ["ben"]);
  mesh.meet([{ ...other("ann"), offers: false }, { ...other("ben"), offers: false }], ["ann", "ben"]);
  await settled();
  assert.deepEqual(answersOf(said), []);
});
