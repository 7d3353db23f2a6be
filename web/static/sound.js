// Which page of mine has the sound: of the tabs of one browser the one that holds a lock, of two browsers the
// later one. The room knows it by the page's name, so that the others talk to that page alone.
const ANSWERS_WITHIN_MS = 3_000; // the room may take so long to say that this page has the sound

/**
 * @param {string} page this page, as the room names it
 * @param {(command: object) => boolean} tell sends a command
 * @param {{granted: () => void, released: () => void}} on what the lock does with this page
 */
export function createSound(page, tell, on) {
  let wants = false; // the lock is ours
  let had = false; // and the room has said so
  let askedAt = -Infinity;

  function grant() {
    wants = true;
    askedAt = -Infinity;
    on.granted();
  }

  function release() {
    wants = had = false;
    on.released();
  }

  return {
    /** Takes the sound, as `navigator.locks` takes a lock with these options. */
    take(options) {
      if (!navigator.locks) return grant();
      return navigator.locks
        .request(`sound ${location.pathname}`, options, (lock) => lock && new Promise(() => grant()))
        .catch(release);
    },
    /** The room may have forgotten which page has it. */
    askAnew() {
      askedAt = -Infinity;
    },
    /** Compares with what the room says: `{sound, elsewhere}`. */
    settle({ sound, elsewhere }) {
      if (wants && !elsewhere && sound !== page) {
        if (had && sound) return release();
        if (performance.now() - askedAt > ANSWERS_WITHIN_MS) {
          askedAt = performance.now();
          tell({ do: "sound", page });
        }
      }
      had ||= wants && sound === page;
    },
    /** Whether this page is to have the sound, though the room may not have said so yet. */
    get wants() {
      return wants;
    },
    /** Whether the others talk to this page, as the room says. */
    has: ({ sound, elsewhere }) => had && sound === page && !elsewhere,
  };
}
