// How long I have spoken, and how rarely that is reported.
import assert from "node:assert/strict";
import { test } from "node:test";
import { createSpoken, EACH_MS, LEAST_MS, SOUNDS } from "../../web/static/voice/spoken.js";

const LOOK_MS = 250;
const LOUD = SOUNDS * 2;

// A page with a clock of its own, whose line may be down.
function aPage() {
  const page = { at: 0, isUp: true, sent: [] };
  const spoken = createSpoken((ms) => page.isUp && Boolean(page.sent.push({ ms, at: page.at })), () => page.at);
  page.look = (loudness = LOUD, counts = true) => spoken.look(loudness, counts, page.moment);
  page.pass = (ms, loudness = LOUD, counts = true) => {
    for (let passed = 0; passed < ms; passed += LOOK_MS) {
      page.at += LOOK_MS;
      page.look(loudness, counts);
    }
  };
  return page;
}

test("speech is added up, and pauses are not", () => {
  const page = aPage();
  for (let turn = 0; turn < 5; turn += 1) {
    assert.deepEqual(page.sent, []);
    page.pass(1_000);
    page.pass(3_000, SOUNDS);
  }
  assert.deepEqual(page.sent.map(({ ms }) => ms), [LEAST_MS]);
});

test("what was said at another moment is reported no more", () => {
  const page = aPage();
  page.moment = "call false";
  page.pass(LEAST_MS - LOOK_MS);
  page.moment = "presentation false";
  page.pass(LEAST_MS - LOOK_MS);
  assert.deepEqual(page.sent, []);
  page.pass(LOOK_MS);
  assert.deepEqual(page.sent.map(({ ms }) => ms), [LEAST_MS]);
});

test("nothing is reported while there is nothing to report", () => {
  const page = aPage();
  page.pass(600_000, 0);
  page.pass(LEAST_MS - LOOK_MS);
  page.pass(600_000, 0);
  assert.deepEqual(page.sent, []);
});

test("ten minutes of speech are reported at most each half minute, and whole", () => {
  const page = aPage();
  page.pass(600_000);
  const { sent } = page;
  assert.ok(sent.length <= 600_000 / EACH_MS + 1);
  for (const [index, report] of sent.slice(1).entries()) assert.ok(report.at - sent[index].at >= EACH_MS);
  const reported = sent.reduce((sum, { ms }) => sum + ms, 0);
  assert.equal(reported, sent.at(-1).at);
});

test("what does not count is not counted, and what was counted waits until the room takes it", () => {
  const page = aPage();
  page.pass(LEAST_MS - LOOK_MS);
  page.pass(60_000, LOUD, false);
  assert.deepEqual(page.sent, []);
  page.pass(LOOK_MS);
  assert.deepEqual(page.sent.map(({ ms }) => ms), [LEAST_MS]);
});

test("what could not be sent is reported later", () => {
  const page = aPage();
  page.isUp = false;
  page.pass(LEAST_MS);
  page.isUp = true;
  page.pass(LOOK_MS, 0);
  assert.deepEqual(page.sent.map(({ ms }) => ms), [LEAST_MS]);
});

test("a page that slept does not count its sleep", () => {
  const page = aPage();
  page.at += 600_000;
  page.look();
  page.pass(LEAST_MS - 1_000, 0);
  assert.deepEqual(page.sent, []);
});
