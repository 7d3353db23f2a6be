// Parts of the page that come from the server when they are first needed, with their stylesheet.
import { say, unsay } from "./notice.js";

// On a frozen connection a request neither succeeds nor fails.
const ANSWERED_WITHIN_MS = 10_000;

let styled = null;
let href = "/static/parts.css";
let coming = null;

/** The HTML at this address beside the room's; null if there is none, or no line. */
export async function fetched(address) {
  try {
    const signal = AbortSignal.timeout(ANSWERED_WITHIN_MS);
    const [answer] = await Promise.all([fetch(address, { signal }), style(signal)]);
    return answer.ok ? document.createRange().createContextualFragment(await answer.text()) : null;
  } catch {
    return null;
  }
}

function style(signal) {
  if (styled) return styled;
  const link = Object.assign(document.createElement("link"), { rel: "stylesheet", href });
  styled = new Promise((done, failed) => {
    link.onload = done;
    link.onerror = failed;
    signal.addEventListener("abort", failed);
    document.head.append(link);
  });
  styled.catch(() => {
    link.remove();
    styled = null;
    href = `/static/parts.css?${Date.now()}`; // A browser does not request an address twice at once.
  });
  return styled;
}

/** Adds the parts to the page, once; returns whether they are there. */
export function parts() {
  coming ??= fetched("parts").then((found) => {
    if (found) document.getElementById("room")?.append(found);
    else coming = null;
    return found !== null;
  });
  return coming;
}

/** The same for a press, which is told if they cannot come. */
export async function partsForPress() {
  const are = await parts();
  if (are) unsay("press.");
  else say("press.lost");
  return are;
}
