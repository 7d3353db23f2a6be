// The clock's figures and marks, with explicit times.
import assert from "node:assert/strict";
import { test } from "node:test";
import { countdown, passedMarks, wholeSeconds } from "../../web/static/room/countdown.js";

const now = { phase: "questions", endsAt: 1_700_000_000_000, clock: "running" };

function shown(seconds) {
  return { seconds, phase: now.phase, endsAt: now.endsAt };
}

test("time is counted down, and up in overtime", () => {
  assert.deepEqual([600, 61, 9, 0, -1, -70].map(countdown), ["10:00", "1:01", "0:09", "0:00", "+0:01", "+1:10"]);
});

test("a second is shown until it is over", () => {
  assert.deepEqual([1000, 999, 1, 0, -1000].map((ms) => wholeSeconds(shown(60), now, ms)), [1, 1, 1, 0, -1]);
});

test("a clock that is set back a little waits, and one that is set back by more follows", () => {
  assert.equal(wholeSeconds(shown(58), now, 60_000), 58);
  assert.equal(wholeSeconds(shown(57), now, 60_000), 60);
});

test("a pause, another deadline and another phase are no clock that is set back", () => {
  assert.equal(wholeSeconds(shown(58), { ...now, clock: "paused" }, 60_000), 60);
  assert.equal(wholeSeconds(shown(58), { ...now, endsAt: now.endsAt + 1 }, 60_000), 60);
  assert.equal(wholeSeconds(shown(58), { ...now, phase: "reflection" }, 60_000), 60);
});

test("a mark is passed once", () => {
  assert.deepEqual(passedMarks(shown(301), now, 300), [300]);
  assert.deepEqual(passedMarks(shown(300), now, 299), []);
  assert.deepEqual(passedMarks(shown(1), now, 0), [0]);
});

test("the end of the time is announced however it comes", () => {
  assert.deepEqual(passedMarks(shown(40), { ...now, endsAt: now.endsAt - 40_000 }, 0), [0]);
  assert.deepEqual(passedMarks(shown(400), now, -70), [0]);
  assert.deepEqual(passedMarks(shown(-70), now, -71), []);
  assert.deepEqual(passedMarks(shown(40), { ...now, phase: "reflection" }, -1), []);
});

test("a mark that lies further back is not announced, nor one of another deadline or phase", () => {
  assert.deepEqual(passedMarks(shown(90), now, 57), []);
  assert.deepEqual(passedMarks(shown(90), now, 58), [60]);
  assert.deepEqual(passedMarks(shown(61), { ...now, endsAt: now.endsAt + 60_000 }, 60), []);
  assert.deepEqual(passedMarks(shown(61), { ...now, phase: "reflection" }, 60), []);
});
