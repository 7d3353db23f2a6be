// The clock, and who speaks, in a small window that stays above all others, where the browser has such windows.
import { parts } from "./parts.js";
import { me, onSeated, onState } from "./state.js";

const EVERY_MS = 250;
const STYLES = ["tokens", "parts"];

let small = null; // the window, while it is open

async function offer() {
  const button = (await parts()) && document.getElementById("small-clock");
  if (!button?.hidden) return;
  button.hidden = false;
  document.querySelector("#more .row").append(button);
  button.addEventListener("click", () => small ? small.close() : open(button));
}

async function open(button) {
  small = await documentPictureInPicture.requestWindow({ width: 320, height: 200 }).catch(() => null);
  if (!small) return;
  const { document: page } = small;
  page.documentElement.lang = document.documentElement.lang;
  page.body.className = "small-window";
  for (const name of STYLES) {
    page.head.append(Object.assign(page.createElement("link"), { rel: "stylesheet", href: `/static/${name}.css` }));
  }
  page.body.append(page.importNode(document.getElementById("small-window").content, true));
  button.setAttribute("aria-pressed", "true");
  small.addEventListener("pagehide", () => {
    small = null;
    button.setAttribute("aria-pressed", "false");
  });
  // Its own timer, since those of this page are slow while it is hidden.
  small.setInterval(tick, EVERY_MS);
  tick();
}

function tick() {
  document.dispatchEvent(new Event("circle:clock"));
  show();
}

function show() {
  if (!small) return;
  const page = small.document;
  page.body.toggleAttribute("data-over", document.getElementById("room")?.hasAttribute("data-over"));
  write(page.querySelector(".title"), text("#stage h1"));
  write(page.querySelector(".clock"), text("#clock"));
  write(page.querySelector(".who"), text("#attention:is([data-kind=silence], [data-kind=paused]) .says") || speakers());
}

function text(selector) {
  return document.querySelector(selector)?.textContent.trim() ?? "";
}

function speakers() {
  const sounding = document.querySelectorAll("#circle [data-sounding] .name");
  const names = sounding.length ? sounding : document.querySelectorAll("#circle [data-speaking] .name");
  return [...names].map((name) => name.textContent).join(", ");
}

function write(element, words) {
  if (element.textContent !== words) element.textContent = words;
}

function look() {
  if (me().here) show();
  else small?.close();
}

if ("documentPictureInPicture" in window) {
  onSeated(offer);
  onState(look);
  document.addEventListener("circle:out", () => small?.close());
}
