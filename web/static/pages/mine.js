// Says the time of the next session, and of each at an unusual time, in this browser's own zone, where it differs from
// the circle's.
import { clock } from "./own_time.js";

const session = document.getElementById("next-session");
const words = session.querySelector("[data-mine]");
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;

if (words && zone) {
  show(words, session);
  for (const own of document.querySelectorAll("[data-own-time]")) show(own, own.closest("li"));
}

function show(element, { dataset }) {
  const [here, there] = [zone, session.dataset.zone].map((each) => clock(Number(dataset.startsAt), each));
  const city = zone.slice(zone.lastIndexOf("/") + 1).replaceAll("_", " ");
  const place = zone.includes("/") && !zone.startsWith("Etc/") ? city : "";
  const sentence = place ? words.dataset.mineElsewhere : words.dataset.mine;
  element.textContent = sentence
    .replace("{time}", here.day === there.day ? here.time : `${here.day} ${here.time}`)
    .replace("{place}", place);
  element.hidden = here.day === there.day && here.time === there.time;
}
