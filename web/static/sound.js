// Which page of mine has the sound: of the tabs of one browser the one that holds a lock, of two browsers the
// later one. The room knows it by the page's name, so that the others talk to that page alone.
//
// A page without the sound asks the one that has it whether it is still there. Where no answer comes, that page is
// closed, and one of those that ask takes the sound.
const ANSWERS_WITHIN_MS = 3_000; // the room may take so long to say that this page has the sound
export const ASKS_EVERY_MS = 2_500;
const MOST_UNANSWERED = 4; // ten seconds: a page may be loaded anew, or lose its line for a moment

/**
 * @param {string} page this page, as the room names it
 * @param {(command: object) => boolean} tell sends a command
 * @param {{granted: () => void, released: () => void, inherited: () => void}} on what becomes of the sound;
 *     `inherited`: this page takes it by itself, before `granted`
 * @param {() => number} now a clock, in ms
 */
export function createSound(page, tell, on, now = () => performance.now()) {
  let wants = false; // the lock is ours
  let had = false; // and the room has said so
  let unlock = () => {};
  let askedAt = -Infinity;
  let closed = null; // the page from which this one inherits, until the room has said so
  let last = ""; // which page had the sound when the room last spoke
  let unanswered = 0; // questions to that page
  let isAsked = false; // by a page of this seat, since this one last looked

  function grant(from) {
    wants = true;
    askedAt = -Infinity;
    closed = from;
    if (from !== null) on.inherited();
    on.granted();
  }

  function release() {
    wants = had = false;
    unanswered = 0;
    closed = null;
    unlock();
    on.released();
  }

  /** Takes the sound, as `navigator.locks` takes a lock with these options. */
  function take(options, from = null) {
    if (!navigator.locks) return grant(from);
    let mine;
    const hold = (resolve) => {
      mine = unlock = resolve;
      grant(from);
    };
    return navigator.locks
      .request(`sound ${location.pathname}`, options, (lock) => lock && new Promise(hold))
      .catch(() => unlock === mine && release()); // unless this page has stolen it from itself
  }

  /** Compares with what the room says: `{sound, elsewhere}`. */
  function settle({ sound, elsewhere }) {
    if (sound !== last) unanswered = 0;
    last = sound;
    if (sound === page && wants) {
      had = true;
      closed = null;
    } else if (wants && !elsewhere) {
      if (had && sound) return release();
      if (now() - askedAt <= ANSWERS_WITHIN_MS) return;
      // Of two pages that inherit at once, the one whose command came later has it.
      if (closed !== null && sound !== closed) return release();
      askedAt = now();
      tell({ do: "sound", page });
    }
  }

  return {
    take,
    settle,
    /** The room may have forgotten which page has it. */
    askAnew() {
      askedAt = -Infinity;
    },
    /** To be called every ASKS_EVERY_MS: asks the page that has the sound, and inherits it where it is closed. */
    look(mine) {
      settle(mine);
      if (wants || mine.elsewhere) return;
      if (unanswered >= MOST_UNANSWERED) {
        unanswered = 0;
        take({ ifAvailable: true }, mine.sound);
      } else if (!isAsked) tell({ do: "signal", to: mine.seat, data: { sound: "asked" } });
      isAsked = false;
    },
    /** What a page of this seat says to all of them, this one included. So a line that is down asks nothing. */
    hear(mine, { sound }) {
      if (sound === "asked") {
        isAsked = true;
        unanswered += 1;
        if (wants) tell({ do: "signal", to: mine.seat, data: { sound: "here" } });
      } else if (sound === "here") unanswered = 0;
    },
    /** Whether this page is to have the sound, though the room may not have said so yet. */
    get wants() {
      return wants;
    },
    /** Whether the others talk to this page, as the room says. */
    has: ({ sound, elsewhere }) => had && sound === page && !elsewhere,
  };
}
