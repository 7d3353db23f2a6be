// What the clock shows and announces, from the milliseconds that are left.
const MARKS = [300, 120, 60, 0]; // seconds left, each with an announcement
const WAITS_S = 2;

/** The seconds as minutes and seconds; in overtime, with a plus. */
export function countdown(seconds) {
  const all = Math.abs(seconds);
  const sign = seconds < 0 ? "+" : "";
  return `${sign}${Math.floor(all / 60)}:${String(all % 60).padStart(2, "0")}`;
}

function isSame(one, other) {
  return one.phase === other.phase && one.endsAt === other.endsAt;
}

/**
 * The seconds to show; `last` is what was shown before: `{ seconds, phase, endsAt }`.
 *
 * A new measurement may set the servers' clock back a little. The countdown then waits: a repeated second would be
 * visible, and its mark would ring twice. It goes back by more than that after a machine has slept.
 */
export function wholeSeconds(last, now, ms) {
  const seconds = Math.ceil(ms / 1000);
  const isBack = isSame(last, now) && now.clock !== "paused" && seconds > last.seconds;
  return isBack && seconds - last.seconds <= WAITS_S ? last.seconds : seconds;
}

/**
 * The marks passed since `last`. One that lies further back, after a sleep, or that a facilitator has skipped, is passed
 * in silence; but not the end of the time, which nothing else announces.
 */
export function passedMarks(last, now, seconds) {
  if (now.phase !== last.phase) return [];
  const isTold = (mark) => mark === 0 || (isSame(last, now) && seconds > mark - 3);
  return MARKS.filter((mark) => last.seconds > mark && seconds <= mark && isTold(mark));
}
