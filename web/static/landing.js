// Fills in where this browser lives, so that the circle's calendar will know.
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
if (zone) document.querySelector("input[name=time_zone]").value = zone;
// A form that is sent twice starts one circle; a person who comes back to this page means another one.
addEventListener("pageshow", ({ persisted }) => {
  if (!persisted) return;
  const random = crypto.getRandomValues(new Uint8Array(16));
  document.querySelector("input[name=attempt]").value = Array.from(random, (byte) => byte.toString(16)).join("");
});
