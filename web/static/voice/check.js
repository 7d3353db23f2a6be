// The device check: tries microphone, camera and speaker, each only on request, and remembers the chosen devices.
import { choose, chosen, devices, KINDS, NotToBeHad, open } from "./devices.js";
import { meter } from "./meter.js";
import { words } from "../room/words.js";

const check = document.getElementById("devices");
const status = document.getElementById("device-words");
const level = document.getElementById("device-level");
const picture = document.getElementById("device-picture");
const trying = {}; // by kind: the trial, with the function `end` once its device is open

async function list() {
  for (const kind of Object.keys(KINDS)) {
    const select = check.querySelector(`select[name=${kind}]`);
    const found = await devices(kind);
    const options = [new Option(words("device.default"), ""), ...found.map(({ id, label }) => new Option(label, id))];
    select.replaceChildren(...options);
    select.value = found.some(({ id }) => id === chosen()[kind]) ? chosen()[kind] : "";
    select.closest("label").hidden = kind === "speaker" && !("setSinkId" in HTMLMediaElement.prototype);
  }
}

function stop(kind) {
  trying[kind]?.end?.();
  delete trying[kind];
  const button = check.querySelector(`[data-try=${kind}]`);
  button.setAttribute("aria-pressed", "false");
}

async function attempt(kind) {
  status.textContent = "";
  if (kind === "speaker") return ring();
  const trial = (trying[kind] = {});
  try {
    const track = await open(kind);
    if (trying[kind] !== trial) return track.stop(); // The trial was ended meanwhile.
    begin(kind, track);
  } catch (error) {
    if (!(error instanceof NotToBeHad)) throw error;
    if (trying[kind] !== trial) return;
    stop(kind);
    status.textContent = error.message;
    return;
  }
  await list(); // with labels, now that a device was allowed
}

function begin(kind, track) {
  check.querySelector(`[data-try=${kind}]`).setAttribute("aria-pressed", "true");
  track.addEventListener("ended", () => stop(kind));
  if (kind === "microphone") {
    const end = meter(track, (value) => (level.value = value));
    trying[kind].end = () => {
      end?.();
      track.stop();
      level.hidden = true;
    };
    level.hidden = !end;
    status.textContent = words(end ? "device.microphone.tried" : "device.microphone.unmeasured");
  } else {
    picture.srcObject = new MediaStream([track]);
    picture.hidden = false;
    trying[kind].end = () => {
      track.stop();
      picture.srcObject = null;
      picture.hidden = true;
    };
    status.textContent = words("device.camera.tried");
  }
}

async function ring() {
  const context = new AudioContext();
  await context.setSinkId?.(chosen().speaker ?? "").catch(() => {});
  const tone = new OscillatorNode(context, { frequency: 528 });
  const quiet = new GainNode(context, { gain: 0.1 });
  tone.connect(quiet).connect(context.destination);
  tone.start();
  tone.stop(context.currentTime + 0.8);
  tone.onended = () => context.close();
  status.textContent = words("device.speaker.tried");
}

check.addEventListener("click", ({ target }) => {
  const kind = target.closest("[data-try]")?.dataset.try;
  if (!kind) return;
  if (!trying[kind]) return attempt(kind);
  if (trying[kind].end) stop(kind); // While a device is being opened, another press changes nothing.
});

check.addEventListener("change", ({ target }) => {
  choose(target.name, target.value);
  document.dispatchEvent(new CustomEvent("circle:device", { detail: target.name }));
  if (!trying[target.name]) return;
  stop(target.name);
  attempt(target.name);
});

// Closing the popover around the check, or leaving the page, closes every device, also one that is only being opened.
function stopAll() {
  for (const kind of Object.keys(trying)) stop(kind);
}
const around = check.closest("[popover]");
// Without a popover, or without support for one, the check is always visible.
const isSeen = () => !around || !("popover" in around) || around.matches(":popover-open");
const follow = () => (isSeen() ? list() : stopAll());
around?.addEventListener("toggle", follow);
follow();
addEventListener("pagehide", stopAll);
navigator.mediaDevices?.addEventListener?.("devicechange", list);
