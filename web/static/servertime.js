// The servers' clock in this browser. performance.now() never jumps when somebody sets their clock.
// Until the first answer to a ping, the moment at which the page was made stands in for it.
const PINGS = 5;
const PAUSE_MS = 120;
const AGAIN_MS = 60_000;
const FAR_OFF_MS = 500; // what shows the time looks again at once

let offset = Number(document.getElementById("room").dataset.now) - performance.now();
let send = () => {};
let pings = [];
let again = 0;
let isKnown = false;

/** The offset of the servers' clock to performance.now(), in ms. */
export function setClock(ms) {
  const isFarOff = Math.abs(ms - offset) > FAR_OFF_MS;
  offset = ms;
  if (isFarOff) document.dispatchEvent(new CustomEvent("circle:clock"));
}

/** The servers' clock: epoch ms. */
export function serverNow() {
  return performance.now() + offset;
}

/** Measures the servers' clock by some pings, now and every minute. `ping` sends one, with the time it bears. */
export function measure(ping) {
  send = () => ping(performance.now());
  clearTimeout(again);
  // The machine may have slept, and performance.now() with it.
  isKnown = false;
  begin();
}

/** What a ping was answered; whether the clock is measured by now. */
export function pong({ pong: sentAt, now }) {
  if (pings.length === PINGS) return isKnown; // it answers a question of another kind
  const back = performance.now();
  pings.push({ trip: back - sentAt, offset: now - (sentAt + back) / 2 });
  const best = pings.reduce((a, b) => (b.trip < a.trip ? b : a));
  const isMeasured = pings.length === PINGS;
  // At first a poor measure is better than none; later it would have the countdown jump.
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
