/* Numbers of one pixel: logarithms, powers, curves. Everything here is inlined into loops that the
   compiler makes into vectors, so nothing branches. Arguments are finite: see kernel.c. */
#ifndef NUMBERS_H
#define NUMBERS_H

#include <math.h>
#include <stdint.h>
#include <string.h>

#define INLINE static inline __attribute__((always_inline))

/* The loop over a block's pixels. What one reads no other writes: tables lie elsewhere. */
#ifdef __clang__
#define ALONE _Pragma("clang loop vectorize(assume_safety)")
#else
#define ALONE _Pragma("GCC ivdep")
#endif

INLINE int32_t bits_of(float x) { int32_t i; memcpy(&i, &x, sizeof i); return i; }
INLINE float of_bits(int32_t i) { float x; memcpy(&x, &i, sizeof x); return x; }

INLINE float least(float a, float b) { return a < b ? a : b; }
INLINE float most(float a, float b) { return a > b ? a : b; }
INLINE float within(float x, float low, float high) { return least(most(x, low), high); }
INLINE float in_01(float x) { return within(x, 0.0f, 1.0f); }

/* log2 of a positive normal number: the polynomial is off by 1.3e-8 at most (fitted at Chebyshev's
   places, as that of exp2_), so the float's rounding is what counts. */
INLINE float log2_(float x)
{
    int32_t bits = bits_of(x), whole = (bits - 0x3f2aaaab) >> 23; /* mantissa in 2/3..4/3 */
    float m = of_bits(bits - (int32_t)((uint32_t)whole << 23)) - 1.0f;
    float p = 0.2082494614f;
    p = p * m - 0.2222217428f;
    p = p * m + 0.2005851888f;
    p = p * m - 0.2367864113f;
    p = p * m + 0.2887956356f;
    p = p * m - 0.3607895754f;
    p = p * m + 0.4808940983f;
    p = p * m - 0.7213465411f;
    p = p * m + 1.442695053f;
    return p * m + (float)whole;
}

/* 2^x, x limited to -126..127; relative error of the polynomial 2e-9. What is added and taken off
   again leaves a whole number, in the lowest bits of the sum. */
INLINE float exp2_(float x)
{
    x = within(x, -126.0f, 127.0f);
    float sum = x + 12582912.0f, part = x - (sum - 12582912.0f);
    float p = 0.0001547801776f;
    p = p * part + 0.001340043167f;
    p = p * part + 0.009617994531f;
    p = p * part + 0.05550327216f;
    p = p * part + 0.240226515f;
    p = p * part + 0.6931472067f;
    p = p * part + 1.0f;
    return of_bits(bits_of(p) + (int32_t)((uint32_t)bits_of(sum) << 23));
}

#define STOPS_OF_E 1.44269504f /* log2 of e */

INLINE float exp_(float x) { return exp2_(x * STOPS_OF_E); }
INLINE float power(float base, float exponent) { return exp2_(log2_(base) * exponent); }
/* Powers of many positive numbers, in their place. */
INLINE void powers(float *restrict values, float exponent, int32_t count)
{
    ALONE for (int32_t i = 0; i < (count & ~15); i++) values[i] = log2_(values[i]) * exponent;
    ALONE for (int32_t i = 0; i < (count & ~15); i++) values[i] = exp2_(values[i]);
}
INLINE float tanh_(float x) { return 1.0f - 2.0f / (exp2_(x * 2.88539008f) + 1.0f); }
INLINE float sigmoid(float x) { return 1.0f / (exp2_(x * -1.44269504f) + 1.0f); }

/* params.colorimetry.srgb_encode and srgb_decode, of 0..1, as polynomials: off by 8e-8 and 2e-7 at
   most. Those of a root, which is farther from 0, need few terms. */
INLINE float srgb_encode(float linear)
{
    float x = sqrtf(sqrtf(most(linear, 0.0031308f))); /* to the power of 5 / 3 */
    float p = 0.0917972096f;
    p = p * x - 0.526021174f;
    p = p * x + 1.3321586f;
    p = p * x - 1.98117204f;
    p = p * x + 1.96541148f;
    p = p * x - 1.48224785f;
    p = p * x + 1.54633311f;
    p = p * x + 0.111459057f;
    p = p * x - 0.0577183173f;
    return linear <= 0.0031308f ? linear * 12.92f : p;
}

INLINE float srgb_decode(float encoded)
{
    float x = most(encoded, 0.04045f);
    float p = 0.107313171f;
    p = p * x - 0.571862867f;
    p = p * x + 1.33491387f;
    p = p * x - 1.81607673f;
    p = p * x + 1.64350871f;
    p = p * x - 1.13645238f;
    p = p * x + 0.924485179f;
    p = p * x + 0.477549288f;
    p = p * x + 0.0357778583f;
    p = p * x + 0.000844107741f;
    return encoded <= 0.04045f ? encoded * (1.0f / 12.92f) : p;
}

/* imaging.color.romm_encode, of 0..1: off by 4e-8 at most. */
INLINE float romm_encode(float linear)
{
    float x = sqrtf(sqrtf(most(linear, 1.0f / 512.0f))); /* to the power of 4 / 1.8 */
    float p = -0.0345159508f;
    p = p * x + 0.196448654f;
    p = p * x - 0.496964425f;
    p = p * x + 0.748747826f;
    p = p * x - 0.783314586f;
    p = p * x + 0.740290761f;
    p = p * x + 0.644834816f;
    p = p * x - 0.0160341877f;
    p = p * x + 0.00050700648f;
    return linear < 1.0f / 512.0f ? linear * 16.0f : p;
}

/* model.edit.lookup.lookup in a table of `size` entries, two at least. */
INLINE float lookup(const float *restrict table, int32_t size, float position)
{
    position = within(position, 0.0f, (float)(size - 1));
    int32_t below = (int32_t)position;
    below = below < size - 2 ? below : size - 2;
    float low = table[below], high = table[below + 1];
    return low + (high - low) * (position - (float)below);
}

/* model.edit.lookup.rooted_lookup; scale is (size - 1) / its span. */
INLINE float rooted(const float *restrict table, int32_t size, float scale, float linear)
{
    return lookup(table, size, (sqrtf(in_01(linear) + 1e-6f) - 1e-3f) * scale);
}

/* model.edit.hsv.to_hsv: hue in sixths of the circle, saturation, value. */
INLINE void to_hsv(float r, float g, float b, float *hue, float *saturation, float *value)
{
    float high = most(most(r, g), b), gap = high - least(least(r, g), b);
    int red = (r >= g) & (r >= b), green = g >= b;
    float side = red ? g - b : (green ? b - r : r - g);
    float turn = red ? 0.0f : (green ? 2.0f : 4.0f);
    float around = side / most(gap, 1e-7f) + turn;
    *hue = around + (around < 0.0f ? 6.0f : 0.0f);
    *saturation = gap / most(high, 1e-7f);
    *value = high;
}

/* How far a channel lies below the largest, in parts of the spread; `around` in sixths. */
INLINE float missing(float around)
{
    around = around - 6.0f * floorf(around * (1.0f / 6.0f));
    return in_01(around) - in_01(around - 3.0f);
}

#endif
