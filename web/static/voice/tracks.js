// My microphone and camera: opened and monitored while they are wanted, and reopened when a system took the microphone
// away. Owns the tracks and the microphone's faults; voice.js decides who may hear or see them.
import { devices, NotToBeHad, open, sample } from "./devices.js";

const LOOKS_MS = 250;
const MUTED_FOR = 4; // looks: a browser mutes a track briefly when it opens
const SILENT_FOR = 40; // looks: ten seconds

/**
 * @param {object} on
 * @param {() => boolean} on.isWanted whether the microphone is to be heard, even if something prevents it
 * @param {() => void} on.changed a track was added or removed
 * @param {(kind: string, key: string) => void} on.failed a device stays closed; why, by the key of a sentence
 * @param {(trouble: string) => void} on.troubled interrupted, silent, missing, or "" when the microphone works again
 * @param {(key: string, facts: object) => void} on.said another sentence for the person
 */
export function createTracks({ isWanted, changed, failed, troubled, said }) {
  /** @type {{microphone: MediaStreamTrack | null, camera: MediaStreamTrack | null}} */
  const own = { microphone: null, camera: null };
  const opening = { microphone: false, camera: false };
  const times = { microphone: 0, camera: 0 }; // openings and closings: a device opened for an earlier one is stopped
  let trouble = "";
  let unwatch = () => {};

  /** Opens a device unless it is open; `failed` is called if there is none. */
  async function want(kind) {
    if (own[kind] || opening[kind]) return;
    try {
      await openTrack(kind);
    } catch (error) {
      if (!(error instanceof NotToBeHad)) throw error;
      failed(kind, error.key);
    }
  }

  async function openTrack(kind) {
    const time = (times[kind] += 1);
    opening[kind] = true;
    try {
      const track = await open(kind);
      if (time !== times[kind]) return track.stop();
      own[kind] = track;
      track.addEventListener("ended", () => own[kind] === track && ended(kind));
      if (kind === "microphone") unwatch = watched(track, isWanted, trouble === "silent", setTrouble);
      changed();
    } finally {
      if (time === times[kind]) opening[kind] = false;
    }
  }

  async function ended(kind) {
    shut(kind);
    if (kind === "camera") return failed(kind, "camera.missing");
    if (!isWanted()) return changed();
    try {
      await openTrack(kind);
      if (!own[kind]) return; // it was muted, or another device chosen, meanwhile
      setTrouble("");
      const { label } = own[kind];
      said(label ? "microphone.other-named" : "microphone.other", { name: label });
    } catch (error) {
      if (!(error instanceof NotToBeHad)) throw error;
      setTrouble("missing");
    }
  }

  async function setTrouble(now) {
    if (now === trouble) return;
    const before = trouble;
    trouble = now;
    troubled(now);
    if (now === "silent" && before === "") await again();
  }

  /** Reopens the microphone; without one the trouble is `missing`. */
  async function again() {
    shut("microphone");
    try {
      await openTrack("microphone");
    } catch (error) {
      if (!(error instanceof NotToBeHad)) throw error;
      return setTrouble("missing");
    }
    if (trouble === "missing") setTrouble("");
  }

  function shut(kind) {
    times[kind] += 1;
    opening[kind] = false;
    if (kind === "microphone") {
      unwatch();
      unwatch = () => {};
    }
    own[kind]?.stop();
    own[kind] = null;
  }

  // A browser also reports changes that are none, and its own opening of a device.
  let known = "";
  const microphones = async () => (await devices("microphone")).map(({ id }) => id).join(" ");
  navigator.mediaDevices?.addEventListener?.("devicechange", async () => {
    const before = known;
    known = await microphones();
    if (trouble && isWanted() && known !== before && !opening.microphone) again();
  });

  return {
    own,
    opening,
    want,
    shut,
    again,
    get trouble() {
      return trouble;
    },
    /** The microphone is not wanted any more, so it has no fault. */
    forget() {
      trouble = "";
    },
  };
}

// Calls `found` repeatedly with the fault of an open microphone; "" while there is none, or it is not wanted. The sound
// of a disabled microphone is ignored. A microphone that was silent is cleared only by a sound.
function watched(track, isWanted, wasSilent, found) {
  let mutedFor = track.muted ? 1 : 0; // looks
  let silentFor = wasSilent ? SILENT_FOR : 0;
  track.addEventListener("mute", () => (mutedFor = 1));
  track.addEventListener("unmute", () => (mutedFor = 0));
  return sample(track, LOOKS_MS, (samples) => {
    if (samples && track.enabled) document.dispatchEvent(new CustomEvent("circle:level", { detail: samples }));
    if (!isWanted()) silentFor = 0;
    else if (mutedFor > 0) mutedFor += 1;
    else if (samples && track.enabled) silentFor = samples.some((value) => value !== 0) ? 0 : silentFor + 1;
    if (!isWanted()) found("");
    else found(mutedFor > MUTED_FOR ? "interrupted" : silentFor >= SILENT_FOR ? "silent" : "");
  });
}
