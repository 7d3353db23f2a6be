// How long I have spoken since my last report: a pure count. Its reports are few, since each of them is a version of
// the room that every page gets.
export const EACH_MS = 32_000; // the room takes one each 30 s, and this one may travel faster than the last
export const LEAST_MS = 5_000;
export const SOUNDS = 0.02; // the loudness from which somebody speaks
const LONGEST_LOOK_MS = 1_000;

/**
 * @param {(ms: number) => boolean} send reports so many ms; returns whether that was possible
 * @param {() => number} now
 */
export function createSpoken(send, now = () => performance.now()) {
  let ms = 0;
  let lookedAt = now();
  let reportedAt = -Infinity;
  let lastMoment = "";
  return {
    /**
     * Counts the time since the last look. `counts`: the room takes reports from me now. What was said at another
     * moment (a phase; before I was invited to speak) is reported no more.
     */
    look(loudness, counts, moment = "") {
      const at = now();
      if (moment !== lastMoment) ms = 0;
      lastMoment = moment;
      if (counts && loudness > SOUNDS) ms += Math.min(at - lookedAt, LONGEST_LOOK_MS);
      lookedAt = at;
      if (!counts || ms < LEAST_MS || at - reportedAt < EACH_MS || !send(Math.round(ms))) return;
      ms = 0;
      reportedAt = at;
    },
  };
}
