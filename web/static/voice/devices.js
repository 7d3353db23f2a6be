// Microphone, camera and speaker: opens and chooses them, and words the errors when they are unavailable.
import { words } from "../room/words.js";

const KEY = "devices";
const LOADS_WITHIN_MS = 2_000;
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
  /**
   * @param {string} kind of the device
   * @param {string} why insecure, in-app, refused, missing, busy or failed
   */
  constructor(kind, why) {
    const key = `device.${kind}.${why}`;
    super(words(key));
    this.key = key;
    this.why = why;
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

/**
 * A live track of the microphone or camera `id`; without it of the chosen one, or of any if that is missing. Raises
 * NotToBeHad.
 */
export async function open(kind, id = "") {
  if (!navigator.mediaDevices?.getUserMedia) {
    // In-app browsers often give pages no devices.
    const why = isSecureContext ? "in-app" : "insecure";
    throw new NotToBeHad(kind, why);
  }
  const [[medium, wanted]] = Object.entries(ASKED[kind]);
  const deviceId = id ? { exact: id } : { ideal: chosen()[kind] };
  const constraints = { [medium]: { ...wanted, deviceId } };
  try {
    const stream = await navigator.mediaDevices.getUserMedia(constraints);
    document.dispatchEvent(new CustomEvent("circle:opened"));
    return stream.getTracks()[0];
  } catch (error) {
    const fault = FAULTS[/** @type {DOMException} */ (error).name] ?? "failed";
    const why = fault === "refused" && (await isInApp()) ? "in-app" : fault;
    throw new NotToBeHad(kind, why);
  }
}

function isInApp() {
  const known = import("./in_app.js").then((module) => module.isInApp(navigator.userAgent), () => false);
  // On a frozen connection an import neither resolves nor fails.
  return Promise.race([known, new Promise((done) => setTimeout(done, LOADS_WITHIN_MS, false))]);
}

/** The devices of a kind: [{id, group, label}]; labels are empty until one was allowed. */
export async function devices(kind) {
  const all = (await navigator.mediaDevices?.enumerateDevices?.()) ?? [];
  return all
    .filter((device) => device.kind === KINDS[kind] && device.deviceId)
    .map((device, index) => ({
      id: device.deviceId,
      group: device.groupId,
      label: device.label || words(`device.${kind}`, { number: index + 1 }),
    }));
}
