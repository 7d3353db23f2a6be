// Adds one's own time to the next session that the stage of the room tells.
import { ownTime } from "./own_time.js";
import { write } from "../room/words.js";

function look() {
  const session = document.getElementById("next-session");
  if (session) {
    write(document.getElementById("own-time"), ownTime(Number(session.dataset.startsAt), session.dataset.zone));
  }
}

look();
document.addEventListener("htmx:ws:after:message:incoming", look);
