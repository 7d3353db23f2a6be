// Shows the members' link as a QR code. It is in the page only while it is shown.
const button = document.querySelector("[data-do=show_qr]");
button.hidden = false;

button.addEventListener("click", async () => {
  const answer = await fetch(`${location.pathname.split("/").slice(0, 3).join("/")}/qr`);
  if (!answer.ok || document.querySelector("#qr[open]")) return;
  const dialog = document.createRange().createContextualFragment(await answer.text()).querySelector("dialog");
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
});
