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

  constructor({ processorOptions: { model, values, engine, seed, control } }) {
    super();
    this.renderer = new EngineRenderer(new Weights(model, values), engine, new EngineNoise(model, seed), control);
    this.quantum = new Float64Array(0);
    this.used = 0;
    this.recording = false;
    this.port.onmessage = ({ data }) => {
      if (data.engine) this.renderer.setEngine(data.engine);
      if (data.recording !== undefined) this.recording = data.recording;
    };
    this.port.postMessage({ ready: true });
  }

  process(_inputs, [[output]], { speed, load }) {
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
