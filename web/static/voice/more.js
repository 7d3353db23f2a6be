// The safety phrases under More, which are computed only on request.
import { phrase } from "./phrase.js";
import { me, people } from "../room/state.js";
import { mesh } from "./voice.js";
import { words } from "../room/words.js";

const button = document.getElementById("make-phrases");
const list = document.getElementById("phrases");

// For each connected person, the four words that both ends see.
button.addEventListener("click", async () => {
  button.disabled = true;
  const items = [];
  for (const person of people()) {
    const fingerprints = person.seat !== me().seat && mesh.fingerprints(person.seat);
    if (!fingerprints) continue;
    const item = document.createElement("li");
    item.append(
      Object.assign(document.createElement("bdi"), { textContent: person.name }),
      ": ",
      Object.assign(document.createElement("b"), { textContent: await phrase(fingerprints) }),
    );
    items.push(item);
  }
  if (items.length === 0) {
    items.push(Object.assign(document.createElement("li"), { textContent: words("phrases.none") }));
  }
  list.replaceChildren(...items);
  button.disabled = false;
});
