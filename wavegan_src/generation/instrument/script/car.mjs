// A simple car: engine, clutch, gearbox, road. It turns throttle, brake and gears into the engine's speed and load.

const WHEEL_RADIUS = 0.31; // m
const FINAL_DRIVE = 3.7;
const RATIOS = [0, 3.6, 2.15, 1.45, 1.1, 0.88, 0.72]; // of the gears, neutral first
const MASS = 1300; // kg
const DRAG = 0.42; // N per (m/s)²
const ROLLING = 190; // N
const BRAKES = 11000; // N
const INERTIA = 0.16; // kg m², of engine and flywheel
const TORQUE = 230; // N m, at the best speed
const FRICTION = [14, 34]; // N m at standstill, and more at the highest speed: what brakes the car off the throttle
const CLUTCH = 420; // N m, the most that it holds
const STEP = 1 / 1000; // s
const SHIFT = 0.22; // s, how long the clutch is open in a change of gears
const CUT = 0.07; // s, how long the limiter takes the spark away
const RADIANS = (2 * Math.PI) / 60; // of a turn per minute

export class Car {
  /**
   * @param {number} idle rpm
   * @param {number} limit rpm
   */
  constructor(idle, limit) {
    this.idle = idle;
    this.limit = limit;
    this.rpm = idle;
    this.metres = 0; // per second
    this.gear = 0;
    this.automatic = true;
    this.throttle = 0;
    this.brake = 0;
    this.load = 0;
    this.shifting = 0;
    this.cut = 0;
    this.settled = 0; // s since the last change of gears
  }

  get kilometresPerHour() {
    return this.metres * 3.6;
  }

  /** Change gears by so many. */
  shift(gears) {
    const wanted = Math.max(0, Math.min(RATIOS.length - 1, this.gear + gears));
    if (wanted === this.gear) return;
    this.gear = wanted;
    this.shifting = SHIFT;
    this.settled = 0;
  }

  /** Let `seconds` pass. */
  advance(seconds) {
    for (let left = Math.min(seconds, 0.25); left > 0; left -= STEP) this.step(Math.min(STEP, left));
  }

  step(dt) {
    if (this.automatic) this.choose();
    this.shifting = Math.max(0, this.shifting - dt);
    this.cut = Math.max(0, this.cut - dt);
    this.settled += dt;
    if (this.rpm >= this.limit) this.cut = CUT;
    const given = this.cut > 0 ? 0 : Math.max(this.shifting > 0 ? 0 : this.throttle, this.governor());
    const ratio = RATIOS[this.gear] * FINAL_DRIVE, turning = this.rpm * RADIANS;
    const clutch = ratio ? this.clutch(turning - (this.metres / WHEEL_RADIUS) * ratio) : 0;
    this.rpm += ((given * this.torque() - this.friction() - clutch) / INERTIA / RADIANS) * dt;
    this.rpm = Math.max(0.6 * this.idle, Math.min(1.02 * this.limit, this.rpm));
    const pulled = (clutch * ratio) / WHEEL_RADIUS, against = DRAG * this.metres ** 2 + ROLLING + this.brake * BRAKES;
    this.metres = Math.max(0, this.metres + ((pulled - (this.metres > 0 || pulled > against ? against : pulled)) / MASS) * dt);
    this.load += (1 - Math.exp(-dt / 0.05)) * (given - this.load);
  }

  /** What the idle governor adds, so that the engine does not stall. */
  governor() {
    const held = this.friction() / this.torque();
    return Math.max(0, Math.min(0.5, held + (0.6 * (this.idle - this.rpm)) / (0.2 * this.idle)));
  }

  /** The clutch's torque for a slip in rad/s; it opens for a change of gears and before the engine stalls. */
  clutch(slip) {
    if (this.shifting > 0) return 0;
    const grip = Math.max(0, Math.min(1, (this.rpm - 0.95 * this.idle) / (0.9 * this.idle)));
    const rolling = this.metres * 3.6 > 8 ? Math.max(grip, 0.35) : grip * Math.min(1, 0.2 + this.throttle);
    const most = CLUTCH * rolling;
    return Math.max(-most, Math.min(most, 14 * slip));
  }

  /** The most torque at this speed. */
  torque() {
    const place = this.rpm / this.limit;
    return TORQUE * Math.max(0.35, 1 - 1.4 * (place - 0.62) ** 2);
  }

  friction() {
    return FRICTION[0] + FRICTION[1] * (this.rpm / this.limit);
  }

  /** The automatic gearbox. */
  choose() {
    if (this.gear === 0 && this.throttle > 0.02) this.shift(1);
    if (this.settled < 0.7 || this.gear === 0) return;
    const span = this.limit - this.idle;
    const up = this.idle + span * (0.38 + 0.56 * this.throttle), down = this.idle + span * (0.1 + 0.32 * this.throttle);
    if (this.rpm > Math.min(up, 0.97 * this.limit)) this.shift(1);
    else if (this.rpm < down && this.gear > 1) this.shift(-1);
  }
}

export const GEARS = RATIOS.length - 1;
