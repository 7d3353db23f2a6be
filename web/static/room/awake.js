// Keeps the screen awake while a session runs, and for people who wait at its door: a locked phone loses its connection
// and its microphone.
// Browsers that cannot do this, or may not, are left as they are.
import { isOut } from "./connection.js";
import { serverNow } from "./servertime.js";
import { me, onSeated, onState, state } from "./state.js";

const EARLY_MS = 15 * 60_000; // as in server/room/coming.py

let lock = null;
let isAsking = false;
let isRefused = false;

function isNeeded() {
  if (isOut()) return false;
  return state().phase === "lobby" ? !isEarly() : me().here && state().phase !== "waiting";
}

// People at the door long before the next session need not stay.
function isEarly() {
  const session = document.getElementById("next-session");
  return session !== null && Number(session.dataset.startsAt) - serverNow() > EARLY_MS;
}

async function look() {
  if (!isNeeded()) {
    lock?.release();
    lock = null;
  } else if (!lock && !isAsking && !isRefused && !document.hidden && navigator.wakeLock) {
    isAsking = true;
    lock = await navigator.wakeLock.request("screen").catch(() => null);
    isAsking = false;
    isRefused = !lock;
    // A browser releases the lock whenever the page is hidden.
    lock?.addEventListener("release", () => (lock = null));
    if (!isNeeded()) look();
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
