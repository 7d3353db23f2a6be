// What keys do in the room, without a page.
import assert from "node:assert/strict";
import { test } from "node:test";
import { shortcut, talk } from "../../web/static/room/shortcuts.js";

const NOWHERE = { typing: false, control: false, dialog: false };
const MODIFIERS = ["ctrlKey", "altKey", "metaKey", "shiftKey"];
const key = (key, code = "", more = {}) => ({
  ...{ key, code, repeat: false, isComposing: false },
  ...Object.fromEntries(MODIFIERS.map((name) => [name, false])),
  ...more,
});
const KEYS = {
  microphone: key("m", "KeyM"),
  camera: key("v", "KeyV"),
  hand: key("h", "KeyH"),
  talk: key(" ", "Space"),
  list: key("?", "Slash", { shiftKey: true }),
};

for (const [does, event] of Object.entries(KEYS)) {
  test(`a key does this: ${does}`, () => assert.equal(shortcut(event, NOWHERE), does));

  test(`it does not while somebody types or a dialog is open: ${does}`, () => {
    for (const place of ["typing", "dialog"]) assert.equal(shortcut(event, { ...NOWHERE, [place]: true }), "");
    assert.equal(shortcut({ ...event, isComposing: true }, NOWHERE), "");
  });

  test(`it does not with a modifier: ${does}`, () => {
    const modifiers = does === "list" ? MODIFIERS.slice(0, 3) : MODIFIERS;
    for (const name of modifiers) assert.equal(shortcut({ ...event, [name]: true }, NOWHERE), "", name);
  });
}

test("only the space bar goes on while it is held", () => {
  for (const [does, event] of Object.entries(KEYS)) {
    assert.equal(shortcut({ ...event, repeat: true }, NOWHERE), does === "talk" ? "talk" : "");
  }
});

test("the space bar presses the control that has the focus", () => {
  const on = { ...NOWHERE, control: true };
  assert.equal(shortcut(KEYS.talk, on), "");
  assert.equal(shortcut(KEYS.microphone, on), "microphone");
});

test("a letter counts as it is printed, and by its place where the script has no such letter", () => {
  assert.equal(shortcut(key("M", "KeyM"), NOWHERE), "microphone"); // Caps Lock
  assert.equal(shortcut(key("m", "Semicolon"), NOWHERE), "microphone"); // French
  assert.equal(shortcut(key(",", "KeyM"), NOWHERE), ""); // French
  assert.equal(shortcut(key("ь", "KeyM"), NOWHERE), "microphone"); // Ukrainian
  assert.equal(shortcut(key("x", "KeyX"), NOWHERE), "");
  assert.equal(shortcut(key("Enter", "Enter"), NOWHERE), "");
});

function after(...events) {
  const pressed = [];
  let state = "off";
  for (const event of events) {
    const next = talk(state, event);
    state = next.state;
    pressed.push(next.action ? event : "");
  }
  return { state, pressed: pressed.filter(Boolean) };
}

test("a microphone is on while the key is held", () => {
  assert.deepEqual(after("down", "on"), { state: "on", pressed: ["down"] });
  assert.deepEqual(after("down", "on", "up"), { state: "off", pressed: ["down", "up"] });
});

test("one that opens after the key is up closes at once", () => {
  assert.deepEqual(after("down", "up", "on"), { state: "off", pressed: ["down", "on"] });
  assert.deepEqual(after("down", "up", "down", "on", "up"), { state: "off", pressed: ["down", "up"] });
});

test("one that has failed to open is tried again when the key goes down again", () => {
  assert.deepEqual(after("down", "failed", "up", "down", "on"), { state: "on", pressed: ["down", "down"] });
  assert.deepEqual(after("down", "up", "failed", "down", "on"), { state: "on", pressed: ["down", "down"] });
});

test("until the key is up it stays the key of talking, and nothing else is pressed by it", () => {
  assert.deepEqual(after("down", "failed"), { state: "failed", pressed: ["down"] });
  assert.deepEqual(after("down", "failed", "down", "on", "up"), { state: "off", pressed: ["down"] });
});

test("a microphone that has failed to open is left alone when it is switched on later", () => {
  for (const before of [["down", "failed", "up"], ["down", "up", "failed"]]) {
    assert.deepEqual(after(...before, "on"), { state: "off", pressed: ["down"] });
  }
});

test("a microphone that somebody else has switched off stays off", () => {
  assert.deepEqual(after("down", "on", "off", "up"), { state: "off", pressed: ["down"] });
});

test("a press of its button counts more than the key", () => {
  for (const before of [["down"], ["down", "up"], ["down", "on"]]) {
    assert.deepEqual(after(...before, "pressed", "on", "up"), { state: "off", pressed: ["down"] });
  }
});

test("without the key nothing is pressed", () => {
  for (const event of ["on", "off", "up", "pressed", "failed"]) {
    assert.deepEqual(after(event), { state: "off", pressed: [] });
  }
});
