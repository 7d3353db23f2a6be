// Which pairs a page has, and what they do with signals: early, simultaneous, outdated, and of a rebuilt pair.
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

class Sender {
  track = null;
  parameters = { encodings: [{}] };

  replaceTrack(track) {
    this.track = track;
    return Promise.resolve();
  }

  getParameters() {
    return structuredClone(this.parameters);
  }

  setParameters(parameters) {
    this.parameters = parameters;
    return Promise.resolve();
  }
}

/** A stub of the browser's class: it accepts every description, and creates empty ones. */
class Connection {
  signalingState = "stable";
  connectionState = "new";
  localDescription = null;
  remoteDescription = null;
  candidates = [];
  transceivers = [];

  constructor() {
    connections.push(this);
  }

  addTransceiver(kind) {
    this.transceivers.push({ receiver: { track: { kind } }, sender: new Sender() });
  }

  getTransceivers() {
    return this.transceivers;
  }

  setRemoteDescription(description) {
    this.remoteDescription = description;
    const isOffer = description.type === "offer";
    this.signalingState = isOffer ? "have-remote-offer" : "stable";
    if (isOffer) { for (const kind of ["audio", "video"].slice(this.transceivers.length)) this.addTransceiver(kind); }
    return Promise.resolve();
  }

  setLocalDescription() {
    const isAnswer = this.signalingState === "have-remote-offer";
    this.localDescription = { type: isAnswer ? "answer" : "offer", sdp: "" };
    this.signalingState = isAnswer ? "stable" : "have-local-offer";
    return Promise.resolve();
  }

  addIceCandidate(candidate) {
    this.candidates.push(candidate);
    return Promise.resolve();
  }

  close() {
    this.signalingState = "closed";
  }

  /** The browser reports a state of this connection. */
  become(state) {
    this.connectionState = state;
    this.onconnectionstatechange();
  }
}

let connections = [];
let ms = 0; // on the page's clock
globalThis.RTCPeerConnection = Connection;
performance.now = () => ms;
const { createMesh } = await import("../../web/static/voice/mesh.js");
beforeEach(() => {
  connections = [];
  ms = 60_000;
});

const offer = (page, link = 1) => ({ to: "mine", page, link, description: { type: "offer", sdp: "" } });
const other = (seat, is = {}) => ({ seat, sound: `page-${seat}`, offers: false, away: false, ...is });
const answersOf = (said) => said.filter(({ data }) => data.description?.type === "answer").map(({ to }) => to);
const offersOf = (said) => said.filter(({ data }) => data.description?.type === "offer").map(({ data }) => data);
const settled = () => new Promise((done) => setImmediate(done));

/** A mesh with these seats in its room, and the signals that it sends. */
function meshOf(t, ...seats) {
  const said = [];
  const mesh = createMesh("mine", (to, data) => said.push({ to, data }), () => {});
  t.after(() => mesh.close());
  mesh.meet([], seats);
  return { mesh, said };
}

/** A mesh that has built a pair with Ann. */
async function withAnn(t, is) {
  const { mesh, said } = meshOf(t, "ann");
  mesh.meet([other("ann", is)], ["ann"]);
  await settled();
  return { mesh, said };
}

test("a seat that floods pushes out nobody else's early signals", async (t) => {
  const { mesh, said } = meshOf(t, "ann", "ben");
  mesh.hear("ben", offer("page-ben"));
  for (let number = 0; number < 1_000; number += 1) mesh.hear("ann", offer(`page-${number}`));
  mesh.meet([other("ben")], ["ann", "ben"]);
  await settled();
  assert.deepEqual(answersOf(said), ["ben"]);
});

test("of a seat that floods the newest early signals are kept", async (t) => {
  const { mesh, said } = meshOf(t, "ann");
  for (let number = 0; number < 1_000; number += 1) mesh.hear("ann", offer(`page-${number}`));
  mesh.hear("ann", offer("page-ann"));
  mesh.meet([other("ann")], ["ann"]);
  await settled();
  assert.deepEqual(answersOf(said), ["ann"]);
});

test("nothing is kept of a seat that is not in the room", async (t) => {
  const { mesh, said } = meshOf(t, "ann");
  mesh.hear("ben", offer("page-ben"));
  mesh.hear("ann", offer("page-ann"));
  mesh.meet([], ["ben"]);
  mesh.meet([other("ann"), other("ben")], ["ann", "ben"]);
  await settled();
  assert.deepEqual(answersOf(said), []);
});

test("an early signal that has waited for five seconds is dropped", async (t) => {
  const { mesh, said } = meshOf(t, "ann");
  mesh.hear("ann", offer("page-ann"));
  ms += 5_000;
  mesh.meet([other("ann")], ["ann"]);
  await settled();
  assert.deepEqual(answersOf(said), []);
});

test("when both ends offer at once, the one that offers in this pair ignores the other", async (t) => {
  const { mesh, said } = await withAnn(t, { offers: true });
  const [{ link }] = offersOf(said);
  mesh.hear("ann", offer("page-ann", link));
  mesh.hear("ann", { to: "mine", page: "page-ann", link, candidates: ["of the ignored offer"] });
  await settled();
  assert.deepEqual(answersOf(said), []);
  assert.equal(connections[0].remoteDescription, null);
  assert.deepEqual(connections[0].candidates, []);
});

test("candidates wait for the description that they belong to", async (t) => {
  const { mesh, said } = await withAnn(t, { offers: true });
  const [{ link }] = offersOf(said);
  const signal = { to: "mine", page: "page-ann", link };
  mesh.hear("ann", { ...signal, candidates: ["one", "two"] });
  await settled();
  assert.deepEqual(connections[0].candidates, []);
  mesh.hear("ann", { ...signal, description: { type: "answer", sdp: "" } });
  await settled();
  assert.deepEqual(connections[0].candidates, ["one", "two"]);
});

test("signals of an outdated connection, or for another page, have no effect", async (t) => {
  const { mesh, said } = await withAnn(t);
  mesh.hear("ann", offer("page-ann", 7));
  ms += 1_000;
  mesh.hear("ann", offer("page-ann", 6));
  mesh.hear("ann", { ...offer("page-ann", 8), to: "another page" });
  await settled();
  assert.deepEqual(answersOf(said), ["ann"]);
  assert.equal(connections.length, 1);
});

test("an offer of a newer connection replaces the pair, at most once a second", async (t) => {
  const { mesh, said } = await withAnn(t);
  mesh.hear("ann", offer("page-ann", 7));
  mesh.hear("ann", offer("page-ann", 8));
  await settled();
  assert.equal(connections.length, 1);
  ms += 1_000;
  mesh.hear("ann", offer("page-ann", 9));
  await settled();
  assert.deepEqual(connections.map(({ signalingState }) => signalingState), ["closed", "stable"]);
  assert.deepEqual(answersOf(said), ["ann", "ann"]);
});

test("a failed pair is rebuilt by the end that offers", async (t) => {
  const { said } = await withAnn(t, { offers: true });
  ms += 1_000;
  connections[0].become("failed");
  await settled();
  const [first, second] = offersOf(said);
  assert.ok(second.link > first.link);
  assert.deepEqual(connections.map(({ signalingState }) => signalingState), ["closed", "have-local-offer"]);
});

test("the end that does not offer asks for a failed pair to be rebuilt", async (t) => {
  const { mesh, said } = await withAnn(t);
  mesh.hear("ann", offer("page-ann", 7));
  await settled();
  ms += 1_000;
  connections[0].become("failed");
  assert.deepEqual(said.at(-1), { to: "ann", data: { to: "page-ann", page: "mine", link: 7, again: true } });
  assert.equal(connections.length, 1);
});

test("the pair of an absent person is kept while it works, and not rebuilt", async (t) => {
  const { mesh, said } = await withAnn(t, { offers: true });
  mesh.meet([other("ann", { offers: true, away: true })], ["ann"]);
  assert.equal(connections[0].signalingState, "have-local-offer");
  ms += 1_000;
  connections[0].become("failed");
  assert.equal(connections[0].signalingState, "closed");
  assert.equal(offersOf(said).length, 1);
});

test("a pair ends when another page of that person has the sound", async (t) => {
  const { mesh } = await withAnn(t, { offers: true });
  ms += 1_000;
  mesh.meet([other("ann", { offers: true, sound: "another page" })], ["ann"]);
  await settled();
  assert.deepEqual(connections.map(({ signalingState }) => signalingState), ["closed", "have-local-offer"]);
});

test("my tracks are sent with their limits, and video only to people who want it", async (t) => {
  const { mesh, said } = await withAnn(t, { offers: true });
  const [audio, video] = connections[0].transceivers.map(({ sender }) => sender);
  mesh.carry("voice", "picture", { maxFramerate: 5 });
  assert.deepEqual([audio.track, video.track], ["voice", "picture"]);
  assert.deepEqual(audio.parameters.encodings, [{ maxBitrate: 32_000 }]);
  assert.deepEqual(video.parameters.encodings, [{ maxFramerate: 5 }]);
  const [{ link }] = offersOf(said);
  mesh.hear("ann", { to: "mine", page: "page-ann", link, pictures: false });
  assert.deepEqual([audio.track, video.track], ["voice", null]);
});

test("a page that wants no pictures says so to everybody, and in each new pair", async (t) => {
  const { mesh, said } = await withAnn(t, { offers: true });
  const wishes = () => said.filter(({ data }) => "pictures" in data).map(({ data }) => data.pictures);
  mesh.wish(false);
  assert.deepEqual(wishes(), [false]);
  connections[0].become("connected");
  assert.deepEqual(wishes(), [false, false]);
});

test("the people to talk with are known until the mesh is closed", async (t) => {
  const { mesh } = await withAnn(t);
  assert.deepEqual(mesh.others().map(({ seat }) => seat), ["ann"]);
  assert.equal(mesh.connection("ann"), connections[0]);
  mesh.close();
  assert.deepEqual(mesh.others(), []);
  assert.equal(mesh.connection("ann"), undefined);
});
