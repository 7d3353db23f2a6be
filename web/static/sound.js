// Which page of mine has the sound: of the tabs of one browser the one that holds a lock, of two browsers the
// later one. The room knows it by the page's name, so that the others talk to that page alone.
const ANSWERS_WITHIN_MS = 3_000; // the room may take so long to say that this page has the sound
const NOTES_WITHIN_MS = 10_000; // and so long to note that a second window is open
const RELOADS_WITHIN_MS = 10_000; // the window with the sound may be away so long: a reload, a short loss of its line

/**
 * @param {string} page this page, as the room names it
 * @param {(command: object) => boolean} tell sends a command
 * @param {{granted: () => void, released: () => void, doubted: () => void}} on what the lock does with this
 *     page; `doubted`: without the sound for a while, it may find that no window has it
 * @param {() => number} now a clock, in ms
 */
export function createSound(page, tell, on, now = () => performance.now()) {
  let wants = false; // the lock is ours
  let had = false; // and the room has said so
  let askedAt = -Infinity;
  let partedAt = Infinity; // another window got the sound, or kept it
  let sawOther = false; // and the room has noted that window since
  let aloneSince = -Infinity; // the room notes no other window; Infinity while it does

  function part() {
    partedAt = now();
    sawOther = false;
    setTimeout(on.doubted, NOTES_WITHIN_MS);
  }

  function grant() {
    wants = true;
    askedAt = -Infinity;
    on.granted();
  }

  function release() {
    wants = had = false;
    part();
    on.released();
  }

  return {
    /** Takes the sound, as `navigator.locks` takes a lock with these options. */
    take(options) {
      if (!navigator.locks) return grant();
      return navigator.locks
        .request(`sound ${location.pathname}`, options, (lock) => (lock ? new Promise(() => grant()) : part()))
        .catch(release);
    },
    /** The room may have forgotten which page has it. */
    askAnew() {
      askedAt = -Infinity;
    },
    /** Compares with what the room says: `{sound, elsewhere, severalWindows}`. */
    settle({ sound, elsewhere, severalWindows }) {
      if (wants && !elsewhere && sound !== page) {
        if (had && sound) return release();
        if (now() - askedAt > ANSWERS_WITHIN_MS) {
          askedAt = now();
          tell({ do: "sound", page });
        }
      }
      had ||= wants && sound === page;
      sawOther ||= severalWindows;
      if (severalWindows) aloneSince = Infinity;
      else if (aloneSince === Infinity) {
        aloneSince = now();
        setTimeout(on.doubted, RELOADS_WITHIN_MS + 50);
      }
    },
    /** Whether this page is to have the sound, though the room may not have said so yet. */
    get wants() {
      return wants;
    },
    /** Whether the window that had the sound is closed: this page is the only one, and has none. */
    isNowhere({ severalWindows }) {
      const isNoted = sawOther || now() - partedAt >= NOTES_WITHIN_MS;
      return !wants && !severalWindows && isNoted && now() - aloneSince >= RELOADS_WITHIN_MS;
    },
    /** Whether the others talk to this page, as the room says. */
    has: ({ sound, elsewhere }) => had && sound === page && !elsewhere,
  };
}
