// What is played and shown of the others: a voice for each seat, a picture in each chair.
// A seat that may not be heard is not played, whatever it sends.
const voices = document.getElementById("voices");
const players = new Map(); // by seat: its <audio> and <video>
let speaker = "";
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
 * Plays the tracks that come from a seat. `blocked` is called where this browser wants a touch first.
 * @param {string} seat
 * @param {{audio?: MediaStreamTrack, video?: MediaStreamTrack}} tracks
 * @param {() => void} blocked
 */
export function play(seat, { audio, video }, blocked) {
  const its = player(seat);
  if (!carries(its.audio, audio)) {
    its.audio.srcObject = audio ? new MediaStream([audio]) : null;
    if (audio) start(seat, blocked);
  }
  if (!carries(its.video, video)) its.video.srcObject = video ? new MediaStream([video]) : null;
}

function start(seat, blocked) {
  const { audio } = player(seat);
  audio.play().catch((error) => error.name === "NotAllowedError" && blocked());
}

/** Plays what this browser holds back; `blocked` is called where it wants a touch first. */
export function startAll(blocked) {
  for (const [seat, { audio }] of players) if (audio.srcObject && audio.paused) start(seat, blocked);
}

/** Starts again whatever a browser or a system has paused: a call, another program, a loudspeaker that is gone. */
export function keepPlaying(blocked) {
  setInterval(() => startAll(blocked), LOOKS_MS);
}

/** Whether a seat is heard now, and whether it is seen in its chair. */
export function allow(seat, { heard, seen }) {
  const { audio, video } = player(seat);
  audio.muted = !heard;
  for (const track of audio.srcObject?.getTracks() ?? []) track.enabled = heard;
  show(seat, seen ? video : null);
}

/** Puts a picture into a chair, or takes it out. */
export function show(seat, video) {
  const place = document.getElementById(`picture-${seat}`);
  if (!place || place.firstElementChild === video) return;
  place.replaceChildren(...(video ? [video] : []));
  video?.play().catch(() => {});
}

/** Only these seats are there; the others fall silent. */
export function keep(seats) {
  for (const [seat, { audio, video }] of players) {
    if (seats.has(seat)) continue;
    audio.remove();
    video.remove();
    players.delete(seat);
  }
}

/** By which device all of them are heard: its id, or "" for the default one. */
export function speakBy(id) {
  speaker = id;
  for (const { audio } of players.values()) audio.setSinkId?.(id).catch(() => {});
}
