// Copies an invitation, or the field with the same data-copied. Without a clipboard its text is selected, to be copied
// by hand; a text that is not in sight is shown for that.
document.addEventListener("click", async (event) => {
  const button = /** @type {Element} */ (event.target).closest("button[data-copy]");
  if (!button) return;
  const name = button.dataset.copy;
  let field = document.querySelector(`[data-invite="${name}"], [data-copied="${name}"]`);
  // The text of a mail holds the link by its name, so that the page has it once.
  const link = document.querySelector('[data-invite="member"]')?.value ?? "";
  const text = (field.defaultValue || field.value).replace("{link}", link);
  try {
    await navigator.clipboard.writeText(text);
    button.dataset.done = "yes";
  } catch {
    if (!isInSight(field)) field = shown(text) ?? field;
    field.focus();
    field.select();
  }
});

function isInSight(field) {
  return field.checkVisibility?.() ?? field.offsetParent !== null;
}

function shown(text) {
  const sheet = document.getElementById("by-hand");
  if (!sheet) return null; // Pages that have none show the field.
  const field = sheet.querySelector("textarea");
  field.value = text;
  sheet.showPopover();
  return field;
}
