// The quality of the line. Video is reduced before any voice suffers: first the frame rate, then the size, then all
// of it. It returns step by step once the line has been good for a while.
const EVERY_MS = 2_000;
const STEPS = [
  { encoding: { maxBitrate: 150_000, maxFramerate: 10, scaleResolutionDownBy: 1 } },
  { encoding: { maxBitrate: 90_000, maxFramerate: 5, scaleResolutionDownBy: 1 } },
  { encoding: { maxBitrate: 50_000, maxFramerate: 5, scaleResolutionDownBy: 2 } },
  { off: true },
];
const STRAINED = { lost: 0.03, roundTripS: 0.5 };
const BAD = { lost: 0.08, roundTripS: 0.8 };
const GOOD_AGAIN = 8; // consecutive measurements
const BAD_FOR = 2;

/** The median over all pairs: one bad partner does not make my line bad. */
export function lineOf(reports, before) {
  const lost = [];
  const trips = [];
  const counts = new Map();
  for (const [seat, report] of reports) {
    for (const stat of report.values()) {
      if (stat.kind !== "audio") continue;
      if (stat.type === "remote-inbound-rtp" && stat.fractionLost !== undefined) {
        lost.push(stat.fractionLost);
        if (stat.roundTripTime !== undefined) trips.push(stat.roundTripTime);
      }
      if (stat.type === "inbound-rtp") {
        const was = before.get(seat) ?? { packetsLost: 0, packetsReceived: 0 };
        const [gone, come] = [stat.packetsLost - was.packetsLost, stat.packetsReceived - was.packetsReceived];
        counts.set(seat, { packetsLost: stat.packetsLost, packetsReceived: stat.packetsReceived });
        if (gone + come > 20) lost.push(Math.max(0, gone) / (gone + come));
      }
    }
  }
  return { lost: median(lost), roundTripS: median(trips), counts };
}

function median(values) {
  return values.sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}

function worse(line, than) {
  return line.lost > than.lost || line.roundTripS > than.roundTripS;
}

/** The result of one more measurement: how far video is reduced, and whether the line counts as bad. */
export function judged(was, line) {
  const strained = worse(line, STRAINED);
  const good = strained ? 0 : was.good + 1;
  const step = strained
    ? Math.min(was.step + 1, STEPS.length - 1)
    : good % GOOD_AGAIN === 0
    ? Math.max(0, was.step - 1)
    : was.step;
  const badFor = worse(line, BAD) ? was.badFor + 1 : 0;
  const bad = was.bad ? good < GOOD_AGAIN : badFor >= BAD_FOR;
  return { step, good, badFor, bad };
}

/** Measures for ever; `limit` gets the limits for video, `line` is called when the line turns bad or good. */
export function watchLines(mesh, { limit, line }) {
  let state = { step: 0, good: 0, badFor: 0, bad: false };
  let counts = new Map();
  limit(STEPS[0]);
  setInterval(async () => {
    const found = lineOf(await mesh.measure(), counts);
    counts = found.counts;
    const next = judged(state, found);
    if (next.step !== state.step) limit(STEPS[next.step]);
    if (next.bad !== state.bad) line(next.bad);
    state = next;
  }, EVERY_MS);
}
