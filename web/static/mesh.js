// How voices travel: a mesh with a connection between every two people. Only this module knows the topology; a media
// server could replace it behind the same few functions.
//
// In each pair the person with the earlier seat offers, so simultaneous arrivals do not collide; when both renegotiate
// later (a new network), perfect negotiation decides (W3C WebRTC, 10.7). A pair that is not connected within ten
// seconds, or has failed, is rebuilt.

const CONNECTS_WITHIN_MS = 10_000;
const RESTARTS_AFTER_MS = 2_000;
const CANDIDATES_WAIT_MS = 60;
const EARLY_MS = 5_000;
const EARLY_OF_A_SEAT = 20; // signals, for each seat in the room
const VOICE_BITS = 32_000;
const NEW_LINK_AFTER_MS = 1_000; // a pair is rebuilt at most this often, whatever its other end does

/** Whether this browser supports WebRTC. */
export const canCarryVoices = "RTCPeerConnection" in globalThis;

/**
 * @param {string} page the name of this page
 * @param {(seat: string, data: object) => void} say sends a signal to the pages of a seat
 * @param {(seat: string) => void} changed a pair was made or ended, or has other tracks
 */
export function createMesh(page, say, changed) {
  const pairs = new Map(); // by seat
  let known = new Map(); // the people of the last call of `meet`, by seat
  const builtAt = new Map(); // when the last connection to a seat was started
  const early = new Map(); // signals that arrived before their pair or connection, by seat
  let seats = new Set(); // in the room
  const mine = { audio: null, video: null, limits: {} };
  /** @type {RTCConfiguration} */
  let ice = { iceServers: [], iceTransportPolicy: "all" };
  let wantsPictures = true;
  let links = Date.now();

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
      else setTimeout(() => changed(other.seat), NEW_LINK_AFTER_MS);
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

  function build(seat, theirPage, offers) {
    const pair = new Pair(seat, theirPage, offers, offers ? (links += 1) : 0);
    pairs.set(seat, pair);
    if (offers) pair.offer();
    changed(seat);
  }

  function drop(pair) {
    pair.close();
    pairs.delete(pair.seat);
    changed(pair.seat);
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
      if (pair.link !== 0 && !mayBuild(seat)) return;
      const anew = pair.link === 0 ? pair : new Pair(seat, pair.page, false, 0);
      if (anew !== pair) pair.close();
      anew.link = data.link;
      pairs.set(seat, anew);
      anew.hear(data);
    }
  }

  /** Sets the tracks to send; null sends no packets. `limits` are RTCRtpEncodingParameters. */
  function carry(audio, video, limits) {
    Object.assign(mine, { audio, video, limits });
    for (const pair of pairs.values()) pair.carry();
  }

  /** Sets whether others send their video to this page. */
  function wish(pictures) {
    wantsPictures = pictures;
    for (const pair of pairs.values()) pair.say({ pictures });
  }

  /** Sets the ICE servers (RTCConfiguration). */
  function configure(configuration) {
    ice = configuration;
    for (const pair of pairs.values()) pair.pc.setConfiguration(ice);
  }

  function restart() {
    for (const pair of pairs.values()) pair.restart();
  }

  class Pair {
    constructor(seat, theirPage, offers, link) {
      this.seat = seat;
      this.page = theirPage;
      this.offers = offers;
      this.link = link;
      this.theyWantPictures = true;
      builtAt.set(seat, performance.now());
      this.waiting = []; // candidates that arrived before the description
      this.unsaid = [];
      this.limits = {}; // the limits of each sender, by kind
      this.doing = Promise.resolve();
      const pc = (this.pc = new RTCPeerConnection(ice));
      pc.onicecandidate = ({ candidate }) => candidate && this.sayCandidate(candidate);
      pc.onnegotiationneeded = () => this.described && this.do(() => this.describe());
      pc.onconnectionstatechange = () => this.look();
      pc.ontrack = () => changed(seat);
      this.watch();
    }

    say(data) {
      say(this.seat, { to: this.page, page, link: this.link, ...data });
    }

    sayCandidate(candidate) {
      if (this.unsaid.length === 0) {
        setTimeout(() => {
          const candidates = this.unsaid.splice(0);
          if (this.pc.signalingState !== "closed") this.say({ candidates });
        }, CANDIDATES_WAIT_MS);
      }
      this.unsaid.push(candidate);
    }

    // Signals are handled one after another, because setting a description is asynchronous.
    do(work) {
      this.doing = this.doing.then(work).catch((error) => {
        if (this.pc.signalingState !== "closed") console.warn("voice:", error.name, error.message);
      });
    }

    offer() {
      for (const kind of ["audio", "video"]) this.pc.addTransceiver(kind, { direction: "sendrecv" });
      this.carry();
      this.do(() => this.describe());
    }

    async describe() {
      await this.pc.setLocalDescription();
      this.described = true;
      this.say({ description: this.pc.localDescription });
    }

    hear(data) {
      if ("pictures" in data) {
        this.theyWantPictures = data.pictures;
        this.carry();
      }
      if (data.description) this.do(() => this.take(data.description));
      for (const candidate of data.candidates ?? []) this.do(() => this.add(candidate));
    }

    async take(description) {
      const { pc } = this;
      // When both offer at once (glare), the pair's offerer wins.
      this.ignores = this.offers && description.type === "offer" && pc.signalingState !== "stable";
      if (this.ignores) return;
      await pc.setRemoteDescription(description);
      if (description.type === "offer") {
        for (const transceiver of pc.getTransceivers()) transceiver.direction = "sendrecv";
        this.carry();
        await this.describe();
        if (!wantsPictures) this.say({ pictures: false });
      }
      for (const candidate of this.waiting.splice(0)) await this.add(candidate);
      changed(this.seat);
    }

    async add(candidate) {
      if (!this.pc.remoteDescription) this.waiting.push(candidate);
      else if (!this.ignores) await this.pc.addIceCandidate(candidate);
    }

    sender(kind) {
      return this.pc.getTransceivers().find((t) => t.receiver.track.kind === kind)?.sender;
    }

    carry() {
      const video = this.theyWantPictures ? mine.video : null;
      for (const [kind, track] of [["audio", mine.audio], ["video", video]]) {
        const sender = this.sender(kind);
        if (!sender) continue;
        if (sender.track !== track) sender.replaceTrack(track).catch(() => {});
        this.limit(kind, sender, kind === "audio" ? { maxBitrate: VOICE_BITS } : mine.limits);
      }
    }

    limit(kind, sender, limits) {
      // Limits are set only when they change, because getParameters() is slow.
      const wanted = JSON.stringify(limits);
      if (this.limits[kind] === wanted || wanted === "{}") return;
      const parameters = sender.getParameters();
      if (!parameters.encodings?.length) return; // not negotiated yet
      Object.assign(parameters.encodings[0], limits);
      sender.setParameters(parameters).catch(() => {});
      this.limits[kind] = wanted;
    }

    watch() {
      clearTimeout(this.watching);
      this.watching = setTimeout(() => {
        if (this.pc.connectionState !== "connected") rebuild(this);
      }, CONNECTS_WITHIN_MS);
    }

    look() {
      const state = this.pc.connectionState;
      clearTimeout(this.restarting);
      if (state === "failed") rebuild(this);
      if (state === "disconnected") this.restarting = setTimeout(() => this.restart(), RESTARTS_AFTER_MS);
      if (state === "connected" && this.offers && !wantsPictures) this.say({ pictures: false });
      changed(this.seat);
    }

    restart() {
      if (this.pc.signalingState === "closed") return;
      this.pc.restartIce();
      this.watch();
    }

    close() {
      clearTimeout(this.watching);
      clearTimeout(this.restarting);
      this.pc.close();
    }
  }

  return {
    meet,
    hear,
    carry,
    wish,
    configure,
    restart,
    /** Ends all pairs. */
    close() {
      for (const pair of [...pairs.values()]) drop(pair);
    },
    /** The state of a pair: RTCPeerConnectionState, or "" without one. */
    standing: (seat) => pairs.get(seat)?.pc.connectionState ?? "",
    /** The tracks that arrive from a seat. */
    tracks(seat) {
      /** @type {{audio?: MediaStreamTrack, video?: MediaStreamTrack}} */
      const found = {};
      for (const { receiver } of pairs.get(seat)?.pc.getTransceivers() ?? []) {
        found[receiver.track.kind] = receiver.track;
      }
      return found;
    },
    /** The current loudness of a seat, 0 to 1. */
    loudness(seat) {
      const receivers = pairs.get(seat)?.pc.getReceivers() ?? [];
      const sources = receivers.find((r) => r.track.kind === "audio")?.getSynchronizationSources() ?? [];
      return sources[0]?.audioLevel ?? 0;
    },
    /** The statistics of each pair: [seat, RTCStatsReport]. */
    measure: () => Promise.all([...pairs.values()].map(async (pair) => [pair.seat, await pair.pc.getStats()])),
    /** The DTLS fingerprints of both ends of a pair, ours first; null before it is connected. */
    fingerprints(seat) {
      const pc = pairs.get(seat)?.pc;
      const found = [pc?.localDescription, pc?.remoteDescription].map(
        (description) => description?.sdp.match(/^a=fingerprint:(\S+ \S+)/m)?.[1],
      );
      return found.every(Boolean) ? found : null;
    },
  };
}
