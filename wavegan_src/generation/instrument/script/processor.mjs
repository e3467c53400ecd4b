// The sound in the audio thread: an AudioWorklet processor that cuts the engine's quanta into the browser's blocks.

import { Weights } from "./network.mjs";
import { EngineNoise } from "./noise.mjs";
import { EngineRenderer } from "./synth.mjs";

class EngineProcessor extends AudioWorkletProcessor {
  static get parameterDescriptors() {
    return [
      { name: "speed", defaultValue: 3, minValue: 0, maxValue: 10, automationRate: "k-rate" },
      { name: "load", defaultValue: 0, minValue: 0, maxValue: 1, automationRate: "k-rate" },
    ];
  }

  constructor({ processorOptions: { model, values, engine, seed } }) {
    super();
    this.weights = new Weights(model, values);
    this.noise = new EngineNoise(model, seed);
    this.engine = engine;
    this.renderer = null;
    this.quantum = new Float64Array(0);
    this.used = 0;
    this.recording = false;
    this.port.onmessage = ({ data }) => {
      if (data.engine) this.setEngine(data.engine);
      if (data.recording !== undefined) this.recording = data.recording;
    };
  }

  setEngine(engine) {
    this.engine = engine;
    if (this.renderer) this.renderer.setEngine(engine);
  }

  process(_inputs, [[output]], { speed, load }) {
    if (!this.renderer) {
      this.renderer = new EngineRenderer(this.weights, this.engine, this.noise, { speed: speed[0], load: load[0] });
    }
    for (let i = 0; i < output.length; i++) {
      if (this.used === this.quantum.length) {
        this.quantum = this.renderer.render(speed[0], load[0]);
        this.used = 0;
        if (this.recording) this.port.postMessage({ recorded: Float32Array.from(this.quantum) });
      }
      output[i] = this.quantum[this.used++];
    }
    return true;
  }
}

registerProcessor("engine", EngineProcessor);
