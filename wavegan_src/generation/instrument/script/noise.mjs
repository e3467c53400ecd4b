// Random numbers: white noise, and slow noise with straight lines between knots.

/** Normal numbers from a seed, the same in every browser. */
export class Random {
  /** @param {number} seed */
  constructor(seed) {
    this.state = seed >>> 0;
    this.spare = 0;
    this.hasSpare = false;
  }

  /** Mulberry32: a number in [0, 1). */
  uniform() {
    this.state = (this.state + 0x6d2b79f5) >>> 0;
    let t = this.state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  }

  /** Box and Muller 1958: they come in twos. */
  normal() {
    if (this.hasSpare) {
      this.hasSpare = false;
      return this.spare;
    }
    const radius = Math.sqrt(-2 * Math.log(1 - this.uniform())), angle = 2 * Math.PI * this.uniform();
    this.spare = radius * Math.sin(angle);
    this.hasSpare = true;
    return radius * Math.cos(angle);
  }
}

/** `rows` of noise from frame to frame, with straight lines between knots `step` frames apart. */
export class SlowNoise {
  constructor(random, rows, step) {
    this.random = random;
    this.step = step;
    this.frame = 0;
    this.before = Float64Array.from({ length: rows }, () => random.normal());
    this.after = Float64Array.from({ length: rows }, () => random.normal());
    this.now = new Float64Array(rows);
  }

  /** The next frame's values, valid until the next call. */
  next() {
    if (this.frame >= this.step) {
      this.frame -= this.step;
      [this.before, this.after] = [this.after, this.before];
      for (let row = 0; row < this.after.length; row++) this.after[row] = this.random.normal();
    }
    const share = this.frame / this.step;
    for (let row = 0; row < this.now.length; row++) {
      this.now[row] = this.before[row] + share * (this.after[row] - this.before[row]);
    }
    this.frame += 1;
    return this.now;
  }
}

/** All that is random in an engine's sound. */
export class EngineNoise {
  /**
   * @param {import("./network.mjs").Model} model
   * @param {number} seed
   */
  constructor(model, seed) {
    this.random = new Random(seed);
    this.start = this.random.uniform();
    this.jitter = new SlowNoise(this.random, 1, model.jitterFrames);
    this.flutter = new SlowNoise(this.random, model.bands, model.flutterFrames);
    this.swell = new SlowNoise(this.random, 1, model.swellFrames);
    this.strokes = new SlowNoise(this.random, 1, model.strokesFrames);
  }

  /** Fill an array with white noise. */
  fill(target) {
    for (let i = 0; i < target.length; i++) target[i] = this.random.normal();
  }
}
