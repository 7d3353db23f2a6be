// Which fault my microphone has, and after how long.
import assert from "node:assert/strict";
import { test } from "node:test";
import { begin, looked } from "../../web/static/voice/fault.js";

const SOUND = [0, 0.1, 0];
const ZEROS = [0, 0, 0];
const OPEN = { isWanted: true, isOpening: false, isMuted: false, samples: SOUND };
const MUTED = { ...OPEN, isMuted: true };
const SILENT = { ...OPEN, samples: ZEROS };
const OPENING = { isWanted: true, isOpening: true, isMuted: undefined, samples: null };

/** Looks so often until there is this fault; returns after how long (ms) that was. */
function foundAfter(fault, seen, everyMs = 250, trouble = "") {
  let times = begin(trouble, 0);
  for (let at = everyMs; at <= 60_000; at += everyMs) {
    let found;
    [times, found] = looked(times, seen, at);
    if (found === fault) return at;
    assert.equal(found, "");
  }
  return Infinity;
}

/** The faults of these looks, one a second. */
function faults(seen, trouble = "") {
  let times = begin(trouble, 0);
  return seen.map((one, index) => {
    let found;
    [times, found] = looked(times, one, 1_000 * (index + 1));
    return found;
  });
}

// The timers of a hidden page run once a second.
for (const everyMs of [250, 1_000]) {
  test(`a fault is found in time by looks every ${everyMs} ms`, () => {
    assert.ok(foundAfter("interrupted", MUTED, everyMs) <= 2_000);
    assert.equal(foundAfter("silent", SILENT, everyMs), 10_000);
    assert.ok(foundAfter("opening", OPENING, everyMs) <= 3_000);
  });
}

test("a browser that mutes a track briefly as it opens is no fault", () => {
  assert.ok(foundAfter("interrupted", MUTED) > 1_000);
  assert.deepEqual(faults([MUTED, OPEN, MUTED, OPEN]), ["", "", "", ""]);
});

test("one sound is enough, and a pause of the machine is no silence", () => {
  assert.equal(faults([...Array(9).fill(SILENT), OPEN, ...Array(9).fill(SILENT)]).at(-1), "");
  const [times] = looked(begin("", 0), SILENT, 250);
  assert.equal(looked(times, SILENT, 3_600_000)[1], "");
});

test("a microphone after a faulty one shows first that it works", () => {
  for (const [trouble, seen] of [["interrupted", MUTED], ["silent", SILENT]]) {
    assert.equal(looked(begin(trouble, 5), seen, 5)[1], trouble);
    assert.deepEqual(faults([seen, OPEN], trouble), [trouble, ""]);
  }
});

test("a microphone that is not wanted has no fault", () => {
  for (const seen of [MUTED, SILENT, OPENING]) {
    assert.equal(foundAfter("any", { ...seen, isWanted: false }), Infinity);
  }
  // And begins anew when it is.
  assert.equal(faults([...Array(9).fill(SILENT), { ...SILENT, isWanted: false }, SILENT]).at(-1), "");
});

test("where no sound can be listened to, muting still counts, and while it is muted no silence does", () => {
  const deaf = { ...OPEN, samples: null };
  assert.equal(foundAfter("silent", deaf), Infinity);
  assert.ok(foundAfter("interrupted", { ...MUTED, samples: null }) <= 2_000);
  assert.equal(faults(Array(20).fill({ ...MUTED, samples: ZEROS })).includes("silent"), false);
});

test("an open microphone has no such fault, though another one is opening", () => {
  assert.equal(foundAfter("opening", { ...OPEN, isOpening: true }), Infinity);
});
