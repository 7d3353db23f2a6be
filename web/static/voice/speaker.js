// The loudspeaker for the others' voices: the chosen one, or the default one while that is missing.
import { chosen, devices } from "./devices.js";
import { say, unsay } from "../room/notice.js";
import { onSeated } from "../room/state.js";
import { speakBy } from "./players.js";

let seen = ""; // the chosen one, once the browser has listed it
let isGone = false;

/** Uses the chosen loudspeaker. */
export async function useSpeaker() {
  const id = chosen().speaker ?? "";
  const all = await devices("speaker");
  const isListed = id === "" || all.some((device) => device.id === id);
  if (isListed) seen = id;
  // A browser lists no devices before one was allowed, and perhaps not all of them afterwards.
  const wasGone = isGone;
  isGone = !isListed && seen === id && all.length > 0;
  speakBy(isGone ? "" : id);
  if (isGone && !wasGone) say("speaker.missing");
  if (!isGone) unsay("speaker.missing");
}

navigator.mediaDevices?.addEventListener?.("devicechange", useSpeaker);
document.addEventListener("circle:device", ({ detail }) => detail === "speaker" && useSpeaker());
// Some browsers let a page choose a loudspeaker only while, or after, it has used a microphone.
document.addEventListener("circle:opened", useSpeaker);
onSeated(useSpeaker);
