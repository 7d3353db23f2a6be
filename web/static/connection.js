// The connection: opens and drops its socket as liveness.js decides, shows its state, and handles presses while
// it is lost.
//
// htmx's extension owns the socket and its messages. Reconnecting is decided here, because the extension reconnects
// after seven close codes only, and never from a socket that is dead but still open.
import { begin, mayCarryVoice, next, tickDue } from "./liveness.js";
import { say } from "./notice.js";
import { measure, pong } from "./servertime.js";

const PRESS_EXPIRES_MS = 5000;
const DOUBLE_PRESS_MS = 400;

const room = document.getElementById("room");
const status = document.getElementById("connection");
const lastPress = new WeakMap();
let connection = null; // of htmx; null between two sockets
let state = begin(Date.now());
let ticking = 0;
let carriesVoice = true;
let sockets = 0; // sockets that have opened so far

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

const FINAL = {
  4400: "The page and the server do not understand each other. Please reload.",
  4401: "You have no seat in this circle any more. To come back, use an invitation.",
  4403: "This page may not connect. Please open the room by its own address.",
  4404: "There is no such circle.",
  4410: "This session is over.",
  4411: "This room cannot be opened any more. Please tell whoever runs this server.",
  4412: "This server has lost its rooms. Please tell whoever runs it; everybody will need a new invitation.",
  4413:
    "This circle is not kept any more: nobody else came in for a long time. You can start a new one on the first page.",
};
const DECLINED = "You were not let in this time. If this is a mistake, please ask your facilitator for a new link.";
const NOT_SENT = "The line is down, so this was not sent. Please press again when it is back.";
const UNSURE = "The line went down as you pressed. Please look whether it took effect, and press again if not.";

// Events and their actions.

function happened(event) {
  let actions;
  [state, ...actions] = next(state, event, Date.now());
  for (const action of actions) ACTIONS[action]();
  show();
  clearTimeout(ticking);
  if (state.is !== "over") {
    ticking = setTimeout(() => happened({ type: "tick" }), Math.max(0, tickDue(state, Date.now()) - Date.now()));
  }
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
    else closed(lost.code);
  },
  unsure: () => say(UNSURE),
};

function ping(t) {
  tell({ do: "ping", t });
}

function closed(code) {
  happened({ type: "closed", code, chance: Math.random() });
}

// After the end of a session the state of the connection does not matter, and it closes soon.
function show() {
  if (phase() === "ended") write(FINAL[4410], "final");
  else if (state.is === "open") write("connected", "open");
  else if (state.is === "lost") write("the line is down, coming back…", "waiting");
  const carries = mayCarryVoice(state, Date.now());
  if (carries === carriesVoice) return;
  carriesVoice = carries;
  document.dispatchEvent(new CustomEvent("circle:line"));
}

function phase() {
  return document.getElementById("state")?.dataset.phase;
}

function write(words, kind) {
  if (status.dataset.words !== words) status.textContent = status.dataset.words = words;
  status.dataset.kind = kind;
}

// A person without a seat sees only the reason, and nothing of the room.
function takeLeave(sentence, why) {
  const farewell = document.createElement("p");
  farewell.className = "farewell";
  farewell.dataset.why = why;
  farewell.setAttribute("role", "alert");
  farewell.textContent = sentence;
  document.body.replaceChildren(farewell);
}

// The socket, observed by the events of htmx's extension.

document.addEventListener("htmx:ws:before:connection", ({ detail }) => {
  connection = detail.connection;
});

document.addEventListener("htmx:ws:after:connection", () => {
  const fresh = connection.queue.filter((q) => Date.now() - q.message.at < PRESS_EXPIRES_MS);
  if (fresh.length < connection.queue.length) say(NOT_SENT);
  connection.queue.splice(0, Infinity, ...fresh);
  sockets += 1;
  happened({ type: "opened" });
});

document.addEventListener("htmx:ws:close", ({ detail }) => {
  if (detail.connection !== connection) return;
  if (connection.queue.length > 0) say(NOT_SENT);
  connection = null;
  closed(detail.code);
  if (!isOut()) return;
  const isDeclined = detail.code === 4401 && phase() === "lobby";
  const sentence = (isDeclined ? DECLINED : FINAL[detail.code]) ?? "This connection has ended.";
  write(sentence, "final");
  document.dispatchEvent(new CustomEvent("circle:out"));
  if (detail.code !== 4410) takeLeave(sentence, isDeclined ? "declined" : String(detail.code));
});

document.addEventListener("htmx:ws:before:message:outgoing", (event) => {
  const { message } = event.detail;
  const button = /** @type {HTMLElement} */ (event.target);
  const now = performance.now();
  // A second press within this time was meant for the button's previous label.
  const since = now - (lastPress.get(button) ?? -Infinity);
  if (since < DOUBLE_PRESS_MS && !("repeats" in button.dataset)) {
    event.preventDefault();
    return;
  }
  lastPress.set(button, now);
  message.at = Date.now(); // Date.now() goes on while a machine sleeps
  if (state.is === "open") happened({ type: "pressed" });
  else if (sockets === 0) say("Still connecting. Your press waits for a few seconds.");
  else say("The line is down. Your press waits for a few seconds.");
});

// A press between two sockets is refused.
document.addEventListener("htmx:ws:error", ({ detail }) => {
  if (connection || isOut() || detail.connection) return;
  say(NOT_SENT);
  happened({ type: "doubted" });
});

document.addEventListener("htmx:ws:before:message:incoming", (event) => {
  happened({ type: "word" });
  const { data } = event.detail.message;
  if (typeof data !== "string" || !data.startsWith("{")) return;
  event.preventDefault();
  const answer = JSON.parse(data);
  if (!("pong" in answer)) document.dispatchEvent(new CustomEvent("circle:said", { detail: answer }));
  else if (pong(answer)) status.dataset.clock = "measured";
});

// Signs that the connection may have died unnoticed.
addEventListener("online", () => happened({ type: "doubted" }));
addEventListener("pageshow", ({ persisted }) => persisted && happened({ type: "restored" }));
document.addEventListener("visibilitychange", () => document.hidden || happened({ type: "doubted" }));
document.addEventListener("resume", () => happened({ type: "doubted" }));
happened({ type: "tick" });
