// Strided convolutions in float32 on the matrix unit (AMX) of newer x86-64 processors: see products.py.
//
// The unit multiplies bfloat16 and sums in float32. A float32 number is the exact sum of three bfloat16 numbers,
// a = a0 + a1 + a2, each some 2^-8 of the one before. Of the nine products of two numbers the three smallest, of order
// 2^-24 or less, are left out: what remains, a0 b0 + a0 b1 + a1 b0 + a1 b1 + a0 b2 + a2 b0, is float32's own precision
// (Henry, Tang, Heinecke, "Leveraging the bfloat16 artificial intelligence datatype for higher-precision
// computations", arXiv 1904.06376).
//
// Everything is C += A B with A of 32 rows and B of 32 columns at a time, four tiles of results in registers. An
// operand lies in three planes, one for each part of its numbers. The unit wants two neighbours in the summed
// dimension side by side ("words" of two numbers).
#include <immintrin.h>
#include <omp.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <new>
#include <vector>

namespace {

using bf16 = uint16_t;
constexpr int PLANES = 3, TILE = 16, SIDE = 2 * TILE, DEPTH = 32;  // depth: numbers summed by one instruction
constexpr long PANEL = PLANES * 2L * TILE * DEPTH;                  // 32 columns of B of one depth
constexpr int ROWS = 512;           // rows of A at a time
constexpr int PANELS = 8;           // panels of 32 columns at a time
constexpr int NEAR = 256;           // of them stay in a core's own cache
constexpr long B_BYTES = 600000;    // and the part of B that meets them
constexpr float LEAKY_SLOPE = 0.2f;

enum Finish { PLAIN, ACTIVATE, TANGENT, RELU, RELU_BACKWARD, ACTIVATE_BACKWARD };

struct Memory {  // grows and is kept, like buffers.py; zeros at first
  char* data = nullptr;
  size_t size = 0;
  ~Memory() { free(data); }
  template <class T> T* take(size_t count) {
    constexpr size_t HUGE = 1 << 21;  // rows lie far apart: with small pages the processor would look up one for each
    size_t bytes = (count * sizeof(T) + 4096 + HUGE - 1) / HUGE * HUGE;
    if (bytes > size) {
      free(data);
      data = static_cast<char*>(aligned_alloc(HUGE, bytes));
      if (!data) throw std::bad_alloc();
      madvise(data, bytes, MADV_HUGEPAGE);
      memset(data, 0, bytes);
      size = bytes;
    }
    return reinterpret_cast<T*>(data);
  }
};
Memory shared_signal, shared_weights, shared_rows, shared_sums;
thread_local Memory own_signal, own_weights, own_rows, own_sums;

struct alignas(64) TileShapes {
  uint8_t palette = 1, start = 0, reserved[14] = {};
  uint16_t bytes[16] = {64, 64, 64, 64, 64, 64, 64, 64};
  uint8_t rows[16] = {16, 16, 16, 16, 16, 16, 16, 16};
};
struct Tiles {  // of one thread
  Tiles() { TileShapes shapes; _tile_loadconfig(&shapes); }
  ~Tiles() { _tile_release(); }
};

struct Operand {
  const bf16* data;
  long plane, row, second;  // numbers from plane to plane, row to row, and to the second tile of rows or columns
};

// c[32, 32] += the sum over steps; A's steps are at offsets, B's a constant number apart.
template <int COLUMNS>
inline void block(Operand a, const long* offsets, Operand b, long b_step, int steps, float* c, long c_row) {
  const long bytes = c_row * sizeof(float);
  float* below = c + TILE * c_row;
  _tile_loadd(0, c, bytes);
  _tile_loadd(2, below, bytes);
  if (COLUMNS == 2) {
    _tile_loadd(1, c + TILE, bytes);
    _tile_loadd(3, below + TILE, bytes);
  }
  for (int s = 0; s < steps; s++) {
    const bf16 *x = a.data + offsets[s], *y = b.data + s * b_step;
    auto load_a = [&](int p) __attribute__((always_inline)) {
      _tile_loadd(4, x + p * a.plane, a.row * 2);
      _tile_loadd(5, x + p * a.plane + a.second, a.row * 2);
    };
    auto load_b = [&](int p) __attribute__((always_inline)) {
      _tile_loadd(6, y + p * b.plane, b.row * 2);
      if (COLUMNS == 2) _tile_loadd(7, y + p * b.plane + b.second, b.row * 2);
    };
    auto product = [&]() __attribute__((always_inline)) {
      _tile_dpbf16ps(0, 4, 6);
      _tile_dpbf16ps(2, 5, 6);
      if (COLUMNS == 2) _tile_dpbf16ps(1, 4, 7);
      if (COLUMNS == 2) _tile_dpbf16ps(3, 5, 7);
    };
    load_a(0), load_b(0), product();  // in an order in which each product finds one of its operands loaded
    load_b(2), product();
    load_b(1), product();
    load_a(1), product();
    load_b(0), product();
    load_a(2), product();
  }
  _tile_stored(0, c, bytes);
  _tile_stored(2, below, bytes);
  if (COLUMNS == 2) {
    _tile_stored(1, c + TILE, bytes);
    _tile_stored(3, below + TILE, bytes);
  }
}

inline __m512 widened(__m256bh x) {
  return _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_cvtepu16_epi32((__m256i)x), 16));
}

inline __m512 some(const float* x, long count) {  // up to 16 numbers, zeros beyond
  return _mm512_maskz_loadu_ps(count >= TILE ? 0xFFFF : count <= 0 ? 0 : (1u << count) - 1, x);
}

// store(16 numbers' index, which of them) for all of `count`.
template <class Store> inline void by_sixteen(long count, const Store& store) {
  for (long i = 0; i < count; i += TILE) store(i, __mmask16(count - i >= TILE ? 0xFFFF : (1u << (count - i)) - 1));
}

// Numbers where the corresponding activation is positive, else `slope` times them.
inline __m512 sloped(__m512 x, __m512 activation, float slope) {
  return _mm512_mask_mul_ps(x, _mm512_cmp_ps_mask(activation, _mm512_setzero_ps(), _CMP_NGT_UQ), x, _mm512_set1_ps(slope));
}

// Split numbers that follow one another; up to 31 zeros are written beyond them.
inline void split(const float* x, long count, bf16* into, long plane) {
  for (long i = 0; i < count; i += 2 * TILE) {
    __m512 low = some(x + i, count - i), high = some(x + i + TILE, count - i - TILE);
    for (int p = 0; p < PLANES; p++) {
      __m256bh l = _mm512_cvtneps_pbh(low), h = _mm512_cvtneps_pbh(high);
      _mm256_storeu_si256((__m256i*)(into + p * plane + i), (__m256i)l);
      _mm256_storeu_si256((__m256i*)(into + p * plane + i + TILE), (__m256i)h);
      low = _mm512_sub_ps(low, widened(l));
      high = _mm512_sub_ps(high, widened(h));
    }
  }
}

// Split 16 numbers of each of two rows into words.
inline void split_words(__m512 even, __m512 odd, bf16* into, long plane) {
  for (int p = 0; p < PLANES; p++) {
    __m512 e = widened(_mm512_cvtneps_pbh(even)), o = widened(_mm512_cvtneps_pbh(odd));
    __m512i words = _mm512_or_si512(_mm512_srli_epi32(_mm512_castps_si512(e), 16), _mm512_castps_si512(o));
    _mm512_storeu_si512(into + p * plane, words);
    even = _mm512_sub_ps(even, e);
    odd = _mm512_sub_ps(odd, o);
  }
}

inline void transpose(__m512 r[TILE]) {
  __m512 t[TILE];
  for (int i = 0; i < TILE; i += 2) {
    t[i] = _mm512_unpacklo_ps(r[i], r[i + 1]);
    t[i + 1] = _mm512_unpackhi_ps(r[i], r[i + 1]);
  }
  for (int i = 0; i < TILE; i += 4) {
    r[i] = _mm512_shuffle_ps(t[i], t[i + 2], 0x44);
    r[i + 1] = _mm512_shuffle_ps(t[i], t[i + 2], 0xEE);
    r[i + 2] = _mm512_shuffle_ps(t[i + 1], t[i + 3], 0x44);
    r[i + 3] = _mm512_shuffle_ps(t[i + 1], t[i + 3], 0xEE);
  }
  for (int i = 0; i < 4; i++) {
    for (int h = 0; h < TILE; h += 8) {
      t[h + i] = _mm512_shuffle_f32x4(r[h + i], r[h + i + 4], 0x88);
      t[h + i + 4] = _mm512_shuffle_f32x4(r[h + i], r[h + i + 4], 0xDD);
    }
  }
  for (int i = 0; i < 8; i++) {
    r[i] = _mm512_shuffle_f32x4(t[i], t[i + 8], 0x88);
    r[i + 8] = _mm512_shuffle_f32x4(t[i], t[i + 8], 0xDD);
  }
}

struct Step {  // up to 32 neighbours in memory: of the summed dimension, or columns of a weight gradient
  long item, element;  // where they are, after a row's own item
  long k;              // their number among the weights
  int count;
};

// Cut runs of neighbours into steps.
void cut(std::vector<Step>& steps, Step run, int size) {
  for (int done = 0; done < run.count; done += size)
    steps.push_back({run.item, run.element + done, run.k + done, std::min(size, run.count - done)});
}

}  // namespace

extern "C" {

struct Geometry { int channels_in, channels_out, kernel, stride, padding, length; };

}  // extern "C"

namespace {

struct Taps {  // of frames around an output's own: how many before it, how many in all, samples of the first left out
  int earlier, count, shift;
  explicit Taps(const Geometry& g)
      : earlier((g.padding + g.stride - 1) / g.stride),
        count(0), shift(earlier * g.stride - g.padding) {
    count = (g.kernel + shift + g.stride - 1) / g.stride;
  }
  // Steps through the weights of one output channel, tap by tap or, where frames touch in memory, at once.
  std::vector<Step> steps(const Geometry& g, bool touching) const {
    std::vector<Step> found;
    const long c = g.channels_in;
    if (touching) cut(found, {0, shift * c, 0, int(g.kernel * c)}, DEPTH);
    for (int j = 0; j < count && !touching; j++) {
      int start = j * g.stride - shift, first = std::max(start, 0), last = std::min(start + g.stride, g.kernel);
      cut(found, {j, (first - start) * c, first * c, int((last - first) * c)}, DEPTH);
    }
    return found;
  }
};

// Signals of several clips, split: item by item, clips interleaved, zeros around.
struct Signal {
  const float* data;
  long items, size;    // of a clip; numbers in an item
  int before, after;   // items of zeros
  int clips = 1;       // that are interleaved
  bool touching = true;
  long stride = size;  // numbers from item to item; rows a power of 2 apart would share cache lines
  long lead = 0;       // numbers in front, so that steps begin at cache lines

  void interleave(int count) {
    clips = count;
    touching = count == 1 && size < 512;
    stride = touching ? size : size + DEPTH;
  }
  long total() const { return before + items + after; }
  long numbers(int row_items) const { return (total() * clips + SIDE * row_items) * stride + 4 * DEPTH + lead; }

  void split_items(const float* first, bf16* into, long plane, long from, long to) const {
    for (long i = from; i < to; i++) {
      for (int c = 0; c < clips; c++) {
        bf16* target = into + lead + (i * clips + c) * stride;
        const bool inside = i >= before && i < before + items;
        if (inside) split(first + (c * items + i - before) * size, size, target, plane);
        for (int p = 0; p < PLANES; p++) {  // also behind the item, where a step of fewer numbers reads on
          const long zeros = inside ? size : 0;
          memset(target + p * plane + zeros, 0, (stride - zeros) * sizeof(bf16));
        }
      }
    }
  }
  void split_all(const float* first, bf16* into, long plane) const {
    if (!touching) return split_items(first, into, plane, 0, total());
    into += lead;
    for (int p = 0; p < PLANES; p++) memset(into + p * plane, 0, before * size * sizeof(bf16));
    split(first, items * size, into + before * size, plane);
    for (int p = 0; p < PLANES; p++)
      memset(into + p * plane + (before + items) * size, 0, (after * size + 2 * DEPTH) * sizeof(bf16));
  }
};

#ifndef APART
#define APART 64
#endif
// Whether each thread has clips of its own; else all clips are interleaved, and each thread has columns of its own.
bool clips_apart(long rows, int row_items) { return rows > APART || row_items > 1; }

// Multiply rows of signals with weights and hand every row of results on.
//   stage(values, step, column): a step's 32 x 32 weights.  range(panel): the steps whose weights are not all zero.
//   emit(clip, row, first column, last column, results).
template <class Stage, class Range, class Emit>
void multiply(const Signal& signal, int clips, long rows, int row_items, int columns, const std::vector<Step>& steps,
              const Stage& stage, const Range& range, const Emit& emit, int threads) {
  const int panels = (columns + SIDE - 1) / SIDE, count = steps.size();
  const bool apart = clips_apart(rows, row_items);
  const int groups = (clips + signal.clips - 1) / signal.clips;
  const long plane = (signal.numbers(row_items) + DEPTH - 1) / DEPTH * DEPTH, item = signal.stride;
  bf16* together = apart ? nullptr : shared_signal.take<bf16>(PLANES * plane);
  bf16* packed = apart ? shared_weights.take<bf16>(panels * count * PANEL) : nullptr;
  auto pack = [&](int panel, int step, bf16* into) {
    alignas(64) float values[DEPTH][SIDE];
    stage(values, steps[step], panel * SIDE);
    for (int h = 0; h < 2; h++)
      for (int k = 0; k < DEPTH; k += 2)
        split_words(_mm512_load_ps(values[k] + h * TILE), _mm512_load_ps(values[k + 1] + h * TILE),
                    into + (h * TILE + k / 2) * DEPTH, PANEL / PLANES);
  };
  // Rows [first, last) of a group, panels [p0, p1).
  auto product = [&](const bf16* planes, int group, int members, long first, long last, int p0, int p1) {
    const long width = (p1 - p0) * SIDE, padded = (last - first + SIDE - 1) / SIDE * SIDE;
    const int depth = packed ? 8 : std::clamp<long>(B_BYTES / ((p1 - p0) * PANEL * 2), 2, 8);
    float* sums = own_sums.take<float>(padded * width);
    memset(sums, 0, padded * width * sizeof(float));
    long offsets[8];
    for (int s0 = 0; s0 < count; s0 += depth) {
      const int s1 = std::min(count, s0 + depth);
      for (int s = s0; s < s1; s++) offsets[s - s0] = steps[s].item * members * item + steps[s].element;
      const long panel_size = packed ? count * PANEL : depth * PANEL;
      const bf16* weights = packed + (p0 * panel_size + s0 * PANEL);
      auto used = [&](int p) {
        const auto [a, b] = range(p);
        return std::pair<int, int>(std::max(s0, a), std::min(s1, b));
      };
      if (!packed) {
        bf16* mine = own_weights.take<bf16>((p1 - p0) * panel_size);
        for (int s = s0; s < s1; s++)
          for (int p = p0; p < p1; p++)
            if (s >= used(p).first && s < used(p).second) pack(p, s, mine + (p - p0) * panel_size + (s - s0) * PANEL);
        weights = mine;
      }
      for (long m0 = 0; m0 < padded; m0 += NEAR) {
        for (int p = p0; p < p1; p++) {
          const auto [a, b] = used(p);
          if (a >= b) continue;
          const Operand right{weights + (p - p0) * panel_size + (a - s0) * PANEL, PANEL / PLANES, DEPTH, TILE * DEPTH};
          for (long m = m0; m < std::min(m0 + NEAR, padded); m += SIDE) {
            const Operand left{planes + signal.lead + (first + m) * row_items * item, plane, row_items * item, TILE * row_items * item};
            float* c = sums + m * width + (p - p0) * SIDE;
            if (columns - p * SIDE > TILE) block<2>(left, offsets + a - s0, right, PANEL, b - a, c, width);
            else block<1>(left, offsets + a - s0, right, PANEL, b - a, c, width);
          }
        }
      }
    }
    for (long row = first; row < last; row++)
      emit(group * signal.clips + int(row % members), row / members, p0 * SIDE, std::min(columns, p1 * SIDE),
           sums + (row - first) * width);
  };
#pragma omp parallel num_threads(threads)
  {
    Tiles tiles;
    const int me = omp_get_thread_num(), all = omp_get_num_threads();
    if (apart) {
#pragma omp for schedule(static)
      for (int p = 0; p < panels; p++)
        for (int s = 0; s < count; s++) pack(p, s, packed + (long(p) * count + s) * PANEL);
      bf16* mine = own_signal.take<bf16>(PLANES * plane);
#pragma omp for schedule(static)
      for (int group = 0; group < groups; group++) {
        Signal part = signal;
        part.clips = std::min(signal.clips, clips - group * signal.clips);
        part.split_all(signal.data + group * signal.clips * signal.items * signal.size, mine, plane);
        const long end = rows * part.clips;
        for (long first = 0; first < end; first += ROWS)
          for (int p = 0; p < panels; p += PANELS)
            product(mine, group, part.clips, first, std::min(end, first + ROWS), p, std::min(p + PANELS, panels));
      }
    } else {
      if (!signal.touching)
        signal.split_items(signal.data, together, plane, signal.total() * me / all, signal.total() * (me + 1) / all);
      else if (me == 0) signal.split_all(signal.data, together, plane);
#pragma omp barrier
      const int p0 = panels * me / all, p1 = panels * (me + 1) / all;
      for (int p = p0; p < p1; p += PANELS) product(together, 0, clips, 0, rows * clips, p, std::min(p + PANELS, p1));
    }
  }
}

Signal arranged(Signal signal, int clips, long rows, int row_items, int threads) {
  if (!clips_apart(rows, row_items)) signal.interleave(clips);
  else if (row_items > 1 || ROWS / rows < 2) signal.interleave(1);
  else {  // as many groups for each thread, of the same size
    const long most = threads * (ROWS / rows), groups = threads * ((clips + most - 1) / most);
    signal.interleave((clips + groups - 1) / groups);
  }
  return signal;
}

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

void gather(float* into, const float* x, const float* weight, const float* bias, const float* beside,
            const int* shifts, int clips, Geometry g, int finish, int threads) {
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
        for (int i = 0; i < TILE; i++)
          {
          const float* w = weight + (column + h + i) * row_size + step.k + half * TILE;
          _mm_prefetch((const char*)(w + SIDE * row_size), _MM_HINT_T1);
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
  multiply(signal, clips, g.length, 1, columns, steps, stage, [&](int) { return std::pair<int, int>(0, count); }, emit,
           threads);
}

void scatter(float* into, const float* y, const float* weight, const float* bias, const float* beside,
             const int* shifts, int clips, Geometry g, int finish, int threads) {
  // A row makes one frame; of a waveform several, for columns would be few.
  const int unroll = g.channels_in == 1 && g.length % 4 == 0 ? 4 : 1, samples = unroll * g.stride;
  const long rows = g.length / unroll, time = long(g.stride) * g.length;
  const int columns = samples * g.channels_in;
  auto below = [&](int a, int b) { return a >= 0 ? a / b : -((b - 1 - a) / b); };
  const int first = below(g.padding - g.kernel, g.stride) + 1;  // of the outputs that reach a row's samples
  const int last = below(samples - 1 + g.padding, g.stride);
  const Signal signal = arranged({y, g.length, g.channels_out, std::max(0, -first), std::max(0, last - unroll + 1)}, clips,
                                 rows, unroll, threads);
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
        if (k >= 0 && k < g.kernel)
        {
          const float* w = weight + (co * g.kernel + k) * g.channels_in + c;
          _mm_prefetch((const char*)(w + SIDE), _MM_HINT_T1);
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
      const long t0 = first + steps[s].k / g.channels_out, t1 = first + (steps[s].k + steps[s].count - 1) / g.channels_out;
      if (s1 + g.padding - g.stride * t0 >= 0 && s0 + g.padding - g.stride * t1 < g.kernel) a = std::min(a, s), b = s + 1;
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
  const Taps taps(g);
  const bool apart = g.length > 64;
  if (y_sums) memset(y_sums, 0, long(clips) * g.channels_out * sizeof(float));
  const int pairs = (clips + 1) / 2, per_group = apart ? 1 : pairs, co_tiles = (g.channels_out + SIDE - 1) / SIDE * 2;
  const long size = long(g.stride) * g.channels_in, clip_x = g.length * size, clip_y = long(g.length) * g.channels_out;
  const bool touching = per_group == 1 && size < 512;
  const long stride = touching ? size : (size + TILE - 1) / TILE * TILE + TILE;  // words
  const std::vector<Step> blocks = taps.steps(g, touching);
  const long weights = long(g.channels_out) * g.kernel * g.channels_in, row_size = long(g.kernel) * g.channels_in;
  const int depth = apart ? 16 : 24;  // steps of 16 words at a time
  const long frames = (apart ? std::min<long>(depth * TILE, (g.length + TILE - 1) / TILE * TILE) : g.length) + taps.count - 1;
  const long x_plane = ((frames * per_group + TILE) * stride + SIDE) * 2;
  const long q_steps = ((apart ? std::min<long>(depth * TILE, g.length) : long(g.length) * per_group) + TILE - 1) / TILE;
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
          split_words(some(even + i, count), some(even + clip_x + i, clip + 1 < clips ? count : 0), target + 2 * i, x_plane);
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
          if (2 * pair0 + 1 < clips) _mm512_mask_storeu_ps(sums, m, _mm512_add_ps(odd_sum, _mm512_maskz_loadu_ps(m, sums)));
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
          const Operand right{words + ((b.item * per_group + from * TILE) * stride + b.element) * 2, x_plane, stride * 2, DEPTH};
          const int rows = std::min(SIDE, g.channels_out - m);
          float* target = total + m * row_size + b.k;
          for (int i = 0; i < rows; i++)  // far apart in memory: by the time they are wanted they will be here
            for (int j = 0; j < b.count; j += TILE) __builtin_prefetch(target + i * row_size + j, 1);
          memset(c, 0, sizeof(c));
          if (b.count > TILE) block<2>(left, offsets, right, TILE * stride * 2, to - from, c, SIDE);
          else block<1>(left, offsets, right, TILE * stride * 2, to - from, c, SIDE);
          for (int i = 0; i < rows; i++, target += row_size)
            by_sixteen(b.count, [&](long j, __mmask16 some) __attribute__((always_inline)) {
              const __m512 sum = _mm512_add_ps(_mm512_maskz_loadu_ps(some, target + j), _mm512_load_ps(c + i * SIDE + j));
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
        product(into, shared_x, shared_y, from, std::min(q_steps, from + depth), share(count, me), share(count, me + 1));
    }
  }
}

}  // extern "C"
