// Products of float32 matrices on the matrix unit (AMX) of newer x86-64 processors.
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
#pragma once
#include <immintrin.h>
#include <sys/mman.h>

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <new>

namespace {

using bf16 = uint16_t;
constexpr int PLANES = 3, TILE = 16, SIDE = 2 * TILE, DEPTH = 32;  // depth: numbers summed by one instruction
constexpr long PANEL = PLANES * 2L * TILE * DEPTH;                 // 32 columns of B of one depth

struct Memory {  // grows and is kept, like buffers.py; zeros at first
  char* data = nullptr;
  size_t size = 0;
  ~Memory() { free(data); }
  template <class T>
  T* take(size_t count) {
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

struct alignas(64) TileShapes {
  uint8_t palette = 1, start = 0, reserved[14] = {};
  uint16_t bytes[16] = {64, 64, 64, 64, 64, 64, 64, 64};
  uint8_t rows[16] = {16, 16, 16, 16, 16, 16, 16, 16};
};
struct Tiles {  // of one thread
  Tiles() {
    TileShapes shapes;
    _tile_loadconfig(&shapes);
  }
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
template <class Store>
inline void by_sixteen(long count, const Store& store) {
  for (long i = 0; i < count; i += TILE) store(i, __mmask16(count - i >= TILE ? 0xFFFF : (1u << (count - i)) - 1));
}

// Numbers where the corresponding activation is positive, else `slope` times them.
inline __m512 sloped(__m512 x, __m512 activation, float slope) {
  return _mm512_mask_mul_ps(x, _mm512_cmp_ps_mask(activation, _mm512_setzero_ps(), _CMP_NGT_UQ), x,
                            _mm512_set1_ps(slope));
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

}  // namespace
