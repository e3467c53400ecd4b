// The live spectrogram: time runs to the left, and the engine's orders are drawn in where they are now.

const SPAN = 70; // dB from the darkest to the brightest
const ORDERS = [1, 2, 3, 4, 6, 8]; // multiples of the crank's turns
const BEND = 100; // Hz: below, the axis is nearly linear, above, nearly logarithmic

export class Spectrogram {
  /**
   * @param {HTMLCanvasElement} canvas
   * @param {AnalyserNode} analyser
   */
  constructor(canvas, analyser) {
    this.canvas = canvas;
    this.context = canvas.getContext("2d", { alpha: false });
    this.analyser = analyser;
    this.levels = new Float32Array(analyser.frequencyBinCount);
    this.highest = Math.min(6000, analyser.context.sampleRate / 2);
    this.top = -40;
  }

  /** The share of the height at which a frequency is. */
  place(hertz) {
    return Math.log1p(hertz / BEND) / Math.log1p(this.highest / BEND);
  }

  /** Add a column for the present, with the crank's turns per second. */
  draw(turns) {
    const { canvas, context, levels } = this, ratio = devicePixelRatio || 1;
    const width = Math.round(canvas.clientWidth * ratio), height = Math.round(canvas.clientHeight * ratio);
    if (canvas.width !== width || canvas.height !== height) { canvas.width = width; canvas.height = height; }
    const step = Math.max(1, Math.round(1.5 * ratio)), right = width - Math.round(30 * ratio);
    this.analyser.getFloatFrequencyData(levels);
    this.top = Math.max(this.top - 0.1, levels.reduce((most, level) => Math.max(most, level), -80));
    context.drawImage(canvas, step, 0, right - step, height, 0, 0, right - step, height);
    const column = context.createImageData(1, height), hertz = this.analyser.context.sampleRate / this.analyser.fftSize;
    for (let row = 0; row < height; row++) {
      const share = 1 - row / height, frequency = BEND * Math.expm1(share * Math.log1p(this.highest / BEND));
      const bin = Math.min(levels.length - 1, Math.round(frequency / hertz));
      const bright = Math.max(0, Math.min(1, 1 + (levels[bin] - this.top) / SPAN));
      column.data.set(heat(bright), 4 * row);
    }
    for (let x = right - step; x < right; x++) context.putImageData(column, x, 0);
    this.label(turns, right, width, height, ratio);
  }

  label(turns, right, width, height, ratio) {
    const { context } = this;
    context.fillStyle = "#101318";
    context.fillRect(right, 0, width - right, height);
    context.font = `${10 * ratio}px system-ui, sans-serif`;
    context.textBaseline = "middle";
    let last = Infinity;
    for (const order of ORDERS) {
      const y = height * (1 - this.place(order * turns));
      if (y < 0 || last - y < 11 * ratio) continue;
      context.fillStyle = "#7fd4ff";
      context.fillRect(right - 4 * ratio, y, 8 * ratio, ratio);
      context.fillText(`${order}×`, right + 7 * ratio, y);
      last = y;
    }
  }
}

/** From black over violet and orange to white, as bytes. */
function heat(share) {
  const red = Math.min(1, 1.7 * share), green = Math.max(0, 1.9 * share - 0.8), blue = share < 0.45 ? 1.3 * share : Math.max(0.05, 1.1 - 1.3 * share);
  return [255 * red, 255 * Math.min(1, green), 255 * Math.max(blue, share > 0.9 ? 10 * (share - 0.9) : 0), 255];
}
