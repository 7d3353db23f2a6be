// The voices and pictures of the room. Who may be heard and seen is decided by the server (#state and the chairs) and
// applied here to mesh.js, players.js and my tracks. A press goes to the room and comes back the same way, so nothing
// is switched on but by the room.
import { command, hearsOfTheRoom, isOut, tell } from "../room/connection.js";
import { createControls } from "./controls.js";
import { watchLines } from "./lines.js";
import { canCarryVoices, createMesh } from "./mesh.js";
import * as players from "./players.js";
import { ASKS_EVERY_MS, createSound } from "./sound.js";
import { me, onPress, onSeated, onState, people } from "../room/state.js";
import { createSwitches } from "./switches.js";

const RENEWS_BEFORE_MS = 300_000;
const LARGEST = { width: 320, height: 180 };

const page = Array.from(crypto.getRandomValues(new Uint8Array(8)), (b) => b.toString(16).padStart(2, "0")).join("");
const touch = document.getElementById("touch");
const noRelay = document.getElementById("no-servers");
const ownPicture = document.createElement("video");
Object.assign(ownPicture, { className: "own", muted: true, playsInline: true, autoplay: true });

export const mesh = createMesh(page, (to, data) => tell({ do: "signal", to, data }), received);
const switches = createSwitches(me, command, look);
const controls = createControls(switches, {
  changed: look,
  brought: () => sound.take({ steal: true }),
  viewed() {
    mesh.wish(!controls.isVoicesOnly());
    look();
  },
});
export const { tracks } = controls;
const { own, opening } = tracks;
const sound = createSound(page, tell, { granted: look, released: leave, inherited: switches.inherit });
let limits = {};
let bad = false; // my line
let hasIce = false;
let renewing = 0;
let unreached = "";

// Messages of the server and of other pages.

document.addEventListener("circle:said", ({ detail }) => {
  if (detail.signal?.from === me().seat) sound.hear(me(), detail.signal.data);
  else if (detail.signal) mesh.hear(detail.signal.from, detail.signal.data);
  if (detail.ice) configure(detail.ice);
});

// This page takes the sound once it knows the servers by which the others' pages are reached.
function configure({ iceServers, iceTransportPolicy, goodForMs }) {
  mesh.configure({ iceServers, iceTransportPolicy });
  noRelay.hidden = iceServers.length > 0;
  clearTimeout(renewing);
  renewing = setTimeout(() => tell({ do: "ice" }), goodForMs - RENEWS_BEFORE_MS);
  if (hasIce) return;
  hasIce = true;
  sound.take({ ifAvailable: true })?.then(look);
  look();
}

setInterval(() => {
  if (hasIce && me().here && !isOut()) sound.look(me());
}, ASKS_EVERY_MS);

// The state of the room, applied.

function look() {
  const mine = switches.mine();
  if (!mine.here || isOut()) return quit();
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
    players.play(person.seat, mesh.tracks(person.seat), held);
    players.allow(person.seat, {
      heard: person.heard && !person.muted,
      seen: person.seen && !controls.isVoicesOnly(),
    });
  }
  players.keep(new Set(others.map((person) => person.seat)));
  players.show(mine.seat, own.camera ? ownPicture : null);
  show(mine, inIt);
}

function show(mine, inIt) {
  const hasSound = inIt || sound.wants;
  // Until it is decided which window has the sound, none is said to have it.
  controls.show(mine, {
    canCarryVoices,
    hasIce: hasIce && !sound.isTaking,
    hasSound,
    hearsOfTheRoom: hearsOfTheRoom(),
    unreached,
  });
}

// Out of the room this page leaves the sound to the next page of the same browser. It asks for it anew with a seat.
function quit() {
  hasIce = false;
  sound.release();
  leave();
}

/** Shows these words about the people to whom no voice passes; "" if there are none. */
export function tellUnreached(words) {
  unreached = words;
  look();
}

// Without a seat, or with the sound in another window, this page has no device open.
function leave() {
  controls.leave();
  mesh.close();
  players.keep(new Set());
  if (me().here && !isOut()) show(switches.mine(), false);
}

function obey(mine, inIt) {
  if (mine.elsewhere) { for (const kind of Object.keys(own)) tracks.shut(kind); }
  // After a reload the devices that are on in the room are reopened, if this browser still allows it.
  if (inIt && mine.mic) tracks.want("microphone");
  const shows = mine.camera && mine.video;
  if (inIt && shows) tracks.want("camera");
  const asking = switches.awaitsCamera(shows) || opening.camera;
  if (!shows && !asking) tracks.shut("camera"); // its light goes off, too
  const sends = mine.mic && mine.heard && hearsOfTheRoom();
  // A silent microphone stays enabled, so that the page notices when it gives sound again.
  if (own.microphone) own.microphone.enabled = sends || switches.held;
  const picture = shows && !limits.off && hearsOfTheRoom() ? own.camera : null;
  if (/** @type {MediaStream} */ (ownPicture.srcObject)?.getTracks()[0] !== (own.camera ?? undefined)) {
    ownPicture.srcObject = own.camera ? new MediaStream([own.camera]) : null;
  }
  mesh.carry(sends ? own.microphone : null, picture, picture ? small(picture) : {});
}

// Pictures are sent small, however large the camera makes them.
function small(picture) {
  const { width = LARGEST.width, height = LARGEST.height } = picture.getSettings();
  const shrink = Math.max(1, width / LARGEST.width, height / LARGEST.height);
  return { ...limits.encoding, scaleResolutionDownBy: limits.encoding.scaleResolutionDownBy * shrink };
}

function received() {
  document.dispatchEvent(new CustomEvent("circle:pair"));
  look();
}

// Browsers let a page sound only after a touch, and may hold it back again.
function held(isHeld) {
  touch.hidden = !isHeld;
}
onPress(() => players.startAll(held));
players.keepPlaying(held);

// Everything that a page requests for its seat, each time it gets it.

onSeated(() => {
  if (!canCarryVoices) return look();
  sound.askAnew();
  tell({ do: "ice" });
  for (const missed of switches.missed()) tell(missed);
  const isCalledBad = document.querySelector("#turn [data-sign=bad_line]") !== null;
  if (bad !== isCalledBad) tell({ do: "line", bad });
  if (!tracks.trouble) switches.comeBack();
  look();
});
onState(look);
document.addEventListener("circle:line", look);
document.addEventListener("circle:out", quit);
addEventListener("online", () => mesh.restart());
navigator.connection?.addEventListener?.("change", () => mesh.restart());
mesh.wish(!controls.isVoicesOnly());
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
