// The servers' clock in this browser. performance.now() never jumps when somebody sets their clock.
// Until the first answer to a ping, the moment at which the page was made stands in for it.
let offset = Number(document.getElementById("room").dataset.now) - performance.now();

/** The offset of the servers' clock to performance.now(), in ms. */
export function setClock(ms) {
  offset = ms;
}

/** The servers' clock: epoch ms. */
export function serverNow() {
  return performance.now() + offset;
}
