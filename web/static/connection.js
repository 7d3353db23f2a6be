// The connection: what it says of itself, what becomes of presses while it is down, the servers' clock.
import { say } from "./notice.js";
import { setClock } from "./servertime.js";

const PRESS_EXPIRES_MS = 5000;
const DOUBLE_PRESS_MS = 400;
const PINGS = 5;
const PING_PAUSE_MS = 120;
const PING_AGAIN_MS = 60000;

const status = document.getElementById("connection");
const lastPress = new WeakMap();
let socket = null;
let pings = [];
let again = 0;

/** Sends a command that no button of htmx sends; whether the line took it. */
export function tell(command) {
  if (socket?.readyState !== WebSocket.OPEN) return false;
  socket.send(JSON.stringify(command));
  return true;
}

/** Calls `look` whenever there is a new line, and now if there is one. */
export function onConnected(look) {
  document.addEventListener("circle:connected", look);
  if (socket?.readyState === WebSocket.OPEN) look();
}

const FINAL = {
  4400: "The page and the server do not understand each other. Please reload.",
  4401: "You have no seat in this circle any more. To come back, use an invitation.",
  4403: "This page may not connect. Please open the room by its own address.",
  4404: "There is no such circle.",
  4410: "This session is over.",
};

const DECLINED = "You were not let in this time. If this is a mistake, please write to your facilitator.";

function show(words, kind) {
  if (status.textContent !== words) status.textContent = words;
  status.dataset.kind = kind;
}

// Whether this page's time in the room is over.
export function isOut() {
  return status.dataset.kind === "final";
}

// Whoever is out sees nothing of the room any more, only why.
function takeLeave(sentence) {
  const farewell = document.createElement("p");
  farewell.className = "farewell";
  farewell.setAttribute("role", "alert");
  farewell.textContent = sentence;
  document.body.replaceChildren(farewell);
}

function ping() {
  tell({ do: "ping", t: performance.now() });
}

function measureClock() {
  clearTimeout(again);
  pings = [];
  ping();
  again = setTimeout(measureClock, PING_AGAIN_MS);
}

function pong(answer) {
  const back = performance.now();
  pings.push({ trip: back - answer.pong, offset: answer.now - (answer.pong + back) / 2 });
  const best = pings.reduce((a, b) => (b.trip < a.trip ? b : a));
  const isMeasured = pings.length === PINGS;
  // At first a poor measure is better than none; later it would have the countdown jump.
  if (isMeasured || status.dataset.clock !== "measured") setClock(best.offset);
  if (isMeasured) status.dataset.clock = "measured";
  else setTimeout(ping, PING_PAUSE_MS);
}

document.addEventListener("htmx:ws:after:connection", ({ detail }) => {
  const { connection } = detail;
  socket = connection.socket;
  const fresh = connection.queue.filter((q) => performance.now() - q.message.at < PRESS_EXPIRES_MS);
  if (fresh.length < connection.queue.length) {
    say("While the line was down a press was not sent. Please press again if it still holds.");
  }
  connection.queue.splice(0, Infinity, ...fresh);
  show("connected", "open");
  delete status.dataset.clock; // the machine may have slept, and performance.now() with it
  measureClock();
  document.dispatchEvent(new CustomEvent("circle:connected"));
});

document.addEventListener("htmx:ws:close", ({ detail }) => {
  socket = null;
  clearTimeout(again);
  if (detail.code >= 4400) {
    const isDeclined = detail.code === 4401 && document.getElementById("state")?.dataset.phase === "lobby";
    const sentence = (isDeclined ? DECLINED : FINAL[detail.code]) ?? "This connection has ended.";
    show(sentence, "final");
    document.dispatchEvent(new CustomEvent("circle:out"));
    if (detail.code !== 4410) takeLeave(sentence);
  } else {
    show("the line is down, coming back…", "waiting");
  }
});

document.addEventListener("htmx:ws:before:message:outgoing", (event) => {
  const { message } = event.detail;
  const now = performance.now();
  // A second press in the same breath was meant for what the button said before it changed.
  const since = now - (lastPress.get(event.target) ?? -Infinity);
  if (since < DOUBLE_PRESS_MS && !("repeats" in event.target.dataset)) {
    event.preventDefault();
    return;
  }
  lastPress.set(event.target, now);
  message.at = now;
  if (socket?.readyState !== WebSocket.OPEN) {
    say("The line is down. Your press waits for a few seconds.");
  }
});

document.addEventListener("htmx:ws:before:message:incoming", (event) => {
  const { data } = event.detail.message;
  if (typeof data !== "string" || !data.startsWith("{")) return;
  event.preventDefault();
  const answer = JSON.parse(data);
  if ("pong" in answer) pong(answer);
  else document.dispatchEvent(new CustomEvent("circle:said", { detail: answer }));
});
