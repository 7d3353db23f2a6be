// The servers' clock in this browser, based on performance.now(), which ignores changes of the system clock.
// Until the first pong, the time at which the page was rendered is used.
const PINGS = 5;
const PAUSE_MS = 120;
const AGAIN_MS = 60_000;
const FAR_OFF_MS = 500; // from here on, displays of the time update at once

let offset = Number(document.getElementById("room").dataset.now) - performance.now();
let send = () => {};
let pings = [];
let again = 0;
let isKnown = false;

/** Sets the offset of the servers' clock to performance.now(), in ms. */
export function setClock(ms) {
  const isFarOff = Math.abs(ms - offset) > FAR_OFF_MS;
  offset = ms;
  if (isFarOff) document.dispatchEvent(new CustomEvent("circle:clock"));
}

/** The servers' clock: epoch ms. */
export function serverNow() {
  return performance.now() + offset;
}

/** Measures the servers' clock with several pings, now and every minute. `ping(at)` sends one with its time. */
export function measure(ping) {
  send = () => ping(performance.now());
  clearTimeout(again);
  // The machine may have slept, and performance.now() with it.
  isKnown = false;
  begin();
}

/** Takes a pong; returns whether the clock is measured. */
export function pong({ pong: sentAt, now }) {
  if (pings.length === PINGS) return isKnown; // it answers a liveness ping
  const back = performance.now();
  pings.push({ trip: back - sentAt, offset: now - (sentAt + back) / 2 });
  const best = pings.reduce((a, b) => (b.trip < a.trip ? b : a));
  const isMeasured = pings.length === PINGS;
  // At first a poor measurement is better than none; later it would make the countdown jump.
  if (isMeasured || !isKnown) setClock(best.offset);
  isKnown ||= isMeasured;
  if (pings.length < PINGS) setTimeout(send, PAUSE_MS);
  return isKnown;
}

function begin() {
  pings = [];
  send();
  again = setTimeout(begin, AGAIN_MS);
}
