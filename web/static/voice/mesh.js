// How voices travel: a mesh with a connection between every two people. Only this module knows the topology; a media
// server could replace it behind the same few functions. pair.js is one connection of it; one that fails, or is not
// connected in time, is rebuilt.
import { Pair } from "./pair.js";

const EARLY_MS = 5_000;
const EARLY_OF_A_SEAT = 20; // signals, for each seat in the room
const NEW_LINK_AFTER_MS = 1_000; // a pair is rebuilt at most this often, whatever its other end does

/** Whether this browser supports WebRTC. */
export const canCarryVoices = "RTCPeerConnection" in globalThis;

/**
 * @param {string} page the name of this page
 * @param {(seat: string, data: object) => void} say sends a signal to the pages of a seat
 * @param {() => void} changed a pair was made or ended, or has other tracks
 */
export function createMesh(page, say, changed) {
  /** @type {Map<string, Pair>} */
  const pairs = new Map(); // by seat
  let known = new Map(); // the people of the last call of `meet`, by seat
  const builtAt = new Map(); // when the last connection to a seat was started
  const early = new Map(); // signals that arrived before their pair or connection, by seat
  let seats = new Set(); // in the room
  let links = Date.now();
  /** @type {import("./pair.js").Shared} */
  const shared = {
    page,
    ice: { iceServers: [], iceTransportPolicy: "all" },
    audio: null,
    video: null,
    limits: {},
    wantsVideo: true,
    say,
    changed,
    failed: rebuild,
  };

  /**
   * The people to talk with: their seat, the page that has their sound, whether this page offers, and whether they
   * are away. A pair with an absent person is kept while it works, since only their page has lost the server.
   * @param {{seat: string, sound: string, offers: boolean, away: boolean}[]} others
   * @param {string[]} everybody all seats in the room, with or without sound
   */
  function meet(others, everybody) {
    seats = new Set(everybody);
    known = new Map(others.map((other) => [other.seat, other]));
    for (const pair of [...pairs.values()]) {
      if (known.get(pair.seat)?.sound !== pair.page) drop(pair);
    }
    for (const other of others) {
      if (other.away || pairs.has(other.seat)) continue;
      if (mayBuild(other.seat)) build(other.seat, other.sound, other.offers);
      else setTimeout(changed, NEW_LINK_AFTER_MS);
    }
    hearEarly();
  }

  function hearEarly() {
    const waiting = [...early];
    early.clear();
    const since = performance.now() - EARLY_MS;
    for (const [seat, signals] of waiting) {
      for (const { data, at } of signals) if (at > since) hear(seat, data, at);
    }
  }

  // Each seat has its own bound, so a flood from one seat evicts nobody else's signals.
  function keepEarly(seat, data, at) {
    if (!seats.has(seat)) return;
    const signals = early.get(seat) ?? [];
    early.set(seat, [...signals, { data, at }].slice(-EARLY_OF_A_SEAT));
  }

  function mayBuild(seat) {
    return performance.now() - (builtAt.get(seat) ?? -Infinity) >= NEW_LINK_AFTER_MS;
  }

  function newPair(seat, theirPage, offers, link) {
    builtAt.set(seat, performance.now());
    const pair = new Pair(shared, seat, theirPage, offers, link);
    pairs.set(seat, pair);
    return pair;
  }

  function build(seat, theirPage, offers) {
    const pair = newPair(seat, theirPage, offers, offers ? (links += 1) : 0);
    if (offers) pair.offer();
    changed();
  }

  function drop(pair) {
    pair.close();
    pairs.delete(pair.seat);
    changed();
  }

  function rebuild(pair) {
    if (pairs.get(pair.seat) !== pair) return;
    if (known.get(pair.seat)?.away) {
      drop(pair);
    } else if (!mayBuild(pair.seat)) {
      setTimeout(() => rebuild(pair), NEW_LINK_AFTER_MS);
    } else if (pair.offers) {
      pair.close();
      build(pair.seat, pair.page, true);
    } else {
      pair.say({ again: true });
      pair.watch();
    }
  }

  /** Takes a signal from the pages of a seat; `at`: its time of arrival. */
  function hear(seat, data, at = performance.now()) {
    if (data.to !== page) return;
    const pair = pairs.get(seat);
    if (!pair || pair.page !== data.page) {
      keepEarly(seat, data, at);
    } else if (data.link === pair.link) {
      if (data.again) rebuild(pair);
      else pair.hear(data);
    } else if (!pair.offers && data.link > pair.link && data.description?.type === "offer") {
      takeLink(pair, data);
    }
  }

  // The other page has built this pair, or has rebuilt it.
  function takeLink(pair, data) {
    if (pair.link === 0) {
      pair.link = data.link;
      pair.hear(data);
    } else if (mayBuild(pair.seat)) {
      pair.close();
      newPair(pair.seat, pair.page, false, data.link).hear(data);
    }
  }

  return {
    meet,
    hear,
    /** Sets the tracks to send; null sends no packets. `limits` are RTCRtpEncodingParameters. */
    carry(audio, video, limits) {
      Object.assign(shared, { audio, video, limits });
      for (const pair of pairs.values()) pair.carry();
    },
    /** Sets whether others send their video to this page. */
    wish(video) {
      shared.wantsVideo = video;
      for (const pair of pairs.values()) pair.say({ pictures: video });
    },
    /** Sets the ICE servers (RTCConfiguration). */
    configure(ice) {
      shared.ice = ice;
      for (const pair of pairs.values()) pair.pc.setConfiguration(ice);
    },
    restart() {
      for (const pair of pairs.values()) pair.restart();
    },
    /** Ends all pairs. */
    close() {
      known.clear();
      for (const pair of [...pairs.values()]) drop(pair);
    },
    /** The people of the last call of `meet`. */
    others: () => [...known.values()],
    tracks: (seat) => pairs.get(seat)?.tracks() ?? {},
    /** The connection that carries this person's voice, if there is one. */
    connection: (seat) => pairs.get(seat)?.pc,
    /** The statistics of each pair: [seat, RTCStatsReport]. */
    measure: () => Promise.all([...pairs.values()].map(async (pair) => [pair.seat, await pair.pc.getStats()])),
  };
}
