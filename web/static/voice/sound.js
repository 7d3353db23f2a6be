// Which of my pages has the sound: among the tabs of one browser the holder of a lock, among browsers the latest.
// The room stores it by the page's name, and the others connect to that page alone.
//
// A page without the sound sends probes to the page that has it. When no answer comes, that page was closed, and one
// of the probing pages takes the sound.
const ANSWERS_WITHIN_MS = 3_000; // the room may take this long to confirm that this page has the sound
export const ASKS_EVERY_MS = 2_500;
const MOST_UNANSWERED = 4; // ten seconds: a page may reload, or be offline for a moment

/**
 * @param {string} page the name of this page in the room
 * @param {(command: object) => boolean} tell sends a command
 * @param {{granted: () => void, released: () => void, inherited: () => void}} on callbacks; `inherited`: this page
 *     takes the sound from a closed page, before `granted`
 * @param {() => number} now a clock, in ms
 */
export function createSound(page, tell, on, now = () => performance.now()) {
  let wants = false; // this page holds the lock
  let isTaking = false; // the browser has not decided on the lock yet
  let had = false; // and the room has confirmed it
  let unlock = () => {};
  let askedAt = -Infinity;
  let closed = null; // the closed page whose sound this one takes, until the room confirms it
  let last = ""; // the page with the sound in the room's latest state
  let unanswered = 0; // unanswered probes to that page
  let isAsked = false; // a page of this seat has sent a probe since the last tick

  function grant(from) {
    wants = true;
    askedAt = -Infinity;
    closed = from;
    if (from !== null) on.inherited();
    on.granted();
  }

  /** This page has the sound no more, and another one of this browser can take it. */
  function release() {
    if (!wants) return;
    wants = had = false;
    unanswered = 0;
    closed = null;
    unlock();
    on.released();
  }

  /** Takes the sound, with these options of `navigator.locks`. */
  function take(options, from = null) {
    if (!navigator.locks) return grant(from);
    let mine;
    isTaking = true;
    const hold = (resolve) => {
      mine = unlock = resolve;
      grant(from);
    };
    return navigator.locks
      .request(`sound ${location.pathname}`, options, (lock) => {
        isTaking = false;
        return lock && new Promise(hold);
      })
      .catch(() => unlock === mine && release()); // unless this page has stolen the lock from itself
  }

  /** Compares with the room's state: `{sound, elsewhere}`. */
  function settle({ sound, elsewhere }) {
    if (sound !== last) unanswered = 0;
    last = sound;
    if (sound === page && wants) {
      had = true;
      closed = null;
    } else if (wants && !elsewhere) {
      if (had && sound) return release();
      if (now() - askedAt <= ANSWERS_WITHIN_MS) return;
      // When two pages inherit at once, the later command wins.
      if (closed !== null && sound !== closed) return release();
      askedAt = now();
      tell({ do: "sound", page });
    }
  }

  return {
    take,
    release,
    settle,
    /** Makes the next comparison send the command again, since the room may have lost it. */
    askAnew() {
      askedAt = -Infinity;
    },
    /** To be called every ASKS_EVERY_MS: probes the page with the sound, and inherits the sound once that is closed. */
    look(mine) {
      settle(mine);
      if (wants || mine.elsewhere) return;
      if (unanswered >= MOST_UNANSWERED) {
        unanswered = 0;
        take({ ifAvailable: true }, mine.sound);
      } else if (!isAsked) tell({ do: "signal", to: mine.seat, data: { sound: "asked" } });
      isAsked = false;
    },
    /** Takes a message from a page of this seat, this one included. So a page that is offline counts no probes. */
    hear(mine, { sound }) {
      if (sound === "asked") {
        isAsked = true;
        unanswered += 1;
        if (wants) tell({ do: "signal", to: mine.seat, data: { sound: "here" } });
      } else if (sound === "here") unanswered = 0;
    },
    /** Whether this page is to have the sound, confirmed by the room or not. */
    get wants() {
      return wants;
    },
    get isTaking() {
      return isTaking;
    },
    /** Whether the others connect to this page, according to the room. */
    has: ({ sound, elsewhere }) => had && sound === page && !elsewhere,
  };
}
