// Which page has the sound, and when it is in none.
import assert from "node:assert/strict";
import { test } from "node:test";
import { createSound } from "../../web/static/sound.js";

globalThis.location = { pathname: "/circles/one/room" };
const taken = { locks: { request: (_name, _options, then) => Promise.resolve(then(null)) } };
Object.defineProperty(globalThis, "navigator", { value: taken, configurable: true });

/** A page that another window of the same browser has kept from the sound. */
async function second(clock) {
  const on = { granted() {}, released() {}, doubted() {} };
  const sound = createSound("two", () => true, on, () => clock.ms);
  await sound.take({ ifAvailable: true });
  return sound;
}
const room = (severalWindows) => ({ sound: "one", elsewhere: false, severalWindows });

test("a window that has the sound and is loaded anew has it still", { timeout: 30_000 }, async () => {
  const clock = { ms: 0 };
  const sound = await second(clock);
  sound.settle(room(true));
  clock.ms = 60_000;
  sound.settle(room(false)); // a sweep finds one lease alone
  assert.equal(sound.isNowhere(room(false)), false);
  clock.ms += 5_000;
  sound.settle(room(true));
  assert.equal(sound.isNowhere(room(true)), false);
  clock.ms += 60_000;
  sound.settle(room(false));
  assert.equal(sound.isNowhere(room(false)), false);
});

test("a window that is closed has it no more", { timeout: 30_000 }, async () => {
  const clock = { ms: 0 };
  const sound = await second(clock);
  sound.settle(room(true));
  sound.settle(room(false));
  clock.ms = 10_000;
  assert.equal(sound.isNowhere(room(false)), true);
});

test("without another window ever noted, it is nowhere after a while", { timeout: 30_000 }, async () => {
  const clock = { ms: 0 };
  const sound = await second(clock);
  sound.settle(room(false));
  assert.equal(sound.isNowhere(room(false)), false);
  clock.ms = 10_000;
  assert.equal(sound.isNowhere(room(false)), true);
});
