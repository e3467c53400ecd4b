// Recordings as WAV files.

/**
 * A mono WAV file of 16 bits.
 * @param {Float32Array[]} blocks samples in [-1, 1]
 * @param {number} rate samples per second
 * @returns {ArrayBuffer}
 */
export function toWav(blocks, rate) {
  const count = blocks.reduce((sum, block) => sum + block.length, 0), bytes = 2 * count;
  const file = new ArrayBuffer(44 + bytes), view = new DataView(file);
  const text = (at, letters) => [...letters].forEach((letter, i) => view.setUint8(at + i, letter.charCodeAt(0)));
  text(0, "RIFF");
  view.setUint32(4, 36 + bytes, true);
  text(8, "WAVEfmt ");
  view.setUint32(16, 16, true); // length of the format
  view.setUint16(20, 1, true); // PCM
  view.setUint16(22, 1, true); // channels
  view.setUint32(24, rate, true);
  view.setUint32(28, 2 * rate, true);
  view.setUint16(32, 2, true);
  view.setUint16(34, 16, true);
  text(36, "data");
  view.setUint32(40, bytes, true);
  let at = 44;
  for (const block of blocks) {
    for (const sample of block) {
      view.setInt16(at, Math.round(32767 * Math.max(-1, Math.min(1, sample))), true);
      at += 2;
    }
  }
  return file;
}
