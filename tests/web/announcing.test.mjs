// What a screen reader is told of the stage, without a page.
import assert from "node:assert/strict";
import { test } from "node:test";
import { looked, NOTHING, spoken, waits } from "../../web/static/room/announcing.js";

const STAGE = {
  kind: "guidance",
  heading: "Feelings and images.",
  call: "",
  atDoor: [],
  awayFromDoor: [],
  latecomers: "",
};
const MY_TURN = { kind: "your_turn", heading: "It is your turn", call: "mine" };
const HAND = { kind: "hand", heading: "Ann raises a hand" };
const PAUSED = { kind: "paused", heading: "Paused" };
const knock = (...people) => ({
  kind: "door",
  heading: people.length === 1 ? `${people[0]} is at the door` : `${people.length} people are at the door`,
  call: "door",
  atDoor: people,
});

/** The state after these looks, of which each is spoken when its time has come. */
function after(...looks) {
  let [state, now] = [NOTHING, 0];
  for (const seen of looks) {
    state = look(state, seen);
    now += waits(state, now);
    [, state] = spoken(state, now);
  }
  return state;
}

const sentences = (state) => spoken(state, 0)[0];
const look = (state, seen = {}) => {
  const stage = { ...STAGE, ...seen };
  return looked(state, { digest: stage.heading, latecomersDigest: stage.latecomers, ...stage });
};

test("what is there at first is neither spoken nor rung", () => {
  for (const seen of [MY_TURN, knock("Dan"), { latecomers: "Dan comes in later." }]) {
    const state = look(NOTHING, seen);
    assert.equal(sentences(state), "");
    assert.equal(state.rings, false);
    assert.equal(sentences(look(state, seen)), "");
  }
});

test("what concerns me is spoken at once, and what concerns others after a while", () => {
  const state = after({}, HAND);
  for (const [seen, ms] of [[MY_TURN, 0], [PAUSED, 0], [{ kind: "hand", heading: "Ben raises a hand" }, 15_000]]) {
    assert.equal(waits(look(state, seen), state.spokenAt), ms);
    assert.equal(sentences(look(state, seen)), seen.heading);
  }
  assert.equal(waits(look(look(state, MY_TURN), MY_TURN), state.spokenAt), 0); // A second look changes nothing.
});

test("a call rings once, also after a pause that everybody had", () => {
  let state = look(after({}), MY_TURN);
  assert.equal(state.rings, true);
  for (const seen of [MY_TURN, PAUSED, MY_TURN]) {
    state = look(state, seen);
    assert.equal(state.rings, false);
  }
  assert.equal(look(look(state), MY_TURN).rings, true);
});

test("each knock rings, and nobody knocks by staying", () => {
  let state = after({});
  for (
    const [people, rings] of [
      [["Dan"], true],
      [["Dan", "Eve"], true],
      [["Eve"], false],
      [["Eve", "Cem"], true],
      [["Cem", "Dan"], true], // as many as before, and one of them anew
    ]
  ) {
    state = look(state, knock(...people));
    assert.equal(state.rings, rings, people.join());
    assert.equal(sentences(state), knock(...people).heading);
    assert.equal(state.hurries, rings);
    [, state] = spoken(state, 0);
  }
});

test("who is away from the door for a moment knocks once", () => {
  const both = knock("Dan", "Eve");
  for (
    const meanwhile of [
      { awayFromDoor: ["Dan", "Eve"] },
      { ...HAND, awayFromDoor: ["Dan", "Eve"] },
      { ...knock("Dan"), awayFromDoor: ["Eve"] },
      { ...knock("Eve"), awayFromDoor: ["Dan"] },
    ]
  ) {
    const state = look(after({}, knock("Dan"), both, meanwhile), both);
    assert.equal(state.rings, false);
    assert.equal(sentences(state), "");
  }
});

test("a short absence from the door does not ring my own call again and again", () => {
  const away = { ...MY_TURN, awayFromDoor: ["Dan"] };
  const state = after(MY_TURN, knock("Dan"), away, knock("Dan"));
  assert.equal(look(state, away).rings, false);
});

test("once somebody has left the door, it is told who is still there", () => {
  const state = look(after({}, knock("Dan"), knock("Dan", "Eve")), knock("Dan"));
  assert.equal(sentences(state), knock("Dan").heading);
  assert.equal(state.rings, false);
});

test("who is at the door is told later if something urgent came first", () => {
  const state = look(after({}, knock("Dan", "Eve")), knock("Eve"));
  assert.equal(sentences(look(look(state, { ...PAUSED, atDoor: ["Eve"] }), knock("Eve"))), knock("Eve").heading);
});

test("who has lost their place at the door and comes back knocks again", () => {
  const state = look(after({}, knock("Dan"), { awayFromDoor: ["Dan"] }, {}), knock("Dan"));
  assert.equal(state.rings, true);
  assert.equal(sentences(state), knock("Dan").heading);
});

test("somebody whose page has not been there knocks when it is", () => {
  const state = look(after({}, { ...knock("Dan"), awayFromDoor: ["Eve"] }), knock("Dan", "Eve"));
  assert.equal(state.rings, true);
});

test("what was over before it was spoken is not spoken after what is known", () => {
  const state = look(after({}, knock("Dan")), { ...HAND, atDoor: ["Dan"] });
  assert.equal(sentences(state), HAND.heading);
  assert.equal(sentences(look(state, knock("Dan"))), "");
});

test("a knock under something more urgent rings when it is told", () => {
  const urgent = { kind: "presenter_returns", heading: "Mei needs to come back", call: "mine", atDoor: ["Dan"] };
  const state = look(after({}), urgent);
  assert.equal(look(state, knock("Dan")).rings, true);
  assert.equal(look(look(after({}, knock("Dan")), urgent), knock("Dan")).rings, false);
});

test("who comes in later is spoken once, whatever is told meanwhile", () => {
  const late = { latecomers: "Dan comes in later." };
  let state = look(after({}, HAND), late);
  assert.equal(sentences(state), `${STAGE.heading} ${late.latecomers}`);
  state = look(state, HAND);
  assert.equal(sentences(state), `${HAND.heading} ${late.latecomers}`);
  [, state] = spoken(state, 0);
  assert.equal(sentences(look(state, late)), STAGE.heading);
  assert.equal(sentences(look(look(after({}, HAND), late))), STAGE.heading); // They came in meanwhile.
  const gone = look(look(state, late));
  assert.ok(sentences(look(gone, late)).includes(late.latecomers));
});

test("a sentence that a browser has translated is the same sentence", () => {
  const translated = ({ heading, latecomers, ...seen }) => ({
    ...seen,
    heading: `«${heading}»`,
    digest: heading,
    latecomers: latecomers && `«${latecomers}»`,
    latecomersDigest: latecomers,
  });
  for (const seen of [MY_TURN, HAND, knock("Dan"), { ...STAGE, latecomers: "Dan comes in later." }]) {
    const state = look(after({ heading: "Before." }, seen), translated(seen));
    assert.equal(state.rings, false);
    assert.equal(sentences(state), "");
  }
});

test("the end of the time is left to the clock", () => {
  assert.equal(sentences(look(after({}), { kind: "time_over", heading: "The time is up" })), "");
});

test("what was spoken last decides when others are heard again", () => {
  const state = look(after({}, HAND), { kind: "hand", heading: "Ben raises a hand" });
  const [, said] = spoken(state, 20_000);
  assert.equal(waits(look(said, HAND), 20_000), 15_000);
  assert.equal(spoken(said, 90_000)[1].spokenAt, 20_000); // Nothing was said then.
});
