// The map of engines: each is a point, and what lies between them is a mixture of the nearest.

const NEAREST = 3;
const AT = 1e-4; // closer than this, a place is the point itself

/**
 * How much of each engine is at a place (Shepard 1968, of the nearest only, so that the map has no seams of far ones).
 * @param {{x: number, y: number}[]} points
 * @returns {{index: number, weight: number}[]} the largest first; weights add up to 1
 */
export function mixtureAt(points, x, y) {
  const near = points
    .map((point, index) => ({ index, distance: Math.hypot(point.x - x, point.y - y) }))
    .sort((a, b) => a.distance - b.distance)
    .slice(0, NEAREST + 1);
  if (near[0].distance < AT || near.length === 1) return [{ index: near[0].index, weight: 1 }];
  const edge = near.length > NEAREST ? near[near.length - 1].distance : Infinity;
  const kept = near.slice(0, NEAREST).map(({ index, distance }) => {
    return { index, weight: (Math.max(0, 1 - distance / edge) / distance) ** 2 || (edge === Infinity ? distance ** -2 : 0) };
  });
  const total = kept.reduce((sum, { weight }) => sum + weight, 0);
  if (!total) return [{ index: near[0].index, weight: 1 }];
  return kept.filter(({ weight }) => weight > 0).map(({ index, weight }) => ({ index, weight: weight / total }));
}

/** The latent vector of a mixture; its length is that of a vector drawn at random, as in training. */
export function latentOf(latents, mixture) {
  const found = new Float32Array(latents[0].length);
  const power = Math.sqrt(mixture.reduce((sum, { weight }) => sum + weight ** 2, 0));
  for (const { index, weight } of mixture) {
    for (let i = 0; i < found.length; i++) found[i] += (weight / power) * latents[index][i];
  }
  return found;
}
