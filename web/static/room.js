// The room's page: what each region needs beyond what the server sends. Each module does one thing.
import { onConnected } from "./connection.js";
import "./timer.js";
import "./bell.js";
import "./confirm.js";
import "./copy.js";

// Voices come when the room is there: it can be used before they can.
onConnected(() => {
  import("./voice.js");
});
document.getElementById("more").addEventListener("toggle", () => import("./check.js"), { once: true });

// On a phone the facilitator's dock is a sheet that starts folded, so that the clock is in sight.
const sheet = document.getElementById("dock-sheet");
if (sheet && matchMedia("(max-width: 899px)").matches) sheet.open = false;
