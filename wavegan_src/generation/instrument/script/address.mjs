// Presets in the address: what is set is after the #, so that a link brings it back.

/**
 * @typedef {Object} Preset
 * @property {number} x place on the map, 0 to 1
 * @property {number} y
 * @property {boolean} automatic
 * @property {number} volume 0 to 1
 */

/** @param {Preset} preset */
export function toAddress({ x, y, automatic, volume }) {
  const short = value => String(Math.round(value * 1e4) / 1e4);
  return `#x=${short(x)}&y=${short(y)}&gears=${automatic ? "auto" : "manual"}&volume=${short(volume)}`;
}

/**
 * What an address says; where it says nothing, or nonsense, the preset given.
 * @param {string} hash
 * @param {Preset} otherwise
 * @returns {Preset}
 */
export function fromAddress(hash, otherwise) {
  const said = new URLSearchParams(hash.replace(/^#/, ""));
  const share = (name, value) => {
    const text = said.get(name), number = Number(text);
    return text === null || text === "" || !(number >= 0 && number <= 1) ? value : number;
  };
  const gears = said.get("gears");
  return {
    x: share("x", otherwise.x),
    y: share("y", otherwise.y),
    automatic: gears === "auto" ? true : gears === "manual" ? false : otherwise.automatic,
    volume: share("volume", otherwise.volume),
  };
}
