// The editor of a format works without this: it adds the minutes up as one types, and reads a file
// into the field from which it is sent.
const form = document.querySelector("form.format");
const total = document.getElementById("total");
const choose = document.getElementById("choose-file");

form.addEventListener("input", ({ target }) => {
  if (!target.name?.endsWith(".minutes")) return;
  const minutes = [...form.querySelectorAll('[name$=".minutes"]')].map((field) => parseFloat(field.value.replace(",", ".")) || 0);
  total.textContent = Number(minutes.reduce((a, b) => a + b, 0).toFixed(2));
});

choose.hidden = false;
choose.querySelector("input").addEventListener("change", async ({ target }) => {
  if (target.files[0]) document.getElementById("file").value = await target.files[0].text();
});
