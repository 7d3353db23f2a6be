// The loudspeaker for the others' voices: the chosen one, or the default one while that is missing. Says when the one by
// which they were heard is gone.
import { chosen, devices } from "./devices.js";
import { say, unsay } from "../room/notice.js";
import { onSeated } from "../room/state.js";
import { speakBy } from "./players.js";

const DEFAULT = "default"; // the id under which some browsers list the default one once more, in the group of the device
let id = ""; // of the chosen one
let heardBy = ""; // the chosen one, or the group of the default one, once the browser has listed it
let isGone = false;

/** Uses the chosen loudspeaker. */
export async function useSpeaker() {
  const all = await devices("speaker");
  const isListed = (one) => all.some((device) => device.id === one || (device.group === one && device.id !== DEFAULT));
  if (id !== (chosen().speaker ?? "")) heardBy = "";
  id = chosen().speaker ?? "";
  const now = id || all.find((device) => device.id === DEFAULT)?.group;
  // A browser lists no devices before one was allowed, and perhaps not all of them afterwards.
  if (now && isListed(now) && (!heardBy || isListed(heardBy))) heardBy = now;
  const wasGone = isGone;
  isGone = heardBy !== "" && all.length > 0 && !isListed(heardBy);
  speakBy(isGone ? "" : id);
  if (isGone && !wasGone) say("speaker.missing");
  if (!isGone) unsay("speaker.missing");
}

navigator.mediaDevices?.addEventListener?.("devicechange", useSpeaker);
document.addEventListener("circle:device", ({ detail }) => detail === "speaker" && useSpeaker());
// Some browsers let a page choose a loudspeaker only while, or after, it has used a microphone.
document.addEventListener("circle:opened", useSpeaker);
onSeated(useSpeaker);
