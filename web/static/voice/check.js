// The device check: tries microphone, camera and speaker, each only on request, and remembers the chosen devices.
import { choose, chosen, devices, KINDS, NotToBeHad, open } from "./devices.js";
import { meter } from "./meter.js";
import { words } from "../room/words.js";

const check = document.getElementById("devices");
const status = document.getElementById("device-words");
const level = document.getElementById("device-level");
const picture = document.getElementById("device-picture");
const trying = {}; // by kind: the function that ends the trial

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
  trying[kind]?.();
  delete trying[kind];
  const button = check.querySelector(`[data-try=${kind}]`);
  button.setAttribute("aria-pressed", "false");
}

async function attempt(kind) {
  const button = check.querySelector(`[data-try=${kind}]`);
  if (kind === "speaker") return ring();
  const track = await open(kind);
  button.setAttribute("aria-pressed", "true");
  track.addEventListener("ended", () => stop(kind));
  if (kind === "microphone") {
    const end = meter(track, (value) => (level.value = value));
    level.hidden = false;
    trying[kind] = () => {
      end();
      track.stop();
      level.hidden = true;
    };
    status.textContent = words("device.microphone.tried");
  } else {
    picture.srcObject = new MediaStream([track]);
    picture.hidden = false;
    trying[kind] = () => {
      track.stop();
      picture.srcObject = null;
      picture.hidden = true;
    };
    status.textContent = words("device.camera.tried");
  }
  await list(); // with labels, now that a device was allowed
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

check.addEventListener("click", async (event) => {
  const kind = event.target.closest("[data-try]")?.dataset.try;
  if (!kind) return;
  if (trying[kind]) return stop(kind);
  status.textContent = "";
  try {
    await attempt(kind);
  } catch (error) {
    if (!(error instanceof NotToBeHad)) throw error;
    status.textContent = error.message;
  }
});

check.addEventListener("change", async ({ target }) => {
  choose(target.name, target.value);
  document.dispatchEvent(new CustomEvent("circle:device", { detail: target.name }));
  if (!trying[target.name]) return;
  stop(target.name);
  await attempt(target.name).catch((error) => (status.textContent = error.message));
});

// Closing the popover around the check, or leaving the page, closes every device.
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
