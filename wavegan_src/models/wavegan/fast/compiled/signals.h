// Signals and layers as the matrix unit takes them: split, zeros around, rows that overlap instead of unfolded copies.
#pragma once
#include <omp.h>

#include <algorithm>
#include <mutex>
#include <utility>
#include <vector>

#include "matrix_unit.h"

namespace {

constexpr int APART = 64;         // rows of a clip up to which all clips are interleaved
constexpr int ROWS = 512;         // rows of A at a time
constexpr int NEAR = 256;         // of them stay in a core's own cache
constexpr int PANELS = 8;         // panels of 32 columns at a time
constexpr long B_BYTES = 600000;  // and the part of B that meets them

std::mutex one_at_a_time;  // the memory below is for one call
Memory shared_signal, shared_weights, shared_rows, shared_sums;
thread_local Memory own_signal, own_weights, own_rows, own_sums;

// A convolution from [stride * length, channels_in] to [length, channels_out]; weights are [out, kernel, in].
struct Geometry {
  int channels_in, channels_out, kernel, stride, padding, length;
};

struct Step {          // up to 32 neighbours in memory: of the summed dimension, or columns of a weight gradient
  long item, element;  // where they are, after a row's own item
  long k;              // their number among the weights
  int count;
};

// Cut runs of neighbours into steps.
void cut(std::vector<Step>& steps, Step run, int size) {
  for (int done = 0; done < run.count; done += size)
    steps.push_back({run.item, run.element + done, run.k + done, std::min(size, run.count - done)});
}

struct Taps {  // of frames around an output's own: how many before it, how many in all, samples of the first left out
  int earlier, count, shift;
  explicit Taps(const Geometry& g)
      : earlier((g.padding + g.stride - 1) / g.stride), count(0), shift(earlier * g.stride - g.padding) {
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
  long items, size;   // of a clip; numbers in an item
  int before, after;  // items of zeros
  int clips = 1;      // that are interleaved
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
            const Operand left{planes + signal.lead + (first + m) * row_items * item, plane, row_items * item,
                               TILE * row_items * item};
            float* c = sums + m * width + (p - p0) * SIDE;
            if (columns - p * SIDE > TILE)
              block<2>(left, offsets + a - s0, right, PANEL, b - a, c, width);
            else
              block<1>(left, offsets + a - s0, right, PANEL, b - a, c, width);
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
      else if (me == 0)
        signal.split_all(signal.data, together, plane);
#pragma omp barrier
      const int p0 = panels * me / all, p1 = panels * (me + 1) / all;
      for (int p = p0; p < p1; p += PANELS) product(together, 0, clips, 0, rows * clips, p, std::min(p + PANELS, p1));
    }
  }
}

Signal arranged(Signal signal, int clips, long rows, int row_items, int threads) {
  if (!clips_apart(rows, row_items))
    signal.interleave(clips);
  else if (row_items > 1 || ROWS / rows < 2)
    signal.interleave(1);
  else {  // as many groups for each thread, of the same size
    const long most = threads * (ROWS / rows), groups = threads * ((clips + most - 1) / most);
    signal.interleave((clips + groups - 1) / groups);
  }
  return signal;
}

}  // namespace
