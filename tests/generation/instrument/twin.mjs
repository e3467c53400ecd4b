// Renders with the page's scripts what Python has rendered, with Python's noise: node twin.mjs CORE FOLDER
import fs from "node:fs";

const [, , script, folder] = process.argv;
const { Weights, engineOf } = await import(`${script}/network.mjs`);
const { EngineRenderer } = await import(`${script}/synth.mjs`);
const asked = JSON.parse(fs.readFileSync(`${folder}/asked.json`, "utf8"));
const floats = text => new Float32Array(Uint8Array.from(Buffer.from(text, "base64")).buffer);

function rows(text, count) {
  const values = floats(text);
  let at = 0;
  return { next: () => values.subarray(at, (at += count)) };
}

const { model, noise } = asked, weights = new Weights(model, floats(asked.values));
const engine = engineOf(weights, floats(asked.latent)), white = floats(noise.white);
let used = 0;
const renderer = new EngineRenderer(
  weights,
  engine,
  {
    start: noise.start,
    jitter: rows(noise.jitter, 1),
    strokes: rows(noise.strokes, 1),
    swell: rows(noise.swell, 1),
    flutter: rows(noise.flutter, model.bands),
    fill: target => { target.set(white.subarray(used, used + target.length)); used += target.length; },
  },
  asked.controls[0],
);
const sound = asked.controls.flatMap(({ speed, load }) => [...renderer.render(speed, load)]);
const knot = renderer.knots[2];
const found = {
  sound,
  style: [...engine.style],
  response: [...engine.response],
  pulses: [...knot.pulses],
  envelopes: [...knot.envelopes],
  noise: [...knot.noise],
  level: knot.level,
};
console.log(JSON.stringify(found));
