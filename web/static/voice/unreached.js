// To whom no voice passes: a pure judgement of the pairs, and its words.
import { words } from "../room/words.js";

export const SAID_AFTER_MS = 5_000; // a pair that is being set up is connected within this time
export const GONE_AFTER_MS = 500; // so a pair that is connected only for a moment makes no words flicker

/**
 * A person whose page has sound, with whom this page has, or builds, a pair.
 * @typedef {{seat: string, name: string, sound: string, away: boolean, isConnected: boolean}} Other
 *
 * What is known of the pair with a person: `since`, when `isConnected` last changed; `isUnreached`, the page says so.
 * @typedef {{sound: string, isConnected: boolean, since: number, isUnreached: boolean}} Reach
 */

/**
 * What is known after one more look, by seat. A person who is away is not counted: their chair says it.
 * @param {Map<string, Reach>} before
 * @param {Other[]} others
 * @param {number} now
 * @returns {Map<string, Reach>}
 */
export function looked(before, others, now) {
  const after = new Map();
  for (const { seat, sound, away, isConnected } of others) {
    if (away) continue;
    const was = before.get(seat);
    const isSame = was?.sound === sound && was.isConnected === isConnected;
    const since = isSame ? was.since : now;
    const isDue = now - since >= (isConnected ? GONE_AFTER_MS : SAID_AFTER_MS);
    const isUnreached = isDue ? !isConnected : was?.isUnreached ?? false;
    after.set(seat, { sound, isConnected, since, isUnreached });
  }
  return after;
}

/**
 * The sentence about the people to whom no voice passes; "" if there are none.
 * @param {Map<string, Reach>} reaches
 * @param {Other[]} others
 * @param {string} language
 */
export function sentence(reaches, others, language) {
  const unreached = others.filter(({ seat }) => reaches.get(seat)?.isUnreached);
  if (unreached.length === 0) return "";
  if (unreached.length > 1 && unreached.length === reaches.size) return words("voice.nobody");
  const names = unreached.map(({ name }) => `\u2068${name}\u2069`);
  return words("voice.unreached", { names: new Intl.ListFormat(language).format(names) });
}
