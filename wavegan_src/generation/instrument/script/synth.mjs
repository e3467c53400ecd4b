// The sound of one engine, quantum by quantum, with the speed and load of the moment.
// It is streaming/renderer.py once more, which says why it is as it is; nothing is allocated while it plays.

import { RealFft } from "./fft.mjs";
import { Convolver, hann } from "./filter.mjs";
import { ControlNetwork, Knot, bandAt } from "./network.mjs";

export const QUANTUM = 4; // frames
export const TAPS = 24; // frames of the body's response
const AHEAD = 5; // frames from a quantum's beginning to the knot that its control becomes
const WARM_UP = 7; // quanta
const OVERLAP = 1.5; // sum of squared Hann windows, a quarter of their length apart
const LOWEST_GAIN = -6, HIGHEST_GAIN = 4; // of the noise's gain (natural log)

/** Bends what is above the knee towards 1. */
function limit(value, knee) {
  const loud = Math.abs(value);
  if (loud < knee) return value;
  return Math.sign(value) * (knee + (1 - knee) * Math.tanh((loud - knee) / (1 - knee)));
}

export class EngineRenderer {
  /**
   * @param {import("./network.mjs").Weights} weights
   * @param {import("./network.mjs").Engine} engine
   * @param {import("./noise.mjs").EngineNoise} noise
   * @param {{speed: number, load: number}} control of all that was before
   */
  constructor(weights, engine, noise, control) {
    const { model } = weights, { hop, rate, bands, bandBend } = model;
    this.model = model;
    this.noise = noise;
    this.samples = QUANTUM * hop;
    this.network = new ControlNetwork(weights);
    this.network.setStyle(engine.style);
    this.engine = engine;
    this.unevenness = engine.unevenness;
    this.convolver = new Convolver(this.samples, TAPS * hop);
    this.convolver.setResponse(engine.response, true);
    this.knots = [new Knot(model), new Knot(model), new Knot(model)];
    for (const knot of this.knots) this.network.fill(control.speed, control.load, knot);
    this.fft = new RealFft(4 * hop);
    this.window = hann(4 * hop);
    this.bands = Array.from({ length: 2 * hop + 1 }, (_, bin) => bandAt(bin / (2 * hop), bands, bandBend));
    this.white = new Float64Array(7 * hop);
    this.overlap = new Float64Array(7 * hop);
    this.piece = new Float64Array(4 * hop);
    this.re = new Float64Array(2 * hop + 1);
    this.im = new Float64Array(2 * hop + 1);
    this.gains = new Float64Array(bands);
    this.strokes = new Float64Array(QUANTUM + 1);
    this.output = new Float64Array(this.samples);
    this.second = hop / rate; // of a frame
    this.cycles = new Float64Array(AHEAD + 1);
    this.begin(control);
  }

  begin(control) {
    this.lastRate = this.rateAt(control.speed);
    this.cycles[QUANTUM] = this.noise.start;
    this.cycles[QUANTUM + 1] = this.noise.start + this.turnTo(control.speed);
    this.noise.fill(this.white.subarray(this.samples));
    this.strokes[QUANTUM] = this.noise.strokes.next()[0];
    for (let quantum = 0; quantum < WARM_UP; quantum++) this.render(control.speed, control.load);
  }

  /** Become another engine within a quantum or two. */
  setEngine(engine) {
    this.engine = engine;
    this.network.setStyle(engine.style);
    this.convolver.setResponse(engine.response);
  }

  /**
   * The next four frames, valid until the next call.
   * @param {number} speed log2 of the working cycles per second
   * @param {number} load 0 to 1
   */
  render(speed, load) {
    const oldest = this.knots.shift();
    this.network.fill(speed, load, oldest);
    this.knots.push(oldest);
    this.turn();
    this.hiss();
    this.pulses();
    this.convolver.process(this.output);
    const { knee } = this.model;
    for (let i = 0; i < this.samples; i++) this.output[i] = limit(this.output[i], knee);
    return this.output;
  }

  rateAt(speed) {
    return 2 ** (speed + this.model.jitter * this.noise.jitter.next()[0]);
  }

  /** By how many cycles the crank turns to the next frame. */
  turnTo(speed) {
    const before = this.lastRate;
    this.lastRate = this.rateAt(speed);
    return 0.5 * (before + this.lastRate) * this.second;
  }

  /** The crank's positions at the quantum's frames up to the last knot. */
  turn() {
    const [, before, after] = this.knots, { cycles } = this;
    const whole = Math.floor(cycles[QUANTUM]);
    cycles[0] = cycles[QUANTUM] - whole;
    cycles[1] = cycles[QUANTUM + 1] - whole;
    for (let frame = 1; frame <= QUANTUM; frame++) {
      const speed = before.speed + (frame / QUANTUM) * (after.speed - before.speed);
      cycles[frame + 1] = cycles[frame] + this.turnTo(speed);
    }
  }

  /** White noise with the gains of the frames around, into `output`. */
  hiss() {
    const { hop } = this.model, { white, overlap, piece, window } = this;
    white.copyWithin(0, this.samples);
    this.noise.fill(white.subarray(3 * hop));
    for (let number = 0; number < QUANTUM; number++) {
      const first = number * hop;
      for (let i = 0; i < 4 * hop; i++) piece[i] = white[first + i] * window[i];
      this.fft.forward(piece, this.re, this.im);
      this.shape(number + 1);
      this.fft.inverse(this.re, this.im, piece);
      for (let i = 0; i < 4 * hop; i++) overlap[first + i] += piece[i] * window[i];
    }
    for (let i = 0; i < this.samples; i++) this.output[i] = overlap[i] / OVERLAP;
    overlap.copyWithin(0, this.samples);
    overlap.fill(0, 3 * hop);
  }

  /** Give the spectrum the gains of a frame, counted from the knot before. */
  shape(frame) {
    const { re, im, gains } = this;
    this.findGains(frame / QUANTUM, this.cycles[frame + 1]);
    for (let bin = 0; bin < re.length; bin++) {
      const { band, share } = this.bands[bin];
      const value = gains[band] * (1 - share) + gains[band + 1] * share;
      const gain = Math.exp(Math.max(LOWEST_GAIN, Math.min(HIGHEST_GAIN, value)));
      re[bin] *= gain;
      im[bin] *= gain;
    }
  }

  findGains(fade, cycle) {
    const [, before, after] = this.knots, { bands, envelopeOrders } = this.model, { gains, engine } = this;
    const flutter = this.noise.flutter.next(), swell = this.noise.swell.next()[0];
    for (let band = 0; band < bands; band++) {
      gains[band] = before.noise[band] + fade * (after.noise[band] - before.noise[band]);
      gains[band] += engine.flutter[band] * flutter[band] + engine.swell[band] * swell;
    }
    for (let order = 0; order < envelopeOrders; order++) {
      const angle = 2 * Math.PI * (((order + 1) * cycle) % 1);
      const cos = Math.cos(angle), sin = Math.sin(angle);
      for (let band = 0; band < bands; band++) {
        const at = 2 * (band * envelopeOrders + order), a = before.envelopes, b = after.envelopes;
        gains[band] += cos * (a[at] + fade * (b[at] - a[at])) - sin * (a[at + 1] + fade * (b[at + 1] - a[at + 1]));
      }
    }
  }

  /** Add the pulses to `output`, and give it its level. */
  pulses() {
    const { hop, pulsePoints } = this.model, { cycles, strokes, output } = this;
    strokes[0] = strokes[QUANTUM];
    for (let frame = 1; frame <= QUANTUM; frame++) strokes[frame] = this.noise.strokes.next()[0];
    const uneven = this.unevenness, moreUneven = (this.engine.unevenness - uneven) / this.samples;
    for (let frame = 0, i = 0; frame < QUANTUM; frame++) {
      const first = frame < 1 ? 0 : 1, near = this.knots[first], far = this.knots[first + 1];
      for (let step = 0; step < hop; step++, i++) {
        const part = step / hop, fade = (frame + part + 3 - 4 * first) / QUANTUM;
        const place = ((cycles[frame] + part * (cycles[frame + 1] - cycles[frame])) % 1) * pulsePoints;
        const left = Math.floor(place) % pulsePoints, right = (left + 1) % pulsePoints, share = place - Math.floor(place);
        const a = near.pulses[left] + share * (near.pulses[right] - near.pulses[left]);
        const b = far.pulses[left] + share * (far.pulses[right] - far.pulses[left]);
        const stroke = 1 + (uneven + i * moreUneven) * (strokes[frame] + part * (strokes[frame + 1] - strokes[frame]));
        output[i] = (output[i] + (a + fade * (b - a)) * stroke) * Math.exp(near.level + fade * (far.level - near.level));
      }
    }
    this.unevenness = this.engine.unevenness;
  }
}
