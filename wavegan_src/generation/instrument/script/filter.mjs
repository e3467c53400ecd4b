// The body's filter: its impulse response, as in models/drive/synthesis.py, and convolution block by block, as in
// streaming/filtering.py.

import { RealFft } from "./fft.mjs";

const FADED = 4, HANN_POWER = 0.375;

/** A periodic Hann window. */
export const hann = size => Float64Array.from({ length: size }, (_, i) => 0.5 - 0.5 * Math.cos((2 * Math.PI * i) / size));

/** The minimum-phase response of a spectrum (natural log of magnitudes in a Hann window), by the real cepstrum. */
export function impulseResponse(spectrum) {
  const size = 2 * (spectrum.length - 1), taps = (size * 3) / 4, fft = new RealFft(size);
  const re = Float64Array.from(spectrum), im = new Float64Array(spectrum.length), signal = new Float64Array(size);
  fft.inverse(re, im, signal);
  for (let i = 1; i < size / 2; i++) signal[i] *= 2;
  signal.fill(0, size / 2 + 1);
  fft.forward(signal, re, im);
  for (let k = 0; k < re.length; k++) {
    const grown = Math.exp(re[k]);
    re[k] = grown * Math.cos(im[k]);
    im[k] = grown * Math.sin(im[k]);
  }
  fft.inverse(re, im, signal);
  const found = signal.slice(0, taps), faded = Math.floor(taps / FADED), unit = (HANN_POWER * size) ** -0.5;
  for (let i = 1; i <= faded; i++) found[taps - faded - 1 + i] *= 0.5 + 0.5 * Math.cos((Math.PI * i) / faded);
  return found.map(value => value * unit);
}

/** Convolves an endless signal with a response that may change; partitioned overlap-save, without delay. */
export class Convolver {
  /**
   * @param {number} block samples at a time
   * @param {number} taps of the responses
   */
  constructor(block, taps) {
    this.block = block;
    this.parts = Math.ceil(taps / block);
    this.bins = block + 1;
    this.fft = new RealFft(2 * block);
    this.input = new Float64Array(2 * block);
    this.result = new Float64Array(2 * block);
    this.past = this.spectra();
    this.response = this.spectra();
    this.former = this.spectra();
    this.changed = false;
    this.newest = 0;
    this.sumRe = new Float64Array(this.bins);
    this.sumIm = new Float64Array(this.bins);
  }

  spectra() {
    return Array.from({ length: this.parts }, () => ({ re: new Float64Array(this.bins), im: new Float64Array(this.bins) }));
  }

  /** Use another response from now on; the next block fades over to it, unless `atOnce`. */
  setResponse(response, atOnce = false) {
    [this.former, this.response] = [this.response, this.former];
    this.changed = !atOnce;
    const part = new Float64Array(2 * this.block);
    this.response.forEach(({ re, im }, number) => {
      part.fill(0);
      part.set(response.subarray(number * this.block, (number + 1) * this.block));
      this.fft.forward(part, re, im);
    });
  }

  /** The next block, in place. */
  process(block) {
    const size = this.block;
    this.input.copyWithin(0, size);
    this.input.set(block, size);
    this.newest = (this.newest + this.parts - 1) % this.parts;
    this.fft.forward(this.input, this.past[this.newest].re, this.past[this.newest].im);
    this.convolve(this.response);
    for (let i = 0; i < size; i++) block[i] = this.result[size + i];
    if (!this.changed) return;
    this.changed = false;
    this.convolve(this.former);
    for (let i = 0; i < size; i++) block[i] += (1 - i / size) * (this.result[size + i] - block[i]);
  }

  convolve(response) {
    const { bins, sumRe, sumIm } = this;
    sumRe.fill(0);
    sumIm.fill(0);
    for (let part = 0; part < this.parts; part++) {
      const { re: a, im: b } = response[part], { re: c, im: d } = this.past[(this.newest + part) % this.parts];
      for (let k = 0; k < bins; k++) {
        sumRe[k] += a[k] * c[k] - b[k] * d[k];
        sumIm[k] += a[k] * d[k] + b[k] * c[k];
      }
    }
    this.fft.inverse(sumRe, sumIm, this.result);
  }
}
