// Says the time of the next session in this browser's own zone, where it differs from the circle's.
const session = document.getElementById("next-session");
const words = session.querySelector("[data-mine]");
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
const language = document.documentElement.lang;

if (words && zone) {
  const start = new Date(Number(session.dataset.startsAt));
  const [here, there] = [zone, session.dataset.zone].map((timeZone) => ({
    time: start.toLocaleTimeString(language, { hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone }),
    day: start.toLocaleDateString(language, { timeZone }),
  }));
  const weekday = start.toLocaleDateString(language, { weekday: "long", timeZone: zone });
  const city = zone.slice(zone.lastIndexOf("/") + 1).replaceAll("_", " ");
  const place = zone.includes("/") && !zone.startsWith("Etc/") ? city : "";
  const sentence = place ? words.dataset.mineElsewhere : words.dataset.mine;
  words.textContent = sentence
    .replace("{time}", here.day === there.day ? here.time : `${weekday} ${here.time}`)
    .replace("{place}", place);
  words.hidden = here.day === there.day && here.time === there.time;
}
