// Shows the members' link as a QR code. The link is in the page only while it is shown.
import { say, unsay } from "./notice.js";
import { fetched } from "./parts.js";

document.addEventListener("click", async ({ target }) => {
  if (!(/** @type {Element} */ (target).closest("[data-do=show_qr]"))) return;
  const found = await fetched("qr");
  const dialog = found?.querySelector("dialog");
  if (!dialog) return say("press.lost");
  unsay("press.");
  if (document.querySelector("#qr[open]")) return; // pressed twice
  dialog.addEventListener("close", () => dialog.remove());
  document.getElementById("room").append(dialog);
  dialog.showModal();
});
