// My microphone and camera: opened while they are wanted, and reopened when a system took the microphone away. Owns the
// tracks and the microphone's trouble, of which faults.js finds the most; voice.js decides who may hear or see them.
import { NotToBeHad, open } from "./devices.js";

// Why the microphone could not be opened again; for all other reasons it is tried again, as while it is busy.
const TROUBLES = { missing: "missing", refused: "refused", "in-app": "refused" };

/**
 * @param {object} on
 * @param {() => boolean} on.isWanted whether the microphone is to be heard, even if something prevents it
 * @param {() => void} on.changed a track was added or removed
 * @param {(kind: string, key: string) => void} on.failed a device stays closed; why, by the key of a sentence
 * @param {(trouble: string) => void} on.troubled interrupted or silent while it is open; opening while that takes long;
 *     missing, refused or busy if it could not be opened; "" when the microphone works again
 * @param {(key: string, facts: object) => void} on.said another sentence for the person
 */
export function createTracks({ isWanted, changed, failed, troubled, said }) {
  /** @type {{microphone: MediaStreamTrack | null, camera: MediaStreamTrack | null}} */
  const own = { microphone: null, camera: null };
  const opening = { microphone: false, camera: false };
  const times = { microphone: 0, camera: 0 }; // openings and closings: a device opened for an earlier one is stopped
  let trouble = "";

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

  /** Opens a device; one that is open already is used until then. */
  async function openTrack(kind, id) {
    const time = (times[kind] += 1);
    opening[kind] = true;
    try {
      const track = await open(kind, id);
      if (time !== times[kind]) return track.stop();
      own[kind]?.stop();
      own[kind] = track;
      track.addEventListener("ended", () => own[kind] === track && ended(kind));
      changed();
    } catch (error) {
      if (time === times[kind]) throw error; // else it is not wanted any more
    } finally {
      if (time === times[kind]) opening[kind] = false;
    }
  }

  async function ended(kind) {
    shut(kind);
    if (kind === "camera") return failed(kind, "camera.missing");
    if (!isWanted()) return changed();
    await again();
    if (!own.microphone) return; // another device was chosen meanwhile
    found("");
    if (!isWanted()) return; // it was muted meanwhile
    const { label } = own.microphone;
    said(label ? "microphone.other-named" : "microphone.other", { name: label });
  }

  async function found(now) {
    if (now === trouble) return;
    const before = trouble;
    trouble = now;
    troubled(now);
    if (now === "silent" && before === "") await again();
  }

  /** Reopens the microphone; if that fails, the trouble is why. */
  async function again() {
    shut("microphone");
    try {
      await openTrack("microphone");
    } catch (error) {
      if (!(error instanceof NotToBeHad)) throw error;
      return found(TROUBLES[error.why] ?? "busy");
    }
    // The others are over only when faults.js finds none.
    if (own.microphone && trouble !== "silent" && trouble !== "interrupted") found("");
  }

  function shut(kind) {
    times[kind] += 1;
    opening[kind] = false;
    own[kind]?.stop();
    own[kind] = null;
  }

  return {
    own,
    opening,
    isWanted,
    want,
    openTrack,
    shut,
    again,
    found,
    get trouble() {
      return trouble;
    },
    /** The microphone is not wanted any more, so it has no fault. */
    forget() {
      trouble = "";
    },
  };
}
