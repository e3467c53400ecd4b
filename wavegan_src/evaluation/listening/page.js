"use strict";
// The listening test: order of the trials, playing, rating, choosing, and the file of answers.

/** Mulberry32: numbers in [0, 1) from a seed, the same in every browser. */
function seededRandom(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** FNV-1a over UTF-16 code units: a seed from text. */
function seedOf(text) {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}

/** The numbers below `count` in random order (Fisher and Yates). */
function shuffled(count, random) {
  const order = Array.from({ length: count }, (_, index) => index);
  for (let i = count - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [order[i], order[j]] = [order[j], order[i]];
  }
  return order;
}

/** Each listener's own order of trials, and of the sounds within them. */
function planFor(test, listener) {
  const random = seededRandom(seedOf(test.test + listener));
  return {
    ratings: shuffled(test.ratings.length, random).map(trial => ({ trial, order: shuffled(test.ratings[trial].stimuli.length, random) })),
    abx: shuffled(test.abx.length, random),
  };
}

/** The file of answers, as an object. */
function answersOf(test, listener, started, ended, ratings, abx) {
  return { format: test.format, test: test.test, title: test.title, listener, started, ended, ratings, abx, sealed: test.sealed };
}

function fileName(test, listener) {
  return `listening_${test.test}_${listener.replace(/[^\w-]+/g, "_") || "listener"}.json`;
}

/** Plays one sound at a time, in a loop; a change of sounds keeps the place in the loop. */
class Player {
  constructor(sounds) {
    this.sounds = sounds;
    this.buffers = new Map();
    this.context = null;
    this.source = null;
    this.key = null;
    this.startedAt = 0;
  }

  async load(key) {
    if (!this.context) this.context = new AudioContext();
    if (this.context.state === "suspended") await this.context.resume();
    if (!this.buffers.has(key)) {
      const bytes = Uint8Array.from(atob(this.sounds[key]), character => character.charCodeAt(0));
      this.buffers.set(key, await this.context.decodeAudioData(bytes.buffer));
    }
    return this.buffers.get(key);
  }

  /** Play a sound, or stop it if it is the one that plays; returns whether it plays now. */
  async toggle(key) {
    if (this.key === key) { this.stop(); return false; }
    this.wanted = key;
    const buffer = await this.load(key);
    if (this.wanted !== key) return false; // another button was pressed meanwhile
    const now = this.context.currentTime;
    const place = this.source ? (now - this.startedAt) % buffer.duration : 0;
    this.silence();
    this.source = this.context.createBufferSource();
    this.source.buffer = buffer;
    this.source.loop = true;
    this.gain = this.context.createGain();
    this.gain.gain.setValueAtTime(0, now);
    this.gain.gain.linearRampToValueAtTime(1, now + 0.005);
    this.source.connect(this.gain).connect(this.context.destination);
    this.source.start(now, place);
    this.startedAt = now - place;
    this.key = key;
    return true;
  }

  silence() {
    if (!this.source) return;
    const now = this.context.currentTime;
    this.gain.gain.setValueAtTime(1, now);
    this.gain.gain.linearRampToValueAtTime(0, now + 0.005);
    this.source.stop(now + 0.01);
    this.source = null;
  }

  stop() {
    this.wanted = null;
    this.silence();
    this.key = null;
  }
}

/** Runs the test in the page. */
function runTest(test) {
  const find = id => document.getElementById(id);
  const player = new Player(test.sounds);
  const total = test.ratings.length + test.abx.length;
  const answers = { ratings: [], abx: [] };
  let plan = null, listener = "", started = "", done = 0, saved = false, trial = null;

  function show(id) {
    player.stop();
    for (const section of document.querySelectorAll("section")) section.hidden = section.id !== id;
    find("progress").value = total ? done / total : 1;
    window.scrollTo(0, 0);
  }

  async function play(button, key) {
    for (const other of document.querySelectorAll("[aria-pressed]")) other.setAttribute("aria-pressed", "false");
    if (await player.toggle(key)) button.setAttribute("aria-pressed", "true");
    trial?.heard.add(key);
    trial?.update();
  }

  function stop() {
    player.stop();
    for (const button of document.querySelectorAll("[aria-pressed]")) button.setAttribute("aria-pressed", "false");
  }

  function next() {
    if (answers.ratings.length < test.ratings.length) beginRating();
    else if (answers.abx.length < test.abx.length) beginAbx();
    else finish();
  }

  function beginRating() {
    const number = answers.ratings.length, { trial: index, order } = plan.ratings[number];
    const { reference, stimuli } = test.ratings[index];
    const scores = new Map();
    trial = { kind: "rating", heard: new Set(), began: Date.now(), buttons: [], sliders: [], update };
    find("rating-title").textContent = `Rating ${number + 1} of ${test.ratings.length}`;
    find("sliders").replaceChildren(...order.map((position, row) => sliderRow(stimuli[position], row)));
    const example = find("reference");
    example.onclick = () => play(example, reference);
    trial.buttons.unshift(example);
    find("rating-next").onclick = end;
    show("rating");
    update();

    function sliderRow(key, row) {
      const line = document.createElement("div"), button = document.createElement("button"), slider = document.createElement("input"), output = document.createElement("output");
      line.className = "row";
      Object.assign(button, { type: "button", textContent: String(row + 1) });
      button.setAttribute("aria-pressed", "false");
      button.setAttribute("aria-label", `Play sound ${row + 1}`);
      Object.assign(slider, { type: "range", min: 0, max: 100, step: 1, value: 50 });
      slider.setAttribute("aria-label", `Rating of sound ${row + 1}`);
      output.textContent = "–";
      slider.oninput = slider.onchange = () => rate();
      slider.onpointerup = () => rate(); // a slider that is left where it stands is rated too
      button.onclick = () => play(button, key);
      trial.buttons.push(button);
      trial.sliders.push({ slider, rate });
      line.append(button, slider, output);
      return line;
      function rate() { scores.set(key, Number(slider.value)); output.textContent = slider.value; update(); }
    }

    function update() {
      const silent = stimuli.filter(key => !trial.heard.has(key)).length, open = stimuli.length - scores.size;
      find("rating-next").disabled = silent > 0 || open > 0;
      find("rating-left").textContent = silent ? `${silent} not heard yet` : open ? `${open} not rated yet` : "";
    }

    function end() {
      answers.ratings.push({ trial: index, order: order.map(position => stimuli[position]), scores: Object.fromEntries(scores), seconds: (Date.now() - trial.began) / 1000 });
      done++;
      next();
    }
  }

  function beginAbx() {
    const number = answers.abx.length, index = plan.abx[number], keys = test.abx[index];
    trial = { kind: "abx", heard: new Set(), began: Date.now(), update };
    find("abx-title").textContent = `A, B or X: ${number + 1} of ${test.abx.length}`;
    for (const button of document.querySelectorAll("[data-play]")) button.onclick = () => play(button, keys[button.dataset.play]);
    for (const button of document.querySelectorAll("[data-answer]")) button.onclick = () => {
      answers.abx.push({ trial: index, answer: button.dataset.answer, seconds: (Date.now() - trial.began) / 1000 });
      done++;
      next();
    };
    show("abx");
    update();

    function update() {
      const left = Object.values(keys).filter(key => !trial.heard.has(key)).length;
      for (const button of document.querySelectorAll("[data-answer]")) button.disabled = left > 0;
      find("abx-left").textContent = left ? "Hear all three first." : "";
    }
  }

  function finish() {
    trial = null;
    const result = answersOf(test, listener, started, new Date().toISOString(), answers.ratings, answers.abx);
    const text = JSON.stringify(result, null, 1);
    find("answers").value = text;
    find("save").onclick = () => {
      const link = document.createElement("a");
      link.href = URL.createObjectURL(new Blob([text], { type: "application/json" }));
      link.download = fileName(test, listener);
      link.click();
      saved = true;
    };
    show("end");
  }

  function onKey(event) {
    if (event.target.matches("input[type=text], textarea") || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === " ") { stop(); event.preventDefault(); return; }
    if (trial?.kind === "rating") ratingKey(event);
    else if (trial?.kind === "abx") abxKey(event);
  }

  function ratingKey(event) {
    const number = Number.parseInt(event.key, 10);
    if (trial.buttons[number]) { trial.buttons[number].click(); trial.buttons[number].focus(); }
    if (event.key === "Enter") {
      if (!find("rating-next").disabled) find("rating-next").click();
      event.preventDefault(); // Enter on a button would press it, too
      return;
    }
    const playing = trial.buttons.findIndex(button => button.getAttribute("aria-pressed") === "true") - 1;
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (step && playing >= 0 && event.target.type !== "range") {
      const { slider, rate } = trial.sliders[playing];
      slider.value = Number(slider.value) + step * (event.shiftKey ? 10 : 1);
      rate();
      event.preventDefault();
    }
  }

  function abxKey(event) {
    const key = event.key.toLowerCase(), answer = { 1: "A", 2: "B" }[key];
    document.querySelector(answer ? `[data-answer="${answer}"]` : "abx".includes(key) && key.length === 1 ? `[data-play="${key}"]` : "#none")?.click();
  }

  find("parts").replaceChildren(...[
    test.ratings.length ? `${test.ratings.length} pages on which you rate sounds from 0 to 100` : null,
    test.abx.length ? `${test.abx.length} times, tell whether X is like A or like B` : null,
  ].filter(Boolean).map(text => Object.assign(document.createElement("li"), { textContent: text })));
  find("level").onclick = () => player.toggle(Object.keys(test.sounds)[0]);
  find("begin").onclick = () => {
    listener = find("listener").value.trim();
    if (!listener) { find("listener").focus(); return; }
    plan = planFor(test, listener);
    started = new Date().toISOString();
    next();
  };
  document.addEventListener("keydown", onKey);
  window.addEventListener("beforeunload", event => { if (plan && !saved) event.preventDefault(); });
}

if (typeof document === "undefined") module.exports = { seededRandom, seedOf, shuffled, planFor, answersOf, fileName };
else runTest(JSON.parse(document.getElementById("data").textContent));
