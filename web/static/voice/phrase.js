// The safety phrase: four words derived from the DTLS fingerprints of both ends of a pair. Two people who read the
// same words to each other know that nobody intercepts their connection, since an interceptor would have to show
// each of them another fingerprint. The slow hash prevents a search, during the call, for a pair of fingerprints with
// the same words.
const ROUNDS = 300_000; // PBKDF2-HMAC-SHA-256
const WORDS = 4;
const BITS = 11; // the list has 2,048 words
const ANSWERED_WITHIN_MS = 10_000; // on a frozen connection a request neither succeeds nor fails

let list = null;

/** Four words for two fingerprints, the same at either end. */
export async function phrase(fingerprints) {
  list ??= await fetched();
  const both = new TextEncoder().encode([...fingerprints].sort().join("\n"));
  const key = await crypto.subtle.importKey("raw", both, "PBKDF2", false, ["deriveBits"]);
  const how = { name: "PBKDF2", hash: "SHA-256", salt: new TextEncoder().encode("Balint Circle"), iterations: ROUNDS };
  const bytes = new Uint8Array(await crypto.subtle.deriveBits(how, key, 48));
  const bits = Array.from(bytes, (byte) => byte.toString(2).padStart(8, "0")).join("");
  return Array.from({ length: WORDS }, (_, n) => list[parseInt(bits.slice(n * BITS, (n + 1) * BITS), 2)]).join(" ");
}

async function fetched() {
  const signal = AbortSignal.timeout(ANSWERED_WITHIN_MS);
  return (await fetch("/static/vendor/bip39-english.json", { signal })).json();
}
