// The words about my microphone, and about people to whom no voice passes.
import assert from "node:assert/strict";
import { test } from "node:test";
import page from "../../web/locale/en/page.json" with { type: "json" };

// Only the sentences; the controls themselves are tested in browsers.
globalThis.document = { getElementById: (id) => id === "words" ? { textContent: JSON.stringify(page.room) } : null };
const { sentence } = await import("../../web/static/voice/controls.js");

const HEARD = {
  elsewhere: false,
  speaks: true,
  heard: true,
  mic: true,
  mutedByFacilitator: false,
  canCarryVoices: true,
  hasIce: true,
  hasSound: true,
  hearsOfTheRoom: true,
  held: false,
  inherits: false,
  isOpen: true,
  trouble: "",
  unreached: "",
};
const NO_VOICES = "This browser cannot carry voices. You can follow and take part without sound.";
const INHERITED = "Sound has come to this window; your microphone is off.";
const NO_SOUND = "Not heard: your microphone gives no sound.";
const NOT_TO_ANN = "No voice passes between you and Ann for now. We keep trying.";
const WITHOUT_ANN = { unreached: NOT_TO_ANN };
const SILENT = { mic: false, held: true, trouble: "silent" };

for (
  const [words, facts] of [
    ["You are heard.", {}],
    ["Not heard: no microphone yet.", { isOpen: false }],
    ["", { mic: false }],
    ["", { mic: false, mutedByFacilitator: true }],
    [INHERITED, { mic: false, inherits: true }],
    [INHERITED, { mic: false, inherits: true, mutedByFacilitator: true }],
    ["You are heard.", { inherits: true }],
    ["Not heard: the line is down.", { hearsOfTheRoom: false }],
    ["", { hearsOfTheRoom: false, mic: false }],
    [NO_SOUND, SILENT],
    [NO_SOUND, { trouble: "silent", hearsOfTheRoom: false }],
    ["", { trouble: "silent", mic: false }],
    ["Not heard: the line is down.", { ...SILENT, trouble: "" }],
    ["", { ...SILENT, heard: false }],
    ["", { heard: false, speaks: false }],
    ["Sound is in another window of yours.", { speaks: false, hasSound: false }],
    ["", { hasSound: false, hasIce: false }],
    [NO_VOICES, { hasIce: false, canCarryVoices: false }],
    ["", { canCarryVoices: false, elsewhere: true }],
    [NOT_TO_ANN, WITHOUT_ANN],
    [NOT_TO_ANN, { ...WITHOUT_ANN, mic: false }],
    [NOT_TO_ANN, { ...WITHOUT_ANN, heard: false }],
    [NOT_TO_ANN, { ...WITHOUT_ANN, heard: false, speaks: false, mic: false }],
    ["Not heard: no microphone yet.", { ...WITHOUT_ANN, isOpen: false }],
    [NO_SOUND, { ...WITHOUT_ANN, ...SILENT }],
    ["Not heard: the line is down.", { ...WITHOUT_ANN, hearsOfTheRoom: false }],
    [INHERITED, { ...WITHOUT_ANN, mic: false, inherits: true }],
    ["Sound is in another window of yours.", { ...WITHOUT_ANN, hasSound: false }],
    ["", { ...WITHOUT_ANN, elsewhere: true }],
  ]
) {
  test(`with ${JSON.stringify(facts)} the page says “${words}”`, () => {
    assert.equal(sentence({ ...HEARD, ...facts }), words);
  });
}
