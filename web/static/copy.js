// Copies an invitation. Where the clipboard is not to be had, the link is selected instead.
document.addEventListener("click", async (event) => {
  const button = event.target.closest("button[data-copy]");
  if (!button) return;
  const field = document.querySelector(`[data-invite="${button.dataset.copy}"]`);
  field.select();
  try {
    await navigator.clipboard.writeText(field.value);
    button.dataset.done = "yes";
  } catch {
    field.focus();
  }
});
