// Strided convolution, its transpose and its weight gradient in float32, with what the networks do to their results.
//
// X is a signal cut into frames of `stride` samples, Y the outputs of its convolution (see convolution.py):
//
//     gather     rows of A are outputs, each with the frames around it;  B are weights
//     scatter    rows of A are frames, each with the outputs around it;  B are weights
//     correlate  A is Y transposed, B are frames; summed over outputs and clips
#include <sys/syscall.h>
#include <unistd.h>

#include <cmath>

#include "signals.h"

namespace {

constexpr float LEAKY_SLOPE = 0.2f;  // LEAKY_SLOPE of discriminator.py

// What is done to results, after a bias: LeakyReLU and phase shuffle, forwards, along a tangent and backwards; ReLU.
enum Finish { PLAIN, ACTIVATE, TANGENT, RELU, RELU_BACKWARD, ACTIVATE_BACKWARD };

// Steps of a shifted signal at which the value of step t is found: itself moved, and its reflection at the edge.
int targets(long t, long shift, long time, long found[2]) {
  int count = 0;
  if (t + shift >= 0 && t + shift < time) found[count++] = t + shift;
  if (shift > 0 && t >= 1 && t <= shift) found[count++] = shift - t;
  if (shift < 0 && t <= time - 2 && t >= time - 1 + shift) found[count++] = 2 * (time - 1) + shift - t;
  return count;
}

}  // namespace

extern "C" {

// Whether the processor has the unit and the system lets this process use it.
int prepare() {
  constexpr long REQUEST = 0x1023, TILE_DATA = 18;  // ARCH_REQ_XCOMP_PERM of Linux
  if (!__builtin_cpu_supports("avx512bf16")) return 0;
  return syscall(SYS_arch_prctl, REQUEST, TILE_DATA) == 0;
}

void gather(float* into, const float* x, const float* weight, const float* bias, const float* beside, const int* shifts,
            int clips, Geometry g, int finish, int threads) {
  const std::lock_guard<std::mutex> lock(one_at_a_time);
  const Taps taps(g);
  Signal signal = arranged({x, g.length, long(g.stride) * g.channels_in, taps.earlier, taps.count - 1 - taps.earlier},
                           clips, g.length, 1, threads);
  signal.lead = (DEPTH - taps.shift * g.channels_in % DEPTH) % DEPTH;
  const std::vector<Step> steps = taps.steps(g, signal.touching);
  const long row_size = long(g.kernel) * g.channels_in, columns = g.channels_out, count = steps.size();
  auto stage = [&](float (*values)[SIDE], const Step& step, int column) {
    for (int h = 0; h < SIDE; h += TILE) {
      for (int half = 0; half < 2; half++) {
        __m512 r[TILE];
        for (int i = 0; i < TILE; i++) {
          const float* w = weight + (column + h + i) * row_size + step.k + half * TILE;
          _mm_prefetch((const char*)(w + SIDE * row_size), _MM_HINT_T1);  // for the next panel
          r[i] = some(w, column + h + i < columns ? step.count - half * TILE : 0);
        }
        transpose(r);
        for (int i = 0; i < TILE; i++) _mm512_store_ps(values[half * TILE + i] + h, r[i]);
      }
    }
  };
  auto emit = [&](int clip, long t, int n0, int n1, const float* c) {
    long found[2] = {t, 0};
    const int copies = shifts ? targets(t, shifts[clip], g.length, found) : 1;
    for (int copy = 0; copy < copies; copy++) {
      const long at = (clip * long(g.length) + found[copy]) * columns + n0;
      by_sixteen(n1 - n0, [&](long i, __mmask16 m) __attribute__((always_inline)) {
        __m512 v = _mm512_loadu_ps(c + i);
        if (bias) v = _mm512_add_ps(v, _mm512_maskz_loadu_ps(m, bias + n0 + i));
        if (finish == ACTIVATE) v = sloped(v, v, LEAKY_SLOPE);
        if (finish == TANGENT) v = sloped(v, _mm512_maskz_loadu_ps(m, into + at + i), LEAKY_SLOPE);
        if (finish == RELU_BACKWARD) v = sloped(v, _mm512_maskz_loadu_ps(m, beside + at + i), 0);
        _mm512_mask_storeu_ps(into + at + i, m, v);
      });
    }
  };
  multiply(
      signal, clips, g.length, 1, columns, steps, stage, [&](int) { return std::pair<int, int>(0, count); }, emit,
      threads);
}

void scatter(float* into, const float* y, const float* weight, const float* bias, const float* beside,
             const int* shifts, int clips, Geometry g, int finish, int threads) {
  const std::lock_guard<std::mutex> lock(one_at_a_time);
  // A row makes one frame; of a waveform several, for columns would be few.
  const int unroll = g.channels_in == 1 && g.length % 4 == 0 ? 4 : 1, samples = unroll * g.stride;
  const long rows = g.length / unroll, time = long(g.stride) * g.length;
  const int columns = samples * g.channels_in;
  auto below = [&](int a, int b) { return a >= 0 ? a / b : -((b - 1 - a) / b); };
  const int first = below(g.padding - g.kernel, g.stride) + 1;  // of the outputs that reach a row's samples
  const int last = below(samples - 1 + g.padding, g.stride);
  const Signal signal = arranged({y, g.length, g.channels_out, std::max(0, -first), std::max(0, last - unroll + 1)},
                                 clips, rows, unroll, threads);
  std::vector<Step> steps;
  if (signal.touching) cut(steps, {0, 0, 0, (last - first + 1) * g.channels_out}, DEPTH);
  for (int i = 0; i <= last - first && !signal.touching; i++)
    cut(steps, {i, 0, long(i) * g.channels_out, g.channels_out}, DEPTH);
  auto stage = [&](float (*values)[SIDE], const Step& step, int column) {
    memset(values, 0, DEPTH * SIDE * sizeof(float));
    for (int q = 0; q < step.count; q++) {
      const long co = (step.k + q) % g.channels_out, t = first + (step.k + q) / g.channels_out;
      for (int n = 0; n < SIDE && column + n < columns;) {
        const int sample = (column + n) / g.channels_in, c = (column + n) % g.channels_in;
        const int length = std::min({g.channels_in - c, SIDE - n, columns - column - n});
        const long k = sample + g.padding - g.stride * t;
        if (k >= 0 && k < g.kernel) {
          const float* w = weight + (co * g.kernel + k) * g.channels_in + c;
          _mm_prefetch((const char*)(w + SIDE), _MM_HINT_T1);  // for the next panel
          _mm_prefetch((const char*)(w + SIDE + TILE), _MM_HINT_T1);
          memcpy(values[q] + n, w, length * sizeof(float));
        }
        n += length;
      }
    }
  };
  std::vector<std::pair<int, int>> ranges;
  for (int column = 0; column < columns; column += SIDE) {
    const int s0 = column / g.channels_in, s1 = std::min(column + SIDE - 1, columns - 1) / g.channels_in;
    int a = steps.size(), b = 0;
    for (int s = 0; s < int(steps.size()); s++) {
      const long t0 = first + steps[s].k / g.channels_out,
                 t1 = first + (steps[s].k + steps[s].count - 1) / g.channels_out;
      if (s1 + g.padding - g.stride * t0 >= 0 && s0 + g.padding - g.stride * t1 < g.kernel)
        a = std::min(a, s), b = s + 1;
    }
    ranges.push_back({a, b});
  }
  if (finish == ACTIVATE_BACKWARD && shifts)  // steps at the edges get none, one or two gradients
    for (int clip = 0; clip < clips; clip++) {
      if (!shifts[clip]) continue;
      const long edge = std::min<long>(std::abs(shifts[clip]) + 1, time), channels = g.channels_in;
      float* start = into + clip * time * channels;
      memset(start, 0, edge * channels * sizeof(float));
      memset(start + (time - edge) * channels, 0, edge * channels * sizeof(float));
    }
  std::vector<float> biases(bias ? columns + SIDE : 0);
  for (int n = 0; bias && n < columns; n++) biases[n] = bias[n % g.channels_in];
  // Some numbers of the steps from t on, which lie together; c are their sums before anything else is done.
  auto finished = [&](long from, long to, const float* c, const float* add, long count, bool again) {
    by_sixteen(count, [&](long i, __mmask16 m) __attribute__((always_inline)) {
      __m512 v = _mm512_loadu_ps(c + i);
      if (add) v = _mm512_add_ps(v, _mm512_loadu_ps(add + i));
      if (finish == RELU) v = sloped(v, v, 0);
      if (finish == ACTIVATE_BACKWARD) v = sloped(v, _mm512_maskz_loadu_ps(m, beside + from + i), LEAKY_SLOPE);
      if (again) v = _mm512_add_ps(v, _mm512_maskz_loadu_ps(m, into + to + i));
      _mm512_mask_storeu_ps(into + to + i, m, v);
    });
  };
  auto emit = [&](int clip, long row, int n0, int n1, const float* c) {
    const long channels = g.channels_in, shift = shifts ? shifts[clip] : 0, edge = std::abs(shift) + 1;
    const long begin = clip * time * channels, t0 = row * samples;
    const float* add = bias ? biases.data() + n0 : nullptr;
    if (!shift || (t0 - shift > edge && t0 + samples - shift < time - edge)) {
      const long at = begin + t0 * channels + n0;
      finished(at, at - shift * channels, c, add, n1 - n0, false);
    } else {
      for (long n = n0; n < n1;) {  // steps at the edges are reflected
        const long t = t0 + n / channels, channel = n % channels, count = std::min(channels - channel, n1 - n);
        long source = std::abs(t - shift);
        if (source > time - 1) source = 2 * (time - 1) - source;
        // Another thread may have the step's other gradient; of two the order does not matter.
#pragma omp critical
        finished(begin + t * channels + channel, begin + source * channels + channel, c + n - n0, nullptr, count,
                 source < edge || source >= time - edge);
        n += count;
      }
    }
  };
  multiply(signal, clips, rows, unroll, columns, steps, stage, [&](int p) { return ranges[p]; }, emit, threads);
}

// into[channel out, weight] += the sum over clips and outputs t of y[t, channel] x[t's frames, weight]. The unit sums
// over outputs; its words are the same output of two clips.
// y_sums, if wanted: [clip, channel out] = the sum of y over time.
void correlate(float* into, float* y_sums, const float* x, const float* y, int clips, Geometry g, int threads) {
  const std::lock_guard<std::mutex> lock(one_at_a_time);
  const Taps taps(g);
  const bool apart = g.length > APART;
  if (y_sums) memset(y_sums, 0, long(clips) * g.channels_out * sizeof(float));
  const int pairs = (clips + 1) / 2, per_group = apart ? 1 : pairs, co_tiles = (g.channels_out + SIDE - 1) / SIDE * 2;
  const long size = long(g.stride) * g.channels_in, clip_x = g.length * size, clip_y = long(g.length) * g.channels_out;
  const bool touching = per_group == 1 && size < 512;
  const long stride = touching ? size : (size + TILE - 1) / TILE * TILE + TILE;  // words
  const std::vector<Step> blocks = taps.steps(g, touching);
  const long weights = long(g.channels_out) * g.kernel * g.channels_in, row_size = long(g.kernel) * g.channels_in;
  const int depth = apart ? 16 : 24;  // steps of 16 words at a time
  const long frames =
      (apart ? std::min<long>(depth * TILE, (g.length + TILE - 1) / TILE * TILE) : g.length) + taps.count - 1;
  const long x_plane = ((frames * per_group + TILE) * stride + SIDE) * 2;
  const long q_steps =
      ((apart ? std::min<long>(depth * TILE, g.length) : long(g.length) * per_group) + TILE - 1) / TILE;
  constexpr long Y_PLANE = TILE * DEPTH, Y_STEP = PLANES * Y_PLANE;
  bf16* shared_x = apart ? nullptr : shared_signal.take<bf16>(PLANES * x_plane);
  bf16* shared_y = apart ? nullptr : shared_rows.take<bf16>(co_tiles * q_steps * Y_STEP);
  float* sums = apart ? shared_sums.take<float>(weights * threads) : into;

  // Words of frames [from, to), counted from the first zeros, of all pairs of a group.
  auto split_frames = [&](int pair0, long from, long to, bf16* words) {
    for (int p = 0; p < per_group; p++) {
      const int clip = 2 * (pair0 + p);
      for (long f = from; f < to;) {
        long t = f - taps.earlier, n = 1;  // frames that lie together
        const bool inside = t >= 0 && t < g.length;
        if (touching) n = std::min(to - f, inside ? g.length - t : t < 0 ? -t : to - f);
        bf16* target = words + ((f - from) * per_group + p) * stride * 2;
        const float* even = x + clip * clip_x + t * size;
        for (long i = 0; i < n * size; i += TILE) {
          const long count = inside ? n * size - i : 0;
          split_words(some(even + i, count), some(even + clip_x + i, clip + 1 < clips ? count : 0), target + 2 * i,
                      x_plane);
        }
        f += n;
      }
    }
  };
  // Steps [from, to) of outputs, transposed: channels are rows.
  auto split_outputs = [&](int pair0, long t0, long from, long to, bf16* tiles) {
    for (long s = from; s < to; s++)
      for (int tile = 0; tile < co_tiles; tile++) {
        __m512 even[TILE], odd[TILE];
        const long channels = g.channels_out - tile * TILE;
        __m512 even_sum = _mm512_setzero_ps(), odd_sum = even_sum;
        for (int i = 0; i < TILE; i++) {
          const long q = s * TILE + i, t = t0 + q / per_group;
          const int clip = 2 * (pair0 + q % per_group);
          const float* row = y + clip * clip_y + t * g.channels_out + tile * TILE;
          even[i] = some(row, t < g.length ? channels : 0);
          odd[i] = some(row + clip_y, t < g.length && clip + 1 < clips ? channels : 0);
          even_sum = _mm512_add_ps(even_sum, even[i]);
          odd_sum = _mm512_add_ps(odd_sum, odd[i]);
        }
        if (apart && y_sums && channels > 0) {
          const __mmask16 m = channels >= TILE ? 0xFFFF : (1u << channels) - 1;
          float* sums = y_sums + 2 * pair0 * g.channels_out + tile * TILE;
          _mm512_mask_storeu_ps(sums, m, _mm512_add_ps(even_sum, _mm512_maskz_loadu_ps(m, sums)));
          sums += g.channels_out;
          if (2 * pair0 + 1 < clips)
            _mm512_mask_storeu_ps(sums, m, _mm512_add_ps(odd_sum, _mm512_maskz_loadu_ps(m, sums)));
        }
        transpose(even);
        transpose(odd);
        for (int i = 0; i < TILE; i++)
          split_words(even[i], odd[i], tiles + (tile * q_steps + s) * Y_STEP + i * DEPTH, Y_PLANE);
      }
  };
  // Blocks [n0, n1) of columns, steps [from, to).
  auto product = [&](float* total, const bf16* words, const bf16* tiles, long from, long to, int n0, int n1) {
    alignas(64) float c[SIDE * SIDE];
    long offsets[64];
    for (int s = 0; s < to - from; s++) offsets[s] = s * Y_STEP;
    const int BLOCKS = apart ? 4 : 8;  // blocks of columns whose words stay near the processor while rows pass
    for (int near = n0; near < n1; near += BLOCKS)
      for (int m = 0; m < g.channels_out; m += SIDE) {
        const Operand left{tiles + (m / TILE * q_steps + from) * Y_STEP, Y_PLANE, DEPTH, q_steps * Y_STEP};
        for (int n = near; n < std::min(n1, near + BLOCKS); n++) {
          const Step& b = blocks[n];
          const Operand right{words + ((b.item * per_group + from * TILE) * stride + b.element) * 2, x_plane,
                              stride * 2, DEPTH};
          const int rows = std::min(SIDE, g.channels_out - m);
          float* target = total + m * row_size + b.k;
          for (int i = 0; i < rows; i++)  // far apart in memory: by the time they are wanted they will be here
            for (int j = 0; j < b.count; j += TILE) __builtin_prefetch(target + i * row_size + j, 1);
          memset(c, 0, sizeof(c));
          if (b.count > TILE)
            block<2>(left, offsets, right, TILE * stride * 2, to - from, c, SIDE);
          else
            block<1>(left, offsets, right, TILE * stride * 2, to - from, c, SIDE);
          for (int i = 0; i < rows; i++, target += row_size)
            by_sixteen(b.count, [&](long j, __mmask16 some) __attribute__((always_inline)) {
              const __m512 sum =
                  _mm512_add_ps(_mm512_maskz_loadu_ps(some, target + j), _mm512_load_ps(c + i * SIDE + j));
              _mm512_mask_storeu_ps(target + j, some, sum);
            });
        }
      }
  };
#pragma omp parallel num_threads(threads)
  {
    Tiles tiles;
    const int me = omp_get_thread_num(), all = omp_get_num_threads(), count = blocks.size();
    if (apart) {
      bf16* words = own_signal.take<bf16>(PLANES * x_plane);
      bf16* rows = own_rows.take<bf16>(co_tiles * q_steps * Y_STEP);
      float* mine = sums + me * weights;
      memset(mine, 0, weights * sizeof(float));
#pragma omp for schedule(static)
      for (int pair = 0; pair < pairs; pair++)
        for (long t0 = 0; t0 < g.length; t0 += depth * TILE) {
          const long part = std::min<long>(depth * TILE, g.length - t0), steps = (part + TILE - 1) / TILE;
          split_frames(pair, t0, t0 + steps * TILE + taps.count - 1, words);
          split_outputs(pair, t0, 0, steps, rows);
          product(mine, words, rows, 0, steps, 0, count);
        }
#pragma omp for schedule(static)
      for (long i = 0; i < weights; i++)
        for (int thread = 0; thread < all; thread++) into[i] += sums[thread * weights + i];
    } else {
      auto share = [&](long n, int thread) { return n * thread / all; };
      const long f0 = share(frames, me), f1 = share(frames, me + 1);
      if (f0 < f1 && !touching) split_frames(0, f0, f1, shared_x + f0 * per_group * stride * 2);
      if (touching && me == 0) split_frames(0, 0, frames, shared_x);
      for (long clip = share(clips, me); y_sums && clip < share(clips, me + 1); clip++)
        for (long t = 0; t < g.length; t++)
#pragma omp simd
          for (int c = 0; c < g.channels_out; c++)
            y_sums[clip * g.channels_out + c] += y[clip * clip_y + t * g.channels_out + c];
      split_outputs(0, 0, share(q_steps, me), share(q_steps, me + 1), shared_y);
#pragma omp barrier
      for (long from = 0; from < q_steps; from += depth)
        product(into, shared_x, shared_y, from, std::min(q_steps, from + depth), share(count, me),
                share(count, me + 1));
    }
  }
}

}  // extern "C"
