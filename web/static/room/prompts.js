// Copies a prompt that is to be edited into the field from which the facilitator shows it.
document.addEventListener("click", ({ target }) => {
  const button = /** @type {Element} */ (target).closest("[data-fill]");
  if (!button) return;
  const field = document.getElementById("prompt-text");
  field.value = button.closest("li").querySelector("q").textContent;
  field.focus();
});
