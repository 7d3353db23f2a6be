// The loudspeaker for the others' voices: the chosen one, or the default one while that is missing.
import { chosen, devices } from "./devices.js";
import { say, unsay } from "../room/notice.js";
import { speakBy } from "./players.js";

let isGone = false;

/** Uses the chosen loudspeaker. */
export async function useSpeaker() {
  const id = chosen().speaker ?? "";
  const all = await devices("speaker");
  // A browser lists no devices before one was allowed.
  const wasGone = isGone;
  isGone = id !== "" && all.length > 0 && all.every((device) => device.id !== id);
  speakBy(isGone ? "" : id);
  if (isGone && !wasGone) say("speaker.missing");
  if (!isGone) unsay("speaker.missing");
}

navigator.mediaDevices?.addEventListener?.("devicechange", useSpeaker);
useSpeaker();
