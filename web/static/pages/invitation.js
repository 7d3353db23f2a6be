// Shows which circle the invitation is for, and when it meets next, before anybody types their name. The token goes
// into the body of a request, and so into no log.
import { clock, ownTime } from "./own_time.js";
import { words } from "../room/words.js";

const invited = document.getElementById("invited");
const field = document.getElementById("token");
const language = document.documentElement.lang;
const COUNTRIES = ["Brazil", "Canada", "Chile", "Mexico", "US"];
let asked = "";

async function ask() {
  if (invited.hidden) tellOfRegister("");
  if (invited.hidden || field.value === asked) return;
  const token = asked = field.value;
  const said = await answer(token).catch(() => null);
  if (token !== asked) return; // Another link was pasted meanwhile.
  invited.hidden = !said;
  if (said) invited.replaceChildren(...said.refusal ? [line(said.refusal, "refusal")] : lines(said));
  tellOfRegister(said?.register);
}

function tellOfRegister(sentence) {
  document.querySelector(".rules [data-registers]")?.remove();
  if (!sentence) return;
  const rule = document.createElement("li");
  rule.dataset.registers = "";
  rule.textContent = sentence;
  document.querySelector(".rules").append(rule);
}

async function answer(token) {
  const response = await fetch("/invitation", { method: "POST", body: new URLSearchParams({ token }) });
  return response.ok || response.status === 403 ? await response.json() : null;
}

function lines({ circle, next }) {
  const name = line(circle, "name");
  name.dir = "auto";
  name.translate = false;
  if (!next) return [name, line(words("invitation.no-date"))];
  try {
    return [name, ...times(next)];
  } catch {
    return [name]; // This browser does not know the zone.
  }
}

function times({ date, starts_at, zone }) {
  const { time } = clock(starts_at, zone);
  const when = line(words("invitation.next", { day: day(starts_at, zone), time, zone: inWords(zone) }));
  when.dataset.date = date;
  when.dataset.startsAt = starts_at;
  const mine = ownTime(starts_at, zone);
  if (!mine) return [when];
  const own = line(mine, "soft");
  own.dataset.ownTime = "";
  return [when, own];
}

function line(text, kind = "") {
  const made = document.createElement("p");
  made.className = kind;
  made.textContent = text;
  return made;
}

function day(at, timeZone) {
  const format = new Intl.DateTimeFormat(language, {
    weekday: "long",
    day: "numeric",
    month: "long",
    year: "numeric",
    timeZone,
  });
  const parts = format.formatToParts(at).map(({ type, value }) => [type, value]);
  return words("invitation.day", Object.fromEntries(parts));
}

// The zone is named as the server names it (zone_name in views/dates.py).
function inWords(zone) {
  const [region, ...places] = zone.split("/");
  const place = places.at(-1)?.replaceAll("_", " ");
  if (region === "UTC" || region === "Etc") {
    const offset = /^GMT([+-])([1-9]\d*)$/.exec(place ?? "");
    // The signs of these names are those of POSIX: west is plus.
    return offset ? `UTC${offset[1] === "+" ? "−" : "+"}${offset[2]}` : "UTC";
  }
  return words("invitation.zone", { place: COUNTRIES.includes(region) ? `${region} ${place}` : place });
}

ask();
addEventListener("hashchange", ask);
