// Copies a prompt that is to be edited into the field from which the facilitator shows it: from *Show* beside it, since a
// browser may have translated the text.
document.addEventListener("click", ({ target }) => {
  const button = /** @type {Element} */ (target).closest("[data-fill]");
  if (!button) return;
  const field = document.getElementById("prompt-text");
  field.value = JSON.parse(button.closest("li").querySelector("[data-do=prompt]").getAttribute("hx-vals")).text;
  field.focus();
});
