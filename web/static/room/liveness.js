// Whether the connection to the server lives: a pure state machine. It takes events with their times, and returns
// the next state and the actions. It owns no socket, no timer and no text.
//
// A browser may report a dead connection as open for minutes, and timers stop while a machine sleeps. So a connection
// counts as open only while messages arrive: after a silence the page sends a ping, and a connection without an answer
// is lost. A page that wakes up, is shown again or has another network replaces at once a connection that has been silent
// for so long, and gives any other a second to answer. So it is right again within two seconds. The timers of a hidden
// page may run once a minute, and so its pings: there a silence of a minute is no sign of a dead connection.
//
// Times are epoch ms of this machine's clock, which goes on during sleep.

export const ASKS_AFTER_MS = 5_000; // without a message
export const LOST_AFTER_MS = 10_000; // without a message, although the page sent a ping
export const LOST_HIDDEN_AFTER_MS = 90_000;
export const ANSWERS_WITHIN_MS = 3_000;
export const DOUBT_MS = 1_000; // time to answer for a connection that may have died unnoticed
export const OPENS_WITHIN_MS = 8_000;
export const VOICE_FOR_MS = 15_000; // without a message; the room may have removed this person meanwhile
export const TICK_MS = 500; // so late may a page notice that it was asleep
export const SLEPT_MS = 4_000; // between two ticks: the machine or the tab was asleep

const IS_TIME = new Set(["since", "heardAt", "lateAt", "retryAt", "tickedAt"]);
const RETRY = { first: 300, most: 3_000, jitter: 0.3 };

/** The state of a page that has just loaded and opens its first socket. */
export function begin(now) {
  return {
    is: "opening", // opening, open, lost (until retryAt), over
    since: now, // when it entered this state
    heardAt: now,
    lateAt: null, // when an unanswered ping means that the connection is lost
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
 * again; `restored`, the page left the back/forward cache and its socket is closed; `tick`, with whether the page is
 * `hidden`.
 *
 * Actions: `ask`, send a ping; `measure` the server's clock again; `drop` the socket without waiting for its close,
 * which is followed by `closed`; `connect`; `unsure`, a press may not have arrived.
 */
export function next(state, event, now) {
  if (state.is === "over") return [state];
  const passed = now - state.tickedAt;
  return EVENTS[event.type](passed < 0 ? shifted(state, passed) : state, now, event);
}

/** When the next `tick` is due. */
export function tickDue({ is, lateAt, retryAt, tickedAt }) {
  const sooner = is === "lost" ? retryAt : lateAt;
  return Math.min(sooner ?? Infinity, tickedAt + TICK_MS);
}

/** Whether the connection lives and has delivered the room's state. */
export function isCurrent({ is, heardAt, since }) {
  return is === "open" && heardAt >= since;
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
    { ...state, is: "open", since: now, lateAt: null, hurries: false },
    "measure",
  ],

  closed(state, now, { code, chance }) {
    if (isFinal(code)) return [{ ...state, is: "over", since: now }];
    if (state.is === "lost") return [state];
    const delay = state.hurries ? 0 : pause(state.tries, chance);
    const lost = { ...state, is: "lost", since: now, retryAt: now + delay, tries: state.tries + 1 };
    return [{ ...lost, pressed: false, hurries: false, lateAt: null }, ...(state.pressed ? ["unsure"] : [])];
  },

  word: (state, now) => [{ ...state, heardAt: now, lateAt: null, pressed: false, tries: 0 }],

  pressed: (state) => [{ ...state, pressed: state.is === "open" }],

  doubted(state, now, { hidden }) {
    if (state.is === "lost") return connect(state, now);
    if (isSilent(state, now, hidden)) return drop(state);
    if (state.is === "opening") return [state];
    return [{ ...state, lateAt: now + (hidden ? ANSWERS_WITHIN_MS : DOUBT_MS) }, "ask", "measure"];
  },

  restored: (state, now) => (state.is === "lost" ? connect(state, now) : drop(state)),

  tick(state, now, event) {
    const ticked = { ...state, tickedAt: now };
    if (state.lateAt !== null && now >= state.lateAt) return drop(ticked);
    if (now - state.tickedAt >= SLEPT_MS) return EVENTS.doubted(ticked, now, event);
    if (state.is === "lost") return now >= state.retryAt ? connect(ticked, now) : [ticked];
    if (state.is === "opening") return isSilent(state, now) ? drop(ticked) : [ticked];
    const silence = silenceOf(state, now);
    if (state.lateAt !== null || silence < ASKS_AFTER_MS) return [ticked];
    return [{ ...ticked, lateAt: now + Math.max(ANSWERS_WITHIN_MS, LOST_AFTER_MS - silence) }, "ask"];
  },
};

function connect(state, now) {
  return [{ ...state, is: "opening", since: now, retryAt: null }, "connect"];
}

function drop(state) {
  return [{ ...state, hurries: true }, "drop"];
}

function silenceOf(state, now) {
  return now - Math.max(state.heardAt, state.since);
}

function isSilent(state, now, hidden = false) {
  const most = state.is === "opening" ? OPENS_WITHIN_MS : hidden ? LOST_HIDDEN_AFTER_MS : LOST_AFTER_MS;
  return silenceOf(state, now) >= most;
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
