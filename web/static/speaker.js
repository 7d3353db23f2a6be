// The loudspeaker that the others are heard by: the chosen one, and the default one while that is not there.
import { chosen, devices } from "./devices.js";
import { say } from "./notice.js";
import { speakBy } from "./players.js";

let isGone = false;

/** Uses the loudspeaker that was chosen. */
export async function useSpeaker() {
  const id = chosen().speaker ?? "";
  const all = await devices("speaker");
  // A browser that has not been allowed any device yet tells of none.
  const wasGone = isGone;
  isGone = id !== "" && all.length > 0 && all.every((device) => device.id !== id);
  speakBy(isGone ? "" : id);
  if (isGone && !wasGone) say("Your loudspeaker was unplugged. You hear the others by the default one now.");
}

navigator.mediaDevices?.addEventListener?.("devicechange", useSpeaker);
useSpeaker();
