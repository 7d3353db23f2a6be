// The level of a microphone that is tried. Apart from devices.js, which each room loads at first.
import { sample } from "./devices.js";

/** Calls `look(level)` with the loudness of a track, 0 to 1, ten times a second; returns a function that stops it. */
export function meter(track, look) {
  return sample(track, 100, (samples) => {
    if (samples) look(Math.min(1, 4 * Math.sqrt(samples.reduce((sum, x) => sum + x * x, 0) / samples.length)));
  });
}
