/* Plays the engines of a drive model: C99, this one file, no library but the C library and libm.

   It reads what `export weights` writes (weights.safetensors, latents.safetensors) and computes what docs/formats.md
   describes; wavegan_src/generation/streaming/ is the same in Python. As a program it renders a curve to a WAV file:

       cc -std=c99 -O2 wavegan_engine.c -o wavegan_engine -lm
       ./wavegan_engine FOLDER curve.csv sound.wav [seed [rate [strokes]]]

   As a part of another program, define WAVEGAN_ENGINE_LIBRARY and use the functions that begin with wg_:

       wg_model *model = wg_model_load("weights.safetensors", message);
       wg_noise *noise = wg_noise_new(model, 1);
       wg_voice *voice = wg_voice_new(model, latent, noise, 48000, rpm / 120, load);
       wg_render(voice, rpm / 120, load, samples, count);    // in the audio thread: allocates nothing, waits for nothing

   Voices share a model; a voice, with its noise, belongs to one thread at a time. Out of memory ends the program.
   Numbers in the file are read with strtod: keep LC_NUMERIC at "C" while a model is loaded. */

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WG_MESSAGE 240 /* characters of a message, with its end */

typedef struct wg_model wg_model; /* weights and sizes */
typedef struct wg_voice wg_voice; /* one engine's endless sound */
typedef struct wg_noise wg_noise;
enum { WG_JITTER, WG_FLUTTER, WG_SWELL, WG_STROKES, WG_SLOW }; /* kinds of slow noise */

/* Where a voice's random numbers come from: wg_noise_new, or your own. */
struct wg_noise {
  double start;                                   /* the crank's first position, in cycles */
  void (*white)(wg_noise *, double *out, int n);  /* the next n standard normal numbers */
  void (*slow)(wg_noise *, int kind, double *row); /* the next frame of a kind: `bands` numbers of flutter, else one */
};

/* The model of a file; NULL and a message of up to WG_MESSAGE characters if it cannot be used. */
wg_model *wg_model_load(const char *path, char *message);
void wg_model_free(wg_model *model);
int wg_model_rate(const wg_model *model);       /* samples per second of what it computes */
int wg_model_latent_size(const wg_model *model);
/* Latent vector `number` of a file of them, counted from `first`, as a new array; NULL and a message if there is none. */
float *wg_latent_load(const char *path, long number, char *message);
wg_noise *wg_noise_new(const wg_model *model, uint32_t seed);
void wg_noise_free(wg_noise *noise);
/* A voice as if it had always run at `hertz` working cycles per second and `load`, 0 to 1; NULL if the model's rate
   cannot be brought to `rate`. Computing the body's filter takes some milliseconds. */
wg_voice *wg_voice_new(const wg_model *model, const float *latent, wg_noise *noise, int rate, double hertz, double load);
void wg_voice_free(wg_voice *voice); /* not its noise */
/* The next samples, in [-1, 1]; speed and load are taken up at the next quantum (12 ms or less). */
void wg_render(wg_voice *voice, double hertz, double load, float *out, int count);

/* ---- Constants of the synthesis: docs/formats.md names them alike ---- */

enum { QUANTUM = 4, AHEAD = 5, WARM_UP = 7, FADED = 4 };
static const double PI = 3.14159265358979323846;
static const double OVERLAP = 1.5, HANN_POWER = 0.375, SHORTEST = 1e-6, LOWEST_GAIN = -6, HIGHEST_GAIN = 4;
static const double SLOWEST = 0.5, FASTEST = 400; /* working cycles per second that a voice takes */

static void *wg_allocate(size_t count, size_t size) {
  void *found = calloc(count ? count : 1, size);
  if (!found) {
    fprintf(stderr, "out of memory\n");
    exit(1);
  }
  return found;
}

static double *doubles(int count) { return wg_allocate((size_t)count, sizeof(double)); }
static double least(double a, double b) { return a < b ? a : b; }
static double within(double low, double value, double high) { return value > low ? least(value, high) : low; }
static double between(double a, double b, double share) { return a + share * (b - a); }

/* ---- Fourier transforms of real signals whose length is a power of two ---- */

typedef struct {
  int size, *reversed;
  double *cosine, *sine, *re, *im;
} fourier;

static fourier *fourier_new(int size) {
  fourier *f = wg_allocate(1, sizeof *f);
  int half = size / 2, bits = 0;
  while (1 << bits < half) bits++;
  f->size = size;
  f->reversed = wg_allocate((size_t)half, sizeof(int));
  f->cosine = doubles(half + 1);
  f->sine = doubles(half + 1);
  f->re = doubles(half);
  f->im = doubles(half);
  for (int k = 0; k <= half; k++) {
    f->cosine[k] = cos(2 * PI * k / size);
    f->sine[k] = sin(2 * PI * k / size);
  }
  for (int k = 0; k < half; k++)
    for (int bit = 0; bit < bits; bit++) f->reversed[k] |= ((k >> bit) & 1) << (bits - 1 - bit);
  return f;
}

static void fourier_free(fourier *f) {
  free(f->reversed);
  free(f->cosine);
  free(f->sine);
  free(f->re);
  free(f->im);
  free(f);
}

/* Complex transform of f->re and f->im, whose order is reversed already (Cooley and Tukey 1965); sign -1 is forward. */
static void butterflies(const fourier *f, double sign) {
  double *restrict re = f->re, *restrict im = f->im;
  int half = f->size / 2;
  for (int length = 2; length <= half; length *= 2) {
    int middle = length / 2, step = f->size / length;
    for (int start = 0; start < half; start += length)
      for (int k = 0; k < middle; k++) {
        double c = f->cosine[k * step], s = sign * f->sine[k * step];
        int low = start + k, high = low + middle;
        double x = re[high] * c - im[high] * s, y = re[high] * s + im[high] * c;
        re[high] = re[low] - x;
        im[high] = im[low] - y;
        re[low] += x;
        im[low] += y;
      }
  }
}

/* The size / 2 + 1 bins of a signal. */
static void forward(const fourier *f, const double *signal, double *re, double *im) {
  int half = f->size / 2;
  for (int i = 0; i < half; i++) {
    f->re[i] = signal[2 * f->reversed[i]];
    f->im[i] = signal[2 * f->reversed[i] + 1];
  }
  butterflies(f, -1);
  for (int k = 0; k <= half; k++) {
    int a = k & (half - 1), b = (half - k) & (half - 1);
    double even_re = 0.5 * (f->re[a] + f->re[b]), even_im = 0.5 * (f->im[a] - f->im[b]);
    double odd_re = 0.5 * (f->im[a] + f->im[b]), odd_im = 0.5 * (f->re[b] - f->re[a]);
    re[k] = even_re + odd_re * f->cosine[k] + odd_im * f->sine[k];
    im[k] = even_im + odd_im * f->cosine[k] - odd_re * f->sine[k];
  }
}

/* The signal of size / 2 + 1 bins; the inverse of `forward`. */
static void inverse(const fourier *f, const double *re, const double *im, double *signal) {
  int half = f->size / 2;
  double scale = 1.0 / half;
  for (int i = 0; i < half; i++) {
    int k = f->reversed[i], mirror = half - k;
    double own_im = k ? im[k] : 0, mirror_im = k ? -im[mirror] : 0; /* ends are real */
    double even_re = 0.5 * (re[k] + re[mirror]), even_im = 0.5 * (own_im + mirror_im);
    double x = 0.5 * (re[k] - re[mirror]), y = 0.5 * (own_im - mirror_im);
    f->re[i] = even_re - (x * f->sine[k] + y * f->cosine[k]);
    f->im[i] = even_im + (x * f->cosine[k] - y * f->sine[k]);
  }
  butterflies(f, 1);
  for (int i = 0; i < half; i++) {
    signal[2 * i] = f->re[i] * scale;
    signal[2 * i + 1] = f->im[i] * scale;
  }
}

/* Periodic. */
static double *hann(int size) {
  double *window = doubles(size);
  for (int i = 0; i < size; i++) window[i] = 0.5 - 0.5 * cos(2 * PI * i / size);
  return window;
}

/* ---- safetensors: a length of 8 bytes, so many bytes of JSON, then numbers; all little-endian ---- */

typedef struct {
  char *header;
  unsigned char *data;
  size_t bytes;
  char *message;
} tensors;

static void say(char *message, const char *format, const char *name) { snprintf(message, WG_MESSAGE, format, name); }

static void tensors_close(tensors *file) {
  free(file->header);
  free(file->data);
}

static int tensors_open(tensors *file, const char *path, char *message) {
  FILE *stream = fopen(path, "rb");
  unsigned char start[8];
  uint64_t length = 0;
  long end;
  int good;
  memset(file, 0, sizeof *file);
  file->message = message;
  message[0] = 0;
  if (!stream) {
    say(message, "%s cannot be opened", path);
    return 0;
  }
  good = fseek(stream, 0, SEEK_END) == 0 && (end = ftell(stream)) > 8 && fseek(stream, 0, SEEK_SET) == 0;
  if (good && (good = fread(start, 1, 8, stream) == 8)) {
    for (int i = 7; i >= 0; i--) length = length << 8 | start[i];
    if ((good = length <= (uint64_t)end - 8)) {
      file->bytes = (size_t)((uint64_t)end - 8 - length);
      file->header = wg_allocate((size_t)length + 1, 1);
      file->data = wg_allocate(file->bytes, 1);
      good = fread(file->header, 1, (size_t)length, stream) == length;
      good = good && fread(file->data, 1, file->bytes, stream) == file->bytes;
    }
  }
  fclose(stream);
  if (!good) {
    say(message, "%s is no safetensors file", path);
    tensors_close(file);
  }
  return good;
}

/* Where the value of a key begins; NULL if it is not there. */
static const char *value_of(const char *json, const char *key) {
  size_t length = strlen(key);
  for (const char *at = json; at && (at = strstr(at, key)); at += length) {
    const char *after = at + length;
    if (at == json || at[-1] != '"' || *after != '"') continue;
    after += 1 + strspn(after + 1, " ");
    if (*after == ':') return after + 1 + strspn(after + 1, " ");
  }
  return NULL;
}

/* A number of the metadata, where every value is text. */
static double fact(tensors *file, const char *name) {
  const char *value = value_of(file->header, name);
  if (!value || *value != '"') {
    if (!file->message[0]) say(file->message, "the file says nothing of \"%s\": is it of another version or model?", name);
    return 0;
  }
  return strtod(value + 1, NULL);
}

/* A tensor of float32 as a new array of `count` numbers, or of as many as it has, which is then put there, if it is 0. */
static float *tensor(tensors *file, const char *name, size_t *count) {
  const char *value = value_of(file->header, name), *dtype = value ? value_of(value, "dtype") : NULL;
  const char *place = value ? value_of(value, "data_offsets") : NULL;
  unsigned long long first = 0, last = 0;
  float *found;
  int good = dtype && strncmp(dtype, "\"F32\"", 5) == 0 && place && sscanf(place, "[%llu,%llu]", &first, &last) == 2;
  good = good && first <= last && last <= file->bytes && (!*count || last - first == 4ULL * *count);
  if (!good) {
    if (!file->message[0]) say(file->message, "tensor %s is missing or has another size", name);
    return wg_allocate(*count, sizeof(float));
  }
  *count = (size_t)((last - first) / 4);
  found = wg_allocate(*count, sizeof(float));
  for (size_t i = 0; i < *count; i++) {
    const unsigned char *b = file->data + first + 4 * i;
    uint32_t bits = (uint32_t)b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16 | (uint32_t)b[3] << 24;
    memcpy(found + i, &bits, 4);
  }
  return found;
}

/* ---- The model ---- */

typedef struct {
  int inputs, outputs;
  float *weight, *bias;
} layer;

struct wg_model {
  int rate, hop, latent_size, width, bins, bands, pulse_orders, envelope_orders, pulse_points, tone_knots;
  int components, first_component, remembered;
  double scatter, sharpness, pulse_level, fastest_envelope, wander_most, farthest, knee, jitter, band_bend, tone_bend, frames[WG_SLOW];
  layer mapping[2], response[2], pulse_table, envelope_table, noise_level, level, wander, tone;
  float *mean_spectrum, *spectrum_components, *memory, scale[2], slopes[2];
  double loudest;
  int outputs;      /* of the control network: pulses, envelopes, noise, level */
  float *to_output; /* from its hidden layer: the last two layers are linear, so they are one, (outputs, width) */
};

static layer layer_of(tensors *file, const char *name, int inputs, int outputs) {
  char full[40];
  layer found = {inputs, outputs, NULL, NULL};
  size_t weights = (size_t)inputs * (size_t)outputs, biases = (size_t)outputs;
  snprintf(full, sizeof full, "%s.weight", name);
  found.weight = tensor(file, full, &weights);
  snprintf(full, sizeof full, "%s.bias", name);
  found.bias = tensor(file, full, &biases);
  return found;
}

static float dot(const float *restrict a, const float *restrict b, int count) {
  float sums[8] = {0}, rest = 0;
  int i = 0;
  for (; i + 8 <= count; i += 8)
    for (int k = 0; k < 8; k++) sums[k] += a[i + k] * b[i + k];
  for (; i < count; i++) rest += a[i] * b[i];
  return ((sums[0] + sums[4]) + (sums[2] + sums[6])) + ((sums[1] + sums[5]) + (sums[3] + sums[7])) + rest;
}

static void apply(const layer *l, const float *input, float *output) {
  for (int row = 0; row < l->outputs; row++)
    output[row] = l->bias[row] + dot(l->weight + (size_t)row * (size_t)l->inputs, input, l->inputs);
}

static void leaky(float *values, int count) {
  for (int i = 0; i < count; i++) values[i] = values[i] < 0 ? 0.2f * values[i] : values[i];
}

/* Natural log of the level that speed (log2 of working cycles per second) and load alone make. */
static double level_law(const wg_model *m, double speed, double load) {
  return m->slopes[0] * (speed - m->scale[0]) / m->scale[1] + m->slopes[1] * load;
}

/* The layers after the control network's hidden one, in the order of its outputs. */
static const layer *output_layer(const wg_model *m, int number) {
  const layer *all[] = {&m->pulse_table, &m->envelope_table, &m->noise_level, &m->level};
  return all[number];
}

static void join_output_layers(wg_model *m) {
  float *column = wg_allocate((size_t)m->width, sizeof(float));
  m->to_output = wg_allocate((size_t)m->outputs * (size_t)m->width, sizeof(float));
  for (int to = 0; to < m->width; to++) {
    float *target = m->to_output + to;
    for (int from = 0; from < m->width; from++) column[from] = m->response[1].weight[from * m->width + to];
    for (int part = 0; part < 4; part++) {
      const layer *l = output_layer(m, part);
      for (int row = 0; row < l->outputs; row++, target += m->width)
        *target = dot(l->weight + (size_t)row * (size_t)m->width, column, m->width);
    }
  }
  free(column);
}

static float *array_of(tensors *file, const char *name, int count) {
  size_t size = (size_t)count;
  return tensor(file, name, &size);
}

/* The facts, as numbers; their names are those of model.json. */
static void read_facts(tensors *file, wg_model *m) {
  m->rate = (int)fact(file, "rate");
  m->hop = (int)fact(file, "hop");
  m->latent_size = (int)fact(file, "latent_dim");
  m->width = (int)fact(file, "width");
  m->bins = (int)fact(file, "bins");
  m->bands = (int)fact(file, "bands");
  m->pulse_orders = (int)fact(file, "pulse_orders");
  m->envelope_orders = (int)fact(file, "envelope_orders");
  m->pulse_points = (int)fact(file, "pulse_points");
  m->tone_knots = (int)fact(file, "tone_knots");
  m->components = (int)fact(file, "components");
  m->first_component = (int)fact(file, "first_component");
  m->remembered = (int)fact(file, "remembered");
  m->scatter = fact(file, "scatter");
  m->sharpness = fact(file, "sharpness");
  m->pulse_level = fact(file, "pulse_level");
  m->fastest_envelope = fact(file, "fastest_envelope");
  m->wander_most = fact(file, "wander");
  m->farthest = fact(file, "farthest");
  m->knee = fact(file, "knee");
  m->band_bend = fact(file, "band_bend");
  m->tone_bend = fact(file, "tone_bend");
  m->jitter = fact(file, "jitter");
  m->frames[WG_JITTER] = fact(file, "jitter_frames");
  m->frames[WG_FLUTTER] = fact(file, "flutter_frames");
  m->frames[WG_SWELL] = fact(file, "swell_frames");
  m->frames[WG_STROKES] = fact(file, "strokes_frames");
}

static int is_power_of_two(int value) { return value > 0 && (value & (value - 1)) == 0; }

static int sizes_make_sense(const wg_model *m) {
  int good = is_power_of_two(m->hop) && is_power_of_two(m->bins - 1) && is_power_of_two(m->pulse_points);
  good = good && m->hop >= 2 && m->hop <= 4096 && m->bins <= 1 << 20 && m->pulse_points <= 1 << 16 && m->rate > 0;
  good = good && m->width > 0 && m->width <= 1 << 14 && m->latent_size > 0 && m->latent_size <= 1 << 14;
  good = good && m->bands > 1 && m->bands <= 256 && m->tone_knots > 1 && m->tone_knots <= 1 << 14;
  good = good && m->pulse_orders > 0 && m->pulse_orders < m->pulse_points / 2;
  good = good && m->envelope_orders > 0 && m->envelope_orders <= 256 && m->components >= 0 && m->first_component >= 0;
  good = good && m->first_component + m->components <= m->latent_size;
  good = good && m->remembered > 0 && m->remembered <= 1 << 16;
  for (int kind = 0; kind < WG_SLOW; kind++) good = good && m->frames[kind] >= 1;
  return good;
}

static void read_tensors(tensors *file, wg_model *m) {
  float *scale = array_of(file, "scale", 2), *slopes = array_of(file, "level_slopes", 2);
  float *range = array_of(file, "speed_range", 2);
  m->mapping[0] = layer_of(file, "mapping.0", m->latent_size, m->width);
  m->mapping[1] = layer_of(file, "mapping.2", m->width, m->width);
  m->response[0] = layer_of(file, "response.0", m->width + 3, m->width);
  m->response[1] = layer_of(file, "response.2", m->width, m->width);
  m->pulse_table = layer_of(file, "pulse_table", m->width, 2 * m->pulse_orders);
  m->envelope_table = layer_of(file, "envelope_table", m->width, 2 * m->bands * m->envelope_orders);
  m->noise_level = layer_of(file, "noise_level", m->width, m->bands);
  m->level = layer_of(file, "level", m->width, 1);
  m->wander = layer_of(file, "wander", m->width, 2 * m->bands + 1);
  m->tone = layer_of(file, "tone", m->width, m->tone_knots);
  m->mean_spectrum = array_of(file, "mean_spectrum", m->bins);
  m->spectrum_components = array_of(file, "spectrum_components", m->components * m->bins);
  m->memory = array_of(file, "memory.factors", m->remembered * m->components);
  memcpy(m->scale, scale, sizeof m->scale);
  memcpy(m->slopes, slopes, sizeof m->slopes);
  m->loudest = level_law(m, range[1], 1);
  free(scale);
  free(slopes);
  free(range);
}

wg_model *wg_model_load(const char *path, char *message) {
  tensors file;
  wg_model *m;
  if (!tensors_open(&file, path, message)) return NULL;
  m = wg_allocate(1, sizeof *m);
  read_facts(&file, m);
  if (!message[0] && !sizes_make_sense(m)) say(message, "%s has sizes that this renderer cannot use", path);
  if (!message[0]) read_tensors(&file, m);
  tensors_close(&file);
  if (message[0]) {
    wg_model_free(m);
    return NULL;
  }
  for (int part = 0; part < 4; part++) m->outputs += output_layer(m, part)->outputs;
  join_output_layers(m);
  return m;
}

void wg_model_free(wg_model *m) {
  layer all[] = {m->mapping[0], m->mapping[1],  m->response[0], m->response[1], m->pulse_table, m->envelope_table,
                 m->noise_level, m->level, m->wander, m->tone};
  for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
    free(all[i].weight);
    free(all[i].bias);
  }
  free(m->mean_spectrum);
  free(m->spectrum_components);
  free(m->memory);
  free(m->to_output);
  free(m);
}

int wg_model_rate(const wg_model *model) { return model->rate; }
int wg_model_latent_size(const wg_model *model) { return model->latent_size; }

float *wg_latent_load(const char *path, long number, char *message) {
  tensors file;
  size_t count = 0;
  float *all, *found = NULL;
  if (!tensors_open(&file, path, message)) return NULL;
  all = tensor(&file, "latents", &count);
  size_t size = (size_t)fact(&file, "latent_dim");
  long first = (long)fact(&file, "first_seed");
  if (!message[0] && (!size || number < first || (size_t)(number - first) >= count / size))
    say(message, "%s has no vector of that seed: export it with --seed and --count", path);
  if (!message[0]) {
    found = wg_allocate(size, sizeof(float));
    memcpy(found, all + (size_t)(number - first) * size, size * sizeof(float));
  }
  free(all);
  tensors_close(&file);
  return found;
}

/* ---- Noise: all that depends on its form is here and in the functions `turn`, `find_gains` and `add_pulses` ---- */

typedef struct {
  wg_noise base;
  uint32_t state;
  int has_spare, rows[WG_SLOW];
  double spare, step[WG_SLOW], frame[WG_SLOW];
  double *before[WG_SLOW], *after[WG_SLOW];
} seeded_noise;

/* Mulberry32: a number in [0, 1). */
static double uniform(seeded_noise *n) {
  uint32_t t = n->state += 0x6d2b79f5u;
  t = (t ^ t >> 15) * (t | 1);
  t ^= t + (t ^ t >> 7) * (t | 61);
  return (t ^ t >> 14) / 4294967296.0;
}

/* Box and Muller 1958: they come in twos. */
static double normal(seeded_noise *n) {
  double radius, angle;
  if (n->has_spare) {
    n->has_spare = 0;
    return n->spare;
  }
  radius = sqrt(-2 * log(1 - uniform(n)));
  angle = 2 * PI * uniform(n);
  n->has_spare = 1;
  n->spare = radius * sin(angle);
  return radius * cos(angle);
}

static void seeded_white(wg_noise *noise, double *out, int count) {
  for (int i = 0; i < count; i++) out[i] = normal((seeded_noise *)noise);
}

/* Straight lines between knots some frames apart. */
static void seeded_slow(wg_noise *noise, int kind, double *row) {
  seeded_noise *n = (seeded_noise *)noise;
  if (n->frame[kind] >= n->step[kind]) {
    double *old = n->before[kind];
    n->frame[kind] -= n->step[kind];
    n->before[kind] = n->after[kind];
    n->after[kind] = old;
    for (int i = 0; i < n->rows[kind]; i++) old[i] = normal(n);
  }
  for (int i = 0; i < n->rows[kind]; i++)
    row[i] = between(n->before[kind][i], n->after[kind][i], n->frame[kind] / n->step[kind]);
  n->frame[kind] += 1;
}

wg_noise *wg_noise_new(const wg_model *m, uint32_t seed) {
  seeded_noise *n = wg_allocate(1, sizeof *n);
  n->state = seed;
  n->base.start = uniform(n);
  n->base.white = seeded_white;
  n->base.slow = seeded_slow;
  for (int kind = 0; kind < WG_SLOW; kind++) {
    n->rows[kind] = kind == WG_FLUTTER ? m->bands : 1;
    n->step[kind] = m->frames[kind];
    n->before[kind] = doubles(n->rows[kind]);
    n->after[kind] = doubles(n->rows[kind]);
    for (int i = 0; i < n->rows[kind]; i++) n->before[kind][i] = normal(n);
    for (int i = 0; i < n->rows[kind]; i++) n->after[kind][i] = normal(n);
  }
  return &n->base;
}

void wg_noise_free(wg_noise *noise) {
  seeded_noise *n = (seeded_noise *)noise;
  for (int kind = 0; kind < WG_SLOW; kind++) {
    free(n->before[kind]);
    free(n->after[kind]);
  }
  free(n);
}

/* ---- The body's filter ---- */

/* Between which of `bands` triangular bands a frequency is (0 to 1 of the highest), and how far. */
static int band_at(double frequency, int bands, double bend, double *share) {
  double place = log1p(bend * frequency) / log1p(bend) * (bands - 1);
  int band = (int)within(0, floor(place), bands - 2);
  *share = place - band;
  return band;
}

/* The latent vector with an engine's factors in the place of the numbers that choose it: near those of the remembered
   engines in whose directions it points farthest. What it has in these directions has chosen; the rest is added. */
static float *code_of(const wg_model *m, const float *latent) {
  float *code = wg_allocate((size_t)m->latent_size, sizeof(float)), *factors = code + m->first_component;
  const float *own = latent + m->first_component;
  double *length = doubles(m->remembered), *agreement = doubles(m->remembered), highest = -HUGE_VAL, total = 0;
  memcpy(code, latent, (size_t)m->latent_size * sizeof(float));
  for (int engine = 0; engine < m->remembered; engine++) {
    const float *known = m->memory + (size_t)engine * (size_t)m->components;
    length[engine] = fmax(SHORTEST, sqrt(dot(known, known, m->components)));
    agreement[engine] = dot(known, own, m->components) / length[engine];
    highest = fmax(highest, agreement[engine]);
  }
  for (int engine = 0; engine < m->remembered; engine++) total += exp(m->sharpness * (agreement[engine] - highest));
  for (int i = 0; i < m->components; i++) factors[i] = (float)(m->scatter * own[i]);
  for (int engine = 0; engine < m->remembered; engine++) {
    double chosen = exp(m->sharpness * (agreement[engine] - highest)) / total;
    double weight = chosen * (1 - m->scatter * agreement[engine] / length[engine]);
    for (int i = 0; i < m->components; i++)
      factors[i] += (float)(weight * m->memory[(size_t)engine * (size_t)m->components + (size_t)i]);
  }
  free(length);
  free(agreement);
  return code;
}

/* Natural log of an engine's magnitudes in a Hann window. */
static void find_spectrum(const wg_model *m, const float *code, const float *style, double *spectrum) {
  float *tone = wg_allocate((size_t)m->tone_knots, sizeof(float));
  apply(&m->tone, style, tone);
  for (int bin = 0; bin < m->bins; bin++) {
    double share, value = m->mean_spectrum[bin];
    int band = band_at((double)bin / (m->bins - 1), m->tone_knots, m->tone_bend, &share);
    for (int c = 0; c < m->components; c++)
      value += code[m->first_component + c] * m->spectrum_components[(size_t)c * (size_t)m->bins + (size_t)bin];
    spectrum[bin] = within(-16, value + 0.5 * between(tone[band], tone[band + 1], share), 4);
  }
  free(tone);
}

static int response_taps(int bins) { return 2 * (bins - 1) * 3 / 4; }

/* The response of minimum phase that gives white noise of variance 1 this spectrum, by the real cepstrum (Oppenheim and
   Schafer, Discrete-Time Signal Processing, section 12.3). */
static void impulse_response(const double *spectrum, int bins, double *response) {
  int size = 2 * (bins - 1), taps = response_taps(bins), faded = taps / FADED;
  fourier *f = fourier_new(size);
  double *signal = doubles(size), *re = doubles(bins), *im = doubles(bins), unit = 1 / sqrt(HANN_POWER * size);
  inverse(f, spectrum, im, signal);
  for (int i = 1; i < size / 2; i++) signal[i] *= 2;
  for (int i = size / 2 + 1; i < size; i++) signal[i] = 0;
  forward(f, signal, re, im);
  for (int k = 0; k < bins; k++) {
    double grown = exp(re[k]), angle = im[k];
    re[k] = grown * cos(angle);
    im[k] = grown * sin(angle);
  }
  inverse(f, re, im, signal);
  for (int i = 0; i < taps; i++) response[i] = unit * signal[i];
  for (int i = 1; i <= faded; i++) response[taps - faded - 1 + i] *= 0.5 + 0.5 * cos(PI * i / faded);
  free(signal);
  free(re);
  free(im);
  fourier_free(f);
}

/* Convolution block by block without delay: partitioned overlap-save (Stockham 1966). */
typedef struct {
  int block, parts, newest;
  fourier *f;
  double *input, *result, *sum_re, *sum_im, *response_re, *response_im, *past_re, *past_im;
} convolver;

static void convolver_start(convolver *c, const double *response, int taps, int block) {
  int bins = block + 1;
  c->block = block;
  c->parts = (taps + block - 1) / block;
  c->f = fourier_new(2 * block);
  c->input = doubles(2 * block);
  c->result = doubles(2 * block);
  c->sum_re = doubles(bins);
  c->sum_im = doubles(bins);
  c->response_re = doubles(c->parts * bins);
  c->response_im = doubles(c->parts * bins);
  c->past_re = doubles(c->parts * bins);
  c->past_im = doubles(c->parts * bins);
  for (int part = 0; part < c->parts; part++) {
    for (int i = 0; i < block; i++) c->result[i] = part * block + i < taps ? response[part * block + i] : 0;
    forward(c->f, c->result, c->response_re + part * bins, c->response_im + part * bins);
  }
}

static void convolver_end(convolver *c) {
  double *all[] = {c->input, c->result, c->sum_re, c->sum_im, c->response_re, c->response_im, c->past_re, c->past_im};
  for (size_t i = 0; i < sizeof all / sizeof *all; i++) free(all[i]);
  fourier_free(c->f);
}

static void add_products(const double *restrict a, const double *restrict b, const double *restrict c,
                         const double *restrict d, double *restrict re, double *restrict im, int count) {
  for (int k = 0; k < count; k++) {
    re[k] += a[k] * c[k] - b[k] * d[k];
    im[k] += a[k] * d[k] + b[k] * c[k];
  }
}

/* The next block, in place. */
static void convolve(convolver *c, double *block) {
  int bins = c->block + 1;
  size_t bytes = (size_t)c->block * sizeof(double);
  memcpy(c->input, c->input + c->block, bytes);
  memcpy(c->input + c->block, block, bytes);
  c->newest = (c->newest + c->parts - 1) % c->parts;
  forward(c->f, c->input, c->past_re + c->newest * bins, c->past_im + c->newest * bins);
  memset(c->sum_re, 0, (size_t)bins * sizeof(double));
  memset(c->sum_im, 0, (size_t)bins * sizeof(double));
  for (int part = 0; part < c->parts; part++) {
    int past = (c->newest + part) % c->parts * bins, own = part * bins;
    add_products(c->response_re + own, c->response_im + own, c->past_re + past, c->past_im + past, c->sum_re,
                 c->sum_im, bins);
  }
  inverse(c->f, c->sum_re, c->sum_im, c->result);
  memcpy(block, c->result + c->block, bytes);
}

/* ---- Another sample rate: windowed sinc, one row of taps for each place between two samples ---- */

enum { SINC_TAPS = 48, MOST_PHASES = 2048 };

typedef struct {
  int up, down, taps, place, phase;
  float *table, *past; /* the last `taps` samples are in `past` twice, so that they follow one another */
} resampler;

static double bessel(double x) { /* I0 */
  double sum = 1, term = 1;
  for (int k = 1; k < 40; k++) sum += term *= x * x / (4.0 * k * k);
  return sum;
}

static int resampler_start(resampler *r, int from, int to) {
  int a = from, b = to;
  double cutoff = to < from ? (double)to / from : 1, beta = 7;
  while (b) {
    int rest = a % b;
    a = b;
    b = rest;
  }
  r->up = to / a;
  r->down = from / a;
  r->taps = 2 * (int)ceil(SINC_TAPS / 2 / cutoff);
  if (r->up > MOST_PHASES || r->taps > 4096) return 0;
  r->table = wg_allocate((size_t)(r->up * r->taps), sizeof(float));
  r->past = wg_allocate((size_t)(2 * r->taps), sizeof(float));
  for (int phase = 0; phase < r->up; phase++)
    for (int tap = 0; tap < r->taps; tap++) {
      double at = r->taps / 2 - 1 - tap + (double)phase / r->up, x = PI * cutoff * at, share = 2 * at / r->taps;
      double window = share * share < 1 ? bessel(beta * sqrt(1 - share * share)) / bessel(beta) : 0;
      r->table[phase * r->taps + tap] = (float)(cutoff * window * (x == 0 ? 1 : sin(x) / x));
    }
  r->phase = r->up; /* the first sample is fetched first */
  return 1;
}

static void resampler_add(resampler *r, float sample) {
  r->past[r->place] = r->past[r->place + r->taps] = sample;
  r->place = (r->place + 1) % r->taps;
  r->phase -= r->up;
}

static float resampler_next(resampler *r) {
  float found = dot(r->table + r->phase * r->taps, r->past + r->place, r->taps);
  r->phase += r->down;
  return found;
}

/* ---- A voice ---- */

/* What the engine is at a knot of its course. */
typedef struct {
  double speed, level, *pulses, *envelopes, *noise;
  int orders; /* of the envelopes that are not 0 */
} knot;

struct wg_voice {
  const wg_model *model;
  wg_noise *source;
  int samples, used, *band;
  float *hidden_base, *output_base, *hidden, *output;
  double *flutter, *swell, unevenness;
  knot *knots[3]; /* the last before a quantum, and the two up to which it reaches */
  double *share, *window, *white, *overlap, *piece, *re, *im, *table_re, *table_im, *gains, *row, *strokes, *block;
  double cycles[AHEAD + 1], last_rate, frame_s;
  fourier *frame_fourier, *table_fourier;
  convolver body;
  resampler out;
};

/* A gain that fades out what is above `highest` Hz. */
static double below(double highest, double hertz) { return within(0, (highest - hertz) / (0.2 * highest), 1); }

/* Outputs of the control network, for its present hidden layer. */
static void find_outputs(wg_voice *v, int first, int count) {
  const wg_model *m = v->model;
  for (int row = first; row < first + count; row++)
    v->output[row] = v->output_base[row] + dot(m->to_output + (size_t)row * (size_t)m->width, v->hidden, m->width);
}

static void fill_pulses(wg_voice *v, double hertz, double *table) {
  const wg_model *m = v->model;
  for (int order = 1; order <= m->pulse_orders; order++) {
    double gain = 0.5 * m->pulse_points * m->pulse_level * below(0.45 * m->rate, order * hertz);
    v->table_re[order] = gain * v->output[2 * order - 2];
    v->table_im[order] = gain * v->output[2 * order - 1];
  }
  inverse(v->table_fourier, v->table_re, v->table_im, table);
}

/* Orders that fade out are not computed: at 3000 rpm that is most of them. */
static void fill_envelopes(wg_voice *v, double hertz, knot *k) {
  const wg_model *m = v->model;
  double fastest = m->fastest_envelope * m->rate / m->hop;
  int row = 2 * m->envelope_orders;
  k->orders = 0;
  while (k->orders < m->envelope_orders && below(fastest, (k->orders + 1) * hertz) > 0) k->orders++;
  for (int band = 0; band < m->bands; band++) {
    double *series = k->envelopes + band * row;
    const float *outputs = v->output + 2 * m->pulse_orders + band * row;
    find_outputs(v, 2 * m->pulse_orders + band * row, 2 * k->orders);
    for (int i = 0; i < row; i++) series[i] = i < 2 * k->orders ? outputs[i] * below(fastest, (1 + i / 2) * hertz) : 0;
  }
}

/* What the engine is at log2 `speed` of working cycles per second and `load`. */
static void fill(wg_voice *v, double speed, double load, knot *k) {
  const wg_model *m = v->model;
  double scaled = (speed - m->scale[0]) / m->scale[1], hertz = exp2(speed);
  double near = fmax(-m->farthest, fmin(m->farthest, scaled));
  float input[3] = {(float)near, (float)(near * near - 1), (float)(2 * load - 1)};
  int noise = 2 * m->pulse_orders + 2 * m->bands * m->envelope_orders, level = noise + m->bands;
  for (int row = 0; row < m->width; row++)
    v->hidden[row] = v->hidden_base[row] + dot(m->response[0].weight + row * (m->width + 3) + m->width, input, 3);
  leaky(v->hidden, m->width);
  find_outputs(v, 0, 2 * m->pulse_orders);
  find_outputs(v, noise, m->bands + 1);
  for (int band = 0; band < m->bands; band++) k->noise[band] = v->output[noise + band];
  k->speed = speed;
  k->level = 0.2 * v->output[level] + level_law(m, speed, load) - m->loudest;
  fill_pulses(v, hertz, k->pulses);
  fill_envelopes(v, hertz, k);
}

static double slow(wg_voice *v, int kind) {
  v->source->slow(v->source, kind, v->row);
  return v->row[0];
}

/* By how many cycles the crank turns to the next frame, where its speed is `speed`. */
static double turn_to(wg_voice *v, double speed) {
  double before = v->last_rate;
  v->last_rate = exp2(speed + v->model->jitter * slow(v, WG_JITTER));
  return 0.5 * (before + v->last_rate) * v->frame_s;
}

/* The crank's positions at the quantum's frames, up to the newest knot. */
static void turn(wg_voice *v) {
  const knot *before = v->knots[1], *after = v->knots[2];
  double whole = floor(v->cycles[QUANTUM]);
  v->cycles[0] = v->cycles[QUANTUM] - whole;
  v->cycles[1] = v->cycles[QUANTUM + 1] - whole;
  for (int frame = 1; frame <= QUANTUM; frame++)
    v->cycles[frame + 1] = v->cycles[frame] + turn_to(v, between(before->speed, after->speed, (double)frame / QUANTUM));
}

/* The noise's gain in each band (natural log), `frame` frames after the knot before the newest. */
static void find_gains(wg_voice *v, int frame) {
  const wg_model *m = v->model;
  const knot *before = v->knots[1], *after = v->knots[2];
  double fade = (double)frame / QUANTUM, swell = slow(v, WG_SWELL);
  int orders = before->orders > after->orders ? before->orders : after->orders;
  v->source->slow(v->source, WG_FLUTTER, v->row);
  for (int band = 0; band < m->bands; band++)
    v->gains[band] = between(before->noise[band], after->noise[band], fade) + v->flutter[band] * v->row[band] +
                     v->swell[band] * swell;
  for (int order = 0; order < orders; order++) {
    double angle = 2 * PI * fmod((order + 1) * v->cycles[frame + 1], 1), cosine = cos(angle), sine = sin(angle);
    for (int band = 0; band < m->bands; band++) {
      const double *a = before->envelopes + 2 * (band * m->envelope_orders + order);
      const double *b = after->envelopes + 2 * (band * m->envelope_orders + order);
      v->gains[band] += cosine * between(a[0], b[0], fade) - sine * between(a[1], b[1], fade);
    }
  }
}

/* White noise with the gains of the frames around, into `block`. */
static void add_hiss(wg_voice *v) {
  int hop = v->model->hop, size = 4 * hop, bins = 2 * hop + 1;
  memmove(v->white, v->white + v->samples, (size_t)(3 * hop) * sizeof(double));
  v->source->white(v->source, v->white + 3 * hop, v->samples);
  for (int number = 0; number < QUANTUM; number++) {
    int first = number * hop;
    for (int i = 0; i < size; i++) v->piece[i] = v->white[first + i] * v->window[i];
    forward(v->frame_fourier, v->piece, v->re, v->im);
    find_gains(v, number + 1);
    for (int bin = 0; bin < bins; bin++) {
      const double *gain = v->gains + v->band[bin];
      double factor = exp(within(LOWEST_GAIN, between(gain[0], gain[1], v->share[bin]), HIGHEST_GAIN));
      v->re[bin] *= factor;
      v->im[bin] *= factor;
    }
    inverse(v->frame_fourier, v->re, v->im, v->piece);
    for (int i = 0; i < size; i++) v->overlap[first + i] += v->piece[i] * v->window[i];
  }
  for (int i = 0; i < v->samples; i++) v->block[i] = v->overlap[i] / OVERLAP;
  memmove(v->overlap, v->overlap + v->samples, (size_t)(3 * hop) * sizeof(double));
  memset(v->overlap + 3 * hop, 0, (size_t)v->samples * sizeof(double));
}

/* Add the pulses to `block`, and give it its level. */
static void add_pulses(wg_voice *v) {
  int hop = v->model->hop, points = v->model->pulse_points;
  double *sample = v->block;
  v->strokes[0] = v->strokes[QUANTUM];
  for (int frame = 1; frame <= QUANTUM; frame++) v->strokes[frame] = slow(v, WG_STROKES);
  for (int frame = 0; frame < QUANTUM; frame++) {
    int first = frame < 1 ? 0 : 1; /* knots are at frames -3, 1 and 5 */
    const knot *near = v->knots[first], *far = v->knots[first + 1];
    for (int step = 0; step < hop; step++, sample++) {
      double part = (double)step / hop, fade = (frame + part + 3 - 4 * first) / QUANTUM;
      double cycle = between(v->cycles[frame], v->cycles[frame + 1], part), place = (cycle - floor(cycle)) * points;
      int left = (int)place & (points - 1), right = (left + 1) & (points - 1);
      double share = place - floor(place), stroke = between(v->strokes[frame], v->strokes[frame + 1], part);
      double a = between(near->pulses[left], near->pulses[right], share);
      double b = between(far->pulses[left], far->pulses[right], share);
      double level = exp(between(near->level, far->level, fade));
      *sample = (*sample + between(a, b, fade) * (1 + v->unevenness * stroke)) * level;
    }
  }
}

/* Bends what is above the knee towards 1. */
static double limit(double value, double knee) {
  const double loud = fabs(value);
  if (loud < knee) return value;
  return copysign(knee + (1 - knee) * tanh((loud - knee) / (1 - knee)), value);
}

/* The next four frames, in `block`. */
static void render_quantum(wg_voice *v, double speed, double load) {
  knot *oldest = v->knots[0];
  v->knots[0] = v->knots[1];
  v->knots[1] = v->knots[2];
  v->knots[2] = oldest;
  fill(v, speed, load, oldest);
  turn(v);
  add_hiss(v);
  add_pulses(v);
  convolve(&v->body, v->block);
  for (int i = 0; i < v->samples; i++) v->block[i] = limit(v->block[i], v->model->knee);
  v->used = 0;
}

/* What the latent vector makes: style, wandering, and the body's filter. */
static void become(wg_voice *v, const float *latent) {
  const wg_model *m = v->model;
  int taps = response_taps(m->bins), first = 0;
  float *style = wg_allocate((size_t)m->width, sizeof(float)), *other = wg_allocate((size_t)m->width, sizeof(float));
  float *wander = wg_allocate((size_t)(2 * m->bands + 1), sizeof(float));
  float *code = code_of(m, latent);
  double *spectrum = doubles(m->bins), *response = doubles(taps);
  apply(&m->mapping[0], code, other);
  leaky(other, m->width);
  apply(&m->mapping[1], other, style);
  leaky(style, m->width);
  apply(&m->wander, style, wander);
  for (int band = 0; band < m->bands; band++) {
    v->flutter[band] = m->wander_most / (1 + exp(-wander[band]));
    v->swell[band] = m->wander_most / (1 + exp(-wander[m->bands + band]));
  }
  v->unevenness = m->wander_most / (1 + exp(-wander[2 * m->bands]));
  for (int row = 0; row < m->width; row++) {
    v->hidden_base[row] = m->response[0].bias[row] + dot(m->response[0].weight + row * (m->width + 3), style, m->width);
    other[row] = style[row] + m->response[1].bias[row];
  }
  for (int part = 0; part < 4; first += output_layer(m, part)->outputs, part++)
    apply(output_layer(m, part), other, v->output_base + first);
  find_spectrum(m, code, style, spectrum);
  impulse_response(spectrum, m->bins, response);
  convolver_start(&v->body, response, taps, v->samples);
  free(style);
  free(other);
  free(wander);
  free(code);
  free(spectrum);
  free(response);
}

static knot *knot_new(const wg_model *m) {
  knot *found = wg_allocate(1, sizeof *found);
  found->pulses = doubles(m->pulse_points);
  found->envelopes = doubles(2 * m->bands * m->envelope_orders);
  found->noise = doubles(m->bands);
  return found;
}

static void make_arrays(wg_voice *v) {
  const wg_model *m = v->model;
  int hop = m->hop, bins = 2 * hop + 1;
  v->band = wg_allocate((size_t)bins, sizeof(int));
  v->share = doubles(bins);
  for (int bin = 0; bin < bins; bin++) v->band[bin] = band_at(bin / (2.0 * hop), m->bands, m->band_bend, v->share + bin);
  v->hidden_base = wg_allocate((size_t)m->width, sizeof(float));
  v->hidden = wg_allocate((size_t)m->width, sizeof(float));
  v->output_base = wg_allocate((size_t)m->outputs, sizeof(float));
  v->output = wg_allocate((size_t)m->outputs, sizeof(float));
  v->flutter = doubles(m->bands);
  v->swell = doubles(m->bands);
  v->window = hann(4 * hop);
  v->white = doubles(7 * hop);
  v->overlap = doubles(7 * hop);
  v->piece = doubles(4 * hop);
  v->re = doubles(bins);
  v->im = doubles(bins);
  v->table_re = doubles(m->pulse_points / 2 + 1);
  v->table_im = doubles(m->pulse_points / 2 + 1);
  v->gains = doubles(m->bands);
  v->row = doubles(m->bands);
  v->strokes = doubles(QUANTUM + 1);
  v->block = doubles(v->samples);
  v->frame_fourier = fourier_new(4 * hop);
  v->table_fourier = fourier_new(m->pulse_points);
  for (int i = 0; i < 3; i++) v->knots[i] = knot_new(m);
}

/* Log2 of a speed that a voice takes; one that is no number is the slowest. */
static double speed_of(double hertz) { return log2(within(SLOWEST, hertz, FASTEST)); }

/* Fill what a voice carries from quantum to quantum, as if the engine had always run like this. */
static void begin(wg_voice *v, double speed, double load) {
  for (int i = 0; i < 3; i++) fill(v, speed, load, v->knots[i]);
  v->last_rate = exp2(speed + v->model->jitter * slow(v, WG_JITTER));
  v->cycles[QUANTUM] = v->source->start;
  v->cycles[QUANTUM + 1] = v->source->start + turn_to(v, speed);
  v->source->white(v->source, v->white + v->samples, 3 * v->model->hop);
  v->strokes[QUANTUM] = slow(v, WG_STROKES);
  for (int quantum = 0; quantum < WARM_UP; quantum++) render_quantum(v, speed, load);
  v->used = v->samples;
}

wg_voice *wg_voice_new(const wg_model *m, const float *latent, wg_noise *noise, int rate, double hertz, double load) {
  wg_voice *v = wg_allocate(1, sizeof *v);
  v->model = m;
  v->source = noise;
  v->samples = QUANTUM * m->hop;
  v->frame_s = (double)m->hop / m->rate;
  if (rate <= 0 || (rate != m->rate && !resampler_start(&v->out, m->rate, rate))) {
    free(v);
    return NULL;
  }
  make_arrays(v);
  become(v, latent);
  begin(v, speed_of(hertz), within(0, load, 1));
  return v;
}

void wg_voice_free(wg_voice *v) {
  double *all[] = {v->share, v->window, v->white, v->overlap, v->piece, v->re, v->im, v->table_re,
                   v->table_im, v->gains, v->row, v->strokes, v->block, v->flutter, v->swell};
  float *floats[] = {v->hidden_base, v->output_base, v->hidden, v->output, v->out.table, v->out.past};
  for (size_t i = 0; i < sizeof all / sizeof *all; i++) free(all[i]);
  for (size_t i = 0; i < sizeof floats / sizeof *floats; i++) free(floats[i]);
  for (int i = 0; i < 3; i++) {
    free(v->knots[i]->pulses);
    free(v->knots[i]->envelopes);
    free(v->knots[i]->noise);
    free(v->knots[i]);
  }
  free(v->band);
  fourier_free(v->frame_fourier);
  fourier_free(v->table_fourier);
  convolver_end(&v->body);
  free(v);
}

static float next_sample(wg_voice *v, double speed, double load) {
  if (v->used == v->samples) render_quantum(v, speed, load);
  return (float)v->block[v->used++];
}

void wg_render(wg_voice *v, double hertz, double load, float *out, int count) {
  double speed = speed_of(hertz), pressed = within(0, load, 1);
  for (int i = 0; i < count; i++) {
    if (!v->out.table) {
      out[i] = next_sample(v, speed, pressed);
      continue;
    }
    while (v->out.phase >= v->out.up) resampler_add(&v->out, next_sample(v, speed, pressed));
    out[i] = (float)within(-1, resampler_next(&v->out), 1);
  }
}

/* ---- The program: a curve to a WAV file ---- */

#ifndef WAVEGAN_ENGINE_LIBRARY

#include <time.h>

enum { BLOCK = 128, MOST_ROWS = 100000 };

typedef struct {
  int rows;
  double *time, *rpm, *load;
} curve;

/* The number in cell `column` of a line. */
static int cell(const char *line, int column, double *value) {
  char *end;
  for (; column > 0 && line; column--) line = (line = strchr(line, ',')) ? line + 1 : NULL;
  if (!line) return 0;
  *value = strtod(line, &end);
  return end != line && isfinite(*value);
}

/* In which cell of the first line a name is; -1 if it is in none. */
static int column_of(const char *line, const char *name) {
  size_t length = strlen(name);
  for (int column = 0; line; column++) {
    if (strncmp(line, name, length) == 0 && strchr(",\r\n", line[length])) return column;
    line = (line = strchr(line, ',')) ? line + 1 : NULL;
  }
  return -1;
}

/* The same file that `drive --curve` takes; without a column `load` it is 1. */
static int curve_read(curve *c, const char *path, char *message) {
  char line[500];
  FILE *file = fopen(path, "r");
  int time = -1, rpm = -1, load = -1;
  if (!file) {
    say(message, "%s cannot be opened", path);
    return 0;
  }
  if (fgets(line, sizeof line, file)) {
    time = column_of(line, "time_s");
    rpm = column_of(line, "rpm");
    load = column_of(line, "load");
  }
  c->time = doubles(3 * MOST_ROWS);
  c->rpm = c->time + MOST_ROWS;
  c->load = c->rpm + MOST_ROWS;
  if (time < 0 || rpm < 0) say(message, "%s does not begin with a line time_s,rpm,load", path);
  while (!message[0] && fgets(line, sizeof line, file)) {
    int row = c->rows++;
    if (row == MOST_ROWS) say(message, "%s has too many rows", path);
    else if (!cell(line, time, c->time + row) || !cell(line, rpm, c->rpm + row) ||
             (c->load[row] = 1, load >= 0 && !cell(line, load, c->load + row)) ||
             (row ? c->time[row] <= c->time[row - 1] : c->time[row] < 0))
      say(message, "%s has a row that is no row of growing times, rpm and loads", path);
  }
  if (!message[0] && !c->rows) say(message, "%s has no rows", path);
  fclose(file);
  return !message[0];
}

/* A column at a time, with straight lines between rows; `row` is where it was last. */
static double curve_at(const curve *c, const double *column, double time, int *row) {
  while (*row < c->rows - 2 && c->time[*row + 1] <= time) ++*row;
  if (c->rows == 1) return column[0];
  return between(column[*row], column[*row + 1],
                 within(0, (time - c->time[*row]) / (c->time[*row + 1] - c->time[*row]), 1));
}

static void put(FILE *file, uint32_t value, int bytes) {
  for (int i = 0; i < bytes; i++) fputc((int)(value >> 8 * i & 255), file);
}

/* A header of one channel of 32-bit float. */
static void put_header(FILE *file, int rate, uint32_t samples) {
  fputs("RIFF", file);
  put(file, 50 + 4 * samples, 4);
  fputs("WAVEfmt ", file);
  put(file, 18, 4);
  put(file, 3, 2);
  put(file, 1, 2);
  put(file, (uint32_t)rate, 4);
  put(file, 4 * (uint32_t)rate, 4);
  put(file, 4, 2);
  put(file, 32, 2);
  put(file, 0, 2);
  fputs("fact", file);
  put(file, 4, 4);
  put(file, samples, 4);
  fputs("data", file);
  put(file, 4 * samples, 4);
}

/* Render the curve in blocks before each of which speed and load change; the processor's seconds, or -1. */
static double play(wg_voice *voice, const curve *c, double rpm_per_hertz, int rate, const char *path) {
  float block[BLOCK];
  uint32_t samples = (uint32_t)(c->time[c->rows - 1] * rate + 0.5);
  FILE *file = fopen(path, "wb");
  double seconds = 0;
  int row = 0;
  if (!file) return -1;
  put_header(file, rate, samples);
  for (uint32_t done = 0; done < samples; done += BLOCK) {
    double now = (double)done / rate, rpm = curve_at(c, c->rpm, now, &row), load = curve_at(c, c->load, now, &row);
    int count = samples - done < BLOCK ? (int)(samples - done) : BLOCK;
    clock_t start = clock();
    wg_render(voice, rpm / rpm_per_hertz, load, block, count);
    seconds += (double)(clock() - start) / CLOCKS_PER_SEC;
    for (int i = 0; i < count; i++) {
      uint32_t bits;
      memcpy(&bits, block + i, 4);
      put(file, bits, 4);
    }
  }
  if (ferror(file) | fclose(file)) return -1;
  return seconds;
}

int main(int count, char **words) {
  char message[WG_MESSAGE] = "", path[1000];
  curve c = {0, NULL, NULL, NULL};
  wg_model *model = NULL;
  wg_noise *noise = NULL;
  wg_voice *voice = NULL;
  float *latent = NULL;
  long seed = count > 4 ? atol(words[4]) : 0;
  int rate = count > 5 ? atoi(words[5]) : 0, strokes = count > 6 ? atoi(words[6]) : 4;
  double used = -1;
  if (count < 4 || count > 7 || (strokes != 2 && strokes != 4)) {
    fprintf(stderr, "usage: wavegan_engine FOLDER curve.csv sound.wav [seed [rate [strokes]]]\n");
    return 2;
  }
  if (curve_read(&c, words[2], message)) {
    snprintf(path, sizeof path, "%s/weights.safetensors", words[1]);
    model = wg_model_load(path, message);
  }
  if (model) {
    snprintf(path, sizeof path, "%s/latents.safetensors", words[1]);
    latent = wg_latent_load(path, seed, message);
  }
  if (latent) {
    rate = rate ? rate : model->rate;
    noise = wg_noise_new(model, (uint32_t)seed);
    voice = wg_voice_new(model, latent, noise, rate, c.rpm[0] / (30 * strokes), c.load[0]);
    if (!voice) say(message, "the rate %s is out of reach: give 48000, 44100 or the model's own", words[5]);
  }
  if (voice) {
    used = play(voice, &c, 30 * strokes, rate, words[3]);
    if (used < 0) say(message, "%s cannot be written", words[3]);
    wg_voice_free(voice);
  }
  if (used >= 0) {
    double lasts = c.time[c.rows - 1];
    printf("%s: %.3f s of sound in %.4f s of processor time, %.2f %% of a core\n", words[3], lasts, used,
           100 * used / lasts);
  } else {
    fprintf(stderr, "%s\n", message);
  }
  if (noise) wg_noise_free(noise);
  if (model) wg_model_free(model);
  free(latent);
  free(c.time);
  return used >= 0 ? 0 : 2;
}

#endif
