// Copies an invitation, or the field with the same data-copied. Without a clipboard the link is selected instead.
document.addEventListener("click", async (event) => {
  const button = /** @type {Element} */ (event.target).closest("button[data-copy]");
  if (!button) return;
  const name = button.dataset.copy;
  const field = document.querySelector(`[data-invite="${name}"], [data-copied="${name}"]`);
  // The text of a mail holds the link by its name, so that the page has it once.
  const text = field.value.replace("{link}", document.querySelector('[data-invite="member"]')?.value ?? "");
  field.select();
  try {
    await navigator.clipboard.writeText(text);
    button.dataset.done = "yes";
  } catch {
    field.focus();
  }
});
