// How fast the instrument's scripts render, outside a browser: node benchmarks/instrument_speed.mjs engine.html
// realtime_factor: seconds of sound per second of processor time, the fastest of several seconds, since other work on
// the machine only slows them; speed changes before each quantum. quantum_ms and engine_ms: medians.

import fs from "node:fs";

const home = new URL("../wavegan_src/generation/instrument/script/", import.meta.url);
const [{ Weights, engineOf }, { EngineRenderer, QUANTUM }, { EngineNoise }] = await Promise.all(
  ["network.mjs", "synth.mjs", "noise.mjs"].map(name => import(new URL(name, home))),
);
const page = fs.readFileSync(process.argv[2], "utf8");
const data = JSON.parse(page.match(/<script type="application\/json" id="data">(.*?)<\/script>/s)[1]);
const bytes = text => Uint8Array.from(Buffer.from(text, "base64")).buffer;
const { model } = data, weights = new Weights(model, new Uint16Array(bytes(data.values)));
const latents = new Float32Array(bytes(data.latents)), size = latents.length / data.seeds.length;

const median = values => values.sort((a, b) => a - b)[values.length >> 1];
const timed = work => { const start = performance.now(); work(); return performance.now() - start; };

let engine = null;
const engines = data.seeds.slice(0, 12).map((_, index) => {
  return timed(() => { engine = engineOf(weights, latents.subarray(index * size, (index + 1) * size)); });
});
const renderer = new EngineRenderer(weights, engine, new EngineNoise(model, 1), { speed: 4, load: 0.5 });
const second = Math.round(model.rate / (QUANTUM * model.hop)), quanta = [];
let fastest = 0;
for (let stretch = 0; stretch < 12; stretch++) {
  const before = process.cpuUsage();
  for (let number = 0; number < second; number++) quanta.push(timed(() => renderer.render(4 + number / second, 0.5)));
  const { user, system } = process.cpuUsage(before);
  fastest = Math.max(fastest, 1e6 / (user + system));
}
console.log(JSON.stringify({ realtime_factor: fastest, quantum_ms: median(quanta), engine_ms: median(engines) }));
