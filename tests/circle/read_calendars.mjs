// Reads calendars with ical.js, as Thunderbird and Nextcloud do. Takes a JSON list of calendars on its standard input,
// and writes for each the list of its events, as pairs of start and end in epoch milliseconds.
import { readFileSync } from "node:fs";
import ICAL from "./vendor/ical.min.js";

function times(text) {
  const calendar = new ICAL.Component(ICAL.parse(text));
  const zones = calendar.getAllSubcomponents("vtimezone").map((zone) => new ICAL.Timezone(zone));
  ICAL.TimezoneService.reset();
  zones.forEach((zone) => ICAL.TimezoneService.register(zone));
  return calendar.getAllSubcomponents("vevent").map((component) => {
    const event = new ICAL.Event(component);
    return [event.startDate, event.endDate].map((time) => time.toJSDate().getTime());
  });
}

console.log(JSON.stringify(JSON.parse(readFileSync(0, "utf8")).map(times)));
