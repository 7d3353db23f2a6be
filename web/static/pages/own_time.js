// A session's time on this browser's own clock.
import { words } from "../room/words.js";

const language = document.documentElement.lang;

/** The time of day and the weekday at this moment, in this zone or the browser's own. */
export function clock(at, timeZone) {
  const time = new Intl.DateTimeFormat(language, {
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
    timeZone,
  });
  return {
    time: time.format(at),
    day: new Intl.DateTimeFormat(language, { weekday: "long", timeZone }).format(at),
  };
}

/** The sentence with one's own time, or nothing where it is that of the circle's zone, or not known. */
export function ownTime(at, zone) {
  if (Intl.DateTimeFormat().resolvedOptions().timeZone === "Etc/Unknown") return "";
  const [here, there] = [clock(at), clock(at, zone)];
  if (here.time === there.time && here.day === there.day) return "";
  return words(here.day === there.day ? "own-time" : "own-time.day", here);
}
