// Whether the connection to the server lives: a pure state machine. It takes events with their times, and returns
// the next state and the actions. It owns no socket, no timer and no text.
//
// A browser may report a dead connection as open for minutes, and timers stop while a machine sleeps. So a connection
// counts as open only while messages arrive: after a silence the page sends a ping, and a connection without an answer
// is lost.
//
// Times are epoch ms of this machine's clock, which goes on during sleep.

export const ASKS_AFTER_MS = 5_000; // without a message
export const LOST_AFTER_MS = 10_000; // without a message, although the page sent a ping
export const ANSWERS_WITHIN_MS = 3_000;
export const DOUBT_MS = 1_500; // time to answer for a connection that may have died unnoticed
export const OPENS_WITHIN_MS = 8_000;
export const VOICE_FOR_MS = 15_000; // without a message; the room may have removed this person meanwhile
export const TICK_MS = 1_000;
export const SLEPT_MS = 4_000; // between two ticks: the machine or the tab was asleep

const IS_TIME = new Set(["since", "heardAt", "askedAt", "retryAt", "tickedAt"]);
const RETRY = { first: 300, most: 3_000, jitter: 0.3 };

/** The state of a page that has just loaded and opens its first socket. */
export function begin(now) {
  return {
    is: "opening", // opening, open, lost (until retryAt), over
    since: now, // when it entered this state
    heardAt: now,
    askedAt: null, // the first unanswered ping
    answersWithin: ANSWERS_WITHIN_MS,
    pressed: false, // something was pressed, and no message has come since
    hurries: false, // the next attempt does not wait
    tries: 0,
    retryAt: null,
    tickedAt: now,
  };
}

/**
 * The transition for an event: `[state, ...actions]`.
 *
 * Events: `opened`; `closed` with its `code`, and with `chance` (0 to 1) for the jitter; `word`, any message from
 * the server; `pressed`, a command of this person was sent; `doubted`, the network changed or the page is shown
 * again; `restored`, the page left the back/forward cache and its socket is closed; `tick`.
 *
 * Actions: `ask`, send a ping; `measure` the server's clock again; `drop` the socket without waiting for its close,
 * which is followed by `closed`; `connect`; `unsure`, a press may not have arrived.
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

/** Whether this page's state of the room is recent enough to send a voice. */
export function mayCarryVoice(state, now) {
  return state.is !== "over" && now - state.heardAt < VOICE_FOR_MS;
}

/** Whether a close code means that this page may not reconnect (docs/protocol.md). */
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

// This machine's clock was set back.
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
