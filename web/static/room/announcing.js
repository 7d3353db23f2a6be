// What a screen reader is told of the stage, and when the page rings. Pure: attention.js looks and speaks.
const OTHERS_EVERY_MS = 15_000;
// What concerns me or all of us, beside what calls me.
const MINE = /^(you_|sign_|welcome_back|paused|silence|we_wait|ended)/;
// What everybody is told in between, after which a call is the same one again.
const BETWEEN = /^(paused|silence|we_wait)$/;
// The clock speaks the end of the time itself.
const BY_CLOCK = "time_over";

/** Nothing has been told yet. */
export const NOTHING = {
  said: null, // the kind and the heading that were told last, by its digest
  called: "", // the last call to me, until something else is told
  knocked: [], // who has been heard at the door and still has a place there
  doorSaid: [], // the kinds and headings about them that have been told
  latecomers: "", // the digest of the sentence about who comes in later
  unspoken: { heading: "", latecomers: "" },
  hurries: false, // what is unspoken concerns me
  rings: false, // the page rings now
  spokenAt: -Infinity,
};

/**
 * The state after a look at the stage; what it tells first, as at load, is neither spoken nor rung.
 *
 * `atDoor` are the people who wait to be let in, `awayFromDoor` those who keep a place there while their page is gone,
 * `latecomers` a sentence about those who come in by themselves. A return to a place is no second knock. Sentences are
 * compared by the digests that the server gives them, since a browser that translates replaces their texts.
 */
export function looked(before, { kind, heading, digest, call, atDoor, awayFromDoor, latecomers, latecomersDigest }) {
  const is = `${kind} ${digest}`;
  const isSame = is === before.said;
  const isDoor = call === "door";
  const stayed = before.knocked.filter((person) => atDoor.includes(person) || awayFromDoor.includes(person));
  const newcomers = isDoor ? atDoor.filter((person) => !stayed.includes(person)) : [];
  const knocks = newcomers.length > 0;
  // Once somebody has left, the headings about all of them are outdated.
  const told = stayed.length < before.knocked.length ? [] : before.doorSaid;
  // What gives way before it is spoken has not been told.
  const doorSaid = isSame || !before.unspoken.heading ? told : told.filter((said) => said !== before.said);
  const isKnown = isDoor && doorSaid.includes(is);
  const isNew = knocks || (!isSame && !isKnown);
  const callsMe = knocks || (call === "mine" && is !== before.called);
  const isFirst = before.said === null;
  const after = {
    ...before,
    said: is,
    called: call === "mine" ? is : BETWEEN.test(kind) || (isDoor && !isNew) ? before.called : "",
    knocked: [...stayed, ...newcomers],
    doorSaid: isDoor && !isKnown ? [...doorSaid, is] : doorSaid,
    latecomers: latecomersDigest || (kind === "guidance" ? "" : before.latecomers),
  };
  if (isFirst) return after;
  const unspoken = {
    heading: isNew && kind !== BY_CLOCK ? heading : isSame ? before.unspoken.heading : "",
    latecomers: !after.latecomers
      ? ""
      : latecomersDigest && latecomersDigest !== before.latecomers
      ? latecomers
      : before.unspoken.latecomers,
  };
  const hurries = isNew ? callsMe || MINE.test(kind) : before.hurries;
  return { ...after, unspoken, hurries, rings: callsMe };
}

/** In how many ms the rest is spoken: at once what concerns me, what concerns others at most once in a while. */
export function waits(state, now) {
  return state.hurries ? 0 : Math.max(0, Math.ceil(state.spokenAt + OTHERS_EVERY_MS - now));
}

/** The sentences that are spoken now, or none, and the state after them. */
export function spoken(state, now) {
  const sentences = Object.values(state.unspoken).filter(Boolean).join(" ");
  const after = { ...state, unspoken: NOTHING.unspoken, hurries: false };
  return [sentences, sentences ? { ...after, spokenAt: now } : after];
}
