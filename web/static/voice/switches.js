// Whether my microphone and my camera are on. The room decides: a press is sent and comes back in the room's state.
// Only off takes effect at once, even while the line is down; the room gets it later.

const ON = { microphone: { do: "unmute" }, camera: { do: "camera", on: true } };
const OFF = { microphone: { do: "mute" }, camera: { do: "camera", on: false } };
const ANSWERS_WITHIN_MS = 3_000; // the room may take this long to confirm that my camera is on

/**
 * @param {() => ReturnType<typeof import("../room/state.js").me>} me my latest state in the room
 * @param {(command: object) => boolean} command sends a command; returns whether it was sent
 * @param {() => void} changed something was switched on or off
 * @param {() => number} now a clock, in ms
 */
export function createSwitches(me, command, changed, now = () => performance.now()) {
  const off = { microphone: false, camera: false }; // switched off here, and not in the room yet
  const isOnInRoom = { microphone: () => me().mic, camera: () => me().camera };
  let held = false; // my microphone is off in the room only because of a fault
  let inherits = false; // this page took the sound from a closed page, and its microphone is off since
  let cameraAskedAt = -Infinity;

  function isOn(kind) {
    return (kind === "microphone" && held) || (isOnInRoom[kind]() && !off[kind]);
  }

  function turnOff(kind) {
    off[kind] = isOnInRoom[kind]();
    if (off[kind]) command(OFF[kind]);
    changed();
  }

  /** Returns whether it could be switched on. */
  function turnOn(kind) {
    // What was switched off while the line was down is still on in the room.
    if (!command(ON[kind]) && !off[kind]) return false;
    off[kind] = false;
    if (kind === "microphone") inherits = false;
    if (kind === "camera") cameraAskedAt = now();
    changed();
    return true;
  }

  return {
    isOn,
    /** Whether my microphone is to be heard here, even if a fault prevents it. */
    wantsMicrophone: () => isOn("microphone") && !me().elsewhere,
    turnOff,
    turnOn,
    /** My state in the room, except for what was switched off here. */
    mine() {
      const mine = me();
      held &&= !mine.mutedByFacilitator && mine.speaks; // a facilitator has muted this person, or made them an observer
      off.microphone &&= mine.mic;
      off.camera &&= mine.camera;
      return { ...mine, mic: mine.mic && !off.microphone, camera: mine.camera && !off.camera };
    },
    /** The commands that have not reached the room while the line was down. */
    missed: () => Object.keys(off).filter((kind) => off[kind] && isOnInRoom[kind]()).map((kind) => OFF[kind]),
    /** Switches all off: a person who closes a page does not know that another page would go on listening. */
    inherit() {
      inherits = true;
      for (const kind of Object.keys(off)) if (isOn(kind)) turnOff(kind);
    },
    /** Mutes a faulty microphone, so that it is not shown as one that is on. */
    hold() {
      held ||= me().mic && !off.microphone;
      turnOff("microphone");
    },
    /** Unmutes the microphone if `hold` has muted it; returns whether it did. */
    comeBack() {
      if (!held) return false;
      held = !turnOn("microphone");
      return !held;
    },
    /** Leaves the microphone muted if `hold` has muted it. */
    forget() {
      held = false;
    },
    /** This page has the sound no more. */
    leave() {
      held = inherits = false;
    },
    /** Whether the room may still confirm that my camera is on; `shows`: it has. */
    awaitsCamera(shows) {
      if (shows) cameraAskedAt = -Infinity;
      return now() - cameraAskedAt < ANSWERS_WITHIN_MS;
    },
    get held() {
      return held;
    },
    get inherits() {
      return inherits;
    },
  };
}
