// My voice and picture, and theirs: obeys the room. What may be heard and seen, the server decides
// (#state and the chairs); what I want of it, I press, and it comes back the same way. So nothing is
// turned on but by the room. Off is off at once, even while the line is down; the room learns it after.
import { command, hearsOfTheRoom, isOut, tell } from "./connection.js";
import { watchLines } from "./lines.js";
import { canCarryVoices, createMesh } from "./mesh.js";
import { say } from "./notice.js";
import * as players from "./players.js";
import { onSeated } from "./seat.js";
import { ASKS_EVERY_MS, createSound } from "./sound.js";
import { useSpeaker } from "./speaker.js";
import { me, onState, people } from "./state.js";
import { write } from "./text.js";
import { createTracks } from "./tracks.js";
import { words } from "./words.js";

const SOUNDS = 0.02; // how loud somebody is who is shown as sounding
const LOOKS_MS = 200;
const RENEWS_BEFORE_MS = 300_000;
const LARGEST = { width: 320, height: 180 };
const ANSWERS_WITHIN_MS = 3_000; // so long the room may take to say that my camera is on

const page = Array.from(crypto.getRandomValues(new Uint8Array(8)), (b) => b.toString(16).padStart(2, "0")).join("");
const status = document.getElementById("voice-words");
const microphone = document.getElementById("microphone");
const camera = document.getElementById("camera");
const here = document.getElementById("sound-here");
const touch = document.getElementById("touch");
const voicesOnly = document.getElementById("voices-only");
const selfView = document.getElementById("self-view");
const noRelay = document.getElementById("no-servers");
const group = document.getElementById("sound");

const ownPicture = document.createElement("video");
Object.assign(ownPicture, { muted: true, playsInline: true, autoplay: true });
export const mesh = createMesh(page, (to, data) => tell({ do: "signal", to, data }), received);
const sound = createSound(page, tell, { granted: look, released: leave, inherited });
const tracks = createTracks({ isWanted: () => isOn("microphone"), changed: look, failed, troubled, said: say });
const { own, opening } = tracks;
const off = { microphone: false, camera: false }; // turned off here, and the room does not know yet
let inherits = false; // this page took the sound by itself, and its microphone has not been turned on since
let held = false; // my microphone is off in the room only because something is wrong with it
let limits = {};
let bad = false; // my line
let hasIce = false;
let renewing = 0;
let cameraAskedAt = -Infinity;

document.addEventListener("circle:said", ({ detail }) => {
  if (detail.signal?.from === me().seat) sound.hear(me(), detail.signal.data);
  else if (detail.signal) mesh.hear(detail.signal.from, detail.signal.data);
  if (!detail.ice) return;
  mesh.configure({ iceServers: detail.ice.iceServers, iceTransportPolicy: detail.ice.iceTransportPolicy });
  noRelay.hidden = detail.ice.iceServers.length > 0;
  clearTimeout(renewing);
  renewing = setTimeout(() => tell({ do: "ice" }), detail.ice.goodForMs - RENEWS_BEFORE_MS);
  if (hasIce) return;
  hasIce = true;
  sound.take({ ifAvailable: true });
  look();
});

here.addEventListener("click", () => sound.take({ steal: true }));

function lookForSound() {
  if (hasIce && me().here && !isOut()) sound.look(me());
}
setInterval(lookForSound, ASKS_EVERY_MS);

// Whoever has closed the window that they spoke in does not know that another one would go on listening to them.
function inherited() {
  inherits = true;
  for (const kind of Object.keys(own)) if (isOn(kind)) turnOff(kind);
}

// What I press, and what becomes of my devices.

const ON = { microphone: { do: "unmute" }, camera: { do: "camera", on: true } };
const OFF = { microphone: { do: "mute" }, camera: { do: "camera", on: false } };
const isOnInRoom = { microphone: () => me().mic, camera: () => me().camera };

function turnOff(kind) {
  off[kind] = isOnInRoom[kind]();
  if (off[kind]) command(OFF[kind]);
  look();
}

function turnOn(kind) {
  // Turned off while the line was down, it is still on in the room.
  if (!command(ON[kind]) && !off[kind]) return false;
  off[kind] = false;
  if (kind === "microphone") inherits = false;
  if (kind === "camera") cameraAskedAt = performance.now();
  look();
  return true;
}

function failed(kind, sentence) {
  if (kind === "microphone") forgetTrouble();
  say(sentence);
  turnOff(kind);
}

// A microphone that gives nothing is not shown as one that is on. It comes back on by itself where it went
// off by itself.
function troubled(trouble) {
  if (trouble) {
    say(words(`microphone.${trouble}`));
    held ||= me().mic && !off.microphone;
    turnOff("microphone");
  } else if (held) {
    held = !turnOn("microphone");
    if (!held) say(words("microphone.works"));
  }
}

function forgetTrouble() {
  held = false;
  tracks.forget();
}

microphone.addEventListener("click", async () => {
  if (isOn("microphone")) {
    if (held) tracks.shut("microphone");
    forgetTrouble();
    return turnOff("microphone");
  }
  await tracks.want("microphone");
  if (own.microphone && !turnOn("microphone")) sayItStaysOff("microphone");
});

camera.addEventListener("click", async () => {
  if (isOn("camera")) return turnOff("camera");
  await tracks.want("camera");
  if (own.camera && !turnOn("camera")) sayItStaysOff("camera");
});

function isOn(kind) {
  return (kind === "microphone" && held) || (isOnInRoom[kind]() && !off[kind]);
}

function sayItStaysOff(kind) {
  say(words(`${kind}.stays-off`));
}

document.addEventListener("circle:device", async ({ detail: kind }) => {
  if (kind === "speaker") await useSpeaker();
  else if (kind === "microphone" && (own.microphone || opening.microphone || held)) await tracks.again();
  else if (own[kind] || opening[kind]) {
    tracks.shut(kind);
    await tracks.want(kind);
  }
});

for (const [button, key] of [[voicesOnly, "voices only"], [selfView, "hide myself"]]) {
  button.setAttribute("aria-pressed", localStorage.getItem(key) ?? "false");
  button.addEventListener("click", () => {
    const on = !isPressed(button);
    button.setAttribute("aria-pressed", String(on));
    localStorage.setItem(key, String(on));
    mesh.wish(!isPressed(voicesOnly));
    look();
  });
}

function isPressed(button) {
  return button.getAttribute("aria-pressed") === "true";
}

// What the room says, done.

function look() {
  const mine = mineNow();
  if (!mine.here || isOut()) return leave();
  sound.settle(mine);
  const inIt = sound.has(mine);
  const all = people();
  const place = all.findIndex((person) => person.seat === mine.seat);
  const others = inIt ? all.filter((person) => person.seat !== mine.seat && person.sound) : [];
  mesh.meet(
    others.map((person) => ({ ...person, offers: place < all.indexOf(person) })),
    all.map((person) => person.seat),
  );
  obey(mine, inIt);
  for (const person of others) {
    players.play(person.seat, mesh.tracks(person.seat), blocked);
    players.allow(person.seat, {
      heard: person.heard && !person.muted,
      seen: person.seen && !isPressed(voicesOnly),
    });
  }
  players.keep(new Set(others.map((person) => person.seat)));
  players.show(mine.seat, own.camera && !isPressed(selfView) ? ownPicture : null);
  tellMe(mine, inIt);
}

// Whoever is not in the room, or has the sound in another window, has nothing open by it.
function leave() {
  forgetTrouble();
  inherits = false;
  for (const kind of Object.keys(own)) tracks.shut(kind);
  mesh.close();
  players.keep(new Set());
  if (me().here && !isOut()) tellMe(mineNow(), false);
}

function mineNow() {
  const mine = me();
  held &&= !mine.hushed; // a facilitator has muted this person meanwhile
  off.microphone &&= mine.mic;
  off.camera &&= mine.camera;
  return { ...mine, mic: mine.mic && !off.microphone, camera: mine.camera && !off.camera };
}

function obey(mine, inIt) {
  if (mine.elsewhere) { for (const kind of Object.keys(own)) tracks.shut(kind); }
  // A reload finds the room as it was: what was on is opened anew, if this browser still allows it.
  if (inIt && mine.mic) tracks.want("microphone");
  const shows = mine.camera && mine.pictures;
  if (inIt && shows) tracks.want("camera");
  const asking = opening.camera || performance.now() - cameraAskedAt < ANSWERS_WITHIN_MS;
  if (!shows && !asking) tracks.shut("camera"); // its light goes off, too
  if (shows) cameraAskedAt = -Infinity;
  const sends = mine.mic && mine.heard && hearsOfTheRoom();
  // One that gives nothing is listened to, so that the page notices when it does.
  if (own.microphone) own.microphone.enabled = sends || held;
  const picture = shows && !limits.off && hearsOfTheRoom() ? own.camera : null;
  if (/** @type {MediaStream} */ (ownPicture.srcObject)?.getTracks()[0] !== (own.camera ?? undefined)) {
    ownPicture.srcObject = own.camera ? new MediaStream([own.camera]) : null;
  }
  mesh.carry(sends ? own.microphone : null, picture, picture ? small(picture) : {});
}

// However large a camera's pictures are, they travel small.
function small(picture) {
  const { width = LARGEST.width, height = LARGEST.height } = picture.getSettings();
  const shrink = Math.max(1, width / LARGEST.width, height / LARGEST.height);
  return { ...limits.encoding, scaleResolutionDownBy: limits.encoding.scaleResolutionDownBy * shrink };
}

function received(seat) {
  players.play(seat, mesh.tracks(seat), blocked);
  look();
}

function tellMe(mine, inIt) {
  const takesPart = canCarryVoices && (inIt || sound.wants);
  group.toggleAttribute("data-elsewhere", mine.elsewhere);
  group.toggleAttribute("data-sits", mine.sits);
  if (mine.sits || mine.elsewhere) document.getElementById("more").hidePopover?.();
  here.hidden = !canCarryVoices || !hasIce || takesPart || mine.elsewhere;
  const isOnHere = mine.mic || held;
  write(microphone, words(isOnHere ? "button.microphone.off" : "button.microphone.on"));
  microphone.dataset.do = isOnHere ? "mute" : "unmute";
  write(camera, words(mine.camera ? "button.camera.off" : "button.camera.on"));
  microphone.disabled = !hasIce;
  camera.disabled = !hasIce || (!mine.pictures && !mine.camera);
  microphone.hidden = camera.hidden = !mine.speaks || (hasIce && !takesPart) || !canCarryVoices;
  write(status, sentence(mine, inIt));
}

function sentence(mine, inIt) {
  if (mine.elsewhere) return "";
  if (!canCarryVoices) return words("voice.none");
  if (!hasIce) return "";
  if (!inIt && !sound.wants) return words("voice.elsewhere");
  if (!mine.speaks) return words("voice.listening");
  if (!mine.heard) return words("voice.held");
  if (tracks.trouble && (held || mine.mic)) return words(`voice.${tracks.trouble}`);
  if (held || (mine.mic && !hearsOfTheRoom())) return words("voice.line");
  if (!mine.mic && inherits) return words("voice.inherited");
  if (!mine.mic) return words(mine.hushed ? "voice.muted-by-facilitator" : "voice.muted");
  return words(own.microphone ? "voice.heard" : "voice.opening");
}

// Who sounds is shown by a halo and in words, as it is heard here.
setInterval(() => {
  for (const person of people()) {
    const loud = person.seat !== me().seat && person.heard && !person.muted && mesh.loudness(person.seat) > SOUNDS;
    if (loud !== "sounding" in person.element.dataset) person.element.toggleAttribute("data-sounding", loud);
  }
}, LOOKS_MS);

// Browsers let a page sound only after somebody has touched it, and may take that back.
function blocked() {
  touch.hidden = false;
}
for (const event of ["pointerdown", "keydown"]) {
  document.addEventListener(event, () => {
    touch.hidden = true;
    players.startAll(blocked);
  });
}
players.keepPlaying(blocked);

// What a page needs for its seat, each time that it has it.

onSeated(() => {
  if (!canCarryVoices) return look();
  sound.askAnew();
  tell({ do: "ice" });
  for (const kind of Object.keys(off)) if (off[kind]) tell(OFF[kind]);
  if (bad) tell({ do: "line", bad });
  if (held && !tracks.trouble) held = !turnOn("microphone");
  look();
});
onState(look);
document.addEventListener("circle:line", look);
document.addEventListener("circle:out", leave);
addEventListener("online", () => mesh.restart());
navigator.connection?.addEventListener?.("change", () => mesh.restart());
mesh.wish(!isPressed(voicesOnly));
watchLines(mesh, {
  limit(next) {
    limits = next;
    look();
  },
  line(now) {
    bad = now;
    tell({ do: "line", bad });
  },
});
