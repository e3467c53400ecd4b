/* Renders with the C renderer what Python has rendered, with Python's noise: twin FOLDER SAMPLES_OF_A_CONTROL */

#define WAVEGAN_ENGINE_LIBRARY
#include "wavegan_engine.c"

typedef struct {
  wg_noise base;
  double *white, *rows[WG_SLOW];
  int widths[WG_SLOW];
} recorded_noise;

static double *read_all(const char *folder, const char *name, size_t *count) {
  char path[1000];
  snprintf(path, sizeof path, "%s/%s.f64", folder, name);
  FILE *file = fopen(path, "rb");
  if (!file) exit(3);
  fseek(file, 0, SEEK_END);
  *count = (size_t)ftell(file) / sizeof(double);
  rewind(file);
  double *found = wg_allocate(*count, sizeof(double));
  if (fread(found, sizeof(double), *count, file) != *count) exit(3);
  fclose(file);
  return found;
}

static void white(wg_noise *noise, double *out, int count) {
  recorded_noise *recorded = (recorded_noise *)noise;
  memcpy(out, recorded->white, (size_t)count * sizeof(double));
  recorded->white += count;
}

static void slow_row(wg_noise *noise, int kind, double *row) {
  recorded_noise *recorded = (recorded_noise *)noise;
  memcpy(row, recorded->rows[kind], (size_t)recorded->widths[kind] * sizeof(double));
  recorded->rows[kind] += recorded->widths[kind];
}

int main(int count, char **words) {
  static const char *names[WG_SLOW] = {"jitter", "flutter", "swell", "strokes"};
  char message[WG_MESSAGE], path[1000];
  const char *folder = words[1];
  int samples = count > 2 ? atoi(words[2]) : 0;
  size_t size;
  recorded_noise noise;
  snprintf(path, sizeof path, "%s/weights.safetensors", folder);
  wg_model *model = wg_model_load(path, message);
  snprintf(path, sizeof path, "%s/latents.safetensors", folder);
  float *latent = wg_latent_load(path, 17, message), *out = wg_allocate((size_t)samples, sizeof(float));
  if (!model || !latent) {
    fprintf(stderr, "%s\n", message);
    return 2;
  }
  noise.base.start = *read_all(folder, "start", &size);
  noise.base.white = white;
  noise.base.slow = slow_row;
  noise.white = read_all(folder, "white", &size);
  for (int kind = 0; kind < WG_SLOW; kind++) {
    noise.rows[kind] = read_all(folder, names[kind], &size);
    noise.widths[kind] = kind == WG_FLUTTER ? model->bands : 1;
  }
  double *controls = read_all(folder, "controls", &size);
  wg_voice *voice = wg_voice_new(model, latent, &noise.base, model->rate, controls[0], controls[1]);
  for (size_t i = 0; i < size; i += 2) {
    wg_render(voice, controls[i], controls[i + 1], out, samples);
    fwrite(out, sizeof(float), (size_t)samples, stdout);
  }
  wg_voice_free(voice);
  wg_model_free(model);
  return 0;
}
