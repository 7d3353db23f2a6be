// The connection between this page and one other: negotiation, my tracks on it, and the watch over it. mesh.js decides
// which pairs there are.
//
// In each pair the person with the earlier seat offers, so simultaneous arrivals do not collide; when both renegotiate
// later (a new network), perfect negotiation decides (W3C WebRTC, 10.7).

const CONNECTS_WITHIN_MS = 10_000;
const RESTARTS_AFTER_MS = 2_000;
const CANDIDATES_WAIT_MS = 60;
const VOICE_BITS = 32_000;

/**
 * What the pairs of a page share.
 * @typedef {object} Shared
 * @property {string} page the name of this page
 * @property {RTCConfiguration} ice
 * @property {MediaStreamTrack | null} audio my voice; null sends no packets
 * @property {MediaStreamTrack | null} video my picture, in the same way
 * @property {RTCRtpEncodingParameters} limits of the picture
 * @property {boolean} wantsVideo whether others send their video to this page
 * @property {(seat: string, data: object) => void} say sends a signal to the pages of a seat
 * @property {() => void} changed a pair was made or ended, or has other tracks
 * @property {(pair: Pair) => void} failed a pair is not connected in time, or has failed
 */

export class Pair {
  /**
   * @param {Shared} shared
   * @param {string} seat
   * @param {string} page the name of the other page
   * @param {boolean} offers whether this page offers
   * @param {number} link the number of this connection; 0 until the other page has offered one
   */
  constructor(shared, seat, page, offers, link) {
    this.shared = shared;
    this.seat = seat;
    this.page = page;
    this.offers = offers;
    this.link = link;
    this.theyWantVideo = true;
    this.waiting = []; // candidates that arrived before the description
    this.unsaid = [];
    this.limits = {}; // the limits of each sender, by kind
    this.doing = Promise.resolve();
    const pc = (this.pc = new RTCPeerConnection(shared.ice));
    pc.onicecandidate = ({ candidate }) => candidate && this.sayCandidate(candidate);
    pc.onnegotiationneeded = () => this.described && this.do(() => this.describe());
    pc.onconnectionstatechange = () => this.look();
    pc.ontrack = () => shared.changed();
    this.watch();
  }

  say(data) {
    this.shared.say(this.seat, { to: this.page, page: this.shared.page, link: this.link, ...data });
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
      this.theyWantVideo = data.pictures;
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
      if (!this.shared.wantsVideo) this.say({ pictures: false });
    }
    for (const candidate of this.waiting.splice(0)) await this.add(candidate);
    this.shared.changed();
  }

  async add(candidate) {
    if (!this.pc.remoteDescription) this.waiting.push(candidate);
    else if (!this.ignores) await this.pc.addIceCandidate(candidate);
  }

  /** Sends my tracks, as far as they are wanted. */
  carry() {
    const { audio, video, limits } = this.shared;
    this.send("audio", audio, { maxBitrate: VOICE_BITS });
    this.send("video", this.theyWantVideo ? video : null, limits);
  }

  send(kind, track, limits) {
    const sender = this.pc.getTransceivers().find((t) => t.receiver.track.kind === kind)?.sender;
    if (!sender) return;
    if (sender.track !== track) sender.replaceTrack(track).catch(() => {});
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
      if (this.pc.connectionState !== "connected") this.shared.failed(this);
    }, CONNECTS_WITHIN_MS);
  }

  look() {
    const state = this.pc.connectionState;
    clearTimeout(this.restarting);
    if (state === "failed") this.shared.failed(this);
    if (state === "disconnected") this.restarting = setTimeout(() => this.restart(), RESTARTS_AFTER_MS);
    if (state === "connected" && this.offers && !this.shared.wantsVideo) this.say({ pictures: false });
    this.shared.changed();
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

  /** The tracks that arrive. */
  tracks() {
    /** @type {{audio?: MediaStreamTrack, video?: MediaStreamTrack}} */
    const found = {};
    for (const { receiver } of this.pc.getTransceivers()) found[receiver.track.kind] = receiver.track;
    return found;
  }
}
