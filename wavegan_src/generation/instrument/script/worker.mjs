// The control network of a new latent vector, beside the page and the sound: mapping network, spectrum, body's filter.

import { Weights, engineOf } from "./network.mjs";

let weights = null;

self.onmessage = ({ data }) => {
  if (data.model) weights = new Weights(data.model, data.values);
  if (data.latent) self.postMessage({ engine: engineOf(weights, data.latent), asked: data.asked });
};
