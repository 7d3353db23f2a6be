// How the line is measured and judged, without a browser.
import assert from "node:assert/strict";
import { test } from "node:test";
import { judged, lineOf } from "../../web/static/voice/lines.js";

const WELL = { lost: 0, roundTripS: 0.05 };
const STRAINED = { lost: 0.05, roundTripS: 0.1 };
const BAD = { lost: 0.2, roundTripS: 1.2 };

/** The states after these measurements. */
function after(...lines) {
  const states = [{ step: 0, good: 0, badFor: 0, bad: false }];
  for (const line of lines) states.push(judged(states.at(-1), line));
  return states.slice(1);
}

function times(count, line) {
  return Array(count).fill(line);
}

test("video is given up step by step, and eight good measurements in a row undo one step", () => {
  const steps = after(...times(5, STRAINED), ...times(17, WELL)).map((state) => state.step);
  assert.deepEqual(steps, [1, 2, 3, 3, 3, ...times(7, 3), ...times(8, 2), 1, 1]);
});

test("one bad moment is no bad line; two in a row are, until it has been good for a while", () => {
  const bad = after(BAD, WELL, BAD, BAD, STRAINED, ...times(8, WELL)).map((state) => state.bad);
  assert.deepEqual(bad, [...times(3, false), ...times(9, true), false]);
});

test("one bad partner is no bad line of mine", () => {
  const reports = Object.entries({ ann: 0, ben: 0.5, cem: 0.01 }).map(([seat, fractionLost]) => [
    seat,
    new Map([["a", { kind: "audio", type: "remote-inbound-rtp", roundTripTime: 0.1, fractionLost }]]),
  ]);
  const { lost, roundTripS } = lineOf(reports, new Map());
  assert.deepEqual({ lost, roundTripS }, { lost: 0.01, roundTripS: 0.1 });
});

test("what has not arrived since the last measurement counts as lost", () => {
  const stat = { kind: "audio", type: "inbound-rtp", packetsLost: 30, packetsReceived: 170 };
  const before = new Map([["ann", { packetsLost: 10, packetsReceived: 90 }]]);
  const { lost, counts } = lineOf([["ann", new Map([["a", stat]])]], before);
  assert.equal(lost, 0.2);
  assert.deepEqual(counts.get("ann"), { packetsLost: 30, packetsReceived: 170 });
});
