// What the driver does: pads under fingers or the mouse, keys, and a gamepad, together as throttle and brake.

const PRESS = 2.2, RELEASE = 4; // of a pedal's way per second, where a key presses it
const KEYS = {
  ArrowUp: "throttle", w: "throttle", ArrowDown: "brake", s: "brake",
  ArrowRight: "up", d: "up", e: "up", ArrowLeft: "down", a: "down", q: "down",
};
const PAD = { throttle: 7, brake: 6, up: [0, 5], down: [2, 4] }; // buttons of the standard gamepad

/** A value on its way to another, at most so far. */
export function approach(value, target, most) {
  return value + Math.max(-most, Math.min(most, target - value));
}

export class Inputs {
  /**
   * @param {{throttle: HTMLElement, brake: HTMLElement}} pads
   * @param {(gears: number) => void} onShift
   */
  constructor(pads, onShift) {
    this.onShift = onShift;
    this.held = new Set();
    this.byKey = { throttle: 0, brake: 0 };
    this.byPointer = { throttle: 0, brake: 0 };
    this.padHeld = { up: false, down: false };
    addEventListener("keydown", event => this.onKey(event, true));
    addEventListener("keyup", event => this.onKey(event, false));
    addEventListener("blur", () => this.held.clear());
    for (const pedal of ["throttle", "brake"]) this.listen(pads[pedal], pedal);
  }

  onKey(event, down) {
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key, meaning = KEYS[key];
    const elsewhere = event.target instanceof HTMLInputElement && event.target.type !== "checkbox";
    if (!meaning || event.ctrlKey || event.metaKey || event.altKey || (elsewhere && down)) return;
    event.preventDefault();
    if (meaning === "up" || meaning === "down") {
      if (down && !event.repeat) this.onShift(meaning === "up" ? 1 : -1);
    } else if (down) this.held.add(meaning);
    else this.held.delete(meaning);
  }

  /** A pad is pressed as far as the finger is above its lower edge. */
  listen(pad, pedal) {
    const place = event => {
      const { top, height } = pad.getBoundingClientRect();
      this.byPointer[pedal] = Math.max(0, Math.min(1, (top + height - event.clientY) / (0.9 * height)));
    };
    pad.addEventListener("pointerdown", event => { pad.setPointerCapture(event.pointerId); place(event); event.preventDefault(); });
    pad.addEventListener("pointermove", event => { if (pad.hasPointerCapture(event.pointerId)) place(event); });
    for (const end of ["pointerup", "pointercancel", "lostpointercapture"]) {
      pad.addEventListener(end, () => { this.byPointer[pedal] = 0; });
    }
  }

  /** Throttle and brake, 0 to 1, `seconds` after they were last read. */
  read(seconds) {
    const pad = this.readGamepad(), found = {};
    for (const pedal of ["throttle", "brake"]) {
      const pressed = this.held.has(pedal), rate = pressed ? PRESS : RELEASE;
      this.byKey[pedal] = approach(this.byKey[pedal], pressed ? 1 : 0, rate * seconds);
      found[pedal] = Math.max(this.byKey[pedal], this.byPointer[pedal], pad[pedal]);
    }
    return found;
  }

  readGamepad() {
    const pad = [...(navigator.getGamepads?.() ?? [])].find(each => each?.connected);
    if (!pad) return { throttle: 0, brake: 0 };
    for (const [name, gears] of [["up", 1], ["down", -1]]) {
      const pressed = PAD[name].some(button => pad.buttons[button]?.pressed);
      if (pressed && !this.padHeld[name]) this.onShift(gears);
      this.padHeld[name] = pressed;
    }
    return { throttle: pad.buttons[PAD.throttle]?.value ?? 0, brake: pad.buttons[PAD.brake]?.value ?? 0 };
  }
}
