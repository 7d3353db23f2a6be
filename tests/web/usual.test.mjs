// The microphone that a person uses, and its return.
import assert from "node:assert/strict";
import { test } from "node:test";
import { createUsual } from "../../web/static/voice/usual.js";

const HEADSET = { id: "h1", label: "Headset" };
const LAPTOP = { id: "l1", label: "Laptop" };
const DESK = { id: "d1", label: "Desk" };

/** A page that has opened these microphones, one after another; each one but the last was taken away. */
function withOpened(microphones, chosen = "") {
  const usual = createUsual(() => chosen);
  for (const [number, microphone] of microphones.entries()) {
    usual.opened(microphone);
    if (number < microphones.length - 1) assert.equal(usual.lost(microphone), number === 0);
  }
  return usual;
}

test("the first one that was opened is returned to once it is listed again", () => {
  const usual = withOpened([HEADSET, LAPTOP]);
  assert.equal(usual.idOnReturn([LAPTOP]), undefined);
  assert.equal(usual.idOnReturn([LAPTOP, HEADSET]), "h1");
  usual.opened(HEADSET);
  assert.equal(usual.idOnReturn([LAPTOP, HEADSET]), undefined);
});

test("it is returned to after several others, and after each loss", () => {
  const usual = withOpened([HEADSET, LAPTOP, DESK]);
  assert.equal(usual.idOnReturn([LAPTOP, HEADSET]), "h1");
  usual.opened(HEADSET);
  usual.lost(HEADSET);
  usual.opened(LAPTOP);
  assert.equal(usual.idOnReturn([LAPTOP, HEADSET]), "h1");
});

test("one that is plugged in for the first time changes nothing", () => {
  assert.equal(withOpened([LAPTOP]).idOnReturn([LAPTOP, HEADSET]), undefined);
});

test("one that was opened again by itself is not returned to", () => {
  assert.equal(withOpened([HEADSET, HEADSET]).idOnReturn([HEADSET]), undefined);
});

test("one that gives no sound is not returned to after the page has tried another", () => {
  const usual = withOpened([HEADSET]);
  usual.opened(LAPTOP);
  assert.equal(usual.idOnReturn([LAPTOP, HEADSET]), undefined);
});

test("whoever has chosen another one meanwhile keeps that", () => {
  let chosen = "h1";
  const usual = createUsual(() => chosen);
  usual.opened(HEADSET);
  usual.lost(HEADSET);
  usual.opened(LAPTOP);
  for (const [id, opened] of [["d1", DESK], ["", LAPTOP]]) {
    chosen = id;
    usual.forget();
    usual.opened(opened);
    assert.equal(usual.idOnReturn([LAPTOP, HEADSET, DESK]), undefined);
  }
});

test("the chosen one is returned to, also if it was missing from the start", () => {
  const usual = withOpened([LAPTOP], "h1");
  assert.equal(usual.idOnReturn([LAPTOP]), undefined);
  assert.equal(usual.idOnReturn([LAPTOP, HEADSET]), "h1");
});

test("one that is back under another id is known by its name", () => {
  assert.equal(withOpened([HEADSET, LAPTOP]).idOnReturn([LAPTOP, { id: "h2", label: "Headset" }]), "h2");
});

test("of two with the same name the one with its id is returned to", () => {
  const twin = { id: "h2", label: "Headset" };
  assert.equal(withOpened([HEADSET, LAPTOP]).idOnReturn([LAPTOP, twin, HEADSET]), "h1");
});

test("one that was the default is returned to, whether it is the default again or not", () => {
  const byDefault = (device) => ({ id: "default", label: `Default - ${device.label}` });
  const usual = withOpened([byDefault(HEADSET), byDefault(LAPTOP)]);
  assert.equal(usual.idOnReturn([byDefault(LAPTOP), LAPTOP]), undefined);
  assert.equal(usual.idOnReturn([byDefault(LAPTOP), LAPTOP, HEADSET]), "h1");
  assert.equal(usual.idOnReturn([byDefault(HEADSET), LAPTOP, HEADSET]), "default");
  usual.opened(HEADSET);
  usual.lost(HEADSET);
  usual.opened(LAPTOP);
  assert.equal(usual.idOnReturn([byDefault(HEADSET), LAPTOP]), "default");
});

test("without names it is known by its id", () => {
  const [first, second] = [{ id: "h1", label: "" }, { id: "l1", label: "" }];
  const usual = withOpened([first, second]);
  assert.equal(usual.idOnReturn([second]), undefined);
  assert.equal(usual.idOnReturn([second, { id: "h1", label: "microphone 2" }]), "h1");
});
