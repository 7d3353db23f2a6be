// Which fault my microphone has, from one look at it to the next: pure. faults.js looks.

export const MUTED_FOR_MS = 1_000; // a browser mutes a track briefly when it opens
export const SILENT_FOR_MS = 10_000;
export const OPENS_WITHIN_MS = 2_000; // unless the browser asks first
const MOST_MS = 1_000; // that count between two looks; a machine may have slept in between

/**
 * For how long (ms) it has been muted, silent, or about to open, as seen by the look at `at`.
 * @typedef {{at: number, muted: number, silent: number, opening: number}} Times
 */

/**
 * The times of a microphone that is new on this page. One that follows a faulty one must show first that it works.
 * @param {string} trouble of the one before
 * @param {number} at
 * @returns {Times}
 */
export function begin(trouble, at) {
  return {
    at,
    muted: trouble === "interrupted" ? Infinity : 0,
    silent: trouble === "silent" ? Infinity : 0,
    opening: 0,
  };
}

/**
 * The times after one more look, and the fault: interrupted, silent, opening, or "".
 * @param {Times} before
 * @param {object} seen
 * @param {boolean} seen.isWanted it is to be heard
 * @param {boolean} seen.isOpening
 * @param {boolean} [seen.isMuted] by the system; undefined while no microphone is open
 * @param {Float32Array | number[] | null} [seen.samples] its sound; null if none can be listened to
 * @param {number} now
 * @returns {[Times, string]}
 */
export function looked(before, { isWanted, isOpening, isMuted, samples }, now) {
  const passed = Math.min(now - before.at, MOST_MS);
  const isOpen = isMuted !== undefined;
  const times = {
    at: now,
    muted: isMuted ? before.muted + passed : 0,
    silent: isWanted && isOpen ? before.silent : 0,
    opening: isWanted && isOpening && !isOpen ? before.opening + passed : 0,
  };
  if (isWanted && isMuted === false && samples) {
    times.silent = samples.some((value) => value !== 0) ? 0 : before.silent + passed;
  }
  if (!isWanted) return [times, ""];
  if (times.opening > OPENS_WITHIN_MS) return [times, "opening"];
  if (times.muted > MUTED_FOR_MS) return [times, "interrupted"];
  return [times, times.silent >= SILENT_FOR_MS ? "silent" : ""];
}
