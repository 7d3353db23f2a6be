// Keeps the screen awake while a session runs: a locked phone loses its connection and its microphone.
// Browsers that cannot do this, or may not, are left as they are.
import { isOut } from "./connection.js";
import { me, onSeated, onState, state } from "./state.js";

let lock = null;
let isAsking = false;
let isRefused = false;

const runs = () => !isOut() && me().here && state().phase !== "waiting";

async function look() {
  if (!runs()) {
    lock?.release();
    lock = null;
  } else if (!lock && !isAsking && !isRefused && !document.hidden && navigator.wakeLock) {
    isAsking = true;
    lock = await navigator.wakeLock.request("screen").catch(() => null);
    isAsking = false;
    isRefused = !lock;
    // A browser releases the lock whenever the page is hidden.
    lock?.addEventListener("release", () => (lock = null));
    if (!runs()) look();
  }
}

function lookAnew() {
  isRefused = false;
  look();
}

onSeated(lookAnew);
onState(look);
document.addEventListener("circle:out", look);
document.addEventListener("visibilitychange", lookAnew);
