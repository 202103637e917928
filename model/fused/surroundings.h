/* Steps that know a pixel's surroundings: model.edit.local_base, highlights_shadows,
   clarity_texture, dehaze. Of each n[0], n[1] are rows and columns of the proxy, t[0] its
   coefficients as four planes: slope, offset, lowest, highest. */
#ifndef SURROUNDINGS_H
#define SURROUNDINGS_H

#include "block.h"
#include "lookups.h"

/* Where the tile's columns lie in the proxy's rows, two wide at least. */
static void place_columns(const Block *restrict block, const Step *restrict s, Kept *restrict kept)
{
    const float scale = (float)s->n[1] / (float)block->width;
    ALONE for (int32_t i = 0; i < BLOCK; i++) {
        float place = ((float)(block->column + i) + 0.5f) * scale - 0.5f;
        split_place(place, s->n[1], kept->below[0] + i, kept->parts[0] + i);
    }
    kept->placed[0] = 1;
}

/* A row of the proxy, as wide as the tile: F.interpolate's bilinear without aligned corners. */
static void widen(const Block *restrict block, const Step *restrict s, int32_t row,
                  Kept *restrict kept)
{
    const int32_t slot = row & 1;
    if (kept->held[slot] == row) return;
    if (!kept->placed[0] && s->n[1] > 1) place_columns(block, s, kept);
    for (int32_t plane = 0; plane < PLANES; plane++) {
        const float *restrict from = s->t[0] + ((size_t)plane * s->n[0] + row) * s->n[1];
        float *restrict to = kept->rows[slot][plane];
        if (s->n[1] > 1)
            values_at(from, kept->below[0], kept->parts[0], to, BLOCK);
        else
            for (int32_t i = 0; i < BLOCK; i++) to[i] = from[0];
    }
    kept->held[slot] = row;
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
    widen(block, s, above, kept);
    widen(block, s, below, kept);
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
    const int32_t size = s->n[2];
    float stops[BLOCK];
    int32_t below[BLOCK];
    base_layer(block, s, kept, stops);
    EACH(i) split_place((stops[i] - s->f[0]) * s->f[1], size, below + i, stops + i);
    values_at(s->t[1], below, stops, stops, block->count);
    EACH(i) times(block, i, exp2_(stops[i]));
}

/* Stops by which a pixel is above its surroundings, f[0] times, which bend towards f[1]. */
INLINE void lighten_softly(Block *restrict block, float *restrict stops, const float *restrict f)
{
    EACH(i) stops[i] = tanh_(stops[i] / f[1]);
    EACH(i) times(block, i, exp2_(f[0] * f[1] * stops[i]));
}

/* f[0] the strength, f[1] most stops, f[2] and f[3] where the dark fades and 1 / over how many
   stops, f[4] and f[5] the bright, f[6] the least weight. */
static void clarity(Block *restrict block, const Step *restrict s, Kept *restrict kept)
{
    float base[BLOCK], stops[BLOCK];
    base_layer(block, s, kept, base);
    EACH(i) {
        float dark = in_01((base[i] - s->f[2]) * s->f[3]);
        float bright = in_01((s->f[4] - base[i]) * s->f[5]);
        float weight = s->f[6] + (1.0f - s->f[6]) * dark * bright;
        stops[i] = (block->stops[i] - base[i]) * weight;
    }
    lighten_softly(block, stops, s->f);
}

/* f[0] the strength, f[1] most stops. */
static void texture(Block *restrict block, const Step *restrict s, Kept *restrict kept)
{
    float stops[BLOCK];
    base_layer(block, s, kept, stops);
    EACH(i) stops[i] = block->stops[i] - stops[i];
    lighten_softly(block, stops, s->f);
}

/* A channel's light: `changes` of how far its encoded value is from `toward`. */
INLINE void haze_channel(float *restrict plane, const float *restrict changes, float toward,
                         const float *restrict f, int32_t count)
{
    float encoded[BLOCK];
    ALONE for (int32_t i = 0; i < (count & ~15); i++) encoded[i] = plane[i] + f[2];
    powers(encoded, 1.0f / f[1], count);
    ALONE for (int32_t i = 0; i < (count & ~15); i++)
        encoded[i] = most(encoded[i] + (encoded[i] - toward) * changes[i], f[11]);
    powers(encoded, f[1], count);
    ALONE for (int32_t i = 0; i < (count & ~15); i++) plane[i] = in_01(encoded[i] - f[2]);
}

/* f[0] the amount, f[1] gamma, f[2] its floor, f[3] the airlight, f[4] strength, f[5] exponent,
   f[6] the least that is left, f[7] density, f[8] what the dark adds, f[9] most, f[10] the veil,
   f[11] f[2] encoded, f[12] the least darkness. */
static void dehaze(Block *restrict block, const Step *restrict s, Kept *restrict kept)
{
    const float *restrict f = s->f;
    const int clears = f[0] >= 0.0f;
    const float toward = clears ? f[3] : f[10];
    float veil[BLOCK], changes[BLOCK];
    base_layer(block, s, kept, veil);
    EACH(i) veil[i] = within(veil[i] / f[3], f[12], 1.0f);
    if (clears) {
        powers(veil, f[5], block->count);
        EACH(i) changes[i] = 1.0f / most(1.0f - f[0] * (f[4] * veil[i]), f[6]) - 1.0f;
    } else {
        EACH(i) changes[i] = most(f[0] * (f[7] + f[8] * veil[i]), -f[9]);
    }
    haze_channel(block->r, changes, toward, f, block->count);
    haze_channel(block->g, changes, toward, f, block->count);
    haze_channel(block->b, changes, toward, f, block->count);
}

#endif
