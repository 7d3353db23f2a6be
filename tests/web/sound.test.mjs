// Which page has the sound: exactly one of a person's pages, whichever of them is closed.
import assert from "node:assert/strict";
import { test } from "node:test";
import { ASKS_EVERY_MS, createSound } from "../../web/static/voice/sound.js";

globalThis.location = { pathname: "/circles/one/room" };
const thisBrowser = {};
Object.defineProperty(globalThis, "navigator", { get: () => thisBrowser, configurable: true });

/** A stub of one browser's locks: the next waiting page gets a lock when its holder is closed. */
class Locks {
  holder = null;

  async request(_name, { steal }, then) {
    if (this.holder && !steal) return then(null);
    this.holder?.reject(new Error("stolen"));
    const holder = {};
    this.holder = holder;
    const stolen = new Promise((_, reject) => (holder.reject = reject));
    await Promise.race([stolen, then(holder)]);
    if (this.holder === holder) this.holder = null;
  }
}

/** The pages of one person, and the room that they share. */
class Pages {
  constructor() {
    this.ms = 0;
    this.room = { seat: "mei", sound: "", elsewhere: false };
    this.open = new Map();
    this.lost = new Set(); // pages that are offline
    this.told = [];
  }

  async add(name, locks) {
    const on = { granted() {}, released() {}, inherited: () => this.told.push(name) };
    const tell = (command) => this.isTold(name, command);
    const page = { locks, sound: createSound(name, tell, on, () => this.ms) };
    this.open.set(name, page);
    await this.during(page, () => page.sound.take({ ifAvailable: true }));
    await this.passes(1);
  }

  isTold(name, { do: what, page, data }) {
    if (this.lost.has(name)) return false;
    if (what === "sound") this.room = { ...this.room, sound: page };
    else this.reach((one) => one.sound.hear(this.room, data));
    return true;
  }

  reach(act) {
    for (const [name, page] of this.open) if (!this.lost.has(name)) act(page);
  }

  async during(page, act) {
    thisBrowser.locks = page.locks;
    act();
    await new Promise((done) => setImmediate(done));
  }

  async passes(looks) {
    for (; looks > 0; looks -= 1) {
      this.ms += ASKS_EVERY_MS;
      for (const page of this.open.values()) await this.during(page, () => page.sound.look(this.room));
      this.reach((page) => page.sound.settle(this.room));
    }
  }

  close(name) {
    const { locks } = this.open.get(name);
    this.open.delete(name);
    if (locks) locks.holder = null;
  }

  withSound() {
    return [...this.open].filter(([, { sound }]) => sound.wants).map(([name]) => name);
  }
}

async function three(...locks) {
  const pages = new Pages();
  for (const [number, each] of locks.entries()) await pages.add(["one", "two", "three"][number], each);
  return pages;
}
const arrangements = {
  "of one browser": () => Array(3).fill(new Locks()),
  "of three browsers": () => [new Locks(), new Locks(), new Locks()],
  "without locks": () => [undefined, undefined, undefined],
};

for (const [where, locks] of Object.entries(arrangements)) {
  test(`of three pages ${where} one has the sound`, async () => {
    const pages = await three(...locks());
    await pages.passes(20);
    assert.deepEqual(pages.withSound(), [pages.room.sound]);
    assert.deepEqual(pages.told, []);
  });

  test(`of three pages ${where} the one with the sound is closed, and one of the others takes it`, async () => {
    const pages = await three(...locks());
    const before = pages.room.sound;
    pages.close(before);
    await pages.passes(3);
    assert.deepEqual(pages.withSound(), []);
    await pages.passes(5);
    const [heir, ...more] = pages.withSound();
    assert.deepEqual(more, []);
    assert.equal(pages.room.sound, heir);
    assert.ok(pages.open.get(heir).sound.has(pages.room));
    assert.ok(pages.told.includes(heir));
    await pages.passes(20);
    assert.deepEqual(pages.withSound(), [heir]);
  });
}

test("a page that has the sound and is loaded anew has it still", async () => {
  const locks = new Locks();
  const pages = await three(locks, locks, locks);
  pages.close("one");
  await pages.passes(3);
  await pages.add("one again", locks);
  await pages.passes(20);
  assert.deepEqual(pages.withSound(), ["one again"]);
  assert.deepEqual(pages.told, []);
});

test("a page that is over leaves the sound at once, though it stays open", async () => {
  const locks = new Locks();
  const pages = await three(locks);
  const { sound } = pages.open.get("one");
  pages.lost.add("one");
  await pages.during({ locks }, () => sound.release());
  await pages.during({ locks }, () => sound.release()); // it has none any more
  await pages.add("two", locks);
  assert.deepEqual(pages.withSound(), ["two"]);
  assert.equal(pages.room.sound, "two");
  assert.deepEqual(pages.told, []);
});

test("a page that has left the sound, and comes back, has it unless another page took it", async () => {
  const locks = new Locks();
  const pages = await three(locks);
  const [one] = pages.open.values();
  const comeBack = () => pages.during(one, () => one.sound.take({ ifAvailable: true }));
  await pages.during(one, () => one.sound.release());
  await comeBack();
  await pages.passes(1);
  assert.ok(one.sound.has(pages.room));
  await pages.during(one, () => one.sound.release());
  await pages.add("two", locks);
  await comeBack();
  await pages.passes(3);
  assert.deepEqual(pages.withSound(), ["two"]);
});

test("a page whose own line is down takes the sound from nobody", async () => {
  const pages = await three(new Locks(), new Locks());
  assert.equal(pages.room.sound, "two");
  pages.lost.add("one");
  await pages.passes(20);
  pages.lost.clear();
  await pages.passes(2);
  assert.deepEqual(pages.withSound(), ["two"]);
});

test("the sound goes where it is asked for", async () => {
  const locks = new Locks();
  const pages = await three(locks, locks);
  const two = pages.open.get("two");
  for (let presses = 0; presses < 2; presses += 1) {
    await pages.during(two, () => two.sound.take({ steal: true }));
  }
  await pages.passes(2);
  assert.deepEqual(pages.withSound(), ["two"]);
  assert.equal(pages.room.sound, "two");
});
