// The sound of a microphone: its samples, and its level. Loads late, since no page needs it at first.
const WINDOW = 16_384; // samples, a third of a second: windows overlap, so that no sound is missed between two

/**
 * Listens to a track. `hear()` returns its latest sound, or null while the browser suspends it. Null in a browser that
 * cannot listen to this track.
 */
export function listen(track) {
  // Some browsers refuse a track whose sample rate is not that of the context.
  for (const sampleRate of [undefined, track.getSettings().sampleRate]) {
    let context;
    try {
      context = new AudioContext({ sampleRate });
      const analyser = new AnalyserNode(context, { fftSize: WINDOW });
      context.createMediaStreamSource(new MediaStream([track])).connect(analyser);
      return ear(context, analyser);
    } catch {
      context?.close();
    }
  }
  return null;
}

function ear(context, analyser) {
  const samples = new Float32Array(WINDOW);
  return {
    hear() {
      if (context.state !== "running") {
        context.resume().catch(() => {});
        return null;
      }
      analyser.getFloatTimeDomainData(samples);
      return samples;
    },
    close: () => context.close(),
  };
}

/**
 * Calls `look(level)` with the loudness of a track, 0 to 1, ten times a second. Returns a function that stops it, or null
 * where the browser cannot listen to it.
 */
export function meter(track, look) {
  const heard = listen(track);
  if (!heard) return null;
  const timer = setInterval(() => {
    const samples = heard.hear();
    if (samples) look(Math.min(1, 4 * Math.sqrt(samples.reduce((sum, x) => sum + x * x, 0) / samples.length)));
  }, 100);
  return () => {
    clearInterval(timer);
    heard.close();
  };
}
