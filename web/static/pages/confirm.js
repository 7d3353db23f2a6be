// Confirms irreversible commands with a dialog. hx-confirm has no effect on a socket, so this module asks. It sends
// the command that the button held when it was pressed, since a morph may have changed or removed the button. An
// element that is never morphed sends it instead. A button of a form submits its form.
const dialog = document.getElementById("confirm");
const question = document.getElementById("confirm-question");
const ENDS_NOTHING = /^(admit|advance|debrief|leave)$/;
const yes = dialog.querySelector("button[value=yes]");
const also = dialog.querySelector("button[value=also]");
let sender = null;
let answers = {}; // callbacks by the value of the button that is pressed in the dialog

document.addEventListener("click", (event) => {
  const button = /** @type {Element} */ (event.target).closest("button[data-confirm]");
  if (!button) return;
  event.preventDefault();
  const other = button.nextElementSibling?.matches("[data-also]") ? button.nextElementSibling : null;
  question.textContent = button.dataset.confirm;
  yes.textContent = button.getAttribute("aria-label") ?? label(button);
  also.hidden = !other;
  also.textContent = other?.textContent ?? "";
  dialog.dataset.asks = button.dataset.do;
  yes.className = ENDS_NOTHING.test(button.dataset.do) ? "primary" : "ending";
  for (const answer of [yes, also]) answer.dataset.about = button.dataset.about ?? "";
  answers = { yes: whatFollows(button), also: other && whatFollows(other) };
  dialog.showModal();
});

// Not at `close`, which comes later, perhaps when the dialog is open again for the next question.
dialog.addEventListener("submit", (event) => {
  event.preventDefault();
  dialog.close();
  answers[/** @type {HTMLButtonElement} */ (event.submitter).value]?.();
});

/** The text of a button, without what stands in it for the eye only. */
function label(button) {
  const copy = button.cloneNode(true);
  for (const part of copy.querySelectorAll("[aria-hidden]")) part.remove();
  return copy.textContent;
}

function whatFollows(button) {
  if (button.type === "submit") return () => submit(button);
  const command = button.getAttribute("hx-vals");
  return () => send(command);
}

function submit(button) {
  // Without `confirmed` the server asks, as it does where this script is missing.
  button.form.addEventListener("formdata", ({ formData }) => formData.set("confirmed", "yes"), { once: true });
  button.form.requestSubmit(button);
}

function send(command) {
  sender ??= newSender();
  sender.setAttribute("hx-vals", command);
  sender.dispatchEvent(new CustomEvent("confirmed"));
}

function newSender() {
  const made = document.createElement("div");
  made.hidden = true;
  // `data-repeats`: no press can be a double one, because the dialog closes with its answer.
  for (const [name, value] of [["hx-ws:send", ""], ["hx-trigger", "confirmed"], ["data-repeats", ""]]) {
    made.setAttribute(name, value);
  }
  document.getElementById("room").append(made);
  htmx.process(made);
  return made;
}
