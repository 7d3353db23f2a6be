// The faults of my microphone: notices those of an open one and one that takes long to open, tries one again that could
// not be opened, and returns to the usual one after its loss. Loads a moment after voice.js.
import { chosen, devices, NotToBeHad } from "./devices.js";
import { begin, looked } from "./fault.js";
import { listen } from "./meter.js";
import { say } from "../room/notice.js";
import { createUsual } from "./usual.js";
import { tracks } from "./voice.js";

const LOOKS_MS = 250;
const RETRIES_MS = 5_000; // while a call or another program has the microphone

let track = null;
let ear = null;
let times = begin("", performance.now());

const usual = createUsual(() => chosen().microphone ?? "");
let mayBeBack = false; // the usual one is to be looked for

const facts = (microphone) => ({ id: microphone.getSettings().deviceId ?? "", label: microphone.label });

function follow(microphone) {
  const its = facts(microphone);
  usual.opened(its);
  // A device that was gone for a moment may be listed again by now.
  microphone.addEventListener("ended", () => (mayBeBack = usual.lost(its) || mayBeBack));
}

function listenTo(next) {
  ear?.close();
  track = next;
  ear = track && listen(track);
  if (track) follow(track);
  times = begin(tracks.trouble, performance.now());
}

setInterval(() => {
  if (track !== tracks.own.microphone) listenTo(tracks.own.microphone);
  const isOpening = tracks.opening.microphone;
  if (track && mayBeBack && !isOpening) useUsual();
  // The sound of a disabled microphone is ignored. Without any sound to listen to, muting still counts.
  const samples = track?.enabled ? ear?.hear() : null;
  if (samples) document.dispatchEvent(new CustomEvent("circle:level", { detail: samples }));
  const seen = { isWanted: tracks.isWanted(), isOpening, isMuted: track?.muted, samples };
  const [after, fault] = looked(times, seen, performance.now());
  times = after;
  // Of one that could not be opened, tracks.js knows why.
  if (track || (fault && !tracks.trouble)) tracks.found(fault);
}, LOOKS_MS);

// The present microphone is heard until the usual one is open, and stays if that cannot be opened.
async function useUsual() {
  mayBeBack = false;
  const id = usual.idOnReturn(await devices("microphone"));
  if (!id || !tracks.own.microphone || tracks.opening.microphone) return;
  try {
    await tracks.openTrack("microphone", id);
  } catch (error) {
    if (!(error instanceof NotToBeHad)) throw error;
    if (error.why === "busy") setTimeout(() => (mayBeBack = true), RETRIES_MS);
  }
  const now = tracks.own.microphone;
  if (!now || !usual.isIt(facts(now)) || !tracks.isWanted() || tracks.trouble) return;
  say(now.label ? "microphone.back" : "microphone.works", { name: now.label });
}

document.addEventListener("circle:device", ({ detail }) => detail === "microphone" && usual.forget());

function reopen() {
  if (tracks.trouble && tracks.isWanted() && !tracks.opening.microphone) tracks.again();
}

// An open microphone tells by itself when it works again.
function reopenClosed() {
  if (!tracks.own.microphone) reopen();
}

// A browser also reports changes that are none, and its own opening of a device.
let known = "";
navigator.mediaDevices?.addEventListener?.("devicechange", async () => {
  const before = known;
  known = (await devices("microphone")).map(({ id }) => id).join(" ");
  if (known === before) return;
  mayBeBack = true;
  reopen();
});
document.addEventListener("visibilitychange", () => document.hidden || reopenClosed());
navigator.permissions?.query({ name: /** @type {PermissionName} */ ("microphone") }).then(
  (permission) => permission.addEventListener("change", reopenClosed),
  () => {}, // This browser does not tell.
);
setInterval(() => tracks.trouble === "busy" && reopenClosed(), RETRIES_MS);
reopenClosed(); // Something may have changed while this module was loading.
