/* Steps that know a pixel's surroundings: model.edit.local_base, highlights_shadows,
   clarity_texture, dehaze. Of each n[0], n[1] are rows and columns of the proxy, t[0] its
   coefficients as four planes: slope, offset, lowest, highest. */
#ifndef SURROUNDINGS_H
#define SURROUNDINGS_H

#include "block.h"
#include "lookups.h"

/* A row of the proxy, as wide as the tile: F.interpolate's bilinear without aligned corners. */
static void widen(const Block *restrict block, const Step *restrict s, int32_t row,
                  float rows[PLANES][BLOCK])
{
    const int32_t last = s->n[1] - 1;
    const float scale = (float)s->n[1] / (float)block->width;
    int32_t before[BLOCK], after[BLOCK];
    float part[BLOCK];
    ALONE for (int32_t i = 0; i < BLOCK; i++) {
        float place = within(((float)(block->column + i) + 0.5f) * scale - 0.5f, 0.0f, (float)last);
        before[i] = (int32_t)place;
        after[i] = before[i] < last ? before[i] + 1 : last;
        part[i] = place - (float)before[i];
    }
    for (int32_t plane = 0; plane < PLANES; plane++) {
        const float *restrict from = s->t[0] + ((size_t)plane * s->n[0] + row) * s->n[1];
        float *restrict to = rows[plane];
        ALONE for (int32_t i = 0; i < BLOCK; i++)
            to[i] = from[before[i]] + (from[after[i]] - from[before[i]]) * part[i];
    }
}

/* The base layer of the pixels, in stops: LocalBase.distances. */
INLINE void base_layer(const Block *restrict block, const Step *restrict s, Kept *restrict kept,
                       float *restrict base)
{
    const int32_t height = s->n[0];
    float place = ((float)block->row + 0.5f) * ((float)height / (float)block->height) - 0.5f;
    place = within(place, 0.0f, (float)(height - 1));
    int32_t above = (int32_t)place, below = above < height - 1 ? above + 1 : above;
    const float part = place - (float)above;
    if (kept->held[above & 1] != above) widen(block, s, above, kept->rows[above & 1]);
    kept->held[above & 1] = above;
    if (kept->held[below & 1] != below) widen(block, s, below, kept->rows[below & 1]);
    kept->held[below & 1] = below;
    const float (*restrict upper)[BLOCK] = (const float (*)[BLOCK])kept->rows[above & 1];
    const float (*restrict lower)[BLOCK] = (const float (*)[BLOCK])kept->rows[below & 1];
    EACH(i) {
        float slope = upper[0][i] + (lower[0][i] - upper[0][i]) * part;
        float offset = upper[1][i] + (lower[1][i] - upper[1][i]) * part;
        float lowest = upper[2][i] + (lower[2][i] - upper[2][i]) * part;
        float highest = upper[3][i] + (lower[3][i] - upper[3][i]) * part;
        base[i] = within(offset + slope * block->stops[i], lowest, highest);
    }
}

INLINE void times(Block *restrict block, int32_t i, float gain)
{
    set(block, i, block->r[i] * gain, block->g[i] * gain, block->b[i] * gain);
}

/* Highlights and Shadows: n[2] entries of t[1], f[0] the lowest stop, f[1] steps a stop. */
static void gain(Block *restrict block, const Step *restrict s, Kept *restrict kept)
{
    float stops[BLOCK];
    base_layer(block, s, kept, stops);
    EACH(i) stops[i] = (stops[i] - s->f[0]) * s->f[1];
    look_up(s->t[1], s->n[2], stops, block->count);
    EACH(i) times(block, i, exp2_(stops[i]));
}

/* f[0] the strength, f[1] most stops, f[2] and f[3] where the dark fades and 1 / over how many
   stops, f[4] and f[5] the bright, f[6] the least weight. */
static void clarity(Block *restrict block, const Step *restrict s, Kept *restrict kept)
{
    float base[BLOCK];
    base_layer(block, s, kept, base);
    EACH(i) {
        float dark = in_01((base[i] - s->f[2]) * s->f[3]);
        float bright = in_01((s->f[4] - base[i]) * s->f[5]);
        float weight = s->f[6] + (1.0f - s->f[6]) * dark * bright;
        float above = (block->stops[i] - base[i]) * weight;
        times(block, i, exp2_(s->f[0] * s->f[1] * tanh_(above / s->f[1])));
    }
}

/* f[0] the strength, f[1] most stops. */
static void texture(Block *restrict block, const Step *restrict s, Kept *restrict kept)
{
    float base[BLOCK];
    base_layer(block, s, kept, base);
    EACH(i) {
        float above = block->stops[i] - base[i];
        times(block, i, exp2_(s->f[0] * s->f[1] * tanh_(above / s->f[1])));
    }
}

/* f[0] the amount, f[1] gamma, f[2] its floor, f[3] the airlight, f[4] strength, f[5] exponent,
   f[6] the least that is left, f[7] density, f[8] what the dark adds, f[9] most, f[10] the veil,
   f[11] f[2] encoded, f[12] the least darkness. */
INLINE float dehazed(float value, float toward, float change, const float *f)
{
    float encoded = power(value + f[2], 1.0f / f[1]);
    return power(most(encoded + (encoded - toward) * change, f[11]), f[1]) - f[2];
}

INLINE void hazed(Block *restrict block, const Step *restrict s, Kept *restrict kept, int clears)
{
    float veil[BLOCK];
    const float *restrict f = s->f;
    base_layer(block, s, kept, veil);
    EACH(i) {
        float dark = within(veil[i] / f[3], f[12], 1.0f);
        float behind = most(1.0f - f[0] * (f[4] * power(dark, f[5])), f[6]);
        float density = most(f[0] * (f[7] + f[8] * dark), -f[9]);
        float toward = clears ? f[3] : f[10], change = clears ? 1.0f / behind - 1.0f : density;
        set(block, i, dehazed(block->r[i], toward, change, f),
            dehazed(block->g[i], toward, change, f), dehazed(block->b[i], toward, change, f));
    }
}

static void dehaze(Block *restrict block, const Step *restrict s, Kept *restrict kept)
{
    if (s->f[0] >= 0.0f) hazed(block, s, kept, 1);
    else hazed(block, s, kept, 0);
}

#endif
