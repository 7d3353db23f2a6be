// Fills in the time zone of this browser for the circle's calendar.
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
if (zone) document.querySelector("input[name=time_zone]").value = zone;
// A form sent twice starts one circle; returning to this page means another circle.
addEventListener("pageshow", ({ persisted }) => {
  if (!persisted) return;
  const random = crypto.getRandomValues(new Uint8Array(16));
  document.querySelector("input[name=attempt]").value = Array.from(random, (byte) => byte.toString(16)).join("");
});
