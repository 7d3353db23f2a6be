// Words between facilitators: shown while this page is open, and stored nowhere.
import { me, people } from "./state.js";
import { words } from "./words.js";

document.addEventListener("circle:said", ({ detail: { whisper } }) => {
  const list = document.getElementById("whispers");
  if (!whisper || !list) return;
  const isMine = whisper.from === me().seat;
  const name = isMine ? words("whisper.mine") : (people().find(({ seat }) => seat === whisper.from)?.name ?? "");
  const item = document.createElement("li");
  const author = Object.assign(document.createElement("b"), { textContent: name, dir: "auto" });
  item.append(author, " ", Object.assign(document.createElement("bdi"), { textContent: whisper.text }));
  list.append(item);
  if (isMine) document.getElementById("whisper-text").value = "";
  else list.closest("details").open = true;
});
