// The drive model's networks: from a latent vector to an engine, and from speed and load to what the engine is there.
// They are models/drive/generator.py once more, for one engine at a time.

import { RealFft } from "./fft.mjs";
import { impulseResponse } from "./filter.mjs";

/**
 * @typedef {Object} Model
 * @property {number} rate samples per second
 * @property {number} hop samples of a frame
 * @property {number} bands of the noise
 * @property {number} pulseOrders
 * @property {number} envelopeOrders
 * @property {number} pulsePoints of the pulses' wave table
 * @property {number} pulseLevel
 * @property {number} components principal components of the spectrum
 * @property {number} firstComponent their first factor in a latent vector
 * @property {number} scatter of an engine's factors around those that are remembered
 * @property {number} sharpness of the choice between these
 * @property {number} wander largest wandering (natural log)
 * @property {number} fastestEnvelope of the frame rate
 * @property {number} farthest speed that the tables follow, in standard deviations of the recordings'
 * @property {number} knee of the limiter
 * @property {number} bandBend of the spacing of the noise's bands
 * @property {number} toneBend of the spacing of the correction's knots
 * @property {number} jitter octaves
 * @property {number} jitterFrames frames between its knots
 * @property {Object<string, {shape: number[], at: number}>} tensors where each is in the weights
 *
 * @typedef {Object} Engine
 * @property {Float32Array} style
 * @property {Float64Array} response of the body, minimum phase
 * @property {Float64Array} flutter of each band
 * @property {Float64Array} swell of each band
 * @property {number} unevenness of the pulses
 */

/** The number that 16 bits mean as a float of half precision. */
function fromHalf(bits) {
  const sign = bits & 0x8000 ? -1 : 1, exponent = (bits >> 10) & 31, fraction = bits & 1023;
  return sign * (exponent ? 2 ** (exponent - 15) * (1 + fraction / 1024) : 2 ** -24 * fraction);
}

/** The weights by name, as views of one array of float32. */
export class Weights {
  /**
   * @param {Model} model
   * @param {Float32Array | Uint16Array} numbers those of 16 bits are floats of half precision
   */
  constructor(model, numbers) {
    const values = numbers instanceof Uint16Array ? Float32Array.from(numbers, fromHalf) : numbers;
    this.model = model;
    this.tensors = Object.fromEntries(
      Object.entries(model.tensors).map(([name, { shape, at }]) => {
        return [name, values.subarray(at, at + shape.reduce((product, size) => product * size, 1))];
      }),
    );
  }

  /** @param {string} name */
  tensor(name) {
    return this.tensors[name];
  }

  /** A layer `name` applied to `input`, into `output`. */
  apply(name, input, output) {
    const weight = this.tensors[`${name}.weight`], bias = this.tensors[`${name}.bias`], width = input.length;
    for (let row = 0, at = 0; row < bias.length; row++) {
      let sum = bias[row];
      for (let column = 0; column < width; column++, at++) sum += weight[at] * input[column];
      output[row] = sum;
    }
    return output;
  }

  /** The number of outputs of a layer. */
  outputs(name) {
    return this.model.tensors[`${name}.bias`].shape[0];
  }
}

const leaky = values => {
  for (let i = 0; i < values.length; i++) if (values[i] < 0) values[i] *= 0.2;
  return values;
};

const SHORTEST = 1e-6; // length of factors that have a direction

/**
 * A latent vector with an engine's factors in the place of the numbers that choose it: near those of the remembered
 * engines in whose directions it points farthest. What it has in these directions has chosen; the rest is added.
 */
export function codeOf(weights, latent) {
  const { components, firstComponent, scatter, sharpness } = weights.model;
  const known = weights.tensor("memory.factors"), count = known.length / components;
  const own = latent.subarray(firstComponent, firstComponent + components);
  const lengths = new Float64Array(count), agreement = new Float64Array(count);
  for (let engine = 0; engine < count; engine++) {
    let power = 0, product = 0;
    for (let i = 0, at = engine * components; i < components; i++, at++) {
      power += known[at] * known[at];
      product += known[at] * own[i];
    }
    lengths[engine] = Math.max(SHORTEST, Math.sqrt(power));
    agreement[engine] = product / lengths[engine];
  }
  const highest = agreement.reduce((a, b) => Math.max(a, b));
  const chosen = agreement.map(value => Math.exp(sharpness * (value - highest)));
  const total = chosen.reduce((sum, value) => sum + value, 0);
  const factors = Float64Array.from(own, value => scatter * value);
  for (let engine = 0; engine < count; engine++) {
    const weight = (chosen[engine] / total) * (1 - (scatter * agreement[engine]) / lengths[engine]);
    for (let i = 0; i < components; i++) factors[i] += weight * known[engine * components + i];
  }
  const code = Float32Array.from(latent);
  code.set(factors, firstComponent);
  return code;
}

/** The natural logarithm of an engine's magnitudes in a Hann window; `code` from `codeOf`. */
export function spectrumOf(weights, code, style) {
  const { components, firstComponent, toneBend } = weights.model;
  const mean = weights.tensor("mean_spectrum"), axes = weights.tensor("spectrum_components"), bins = mean.length;
  const tone = weights.apply("tone", style, new Float64Array(weights.outputs("tone")));
  return Float64Array.from({ length: bins }, (_, bin) => {
    let value = mean[bin];
    for (let c = 0; c < components; c++) value += code[firstComponent + c] * axes[c * bins + bin];
    const { band, share } = bandAt(bin / (bins - 1), tone.length, toneBend);
    value += 0.5 * (tone[band] * (1 - share) + tone[band + 1] * share);
    return Math.max(-16, Math.min(4, value));
  });
}

/** Between which of `bands` triangular bands a frequency is (0 to 1 of the highest), and how far; `bend` of their spacing. */
export function bandAt(frequency, bands, bend) {
  const place = (Math.log1p(bend * frequency) / Math.log1p(bend)) * (bands - 1);
  const band = Math.max(0, Math.min(bands - 2, Math.floor(place)));
  return { band, share: place - band };
}

/**
 * What a latent vector makes.
 * @returns {Engine}
 */
export function engineOf(weights, latent) {
  const { bands, wander } = weights.model, code = codeOf(weights, latent);
  const width = weights.outputs("mapping.0");
  const first = leaky(weights.apply("mapping.0", code, new Float64Array(width)));
  const style = Float32Array.from(leaky(weights.apply("mapping.2", first, new Float64Array(width))));
  const wandering = weights.apply("wander", style, new Float64Array(2 * bands + 1)).map(x => wander / (1 + Math.exp(-x)));
  return {
    style,
    response: impulseResponse(spectrumOf(weights, code, style)),
    flutter: wandering.slice(0, bands),
    swell: wandering.slice(bands, 2 * bands),
    unevenness: wandering[2 * bands],
  };
}

/** What an engine is at one speed and load; made once and filled again, so that nothing is allocated while it plays. */
export class Knot {
  /** @param {Model} model */
  constructor(model) {
    this.speed = 0;
    this.level = 0;
    this.pulses = new Float64Array(model.pulsePoints);
    this.envelopes = new Float64Array(model.bands * model.envelopeOrders * 2);
    this.noise = new Float64Array(model.bands);
  }
}

/** Maps speed and load to a knot. */
export class ControlNetwork {
  /** @param {Weights} weights */
  constructor(weights) {
    const { model } = weights;
    this.weights = weights;
    this.style = new Float64Array(weights.outputs("mapping.2"));
    this.hidden = new Float64Array(this.style.length);
    this.now = new Float64Array(this.style.length);
    this.input = new Float64Array(this.style.length + 3);
    this.pulses = new Float64Array(2 * model.pulseOrders);
    this.level = new Float64Array(1);
    this.fft = new RealFft(model.pulsePoints);
    this.re = new Float64Array(model.pulsePoints / 2 + 1);
    this.im = new Float64Array(model.pulsePoints / 2 + 1);
    [this.mean, this.spread] = weights.tensor("scale");
    this.slopes = weights.tensor("level_slopes");
    this.loudest = this.law(weights.tensor("speed_range")[1], 1);
  }

  /** @param {Float32Array} style of an engine */
  setStyle(style) {
    this.style.set(style);
  }

  /** The level (natural log) that speed and load alone make. */
  law(speed, load) {
    return (this.slopes[0] * (speed - this.mean)) / this.spread + this.slopes[1] * load;
  }

  /**
   * @param {number} speed log2 of the working cycles per second
   * @param {number} load 0 to 1
   * @param {Knot} knot is filled
   */
  fill(speed, load, knot) {
    const { weights, input, now } = this, { model } = weights, scaled = (speed - this.mean) / this.spread;
    input.set(this.style);
    const near = Math.max(-model.farthest, Math.min(model.farthest, scaled));
    input[this.style.length] = near;
    input[this.style.length + 1] = near * near - 1;
    input[this.style.length + 2] = 2 * load - 1;
    weights.apply("response.2", leaky(weights.apply("response.0", input, this.hidden)), now);
    for (let i = 0; i < now.length; i++) now[i] += this.style[i];
    weights.apply("pulse_table", now, this.pulses);
    weights.apply("envelope_table", now, knot.envelopes);
    weights.apply("noise_level", now, knot.noise);
    weights.apply("level", now, this.level);
    knot.speed = speed;
    knot.level = 0.2 * this.level[0] + this.law(speed, load) - this.loudest;
    this.fillPulses(2 ** speed, knot.pulses);
    const fastest = (model.fastestEnvelope * model.rate) / model.hop;
    for (let at = 0; at < knot.envelopes.length; at++) {
      const order = 1 + (at >> 1) % model.envelopeOrders;
      knot.envelopes[at] *= below(fastest, order * 2 ** speed);
    }
  }

  fillPulses(hertz, table) {
    const { model } = this.weights, scale = 0.5 * model.pulsePoints * model.pulseLevel;
    this.re.fill(0);
    this.im.fill(0);
    for (let order = 1; order <= model.pulseOrders; order++) {
      const gain = scale * below(0.45 * model.rate, order * hertz);
      this.re[order] = gain * this.pulses[2 * order - 2];
      this.im[order] = gain * this.pulses[2 * order - 1];
    }
    this.fft.inverse(this.re, this.im, table);
  }
}

/** A gain that fades out what is above `highest` Hz. */
const below = (highest, hertz) => Math.max(0, Math.min(1, (highest - hertz) / (0.2 * highest)));
