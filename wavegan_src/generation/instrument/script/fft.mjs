// Fourier transforms of real signals whose length is a power of two.

/** In-place transform of complex signals: radix 2, decimation in time (Cooley and Tukey 1965). */
class ComplexFft {
  /** @param {number} size */
  constructor(size) {
    this.size = size;
    this.cos = Float64Array.from({ length: size / 2 }, (_, k) => Math.cos((2 * Math.PI * k) / size));
    this.sin = Float64Array.from({ length: size / 2 }, (_, k) => Math.sin((2 * Math.PI * k) / size));
    const bits = Math.log2(size);
    this.reversed = Uint32Array.from({ length: size }, (_, k) => {
      let found = 0;
      for (let bit = 0; bit < bits; bit++) found |= ((k >> bit) & 1) << (bits - 1 - bit);
      return found;
    });
  }

  /**
   * @param {Float64Array} re
   * @param {Float64Array} im
   * @param {1 | -1} sign -1 transforms forward, 1 backward without scaling.
   */
  transform(re, im, sign) {
    const { size, cos, sin, reversed } = this;
    for (let i = 0; i < size; i++) {
      const j = reversed[i];
      if (i < j) {
        const a = re[i], b = im[i];
        re[i] = re[j]; im[i] = im[j];
        re[j] = a; im[j] = b;
      }
    }
    for (let length = 2; length <= size; length <<= 1) {
      const half = length >> 1, step = size / length;
      for (let start = 0; start < size; start += length) {
        for (let k = 0; k < half; k++) {
          const c = cos[k * step], s = sign * sin[k * step], low = start + k, high = low + half;
          const x = re[high] * c - im[high] * s, y = re[high] * s + im[high] * c;
          re[high] = re[low] - x; im[high] = im[low] - y;
          re[low] += x; im[low] += y;
        }
      }
    }
  }
}

/** Transforms of real signals by a complex transform of half their length. Spectra have `size / 2 + 1` bins. */
export class RealFft {
  /** @param {number} size */
  constructor(size) {
    this.size = size;
    const half = size / 2;
    this.half = new ComplexFft(half);
    this.re = new Float64Array(half);
    this.im = new Float64Array(half);
    this.cos = Float64Array.from({ length: half + 1 }, (_, k) => Math.cos((2 * Math.PI * k) / size));
    this.sin = Float64Array.from({ length: half + 1 }, (_, k) => Math.sin((2 * Math.PI * k) / size));
  }

  /** The spectrum of `signal`, into `re` and `im`. */
  forward(signal, re, im) {
    const half = this.size / 2, zr = this.re, zi = this.im;
    for (let i = 0; i < half; i++) { zr[i] = signal[2 * i]; zi[i] = signal[2 * i + 1]; }
    this.half.transform(zr, zi, -1);
    for (let k = 0; k <= half; k++) {
      const a = k % half, b = (half - k) % half;
      const evenRe = 0.5 * (zr[a] + zr[b]), evenIm = 0.5 * (zi[a] - zi[b]);
      const oddRe = 0.5 * (zi[a] + zi[b]), oddIm = 0.5 * (zr[b] - zr[a]);
      re[k] = evenRe + oddRe * this.cos[k] + oddIm * this.sin[k];
      im[k] = evenIm + oddIm * this.cos[k] - oddRe * this.sin[k];
    }
  }

  /** The signal of a spectrum, into `signal`; as NumPy's irfft, it is divided by the size. */
  inverse(re, im, signal) {
    const half = this.size / 2, zr = this.re, zi = this.im;
    for (let k = 0; k < half; k++) {
      const mirror = half - k;
      const mirrorIm = mirror === half ? 0 : -im[mirror], ownIm = k === 0 ? 0 : im[k];
      const evenRe = 0.5 * (re[k] + re[mirror]), evenIm = 0.5 * (ownIm + mirrorIm);
      const differenceRe = 0.5 * (re[k] - re[mirror]), differenceIm = 0.5 * (ownIm - mirrorIm);
      const oddRe = differenceRe * this.cos[k] - differenceIm * this.sin[k];
      const oddIm = differenceRe * this.sin[k] + differenceIm * this.cos[k];
      zr[k] = evenRe - oddIm;
      zi[k] = evenIm + oddRe;
    }
    this.half.transform(zr, zi, 1);
    for (let i = 0; i < half; i++) { signal[2 * i] = zr[i] / half; signal[2 * i + 1] = zi[i] / half; }
  }
}
