// The state machine of the connection, without a browser and with explicit times.
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  begin,
  DOUBT_MS,
  isCurrent,
  isFinal,
  mayCarryVoice,
  next,
  tickDue,
  VOICE_FOR_MS,
} from "../../web/static/room/liveness.js";

const START = 1_700_000_000_000;

// A page: its clock, its state, and its actions since the last check.
class Page {
  constructor() {
    this.now = START;
    this.state = begin(this.now);
    this.did = [];
  }

  happens(type, more = {}) {
    let actions;
    [this.state, ...actions] = next(this.state, { type, ...more }, this.now);
    for (const action of actions) {
      this.did.push(action);
      if (action === "drop") this.happens("closed", { code: 1006, chance: 0.5 });
    }
    return this;
  }

  // Time passes as on a page that is awake.
  passes(ms, each = () => {}) {
    const end = this.now + ms;
    while (this.now < end) {
      this.now = Math.min(end, Math.max(this.now + 1, tickDue(this.state)));
      this.happens("tick");
      each(this);
    }
    return this;
  }

  // The timers of a hidden tab come late.
  isHiddenFor(ms) {
    this.now += ms;
    return this.happens("tick", { hidden: true });
  }

  // The machine sleeps. A timer has as long to go afterwards as it had before.
  sleeps(ms, more = {}) {
    const rest = tickDue(this.state) - this.now;
    this.now += ms + rest;
    return this.happens("tick", more);
  }

  // The time from now until this page opens another socket, all of which it waits by itself.
  waits(act) {
    const since = this.now;
    act();
    for (let ms = 0; ms < 5_000 && !this.did.includes("connect"); ms += 1) this.passes(1);
    return this.now - since;
  }

  doing() {
    return this.did.splice(0);
  }
}

const opened = () => {
  const page = new Page().happens("opened").happens("word");
  page.doing();
  return page;
};
const answers = (page) => page.did.at(-1) === "ask" && page.doing() && page.happens("word");

test("a connection that answers stays open for ever, asked every five seconds", () => {
  const page = opened();
  let asked = 0;
  page.passes(600_000, () => answers(page) && (asked += 1));
  assert.equal(page.state.is, "open");
  assert.ok(asked >= 100 && asked <= 120, String(asked));
});

test("a frozen connection is lost after ten to twelve seconds, and replaced at once", () => {
  const page = opened();
  const froze = page.now;
  page.passes(9_900);
  assert.equal(page.state.is, "open");
  assert.deepEqual(page.doing(), ["ask"]);
  page.passes(2_100, () => page.did.includes("connect") && (page.lostAt ??= page.now));
  assert.ok(page.lostAt - froze <= 12_000, String(page.lostAt - froze));
  assert.deepEqual(page.doing(), ["drop", "connect"]);
  assert.equal(page.state.is, "opening");
});

for (
  const code of [1000, 1001, 1002, 1003, 1005, 1006, 1008, 1009, 1011, 1012, 1013, 1014, 1015, 3000, 4000, 4399, 4500]
) {
  test(`after ${code} it comes back within five seconds`, () => {
    const page = opened().happens("closed", { code, chance: 1 });
    assert.equal(page.state.is, "lost");
    page.passes(5_000);
    assert.deepEqual(page.doing(), ["connect"]);
  });
}

test("however often it failed, the next try is four seconds away at most", () => {
  const page = opened();
  for (let tries = 0; tries < 50; tries += 1) {
    page.happens("closed", { code: 1006, chance: 1 });
    page.passes(4_000, () => page.did.includes("connect"));
    assert.ok(page.doing().includes("connect"));
  }
});

test("a server that accepts and closes at once is not hammered", () => {
  const page = opened();
  const since = page.now;
  for (let tries = 0; tries < 20; tries += 1) {
    page.happens("closed", { code: 1013, chance: 0.5 });
    while (page.state.is === "lost") page.passes(100);
    page.happens("opened");
  }
  assert.ok(page.now - since > 45_000, String(page.now - since));
});

for (const code of [4400, 4401, 4403, 4404, 4409, 4410]) {
  test(`${code} is ours, and the end`, () => {
    const page = opened().happens("closed", { code, chance: 0 }).passes(60_000).happens("doubted");
    assert.equal(page.state.is, "over");
    assert.deepEqual(page.doing(), []);
    assert.ok(isFinal(code));
    assert.ok(!mayCarryVoice(page.state, page.now));
  });
}

test("a socket that does not open is dropped", () => {
  const page = new Page();
  page.passes(8_001);
  assert.deepEqual(page.doing(), ["drop", "connect"]);
});

for (const ms of [12_000, 60_000, 3_600_000]) {
  test(`after ${ms} ms of sleep it is not asked, but replaced at the first tick`, () => {
    const page = opened();
    const waited = page.waits(() => page.sleeps(ms)) - ms;
    assert.deepEqual(page.doing(), ["drop", "connect"]);
    assert.ok(waited <= 501, String(waited));
  });
}

for (const ms of [4_000, 9_000]) {
  test(`after ${ms} ms of sleep it is asked, and replaced within a second and a half if it is dead`, () => {
    const page = opened();
    const waited = page.waits(() => page.sleeps(ms)) - ms;
    assert.deepEqual(page.doing(), ["ask", "measure", "drop", "connect"]);
    assert.ok(waited <= 1_501, String(waited));
  });
}

test("a page that is shown again replaces at once what has been silent for long, and asks anything else", () => {
  const page = opened().isHiddenFor(3_000);
  page.now += 9_000;
  assert.ok(page.waits(() => page.happens("doubted")) <= 1);
  assert.deepEqual(page.doing(), ["drop", "connect"]);
  const younger = opened().isHiddenFor(3_000);
  younger.now += 3_000;
  assert.ok(younger.waits(() => younger.happens("doubted")) <= 1_001);
  assert.deepEqual(younger.doing(), ["ask", "measure", "drop", "connect"]);
});

test("words count when they come, however late the timers of a hidden tab are", () => {
  const page = opened();
  page.now += 50_000;
  page.happens("word");
  page.now += 9_000;
  page.happens("doubted");
  assert.deepEqual(page.doing(), ["ask", "measure"]);
});

test("all the events of one waking replace it once", () => {
  const page = opened().sleeps(3_600_000).happens("doubted").happens("doubted").passes(1).happens("doubted");
  assert.deepEqual(page.doing(), ["drop", "connect"]);
});

test("after a short sleep one that answers is kept", () => {
  const page = opened().sleeps(9_000).happens("word");
  page.doing();
  page.passes(4_000);
  assert.equal(page.state.is, "open");
  assert.deepEqual(page.doing(), []);
});

test("a page says that it is connected once it has heard of the room", () => {
  const page = opened();
  assert.ok(isCurrent(page.state));
  page.sleeps(3_600_000).passes(1);
  assert.ok(!isCurrent(page.state));
  page.passes(300).happens("opened");
  assert.ok(!isCurrent(page.state));
  page.happens("word");
  assert.ok(isCurrent(page.state));
});

test("on a slow line being shown again costs one connection at most", () => {
  const page = opened();
  page.passes(3_000).happens("doubted").passes(DOUBT_MS);
  assert.ok(page.doing().includes("drop"));
  page.passes(4_000).happens("opened").passes(2_000).happens("word");
  page.doing();
  page.passes(600_000, () => answers(page));
  assert.ok(!page.doing().includes("drop"));
});

test("a dead connection is given up in a hidden tab, too", () => {
  const page = opened().isHiddenFor(60_000).isHiddenFor(60_000);
  assert.ok(page.doing().includes("drop"));
  assert.ok(opened().sleeps(3_600_000, { hidden: true }).doing().includes("drop"));
});

test("the timers of a hidden tab come once a minute, and cost nobody their connection", () => {
  const page = opened();
  for (let minute = 0; minute < 30; minute += 1) {
    page.isHiddenFor(60_000);
    assert.ok(page.doing().includes("ask"));
    page.passes(2_500).happens("word"); // on a slow line
  }
  assert.equal(page.state.is, "open");
  assert.ok(!page.doing().includes("drop"));
});

test("a doubt while it is lost has it come back at once", () => {
  const page = opened().happens("closed", { code: 1006, chance: 1 }).happens("doubted");
  assert.deepEqual(page.doing(), ["connect"]);
});

test("a page that was put away and comes back has a new socket", () => {
  const page = opened().happens("restored");
  page.passes(0);
  assert.deepEqual(page.doing(), ["drop"]);
  page.passes(1);
  assert.deepEqual(page.doing(), ["connect"]);
  const closedFirst = opened().happens("closed", { code: 1000, chance: 1 }).happens("restored");
  assert.deepEqual(closedFirst.doing(), ["connect"]);
});

test("a press that no word followed may not have arrived", () => {
  const unsure = opened().happens("pressed").happens("closed", { code: 1006, chance: 0 });
  assert.deepEqual(unsure.doing(), ["unsure"]);
  const sure = opened().happens("pressed").happens("word").happens("closed", { code: 1006, chance: 0 });
  assert.deepEqual(sure.doing(), []);
  const frozen = opened().happens("pressed").passes(12_000);
  assert.ok(frozen.doing().includes("unsure"));
});

test("fifteen seconds without a word, and no voice is sent; with the next word it is", () => {
  const page = opened();
  page.passes(VOICE_FOR_MS - 1);
  assert.ok(mayCarryVoice(page.state, page.now));
  page.passes(1);
  assert.ok(!mayCarryVoice(page.state, page.now));
  page.happens("opened");
  assert.ok(!mayCarryVoice(page.state, page.now), "an open socket has said nothing of the room yet");
  page.happens("word");
  assert.ok(mayCarryVoice(page.state, page.now));
});

test("a clock that is set back an hour does not stop the asking, and costs no connection", () => {
  for (const first of ["tick", "word", "doubted"]) {
    const page = opened().passes(3_000);
    page.now -= 3_600_000;
    page.happens(first).happens("word");
    page.doing();
    page.passes(60_000, () => answers(page));
    assert.ok(!page.doing().includes("drop"), first);
    page.passes(12_000);
    assert.ok(page.doing().includes("drop"), first);
  }
});

test("a clock that is set forward an hour costs one connection", () => {
  const page = opened().passes(3_000);
  page.now += 3_600_000;
  page.happens("tick").passes(1);
  assert.deepEqual(page.doing(), ["drop", "connect"]);
  page.happens("opened").happens("word");
  page.doing();
  page.passes(60_000, () => answers(page));
  assert.ok(!page.doing().includes("drop"));
});

test("whatever happens, in whatever order, a page that is not out comes back", () => {
  let seed = 7;
  const chance = () => (seed = (seed * 16_807) % 2_147_483_647) / 2_147_483_647;
  const kinds = ["opened", "word", "pressed", "doubted", "restored", "tick", "closed", "sleep"];
  for (let run = 0; run < 500; run += 1) {
    const page = new Page();
    for (let step = 0; step < 30; step += 1) {
      const kind = kinds[Math.floor(chance() * kinds.length)];
      if (kind === "sleep") page.sleeps(chance() * 100_000);
      else page.happens(kind, { code: 1000 + Math.floor(chance() * 16), chance: chance() });
    }
    page.doing();
    page.passes(20_000);
    assert.ok(page.doing().includes("connect"), `run ${run}`);
  }
});
