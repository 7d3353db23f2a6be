// My voice and picture, and theirs: obeys the room. What may be heard and seen, the server decides
// (#state and the chairs); what I want of it, I press, and it comes back the same way. So nothing is
// turned on but by the room. Off is off at once, even while the line is down; the room learns it after.
import { onConnected, tell } from "./connection.js";
import { NotToBeHad, chosen, gone, open } from "./devices.js";
import { watchLines } from "./lines.js";
import { createMesh } from "./mesh.js";
import { say } from "./notice.js";
import * as players from "./players.js";
import { me, onState, people } from "./state.js";

const SOUNDS = 0.02; // how loud somebody is who is shown as sounding
const LOOKS_MS = 200;
const RENEWS_BEFORE_MS = 300_000;
const LARGEST = { width: 320, height: 180 };
const ANSWERS_WITHIN_MS = 3_000; // so long the room may take to say that my camera is on

const page = Array.from(crypto.getRandomValues(new Uint8Array(8)), (b) => b.toString(16).padStart(2, "0")).join("");
const words = document.getElementById("voice-words");
const microphone = document.getElementById("microphone");
const camera = document.getElementById("camera");
const here = document.getElementById("sound-here");
const touch = document.getElementById("touch");
const voicesOnly = document.getElementById("voices-only");
const selfView = document.getElementById("self-view");
const noRelay = document.getElementById("no-servers");
const group = document.getElementById("sound");

const own = { microphone: null, camera: null }; // live tracks
const opening = { microphone: false, camera: false };
const ownPicture = Object.assign(document.createElement("video"), { muted: true, playsInline: true, autoplay: true });
export const mesh = createMesh(page, (to, data) => tell({ do: "signal", to, data }), received);
const off = { microphone: false, camera: false }; // turned off here, and the room does not know yet
let wants = false; // this page is to have the sound
let askedAt = -Infinity;
let had = false;
let limits = {};
let ended = false;
let renewing = 0;
let cameraAskedAt = -Infinity;

// Which page of mine has the sound: one of this browser, by a lock; of two browsers, the later one.

function take(options) {
  if (!navigator.locks) return grant();
  return navigator.locks
    .request(`sound ${location.pathname}`, options, (lock) => lock && new Promise(() => grant()))
    .catch(release);
}

function grant() {
  wants = true;
  askedAt = -Infinity;
  look();
}

function release() {
  wants = had = false;
  for (const kind of Object.keys(own)) shut(kind);
  mesh.close();
  look();
}

here.addEventListener("click", () => take({ steal: true }));

// My devices. A track is open as long as I want it, and is sent only while I may be heard.

async function fetchDevice(kind) {
  if (own[kind] || opening[kind]) return;
  opening[kind] = true;
  try {
    const track = await open(kind);
    own[kind] = track;
    track.addEventListener("ended", () => {
      if (own[kind] !== track) return;
      shut(kind);
      say(gone(kind));
      turnOff(kind);
    });
  } catch (error) {
    if (!(error instanceof NotToBeHad)) throw error;
    say(error.message);
    turnOff(kind);
  } finally {
    opening[kind] = false;
  }
}

function shut(kind) {
  own[kind]?.stop();
  own[kind] = null;
}

const ON = { microphone: { do: "unmute" }, camera: { do: "camera", on: true } };
const OFF = { microphone: { do: "mute" }, camera: { do: "camera", on: false } };
const isOnInRoom = { microphone: () => me().mic, camera: () => me().camera };

function turnOff(kind) {
  off[kind] = isOnInRoom[kind]();
  if (off[kind]) tell(OFF[kind]);
  look();
}

for (const [kind, button] of [["microphone", microphone], ["camera", camera]]) {
  button.addEventListener("click", async () => {
    if (isOnInRoom[kind]() && !off[kind]) return turnOff(kind);
    await fetchDevice(kind);
    if (!own[kind]) return;
    if (off[kind]) off[kind] = false; // the room has not heard of it yet
    else if (!tell(ON[kind])) say(`The line is down: your ${kind} stays off. Please press again when it is back.`);
    else if (kind === "camera") cameraAskedAt = performance.now();
    look();
  });
}

document.addEventListener("circle:device", async ({ detail: kind }) => {
  if (kind === "speaker") players.speakBy(chosen().speaker);
  else if (own[kind]) {
    shut(kind);
    await fetchDevice(kind);
    look();
  }
});

for (const [button, key] of [[voicesOnly, "voices only"], [selfView, "hide myself"]]) {
  button.setAttribute("aria-pressed", localStorage.getItem(key) ?? "false");
  button.addEventListener("click", () => {
    const on = button.getAttribute("aria-pressed") !== "true";
    button.setAttribute("aria-pressed", String(on));
    localStorage.setItem(key, String(on));
    mesh.wish(!isOn(voicesOnly));
    look();
  });
}

function isOn(button) {
  return button.getAttribute("aria-pressed") === "true";
}

// What the room says, done.

function look() {
  if (ended) return;
  const mine = mineNow();
  const all = people();
  if (!mine.here) return end();
  if (wants && !mine.elsewhere && mine.sound !== page) {
    if (had && mine.sound) return release();
    if (performance.now() - askedAt > ANSWERS_WITHIN_MS) {
      askedAt = performance.now();
      tell({ do: "sound", page });
    }
  }
  had ||= wants && mine.sound === page;
  const inIt = had && mine.sound === page && !mine.elsewhere;
  const place = all.findIndex((person) => person.seat === mine.seat);
  const others = inIt ? all.filter((person) => person.seat !== mine.seat && person.sound) : [];
  mesh.meet(others.map((person) => ({ ...person, offers: place < all.indexOf(person) })));
  obey(mine, inIt);
  for (const person of others) {
    players.play(person.seat, mesh.tracks(person.seat), () => (touch.hidden = false));
    players.allow(person.seat, {
      heard: person.heard && !person.muted,
      seen: person.seen && !isOn(voicesOnly),
    });
  }
  players.keep(new Set(others.map((person) => person.seat)));
  players.show(mine.seat, own.camera && !isOn(selfView) ? ownPicture : null);
  tellMe(mine, inIt);
}

function mineNow() {
  const mine = me();
  off.microphone &&= mine.mic;
  off.camera &&= mine.camera;
  return { ...mine, mic: mine.mic && !off.microphone, camera: mine.camera && !off.camera };
}

function obey(mine, inIt) {
  if (mine.elsewhere) for (const kind of Object.keys(own)) shut(kind);
  // A reload finds the room as it was: what was on is opened anew, if this browser still allows it.
  if (inIt && mine.mic && !own.microphone && !opening.microphone) fetchDevice("microphone").then(look);
  const shows = mine.camera && mine.pictures;
  if (inIt && shows && !own.camera && !opening.camera) fetchDevice("camera").then(look);
  const asking = opening.camera || performance.now() - cameraAskedAt < ANSWERS_WITHIN_MS;
  if (!shows && !asking) shut("camera"); // its light goes off, too
  if (shows) cameraAskedAt = -Infinity;
  if (own.microphone) own.microphone.enabled = mine.mic && mine.heard;
  const picture = shows && !limits.off ? own.camera : null;
  if (ownPicture.srcObject?.getTracks()[0] !== (own.camera ?? undefined)) {
    ownPicture.srcObject = own.camera ? new MediaStream([own.camera]) : null;
  }
  mesh.carry(mine.mic && mine.heard ? own.microphone : null, picture, picture ? small(picture) : {});
}

// However large a camera's pictures are, they travel small.
function small(picture) {
  const { width = LARGEST.width, height = LARGEST.height } = picture.getSettings();
  const shrink = Math.max(1, width / LARGEST.width, height / LARGEST.height);
  return { ...limits.encoding, scaleResolutionDownBy: limits.encoding.scaleResolutionDownBy * shrink };
}

function received(seat) {
  players.play(seat, mesh.tracks(seat), () => (touch.hidden = false));
  look();
}

function tellMe(mine, inIt) {
  group.toggleAttribute("data-elsewhere", mine.elsewhere);
  group.toggleAttribute("data-sits", mine.sits);
  if (mine.sits || mine.elsewhere) document.getElementById("more").hidePopover?.();
  here.hidden = inIt || wants || mine.elsewhere;
  label(microphone, mine.mic ? "Mute" : "Unmute");
  label(camera, mine.camera ? "Turn camera off" : "Turn camera on");
  microphone.disabled = false;
  camera.disabled = !mine.pictures && !mine.camera;
  microphone.hidden = camera.hidden = !mine.speaks || !(inIt || wants);
  write(words, sentence(mine, inIt));
}

function sentence(mine, inIt) {
  if (mine.elsewhere) return "";
  if (!inIt && !wants) return "sound is in another window of yours";
  if (!mine.speaks) return "listening";
  if (!mine.heard) return "listening: your microphone is held in this phase";
  if (!mine.mic) return mine.hushed ? "muted by a facilitator" : "muted by you";
  return own.microphone ? "heard" : "no microphone yet";
}

function label(button, text) {
  if (button.textContent !== text) button.textContent = text;
}

function write(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

// Who sounds is shown by a halo and in words, as it is heard here.
setInterval(() => {
  for (const person of ended ? [] : people()) {
    const loud = person.seat !== me().seat && person.heard && !person.muted && mesh.loudness(person.seat) > SOUNDS;
    if (loud !== "sounding" in person.element.dataset) person.element.toggleAttribute("data-sounding", loud);
  }
}, LOOKS_MS);

document.addEventListener("circle:said", ({ detail }) => {
  if (detail.signal) mesh.hear(detail.signal.from, detail.signal.data);
  if (detail.ice) {
    mesh.configure({ iceServers: detail.ice.iceServers, iceTransportPolicy: detail.ice.iceTransportPolicy });
    noRelay.hidden = detail.ice.iceServers.length > 0;
    clearTimeout(renewing);
    renewing = setTimeout(() => tell({ do: "ice" }), detail.ice.goodForMs - RENEWS_BEFORE_MS);
    if (!started) start();
  }
});

let started = false;
function start() {
  started = true;
  take({ ifAvailable: true });
  onState(look);
}

onConnected(() => {
  askedAt = -Infinity;
  for (const kind of Object.keys(off)) if (off[kind]) tell(OFF[kind]);
  tell({ do: "ice" });
  look();
});

function end() {
  ended = true;
  clearTimeout(renewing);
  for (const kind of Object.keys(own)) shut(kind);
  mesh.close();
  players.keep(new Set());
}
document.addEventListener("circle:out", end);

// Browsers let a page sound only after somebody has touched it.
for (const event of ["pointerdown", "keydown"]) {
  document.addEventListener(event, () => {
    touch.hidden = true;
    players.startAll();
  });
}
addEventListener("online", () => mesh.restart());
navigator.connection?.addEventListener?.("change", () => mesh.restart());
mesh.wish(!isOn(voicesOnly));
watchLines(mesh, {
  limit(next) {
    limits = next;
    look();
  },
  line: (bad) => tell({ do: "line", bad }),
});
