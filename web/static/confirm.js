// What really ends something asks once. hx-confirm does nothing on a socket, so the page asks itself:
// a button with data-confirm sends only when `confirmed` is fired at it. The button of a form submits it then.
const dialog = document.getElementById("confirm");
const question = document.getElementById("confirm-question");
const yes = dialog.querySelector("button[value=yes]");
const also = dialog.querySelector("button[value=also]");
let asking = null;
let seen = new Map(); // what each of the two sends, as it was when the question was asked

document.addEventListener("click", (event) => {
  const button = event.target.closest("button[data-confirm]");
  if (!button) return;
  event.preventDefault();
  asking = button;
  question.textContent = button.dataset.confirm;
  yes.textContent = button.getAttribute("aria-label") ?? button.textContent;
  const other = asking.nextElementSibling;
  also.hidden = !other?.matches("[data-also]");
  also.textContent = also.hidden ? "" : other.textContent;
  seen = new Map([asking, other].map((one) => [one, one?.getAttribute("hx-vals")]));
  dialog.returnValue = "";
  dialog.showModal();
});

dialog.addEventListener("close", () => {
  const chosen = { yes: asking, also: asking?.nextElementSibling }[dialog.returnValue];
  if (chosen?.type === "submit") chosen.form.requestSubmit(chosen);
  else if (chosen) sendAsSeen(chosen);
  asking = null;
});

// The button may be morphed while the question is open. It still sends what this person saw when they pressed it.
function sendAsSeen(button) {
  const newer = button.getAttribute("hx-vals");
  button.setAttribute("hx-vals", seen.get(button));
  button.dispatchEvent(new CustomEvent("confirmed"));
  button.setAttribute("hx-vals", newer);
}
