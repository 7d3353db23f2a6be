// Whether the connection to the server lives: a pure state machine. It is given what happens and when, and
// returns the next state and what is to be done. It owns no socket, no timer and no words.
//
// A browser calls a dead connection open for minutes, and a machine that slept finds its own clock where
// it left it. So a connection counts as open only while words come over it: after a while without any the
// page asks, and a connection that does not answer is lost.
//
// Times are epoch ms of this machine's clock, which goes on while it sleeps.

export const ASKS_AFTER_MS = 5_000; // without a word
export const LOST_AFTER_MS = 10_000; // without a word, although the page asked
export const ANSWERS_WITHIN_MS = 3_000;
export const DOUBT_MS = 1_500; // the time to answer for a connection that may have died unnoticed
export const OPENS_WITHIN_MS = 8_000;
export const VOICE_FOR_MS = 15_000; // without a word; the room may have removed this person meanwhile
export const TICK_MS = 1_000;
export const SLEPT_MS = 4_000; // between two ticks: the machine or the tab was asleep

const IS_TIME = new Set(["since", "heardAt", "askedAt", "retryAt", "tickedAt"]);
const RETRY = { first: 300, most: 3_000, jitter: 0.3 };

/** A page that has just been loaded is opening its first socket. */
export function begin(now) {
  return {
    is: "opening", // opening, open, lost (until retryAt), over
    since: now, // when it became so
    heardAt: now,
    askedAt: null, // the first question that has no answer yet
    answersWithin: ANSWERS_WITHIN_MS,
    pressed: false, // something was pressed, and no word has come since
    hurries: false, // the next try waits for nothing
    tries: 0,
    retryAt: null,
    tickedAt: now,
  };
}

/**
 * What follows from an event: `[state, ...actions]`.
 *
 * Events: `opened`; `closed` with its `code`, and with `chance` (0 to 1) for the jitter; `word`, anything
 * that came from the server; `pressed`, a command of this person was sent; `doubted`, the network changed
 * or the page is shown again; `restored`, the page was put away and its socket closed; `tick`.
 *
 * Actions: `ask` the server for a word; `measure` its clock anew; `drop` the socket without waiting for
 * it, which is followed by `closed`; `connect`; `unsure`, a press may not have arrived.
 */
export function next(state, event, now) {
  return state.is === "over" ? [state] : EVENTS[event.type](state, now, event);
}

/** When the next `tick` is due. */
export function tickDue(state, now) {
  if (state.is === "lost") return Math.min(state.retryAt, now + TICK_MS);
  if (state.is === "open" && isDoubted(state)) return Math.min(state.askedAt + state.answersWithin, now + TICK_MS);
  return now + TICK_MS;
}

/** Whether what this page believes of the room is recent enough to send a voice by it. */
export function mayCarryVoice(state, now) {
  return state.is !== "over" && now - state.heardAt < VOICE_FOR_MS;
}

/** Whether a close code says that this page's time in the room is over (docs/protocol.md). */
export function isFinal(code) {
  return code >= 4400 && code < 4500;
}

const EVENTS = {
  opened: (state, now) => [
    { ...state, is: "open", since: now, askedAt: null, answersWithin: ANSWERS_WITHIN_MS, hurries: false },
    "measure",
  ],

  closed(state, now, { code, chance }) {
    if (isFinal(code)) return [{ ...state, is: "over", since: now }];
    if (state.is === "lost") return [state];
    const delay = state.hurries ? 0 : pause(state.tries, chance);
    const lost = { ...state, is: "lost", since: now, retryAt: now + delay, tries: state.tries + 1 };
    return [{ ...lost, pressed: false, hurries: false, askedAt: null }, ...(state.pressed ? ["unsure"] : [])];
  },

  word: (state, now) => [
    { ...state, heardAt: now, askedAt: null, answersWithin: ANSWERS_WITHIN_MS, pressed: false, tries: 0 },
  ],

  pressed: (state) => [{ ...state, pressed: state.is === "open" }],

  doubted(state, now) {
    if (state.is === "open") return [{ ...state, askedAt: now, answersWithin: DOUBT_MS }, "ask", "measure"];
    if (state.is === "lost") return connect(state, now);
    return isOpeningLong(state, now) ? drop(state) : [state];
  },

  restored: (state, now) => (state.is === "lost" ? connect(state, now) : drop(state)),

  tick(state, now) {
    if (now < state.tickedAt) return EVENTS.tick(shifted(state, now - state.tickedAt), now);
    if (state.is === "open" && isUnanswered(state, now)) return drop({ ...state, tickedAt: now });
    const slept = now - state.tickedAt >= SLEPT_MS;
    const ticked = { ...state, tickedAt: now };
    if (slept) return EVENTS.doubted(ticked, now);
    if (state.is === "lost") return now >= state.retryAt ? connect(ticked, now) : [ticked];
    if (state.is === "opening") return isOpeningLong(state, now) ? drop(ticked) : [ticked];
    const isQuiet = now - wordOrOpening(state) >= ASKS_AFTER_MS;
    return state.askedAt === null && isQuiet ? [{ ...ticked, askedAt: now }, "ask"] : [ticked];
  },
};

function connect(state, now) {
  return [{ ...state, is: "opening", since: now, retryAt: null }, "connect"];
}

function drop(state) {
  return [{ ...state, hurries: true }, "drop"];
}

function isOpeningLong(state, now) {
  return now - state.since >= OPENS_WITHIN_MS;
}

function isDoubted(state) {
  return state.askedAt !== null && state.answersWithin === DOUBT_MS;
}

function isUnanswered(state, now) {
  if (state.askedAt === null || now - state.askedAt < state.answersWithin) return false;
  return isDoubted(state) || now - wordOrOpening(state) >= LOST_AFTER_MS;
}

function wordOrOpening(state) {
  return Math.max(state.heardAt, state.since);
}

// Somebody has set this machine's clock back.
function shifted(state, ms) {
  const moved = Object.entries(state).map((
    [key, value],
  ) => [key, IS_TIME.has(key) && value !== null ? value + ms : value]);
  return Object.fromEntries(moved);
}

function pause(tries, chance) {
  const full = Math.min(RETRY.first * 2 ** tries, RETRY.most);
  return full * (1 + RETRY.jitter * (2 * chance - 1));
}
