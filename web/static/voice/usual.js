// The microphone that a person uses: the chosen one, or else the first that was opened. Knows when it is gone with
// another one in its place, and under which id it is listed once it is back. Opens nothing; faults.js does.

/**
 * @typedef {{id: string, label: string}} Microphone
 * @param {() => string} chosen the id of the chosen microphone; "" for none
 */
export function createUsual(chosen) {
  let usual = /** @type {Microphone | null} */ (null); // without a label: chosen, and not opened yet
  let isGone = false;

  // A browser may give a device another id when it is back, and the id of its default device to any device.
  function isIt({ id, label }) {
    return usual !== null && (usual.label ? isOneName(label, usual.label) : id === usual.id);
  }

  return {
    isIt,
    /** @param {Microphone} microphone was opened */
    opened(microphone) {
      if (!usual) {
        usual = { id: chosen() || microphone.id, label: "" };
        isGone = true;
      }
      if (!isIt(microphone)) return;
      usual = microphone;
      isGone = false;
    },
    /**
     * @param {Microphone} microphone was taken away, and not closed by the page
     * @returns {boolean} whether it was the usual one
     */
    lost(microphone) {
      const wasIt = isIt(microphone);
      isGone ||= wasIt;
      return wasIt;
    },
    /** The person chooses anew: the next one that is opened counts. */
    forget() {
      usual = null;
      isGone = false;
    },
    /**
     * @param {Microphone[]} listed
     * @returns {string | undefined} the id of the usual one, if it was gone and is listed
     */
    idOnReturn(listed) {
      const found = isGone ? listed.filter(isIt) : [];
      return (found.find(({ id }) => id === usual?.id) ?? found[0])?.id;
    },
  };
}

// Chromium lists the default device under two names, such as "Headset" and "Default - Headset".
function isOneName(one, other) {
  if (!one) return false;
  return one === other || one.endsWith(` - ${other}`) || other.endsWith(` - ${one}`);
}
