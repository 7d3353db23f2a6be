// Plays and shows the others: a voice for each seat, and video in each chair. A seat that may not be heard is not
// played, whatever it sends.
import { chosen } from "./devices.js";

const voices = document.getElementById("voices");
const players = new Map(); // by seat: its <audio> and <video>
let speaker = chosen().speaker ?? "";
const LOOKS_MS = 2_000;

function player(seat) {
  if (!players.has(seat)) {
    const audio = document.createElement("audio");
    audio.dataset.seat = seat;
    audio.muted = true;
    voices.append(audio);
    const video = Object.assign(document.createElement("video"), { muted: true, playsInline: true, autoplay: true });
    players.set(seat, { audio, video });
    if (speaker) audio.setSinkId?.(speaker).catch(() => {});
  }
  return players.get(seat);
}

function carries(element, track) {
  return (element.srcObject?.getTracks()[0] ?? null) === (track ?? null);
}

/**
 * Plays the tracks of a seat.
 * @param {string} seat
 * @param {{audio?: MediaStreamTrack, video?: MediaStreamTrack}} tracks
 * @param {(isHeld: boolean) => void} held called with true when the browser requires a touch first, and with false once
 *     no voice waits for one
 */
export function play(seat, { audio, video }, held) {
  const its = player(seat);
  if (!carries(its.audio, audio)) {
    its.audio.srcObject = audio ? new MediaStream([audio]) : null;
    if (audio) start(its.audio, held);
  }
  if (!carries(its.video, video)) its.video.srcObject = video ? new MediaStream([video]) : null;
}

function paused() {
  return [...players.values()].map(({ audio }) => audio).filter((audio) => audio.srcObject && audio.paused);
}

function start(audio, held) {
  audio.play().then(() => paused().length || held(false), ({ name }) => name === "NotAllowedError" && held(true));
}

/** Plays what a browser or system has paused, as play() does. */
export function startAll(held) {
  const all = paused();
  for (const audio of all) start(audio, held);
  if (!all.length) held(false);
}

/** Restarts whatever a browser or system paused: a call, another program, a disconnected loudspeaker. */
export function keepPlaying(held) {
  setInterval(() => startAll(held), LOOKS_MS);
}

/** Sets whether a seat is heard, and whether it is seen in its chair. */
export function allow(seat, { heard, seen }) {
  const { audio, video } = player(seat);
  audio.muted = !heard;
  for (const track of audio.srcObject?.getTracks() ?? []) track.enabled = heard;
  show(seat, seen ? video : null);
}

/** Puts video into a chair, or removes it. */
export function show(seat, video) {
  const place = document.getElementById(`picture-${seat}`);
  if (!place || place.firstElementChild === video) return;
  place.replaceChildren(...(video ? [video] : []));
  video?.play().catch(() => {});
}

/** Keeps only these seats; the others fall silent. */
export function keep(seats) {
  for (const [seat, { audio, video }] of players) {
    if (seats.has(seat)) continue;
    audio.remove();
    video.remove();
    players.delete(seat);
  }
}

/** Sets the output device for everybody: its id, or "" for the default device. */
export function speakBy(id) {
  speaker = id;
  for (const { audio } of players.values()) audio.setSinkId?.(id).catch(() => {});
}
