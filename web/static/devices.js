// Microphone, camera and speaker: opening and choosing them, and what to say where they are not to be had.
const KEY = "devices";
const ASKED = {
  microphone: { audio: { echoCancellation: true, noiseSuppression: true, autoGainControl: true } },
  camera: { video: { width: { ideal: 320 }, height: { ideal: 180 }, frameRate: { ideal: 10, max: 15 } } },
};
export const KINDS = { microphone: "audioinput", camera: "videoinput", speaker: "audiooutput" };

/** Why a device cannot be used; its message is a sentence for the person. */
export class NotToBeHad extends Error {}

/** The chosen devices: their ids by kind, where one was chosen. */
export function chosen() {
  try {
    return JSON.parse(localStorage.getItem(KEY)) ?? {};
  } catch {
    return {};
  }
}

export function choose(kind, id) {
  localStorage.setItem(KEY, JSON.stringify({ ...chosen(), [kind]: id }));
}

/** A live track of the chosen microphone or camera; raises NotToBeHad. */
export async function open(kind) {
  if (!navigator.mediaDevices?.getUserMedia) throw new NotToBeHad(isSecureContext ? inApp(kind) : insecure(kind));
  const [[medium, wanted]] = Object.entries(ASKED[kind]);
  const id = chosen()[kind];
  // An ideal, so that whoever comes without the headset they chose gets what there is.
  const constraints = { [medium]: id ? { ...wanted, deviceId: { ideal: id } } : wanted };
  try {
    const stream = await navigator.mediaDevices.getUserMedia(constraints);
    return stream.getTracks()[0];
  } catch (error) {
    throw new NotToBeHad(sentence(kind, error.name));
  }
}

function insecure(kind) {
  return `A ${kind} can be used only where the address begins with https://. You can listen all the same.`;
}

// The browsers that some apps have built in give pages no devices.
function inApp(kind) {
  return `This browser gives pages no ${kind}. Open your invitation in a browser such as Safari, Chrome or Firefox. Here you can listen.`;
}

function sentence(kind, name) {
  switch (name) {
    case "NotAllowedError":
    case "SecurityError":
      return `This browser does not let the page use your ${kind}. Allow it by the sign beside the address, then press again.`;
    case "NotFoundError":
    case "OverconstrainedError":
      return `No ${kind} was found. Plug one in, then press again; until then you can listen.`;
    case "NotReadableError":
    case "AbortError":
      return `Your ${kind} is in use by another program. Close that program, then press again.`;
    default:
      return `Your ${kind} could not be opened. Try another one under More, or reload the page.`;
  }
}

/** What to say of a device that is gone in the middle of it. */
export function gone(kind) {
  return `Your ${kind} was unplugged, so you are off for now. Plug it in, or choose another one under More.`;
}

/** The devices of a kind: [{id, label}]; without labels until one was allowed. */
export async function devices(kind) {
  const all = (await navigator.mediaDevices?.enumerateDevices?.()) ?? [];
  return all
    .filter((device) => device.kind === KINDS[kind] && device.deviceId)
    .map((device, index) => ({ id: device.deviceId, label: device.label || `${kind} ${index + 1}` }));
}

/** Calls `look(level)` with the loudness of a track, 0 to 1, ten times a second; returns what ends it. */
export function meter(track, look) {
  return sample(track, 100, (samples) => {
    if (samples) look(Math.min(1, 4 * Math.sqrt(samples.reduce((sum, x) => sum + x * x, 0) / samples.length)));
  });
}

const WINDOW = 16_384; // samples, a third of a second: the windows overlap, so no sound falls between two

/**
 * Calls `look(samples)` every `milliseconds`, at most 300, with the last sound of a track, or with null while
 * the browser holds the sound back; returns what ends it. Never calls it where a browser cannot do this.
 */
export function sample(track, milliseconds, look) {
  const context = new AudioContext();
  const analyser = new AnalyserNode(context, { fftSize: WINDOW });
  try {
    context.createMediaStreamSource(new MediaStream([track])).connect(analyser);
  } catch {
    context.close(); // A browser whose sound has another rate than the microphone.
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
