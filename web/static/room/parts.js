// Parts of the page that come from the server when they are first needed, with their stylesheet.
import { say } from "./notice.js";

// On a frozen connection a request neither succeeds nor fails.
const ANSWERED_WITHIN_MS = 10_000;

let styled = null;
let coming = null;

/** The HTML at this address beside the room's; null if there is none, or no line. */
export async function fetched(address) {
  try {
    const signal = AbortSignal.timeout(ANSWERED_WITHIN_MS);
    const [answer] = await Promise.all([fetch(address, { signal }), style()]);
    return answer.ok ? document.createRange().createContextualFragment(await answer.text()) : null;
  } catch {
    styled = null;
    return null;
  }
}

function style() {
  styled ??= new Promise((done, failed) => {
    const link = Object.assign(document.createElement("link"), { rel: "stylesheet", href: "/static/parts.css" });
    link.onload = done;
    link.onerror = failed;
    document.head.append(link);
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
  if (!are) say("press.lost");
  return are;
}
