// The editor of a format works without this script, which sums minutes and characters during typing and reads a
// file into the field that is sent.
const form = document.querySelector("form.format");
const total = document.getElementById("total");
const length = document.getElementById("length");
const choose = document.getElementById("choose-file");

form.addEventListener("input", ({ target }) => {
  if (/(^|\.)(title|short|purpose|guidance|watch|prompts)$/.test(target.name)) {
    const texts = [
      ...form.querySelectorAll(
        '[name$="title"], [name$=".short"], [name$=".purpose"], [name$=".guidance"], [name$=".watch"], [name$=".prompts"]',
      ),
    ];
    const characters = texts.reduce((sum, { value }) => sum + [...value.replaceAll("\n", "")].length, 0);
    length.textContent = characters.toLocaleString(document.documentElement.lang);
  }
  if (!target.name?.endsWith(".minutes")) return;
  const minutes = [...form.querySelectorAll('[name$=".minutes"]')].map((field) =>
    parseFloat(field.value.replace(",", ".")) || 0
  );
  total.textContent = Number(minutes.reduce((a, b) => a + b, 0).toFixed(2));
});

choose.hidden = false;
choose.querySelector("input").addEventListener("change", async ({ target }) => {
  if (target.files[0]) document.getElementById("file").value = await target.files[0].text();
});
