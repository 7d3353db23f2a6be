// Copies an invitation, or the field whose data-copied says the same. Where the clipboard is not to be had, the link is selected instead.
document.addEventListener("click", async (event) => {
  const button = /** @type {Element} */ (event.target).closest("button[data-copy]");
  if (!button) return;
  const name = button.dataset.copy;
  const field = document.querySelector(`[data-invite="${name}"], [data-copied="${name}"]`);
  field.select();
  try {
    await navigator.clipboard.writeText(field.value);
    button.dataset.done = "yes";
  } catch {
    field.focus();
  }
});
