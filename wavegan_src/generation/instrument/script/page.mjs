// The instrument in the page: wires what one does to the car, the car to the sound, and the sound to what one sees.

import { fromAddress, toAddress } from "./address.mjs";
import { Car } from "./car.mjs";
import { latentOf, mixtureAt } from "./engine_map.mjs";
import { Inputs } from "./inputs.mjs";
import { Spectrogram } from "./spectrogram.mjs";
import { colours, drawMap, drawTachometer } from "./view.mjs";
import { toWav } from "./wav.mjs";

const find = id => document.getElementById(id);
const BUFFER = 0.02; // seconds; "interactive" has 10 ms, which a busy machine misses now and then
const FRAME = 1 / 60; // s

const bytes = text => Uint8Array.from(atob(text), letter => letter.charCodeAt(0)).buffer;
const floats = text => new Float32Array(bytes(text));
const halves = text => new Uint16Array(bytes(text));
const textOf = (...ids) => ['"use strict";', ...ids.map(id => find(id).textContent)].join("\n");
const toBlob = text => URL.createObjectURL(new Blob([text], { type: "text/javascript" }));

/** The sound: an audio context at the model's own rate, and the node of the engine in it. */
class Sound {
  constructor(data, values) {
    this.data = data;
    this.values = values;
    this.node = null;
    this.recorded = null;
  }

  get runs() {
    return Boolean(this.node) && this.context.state === "running";
  }

  async start(engine, control, volume) {
    if (!this.node) {
      const { model } = this.data, seed = Math.floor(Math.random() * 2 ** 32);
      this.context ??= new AudioContext({ sampleRate: model.rate, latencyHint: BUFFER });
      await this.context.suspend(); // to make an engine takes the audio thread longer than a block lasts
      this.node = await engineNode(this.context, model, this.values, engine, control, seed);
      this.node.port.onmessage = ({ data }) => { if (data.recorded && this.recorded) this.recorded.push(data.recorded); };
      this.gain = new GainNode(this.context, { gain: 0 });
      this.analyser = new AnalyserNode(this.context, { fftSize: 4096, smoothingTimeConstant: 0 });
      this.node.connect(this.analyser);
      this.node.connect(this.gain).connect(this.context.destination);
    }
    await this.context.resume();
    this.setVolume(volume);
  }

  async stop() {
    this.gain.gain.setTargetAtTime(0, this.context.currentTime, 0.03);
    await new Promise(done => setTimeout(done, 150));
    await this.context.suspend();
  }

  setVolume(volume) {
    if (this.node) this.gain.gain.setTargetAtTime(volume ** 2, this.context.currentTime, 0.03);
  }

  setControl({ speed, load }) {
    this.node.parameters.get("speed").value = speed;
    this.node.parameters.get("load").value = load;
  }

  record(on) {
    if (on) this.recorded = [];
    this.node.port.postMessage({ recording: on });
  }
}

/** The node of an engine, ready to play, in any audio context that does not run yet. */
async function engineNode(context, model, values, engine, control, seed) {
  const text = textOf("core", "sound");
  try { // a page that is a file has no origin, so its script is in an address
    await context.audioWorklet.addModule(`data:text/javascript,${encodeURIComponent(text)}`);
  } catch {
    await context.audioWorklet.addModule(toBlob(text)); // Chromium refuses this in a page that is a file
  }
  const processorOptions = { model, values, engine, seed, control };
  const node = new AudioWorkletNode(context, "engine", { numberOfInputs: 0, outputChannelCount: [1], processorOptions });
  node.parameters.get("speed").value = control.speed;
  node.parameters.get("load").value = control.load;
  await new Promise((done, fail) => { node.port.onmessage = done; node.onprocessorerror = () => fail(new Error("it fails")); });
  return node;
}

/** Makes engines of latent vectors in a worker, only the last one asked for while it is busy. */
class Engines {
  constructor(model, values, onEngine) {
    this.worker = new Worker(toBlob(textOf("core", "control")));
    this.worker.postMessage({ model, values });
    this.waiting = null;
    this.busy = false;
    this.worker.onmessage = ({ data }) => {
      this.busy = false;
      onEngine(data.engine);
      if (this.waiting) this.ask(this.waiting);
    };
  }

  ask(latent) {
    this.waiting = this.busy ? latent : null;
    if (this.busy) return;
    this.busy = true;
    this.worker.postMessage({ latent });
  }
}

class Instrument {
  constructor(data) {
    this.data = data;
    const values = halves(data.values), latents = floats(data.latents), size = latents.length / data.seeds.length;
    this.latents = data.seeds.map((_, index) => latents.subarray(index * size, (index + 1) * size));
    this.points = data.places.map(([x, y]) => ({ x, y }));
    this.sound = new Sound(data, values);
    this.engine = null;
    this.engines = new Engines(data.model, values, engine => this.setEngine(engine));
    const [low, high] = data.rpmRange;
    this.car = new Car(Math.min(1.05 * low, 0.5 * high), 0.985 * high);
    this.inputs = new Inputs({ throttle: find("throttle"), brake: find("brake") }, gears => this.shift(gears));
    this.preset = fromAddress(location.hash, { ...this.points[0], automatic: true, volume: 0.8 });
    this.recording = false;
    this.colours = colours();
    this.listen();
    this.usePreset();
    this.last = performance.now();
    requestAnimationFrame(now => this.frame(now));
  }

  listen() {
    find("start").onclick = () => this.toggle();
    find("record").onclick = () => this.toggleRecording();
    find("up").onclick = () => this.shift(1);
    find("down").onclick = () => this.shift(-1);
    find("automatic").onchange = event => this.change({ automatic: event.target.checked });
    find("volume").oninput = event => this.change({ volume: Number(event.target.value) });
    find("link").onclick = () => this.copyLink();
    const map = find("map");
    map.onpointerdown = event => { map.setPointerCapture(event.pointerId); this.pick(event); };
    map.onpointermove = event => { if (map.hasPointerCapture(event.pointerId)) this.pick(event); };
    map.onkeydown = event => this.pickByKey(event);
    addEventListener("hashchange", () => { this.preset = fromAddress(location.hash, this.preset); this.usePreset(); });
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => { this.colours = colours(); });
    document.addEventListener("visibilitychange", () => { if (document.hidden && this.sound.runs) this.toggle(); });
  }

  change(part) {
    this.preset = { ...this.preset, ...part };
    history.replaceState(null, "", toAddress(this.preset));
    this.usePreset();
  }

  usePreset() {
    const { x, y, automatic, volume } = this.preset;
    this.car.automatic = automatic;
    find("automatic").checked = automatic;
    find("volume").value = volume;
    this.sound.setVolume(volume);
    this.mixture = mixtureAt(this.points, x, y);
    this.engines.ask(latentOf(this.latents, this.mixture));
    const heard = this.mixture.filter(({ weight }) => weight >= 0.005);
    const named = heard.map(({ index, weight }) => `${Math.round(100 * weight)} % of ${this.data.seeds[index]}`);
    find("engine").textContent = heard.length === 1 ? `Engine ${this.data.seeds[heard[0].index]}` : `Engine: ${named.join(", ")}`;
  }

  /** Choose a place on the map; near an engine, the engine itself. */
  pick(event) {
    const { left, top, width, height } = find("map").getBoundingClientRect();
    const share = value => Math.max(0, Math.min(1, value));
    const x = share((event.clientX - left) / width), y = share(1 - (event.clientY - top) / height);
    const near = this.points.find(point => Math.hypot((point.x - x) * width, (point.y - y) * height) < 9);
    this.change(near ?? { x, y });
  }

  pickByKey(event) {
    const step = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[event.key];
    if (!step) return;
    event.preventDefault();
    event.stopPropagation();
    const share = value => Math.max(0, Math.min(1, value));
    this.change({ x: share(this.preset.x + 0.02 * step[0]), y: share(this.preset.y + 0.02 * step[1]) });
  }

  setEngine(engine) {
    this.engine = engine;
    find("start").disabled = false;
    if (this.sound.node) this.sound.node.port.postMessage({ engine });
  }

  async toggle() {
    const button = find("start");
    button.disabled = true;
    try {
      if (this.sound.runs) {
        if (this.recording) this.toggleRecording();
        await this.sound.stop();
      } else {
        await this.sound.start(this.engine, this.control, this.preset.volume);
        this.spectrogram ??= new Spectrogram(find("spectrogram"), this.sound.analyser);
      }
    } catch (error) {
      find("problem").textContent = `The sound cannot start: ${error.message}. Use a current Firefox, Chrome, Edge or Safari.`;
    }
    button.disabled = false;
    button.textContent = this.sound.runs ? "Stop" : "Start the engine";
    button.setAttribute("aria-pressed", String(this.sound.runs));
    find("record").disabled = !this.sound.runs;
  }

  /** What the car asks of the sound: log2 of the working cycles per second, and the load. */
  get control() {
    return { speed: Math.log2(this.car.rpm / this.data.rpmPerHertz), load: Math.max(0, Math.min(1, this.car.load)) };
  }

  shift(gears) {
    if (this.car.automatic) this.change({ automatic: false });
    this.car.shift(gears);
  }

  toggleRecording() {
    this.recording = !this.recording;
    this.sound.record(this.recording);
    find("record").textContent = this.recording ? "Stop and save" : "Record";
    find("record").setAttribute("aria-pressed", String(this.recording));
    if (!this.recording) setTimeout(() => this.save(), 100); // the last blocks are on their way
  }

  save() {
    const file = new Blob([toWav(this.sound.recorded, this.data.model.rate)], { type: "audio/wav" });
    this.sound.recorded = null;
    const link = Object.assign(document.createElement("a"), { href: URL.createObjectURL(file), download: "engine.wav" });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
  }

  async copyLink() {
    history.replaceState(null, "", toAddress(this.preset));
    let copied = true;
    try { await navigator.clipboard.writeText(location.href); } catch { copied = false; }
    find("link").textContent = copied ? "Copied" : "It is in the address bar";
    setTimeout(() => { find("link").textContent = "Copy a link to this engine"; }, 2000);
  }

  frame(now) {
    const seconds = Math.max(0, (now - this.last) / 1000);
    this.last = now;
    const { car } = this, { throttle, brake } = this.inputs.read(seconds);
    car.throttle = throttle;
    car.brake = brake;
    if (this.sound.runs) {
      car.advance(seconds || FRAME);
      this.sound.setControl(this.control);
      this.spectrogram?.draw(car.rpm / 60);
    }
    this.show(throttle, brake);
    requestAnimationFrame(later => this.frame(later));
  }

  show(throttle, brake) {
    const { car, colours: colour } = this;
    drawTachometer(find("tachometer"), car, colour);
    drawMap(find("map"), { points: this.points, seeds: this.data.seeds, place: this.preset, mixture: this.mixture }, colour);
    find("rpm").textContent = String(Math.round(car.rpm / 10) * 10);
    find("speed").textContent = String(Math.round(car.kilometresPerHour));
    find("gear").textContent = car.gear === 0 ? "N" : String(car.gear);
    for (const [id, value] of [["throttle", throttle], ["brake", brake]]) {
      find(id).style.setProperty("--pressed", value.toFixed(3));
      find(id).setAttribute("aria-valuenow", String(Math.round(100 * value)));
    }
  }
}

const data = JSON.parse(find("data").textContent);
Object.assign(window, { instrument: new Instrument(data), engineNode }); // within reach of the console and of tests
