// The controls of sound and picture: what I press, the faults of my devices, and the words about my microphone.
import { say, unsay } from "../room/notice.js";
import { createTracks } from "./tracks.js";
import { words, write } from "../room/words.js";

const status = document.getElementById("voice-words");
const microphone = document.getElementById("microphone");
const camera = document.getElementById("camera");
const here = document.getElementById("sound-here");
const voicesOnly = document.getElementById("voices-only");
const selfView = document.getElementById("self-view");
const group = document.getElementById("sound");

/**
 * @param {ReturnType<typeof import("./switches.js").createSwitches>} switches
 * @param {object} on
 * @param {() => void} on.changed a device was opened, or is gone
 * @param {() => void} on.brought the sound is to come to this page
 * @param {() => void} on.viewed this person wants to see more pictures, or fewer
 */
export function createControls(switches, { changed, brought, viewed }) {
  const tracks = createTracks({ isWanted: switches.wantsMicrophone, changed, failed, troubled, said: say });
  const { own, opening } = tracks;

  function failed(kind, key) {
    if (kind === "microphone") forgetTrouble();
    say(key);
    switches.turnOff(kind);
  }

  function troubled(trouble) {
    if (trouble) {
      // Of one that is opening the words beside the button are enough: the browser's own question is in view.
      if (trouble !== "opening") say(`microphone.${trouble}`);
      switches.hold();
    } else if (switches.comeBack()) say("microphone.works");
  }

  function forgetTrouble() {
    switches.forget();
    tracks.forget();
  }

  async function turnOn(kind) {
    await tracks.want(kind);
    if (!own[kind]) return;
    for (const key of [`device.${kind}.`, `${kind}.`]) unsay(key);
    if (!switches.turnOn(kind)) say(`device.${kind}.stays-off`);
  }

  here.addEventListener("click", brought);

  microphone.addEventListener("click", () => {
    if (!switches.isOn("microphone")) return turnOn("microphone");
    if (switches.held || opening.microphone) tracks.shut("microphone");
    forgetTrouble();
    switches.turnOff("microphone");
  });

  camera.addEventListener("click", () => {
    if (!switches.isOn("camera")) return turnOn("camera");
    switches.turnOff("camera");
  });

  document.addEventListener("circle:device", async ({ detail: kind }) => {
    if (kind === "microphone") ["microphone.other", "microphone.back"].forEach(unsay); // They name the one before.
    if (kind === "microphone" && (own.microphone || opening.microphone || switches.held)) await tracks.again();
    else if (own[kind] || opening[kind]) {
      tracks.shut(kind);
      await tracks.want(kind);
    }
  });

  for (const [button, key] of [[voicesOnly, "voices only"], [selfView, "hide myself"]]) {
    button.setAttribute("aria-pressed", localStorage.getItem(key) ?? "false");
    button.addEventListener("click", () => {
      const on = !isPressed(button);
      button.setAttribute("aria-pressed", String(on));
      localStorage.setItem(key, String(on));
      viewed();
    });
  }

  return {
    tracks,
    isVoicesOnly: () => isPressed(voicesOnly),
    /** This page has the sound no more: closes the devices. */
    leave() {
      switches.leave();
      tracks.forget();
      for (const kind of Object.keys(own)) tracks.shut(kind);
    },
    /**
     * Updates buttons and words.
     * @param {ReturnType<typeof switches.mine>} mine
     * @param {Page} page
     */
    show(mine, page) {
      const { held, inherits } = switches;
      if (!mine.mic && !held) unsay("microphone."); // it may say that this person is heard
      const facts = { ...mine, ...page, held, inherits, isOpen: own.microphone !== null, trouble: tracks.trouble };
      showButtons(facts);
      write(status, sentence(facts));
    },
  };
}

function isPressed(button) {
  return button.getAttribute("aria-pressed") === "true";
}

/**
 * The facts about this page: `hasIce`, it knows the ICE servers; `hasSound`, it has the sound or is taking it;
 * `unreached`, the words about people to whom no voice passes, or "".
 * @typedef {{canCarryVoices: boolean, hasIce: boolean, hasSound: boolean, hearsOfTheRoom: boolean,
 *   unreached: string}} Page
 *
 * All facts on which the controls depend: `isOpen`, my microphone is open; `trouble`, as in tracks.js, or "".
 * @typedef {ReturnType<typeof import("../room/state.js").me> & Page & {
 *   held: boolean,
 *   inherits: boolean,
 *   isOpen: boolean,
 *   trouble: string,
 * }} Facts
 */

/** @param {Facts} facts */
function showButtons(facts) {
  const { canCarryVoices, hasIce, elsewhere } = facts;
  const takesPart = canCarryVoices && facts.hasSound;
  const wasSilent = group.matches("[data-elsewhere], [data-sits]");
  group.toggleAttribute("data-elsewhere", elsewhere);
  group.toggleAttribute("data-sits", facts.sits);
  group.toggleAttribute("data-inherited", facts.inherits && !facts.mic);
  group.dataset.trouble = facts.held || facts.mic ? facts.trouble : "";
  if (!wasSilent && (facts.sits || elsewhere)) document.getElementById("more").hidePopover?.();
  here.hidden = !canCarryVoices || !hasIce || takesPart || elsewhere;
  const isOn = facts.mic || facts.held;
  write(microphone, words(isOn ? "button.microphone.off" : "button.microphone.on"));
  microphone.dataset.do = isOn ? "mute" : "unmute";
  write(camera, words(facts.camera ? "button.camera.off" : "button.camera.on"));
  microphone.disabled = !hasIce;
  camera.disabled = !hasIce || (!facts.video && !facts.camera);
  microphone.hidden = camera.hidden = !facts.speaks || (hasIce && !takesPart) || !canCarryVoices;
}

/**
 * The words about my microphone, or about voices, that only this page knows. Empty: the server's sentence in #turn holds.
 * @param {Facts} facts
 */
export function sentence(facts) {
  const { mic, held, trouble } = facts;
  if (facts.elsewhere) return "";
  if (!facts.canCarryVoices) return words("voice.none");
  if (!facts.hasIce) return "";
  if (!facts.hasSound) return words("voice.elsewhere");
  if (facts.speaks && facts.heard) {
    if (trouble && (held || mic)) return words(`voice.${trouble}`);
    if (held || (mic && !facts.hearsOfTheRoom)) return words("voice.line");
    if (!mic && facts.inherits) return words("voice.inherited");
    if (mic && !facts.isOpen) return words("voice.opening");
    if (mic && !facts.unreached) return words("voice.heard");
  }
  return facts.unreached;
}
