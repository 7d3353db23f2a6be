// Microphone, camera and speaker: opens and chooses them, and words the errors when they are unavailable.
import { words } from "../room/words.js";

const KEY = "devices";
const ASKED = {
  microphone: { audio: { echoCancellation: true, noiseSuppression: true, autoGainControl: true } },
  camera: { video: { width: { ideal: 320 }, height: { ideal: 180 }, frameRate: { ideal: 10, max: 15 } } },
};
const FAULTS = {
  NotAllowedError: "refused",
  SecurityError: "refused",
  NotFoundError: "missing",
  OverconstrainedError: "missing",
  NotReadableError: "busy",
  AbortError: "busy",
};
export const KINDS = { microphone: "audioinput", camera: "videoinput", speaker: "audiooutput" };

/** Why a device cannot be used; the message is a sentence for the person. */
export class NotToBeHad extends Error {
  /** @param {string} key of the sentence that is its message */
  constructor(key) {
    super(words(key));
    this.key = key;
  }
}

/** The ids of the chosen devices, by kind. */
export function chosen() {
  try {
    return JSON.parse(localStorage.getItem(KEY) ?? "null") ?? {};
  } catch {
    return {};
  }
}

export function choose(kind, id) {
  localStorage.setItem(KEY, JSON.stringify({ ...chosen(), [kind]: id }));
}

/** A live track of the chosen microphone or camera; raises NotToBeHad. */
export async function open(kind) {
  if (!navigator.mediaDevices?.getUserMedia) {
    // In-app browsers often give pages no devices.
    throw new NotToBeHad(isSecureContext ? `device.${kind}.in-app` : `device.${kind}.insecure`);
  }
  const [[medium, wanted]] = Object.entries(ASKED[kind]);
  const id = chosen()[kind];
  // `ideal`, so that any device is used when the chosen headset is missing.
  const constraints = { [medium]: id ? { ...wanted, deviceId: { ideal: id } } : wanted };
  try {
    const stream = await navigator.mediaDevices.getUserMedia(constraints);
    return stream.getTracks()[0];
  } catch (error) {
    const why = FAULTS[/** @type {DOMException} */ (error).name] ?? "failed";
    throw new NotToBeHad(`device.${kind}.${why}`);
  }
}

/** The devices of a kind: [{id, label}]; labels are empty until one was allowed. */
export async function devices(kind) {
  const all = (await navigator.mediaDevices?.enumerateDevices?.()) ?? [];
  return all
    .filter((device) => device.kind === KINDS[kind] && device.deviceId)
    .map((device, index) => ({
      id: device.deviceId,
      label: device.label || words(`device.${kind}`, { number: index + 1 }),
    }));
}

const WINDOW = 16_384; // samples, a third of a second: windows overlap, so that no sound is missed between two

/**
 * Calls `look(samples)` every `milliseconds`, at most 300, with the latest sound of a track, or with null while the
 * browser suspends the sound; returns a function that stops it. Browsers without this ability never call it.
 */
export function sample(track, milliseconds, look) {
  const context = new AudioContext();
  const analyser = new AnalyserNode(context, { fftSize: WINDOW });
  try {
    context.createMediaStreamSource(new MediaStream([track])).connect(analyser);
  } catch {
    context.close(); // A browser whose context has another sample rate than the microphone.
    return () => {};
  }
  const samples = new Float32Array(WINDOW);
  const timer = setInterval(() => {
    if (context.state !== "running") {
      context.resume().catch(() => {});
      return look(null);
    }
    analyser.getFloatTimeDomainData(samples);
    look(samples);
  }, milliseconds);
  return () => {
    clearInterval(timer);
    context.close();
  };
}
