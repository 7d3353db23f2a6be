// The connection: opens and drops its socket as liveness.js decides, shows its state, and handles presses while
// it is lost.
//
// htmx's extension owns the socket and its messages. Reconnecting is decided here, because the extension reconnects
// after seven close codes only, and never from a socket that is dead but still open.
import { begin, isCurrent, mayCarryVoice, next, tickDue } from "./liveness.js";
import { say, unsay } from "./notice.js";
import { measure, pong } from "./servertime.js";
import { words } from "./words.js";

const PRESS_EXPIRES_MS = 5000;
const DOUBLE_PRESS_MS = 400;

const room = document.getElementById("room");
const status = document.getElementById("connection");
const lastPress = new WeakMap(); // by the button; all of the stage are one, since each takes the place of another
let connection = null; // of htmx; null between two sockets
let state = begin(Date.now());
let ticking = 0;
let carriesVoice = true;
let sockets = 0; // sockets that have opened so far
let tooManySince = 0; // since when this has been a window too many; 0: it is none

/** Words from other facilitators that came before whisper.js. */
export const early = [];

/** Sends a command that does not come from an htmx button; returns whether it was sent. */
export function tell(command) {
  const { socket } = connection ?? {};
  if (state.is !== "open" || socket?.readyState !== WebSocket.OPEN) return false;
  socket.send(JSON.stringify(command));
  return true;
}

/** Sends a command of this person, who is notified if no answer comes; returns whether it was sent. */
export function command(given) {
  const isSent = tell(given);
  if (isSent) happened({ type: "pressed" });
  return isSent;
}

/** The number of this page's open socket, counted from 1; 0 while none is open. */
export function socketNumber() {
  return state.is === "open" ? sockets : 0;
}

/** Whether the room's state is recent enough to send a voice into the room. */
export function hearsOfTheRoom() {
  return carriesVoice;
}

/** Whether this page may not reconnect. */
export function isOut() {
  return state.is === "over";
}

// Of a person who has too many windows open. This one tries again, in case another is closed.
const TOO_MANY_WINDOWS = 4300;
const LEASE_MS = 11_000; // For so long a window counts whose connection died.
// The final close codes that have a sentence of their own.
const FINAL = [4400, 4401, 4403, 4404, 4410, 4411, 4412, 4413];

// Events and their actions.

function happened(event) {
  let actions;
  [state, ...actions] = next(state, event, Date.now());
  for (const action of actions) ACTIONS[action]();
  show();
  clearTimeout(ticking);
  if (state.is !== "over") ticking = setTimeout(tick, Math.max(0, tickDue(state) - Date.now()));
}

function tick() {
  happened({ type: "tick", hidden: document.hidden });
}

const ACTIONS = {
  ask: () => ping(performance.now()),
  measure() {
    delete status.dataset.clock;
    measure(ping);
  },
  connect: () => room.dispatchEvent(new Event("reconnect")),
  // An unanswered close takes minutes, so htmx is notified now and releases the socket.
  drop() {
    const lost = new CloseEvent("close", { code: 1006 });
    if (connection?.socket) connection.socket.dispatchEvent(lost);
    else {
      closed(lost.code);
      // htmx, or its extension, has failed to load. Where something always stops it, a second load is no help.
      if (!performance.navigation.type) reload(); // 0: the page was opened by its address
    }
  },
  unsure: () => say("press.unsure"),
};

function reload() {
  document.dispatchEvent(new CustomEvent("circle:reload"));
}

function ping(t) {
  tell({ do: "ping", t });
}

function closed(code) {
  tooManySince = code === TOO_MANY_WINDOWS ? tooManySince || Date.now() : 0;
  happened({ type: "closed", code, chance: Math.random() });
}

// After the end of a session the state of the connection does not matter, and it closes soon.
function show() {
  if (phase() === "ended") write(words("closed.4410"), "final");
  else if (tooManySince && Date.now() - tooManySince > LEASE_MS) write(words("line.windows"), "windows");
  else if (isCurrent(state)) write(words("line.open"), "open");
  else if (state.is === "lost") write(words("line.lost"), "waiting");
  const carries = mayCarryVoice(state, Date.now());
  if (carries === carriesVoice) return;
  carriesVoice = carries;
  document.dispatchEvent(new CustomEvent("circle:line"));
}

function phase() {
  return document.getElementById("state")?.dataset.phase;
}

function write(text, kind) {
  if (status.dataset.words !== text) status.textContent = status.dataset.words = text;
  status.dataset.kind = kind;
}

// A person without a seat sees nothing of the room, but why, and what to do next.
function takeLeave(why, sentence) {
  const page = document.createElement("main");
  page.className = "farewell";
  page.append(document.getElementById("farewell").content);
  page.querySelector("h1").textContent = sentence;
  const step = page.querySelector("[role=alert]");
  step.dataset.why = why;
  step.textContent = words(navigator.cookieEnabled ? `closed.${why}.next` : "closed.no-cookies");
  document.body.replaceChildren(page);
  page.querySelector("h1").focus();
}

// The socket, observed by the events of htmx's extension.

document.addEventListener("htmx:ws:before:connection", ({ detail }) => {
  connection = detail.connection;
});

document.addEventListener("htmx:ws:after:connection", () => {
  const fresh = connection.queue.filter((q) => Date.now() - q.message.at < PRESS_EXPIRES_MS);
  if (fresh.length < connection.queue.length) say("press.lost");
  connection.queue.splice(0, Infinity, ...fresh);
  sockets += 1;
  happened({ type: "opened" });
  if (fresh.length) happened({ type: "pressed" });
});

document.addEventListener("htmx:ws:close", ({ detail }) => {
  if (detail.connection !== connection) return;
  if (connection.queue.length > 0) say("press.lost");
  connection = null;
  closed(detail.code);
  if (!isOut()) return;
  let why = FINAL.includes(detail.code) ? detail.code : "unknown";
  if (why === 4401 && phase() === "lobby") why = "declined";
  const sentence = words(`closed.${why}`);
  write(sentence, "final");
  document.dispatchEvent(new CustomEvent("circle:out"));
  if (phase() !== "ended") takeLeave(why, sentence);
  if (detail.code === 4414) reload(); // The page itself says why.
});

document.addEventListener("htmx:ws:before:message:outgoing", (event) => {
  const { message } = event.detail;
  const button = /** @type {HTMLElement} */ (event.target);
  const now = performance.now();
  // A second press within this time was meant for the button's previous label.
  const place = button.closest("#attention") ?? button;
  const since = now - (lastPress.get(place) ?? -Infinity);
  if (since < DOUBLE_PRESS_MS && !("repeats" in button.dataset)) {
    event.preventDefault();
    return;
  }
  lastPress.set(place, now);
  message.at = Date.now(); // Date.now() goes on while a machine sleeps
  unsay("press."); // It tells of a press before.
  if (state.is === "open") happened({ type: "pressed" });
  else if (sockets === 0) say("press.first");
  else say("press.waits");
});

// A press between two sockets is refused.
document.addEventListener("htmx:ws:error", ({ detail }) => {
  if (connection || isOut() || detail.connection) return;
  say("press.lost");
  happened({ type: "doubted" });
});

document.addEventListener("htmx:ws:before:message:incoming", (event) => {
  happened({ type: "word" });
  const { data } = event.detail.message;
  if (typeof data !== "string" || !data.startsWith("{")) return;
  event.preventDefault();
  const answer = JSON.parse(data);
  if ("pong" in answer) {
    tooManySince = 0; // Regions also come just before this window is refused.
    if (pong(answer)) status.dataset.clock = "measured";
    return;
  }
  const said = new CustomEvent("circle:said", { detail: answer, cancelable: true });
  if (document.dispatchEvent(said) && answer.whisper) early.push(answer.whisper);
});

// Later, the longer words about a session that has ended would move what somebody is pressing.
document.addEventListener("htmx:ws:after:message:incoming", show);

// Signs that the connection may have died unnoticed.
addEventListener("online", () => happened({ type: "doubted" }));
addEventListener("pageshow", ({ persisted }) => persisted && happened({ type: "restored" }));
document.addEventListener("visibilitychange", () => document.hidden || happened({ type: "doubted" }));
document.addEventListener("resume", () => happened({ type: "doubted" }));
tick();
