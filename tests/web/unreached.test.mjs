// To whom no voice passes: when the page says so, and in which words.
import assert from "node:assert/strict";
import { test } from "node:test";
import page from "../../web/locale/en/page.json" with { type: "json" };

globalThis.document = { getElementById: (id) => id === "words" ? { textContent: JSON.stringify(page.room) } : null };
const { GONE_AFTER_MS, looked, SAID_AFTER_MS, sentence } = await import("../../web/static/voice/unreached.js");

const LOOK_MS = 100;
const other = (name, is = {}) => ({ seat: name, name, sound: "page", away: false, isConnected: false, ...is });
const [ANN, BEN, LEA] = ["Ann", "Ben", "Lea"].map((name) => other(name));
const connected = (person) => ({ ...person, isConnected: true });
const says = (names) => `No voice passes between you and ${names} for now. We keep trying.`;
const isolated = (name) => `\u2068${name}\u2069`;
const TO_ANN = says(isolated("Ann"));

/** A page with a clock of its own. */
function aPage() {
  const page = { at: 0, reaches: new Map(), said: "" };
  page.look = (...others) => {
    page.reaches = looked(page.reaches, others, page.at);
    page.said = sentence(page.reaches, others, "en");
    return page.said;
  };
  /** Looks for so long, and returns all that is said meanwhile, the last look included. */
  page.pass = (ms, ...others) => {
    const said = new Set([page.look(...others)]);
    for (const end = page.at + ms; page.at < end;) {
      page.at = Math.min(page.at + LOOK_MS, end);
      said.add(page.look(...others));
    }
    return [...said];
  };
  return page;
}

/** A page that says that no voice passes to Ann. */
function withoutAnn() {
  const page = aPage();
  page.pass(SAID_AFTER_MS, ANN, connected(BEN));
  assert.equal(page.said, TO_ANN);
  return page;
}

test("a pair that is set up in time says nothing", () => {
  const page = aPage();
  assert.deepEqual(page.pass(SAID_AFTER_MS - 1, ANN), [""]);
  assert.deepEqual(page.pass(SAID_AFTER_MS, connected(ANN)), [""]);
});

test("a pair that is not connected is said after five seconds", () => {
  const page = aPage();
  assert.deepEqual(page.pass(SAID_AFTER_MS - 1, ANN, connected(BEN)), [""]);
  assert.deepEqual(page.pass(1, ANN, connected(BEN)), ["", TO_ANN]);
});

test("so is one that was connected before", () => {
  const page = aPage();
  page.pass(60_000, connected(ANN));
  assert.deepEqual(page.pass(SAID_AFTER_MS - 1, ANN), [""]);
  page.pass(1, ANN);
  assert.equal(page.said, TO_ANN);
});

test("the sentence goes within a second of the connection", () => {
  const page = withoutAnn();
  page.pass(900, connected(ANN), connected(BEN));
  assert.equal(page.said, "");
});

test("on a bad line that connects for moments it does not flicker", () => {
  const page = withoutAnn();
  for (let time = 0; time < 10; time += 1) {
    assert.deepEqual(page.pass(GONE_AFTER_MS - 1, connected(ANN), connected(BEN)), [TO_ANN]);
    assert.deepEqual(page.pass(2_000, ANN, connected(BEN)), [TO_ANN]);
  }
});

test("on one that is lost for moments it is never said", () => {
  const page = aPage();
  for (let time = 0; time < 10; time += 1) {
    assert.deepEqual(page.pass(SAID_AFTER_MS - 1, ANN, connected(BEN)), [""]);
    assert.deepEqual(page.pass(2_000, connected(ANN), connected(BEN)), [""]);
  }
});

test("a person who is away is not counted, and has five seconds once they are back", () => {
  const page = withoutAnn();
  const away = { ...ANN, away: true };
  assert.deepEqual(page.pass(2 * SAID_AFTER_MS, away, connected(BEN)), [""]);
  assert.deepEqual(page.pass(SAID_AFTER_MS - 1, ANN, connected(BEN)), [""]);
});

test("a person who is away does not keep the others from being all", () => {
  const page = aPage();
  page.pass(SAID_AFTER_MS, ANN, BEN, { ...LEA, away: true });
  assert.equal(page.said, says("the others"));
});

test("a person whose sound has gone is not counted", () => {
  const page = withoutAnn();
  assert.equal(page.look(connected(BEN)), "");
});

test("another page of a person has five seconds", () => {
  const page = aPage();
  page.pass(SAID_AFTER_MS - 1, ANN, connected(BEN));
  const elsewhere = { ...ANN, sound: "another page" };
  assert.deepEqual(page.pass(SAID_AFTER_MS - 1, elsewhere, connected(BEN)), [""]);
});

test("another page of an unreached person has yet to be reached", () => {
  const page = withoutAnn();
  const elsewhere = { ...ANN, sound: "another page" };
  assert.deepEqual(page.pass(SAID_AFTER_MS, elsewhere, connected(BEN)), [TO_ANN]);
  page.pass(GONE_AFTER_MS, connected(elsewhere), connected(BEN));
  assert.equal(page.said, "");
});

for (
  const [words, ...others] of [
    ["", connected(ANN), connected(BEN)],
    [TO_ANN, ANN],
    [TO_ANN, ANN, connected(BEN), connected(LEA)],
    [says(`${isolated("Ann")} and ${isolated("Ben")}`), ANN, BEN, connected(LEA)],
    [says("the others"), ANN, BEN],
    [says("the others"), ANN, BEN, LEA],
    [says(isolated("{names} <b>")), other("{names} <b>")],
  ]
) {
  test(`with ${others.map(({ name, isConnected }) => `${name}${isConnected ? "" : " lost"}`)} it is “${words}”`, () => {
    const page = aPage();
    page.pass(SAID_AFTER_MS, ...others);
    assert.equal(page.said, words);
  });
}
