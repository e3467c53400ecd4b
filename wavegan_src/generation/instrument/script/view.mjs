// What one sees of the car and of the map of engines.

const FIRST = 0.75 * Math.PI, SWEEP = 1.5 * Math.PI; // of the tachometer's scale

/** The page's colours, which follow the system's light or dark scheme. */
export function colours() {
  const style = getComputedStyle(document.documentElement);
  const read = name => style.getPropertyValue(`--${name}`).trim();
  return { ink: read("ink"), soft: read("soft"), line: read("line"), accent: read("accent"), warn: read("warn"), card: read("card") };
}

/** A canvas's context in CSS pixels, cleared, sharp on every screen. */
export function clear(canvas) {
  const { clientWidth: width, clientHeight: height } = canvas, ratio = devicePixelRatio || 1;
  const wide = Math.round(width * ratio), high = Math.round(height * ratio);
  if (canvas.width !== wide || canvas.height !== high) { canvas.width = wide; canvas.height = high; }
  const context = canvas.getContext("2d");
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, width, height);
  return { context, width, height };
}

/** The tachometer: a needle over thousands of rpm, red from the limit on, and the load as an arc within. */
export function drawTachometer(canvas, { rpm, load, limit }, colour) {
  const { context, width, height } = clear(canvas), x = width / 2, y = height * 0.54, radius = Math.min(width, height) * 0.46;
  const most = Math.max(1000, Math.ceil((limit * 1.08) / 1000) * 1000), angle = value => FIRST + (SWEEP * value) / most;
  const arc = (from, to, size, thickness, stroke) => {
    context.beginPath();
    context.arc(x, y, size, from, to);
    context.lineWidth = thickness;
    context.strokeStyle = stroke;
    context.stroke();
  };
  arc(FIRST, FIRST + SWEEP, radius, 3, colour.line);
  arc(angle(limit), FIRST + SWEEP, radius, 6, colour.warn);
  arc(FIRST, FIRST + SWEEP, radius * 0.6, 5, colour.line);
  arc(FIRST, FIRST + SWEEP * Math.max(0.001, Math.min(1, load)), radius * 0.6, 5, colour.accent);
  context.fillStyle = colour.ink;
  context.font = `${Math.max(11, radius * 0.13)}px system-ui, sans-serif`;
  context.textAlign = "center";
  context.textBaseline = "middle";
  for (let value = 0; value <= most; value += 500) {
    const a = angle(value), whole = value % 1000 === 0, inner = radius * (whole ? 0.9 : 0.95);
    context.beginPath();
    context.moveTo(x + inner * Math.cos(a), y + inner * Math.sin(a));
    context.lineTo(x + radius * Math.cos(a), y + radius * Math.sin(a));
    context.lineWidth = whole ? 2 : 1;
    context.strokeStyle = value >= limit ? colour.warn : colour.soft;
    context.stroke();
    if (whole) context.fillText(String(value / 1000), x + radius * 0.78 * Math.cos(a), y + radius * 0.78 * Math.sin(a));
  }
  const a = angle(Math.min(rpm, most));
  context.beginPath();
  context.moveTo(x - radius * 0.12 * Math.cos(a), y - radius * 0.12 * Math.sin(a));
  context.lineTo(x + radius * 0.93 * Math.cos(a), y + radius * 0.93 * Math.sin(a));
  context.lineWidth = 3.5;
  context.lineCap = "round";
  context.strokeStyle = colour.warn;
  context.stroke();
  context.lineCap = "butt";
  context.beginPath();
  context.arc(x, y, radius * 0.06, 0, 2 * Math.PI);
  context.fillStyle = colour.ink;
  context.fill();
}

/** The map: engines as points with their seeds, lines to those of the mixture, and the place. */
export function drawMap(canvas, { points, seeds, place, mixture }, colour) {
  const { context, width, height } = clear(canvas), at = ({ x, y }) => [x * width, (1 - y) * height];
  const [x, y] = at(place);
  for (const { index, weight } of mixture) {
    context.beginPath();
    context.moveTo(x, y);
    context.lineTo(...at(points[index]));
    context.lineWidth = 1 + 4 * weight;
    context.strokeStyle = colour.accent;
    context.globalAlpha = 0.25 + 0.6 * weight;
    context.stroke();
  }
  context.globalAlpha = 1;
  context.font = "11px system-ui, sans-serif";
  context.textAlign = "center";
  points.forEach((point, index) => {
    const [px, py] = at(point), mixed = mixture.some(each => each.index === index);
    context.beginPath();
    context.arc(px, py, mixed ? 5 : 3.5, 0, 2 * Math.PI);
    context.fillStyle = mixed ? colour.accent : colour.soft;
    context.fill();
    context.fillStyle = mixed ? colour.ink : colour.soft;
    context.fillText(String(seeds[index]), px, py - 8);
  });
  context.beginPath();
  context.arc(x, y, 9, 0, 2 * Math.PI);
  context.lineWidth = 2.5;
  context.strokeStyle = colour.warn;
  context.stroke();
}
