// The one event on which a page sets up what it needs for its seat, over as much of a page as its modules read.
import assert from "node:assert/strict";
import { test } from "node:test";

const seat = {};
const elements = {
  connection: { dataset: {} },
  room: { dataset: {} },
  state: { dataset: seat },
  words: { textContent: JSON.stringify({ "line.open": "Connected", "line.lost": "Connecting again" }) },
};
const page = Object.assign(new EventTarget(), { getElementById: (id) => elements[id] ?? null });
globalThis.document = page;
globalThis.setTimeout = () => 0; // Nothing ticks.

const { onSeated } = await import("../../web/static/room/state.js");

let connection;
const sent = []; // frames
let times = 0; // that the page got its seat
onSeated(() => (times += 1));

const fires = (type, detail) => page.dispatchEvent(new CustomEvent(type, { detail, cancelable: true }));

/** Another socket opens, as htmx reports it. */
function opens() {
  const send = (frame) => sent.push(frame);
  const socket = Object.assign(new EventTarget(), { readyState: WebSocket.OPEN, send });
  const mine = connection = { queue: [], socket };
  socket.addEventListener("close", ({ code }) => fires("htmx:ws:close", { connection: mine, code }));
  fires("htmx:ws:before:connection", { connection });
  fires("htmx:ws:after:connection", { connection });
}

/** A frame comes with these attributes of #state; returns how often the page got its seat by it. */
function frame(changes = {}) {
  const before = times;
  fires("htmx:ws:before:message:incoming", { connection, message: { data: "<div></div>" } });
  Object.assign(seat, changes);
  fires("htmx:ws:after:message:incoming", { connection });
  return times - before;
}

/** A page of somebody in the room; whatever it was before. */
function seated() {
  opens();
  frame({ phase: "arrival", seat: "s1", role: "member", outer: undefined });
}

test("a page whose HTML has a seat has it with the first frame on a socket, and not before", () => {
  Object.assign(seat, { phase: "waiting", seat: "s1", role: "member" });
  fires("htmx:ws:after:message:incoming", {});
  assert.equal(times, 0);
  opens();
  assert.equal(times, 0);
  assert.equal(frame(), 1);
  assert.equal(frame(), 0);
});

test("whoever waits at the door has none, and has one once they are admitted", () => {
  opens();
  assert.equal(frame({ phase: "lobby", seat: undefined, role: undefined }), 0);
  assert.equal(frame({ phase: "waiting", seat: "s2", role: "member" }), 1);
});

for (
  const [what, changes] of [
    ["another role: observer", { role: "observer" }],
    ["another role: facilitator", { role: "facilitator" }],
    ["the outer circle", { outer: "yes" }],
    ["the debrief", { phase: "debrief" }],
    ["another seat", { seat: "s3" }],
  ]
) {
  test(`${what} is one more way in, and so is the way back`, () => {
    seated();
    const was = Object.fromEntries(Object.keys(changes).map((key) => [key, seat[key]]));
    assert.equal(frame(changes), 1);
    assert.equal(frame(), 0);
    assert.equal(frame(was), 1);
  });
}

test("neither another phase nor a microphone is one", () => {
  seated();
  for (const changes of [{ phase: "call" }, { mic: "on", heard: "yes" }, { phase: "reflection", sits: "yes" }]) {
    assert.equal(frame(changes), 0);
  }
});

test("each reconnect is one, with its first frame", () => {
  seated();
  connection.socket.dispatchEvent(new CloseEvent("close", { code: 1006 }));
  assert.equal(frame(), 0); // of the old socket
  opens();
  assert.equal(frame(), 1);
});

test("a page from the back/forward cache drops its socket, and has its seat again on the next", () => {
  seated();
  const { socket } = connection;
  let closed = 0;
  socket.addEventListener("close", () => (closed += 1));
  dispatchEvent(Object.assign(new Event("pageshow"), { persisted: true }));
  assert.equal(closed, 1);
  opens();
  assert.equal(frame(), 1);
});

for (
  const [what, where, sign] of [
    ["another network", globalThis, "online"],
    ["a page that is shown again", page, "visibilitychange"],
    ["a tab that its browser had frozen", page, "resume"],
  ]
) {
  test(`${what} asks whether the connection lives`, () => {
    seated();
    sent.length = 0;
    where.dispatchEvent(new Event(sign));
    assert.ok(sent.some((frame) => JSON.parse(frame).do === "ping"));
  });
}

test("the end of a session is none", () => {
  seated();
  assert.equal(frame({ phase: "ended" }), 0);
});

test("what loads late hears at once that the page has its seat, and nothing while it has none", () => {
  let heard = 0;
  onSeated(() => (heard += 1));
  assert.equal(heard, 0);
  seated();
  assert.equal(heard, 1);
  onSeated(() => (heard += 10));
  assert.equal(heard, 11);
});
