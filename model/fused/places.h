/* Steps that know where a pixel lies: model.edit.vignette and grain. */
#ifndef PLACES_H
#define PLACES_H

#include "block.h"

/* vignette_mask: f[0..5] from a pixel's column and row to the frame, f[6] and f[7] half its width
   and height, f[8] 1 / the distance of its corners; f[9] rounder, f[10] squarer, f[11] where it
   begins, f[12] 1 / feather. */
INLINE float vignette_mask(const float *f, float column, float row)
{
    float x = f[0] * column + f[1] * row + f[2], y = f[3] * column + f[4] * row + f[5];
    float across = x / f[6], down = y / f[7];
    float ellipse = sqrtf((across * across + down * down) * 0.5f);
    float circle = sqrtf(x * x + y * y) * f[8];
    float edges = most(fabsf(across), fabsf(down));
    float distance = (circle - ellipse) * f[9] + (edges - ellipse) * f[10] + ellipse;
    float part = in_01((distance - f[11]) * f[12] + 0.5f);
    return part * part * (3.0f - 2.0f * part);
}

/* Styles 1 and 2: f[13] stops at full, f[14] how much bright pixels are spared, f[15..17]
   luminance. */
static void vignette_light(Block *restrict block, const Step *restrict s, Kept *restrict kept)
{
    (void)kept;
    EACH(i) {
        float r = block->r[i], g = block->g[i], b = block->b[i];
        float mask = vignette_mask(s->f, (float)(block->column + i), (float)block->row);
        float bright = s->f[15] * r + s->f[16] * g + s->f[17] * b;
        float change = exp2_(s->f[13] * mask * (1.0f - s->f[14] * bright));
        set(block, i, r * change, g * change, b * change);
    }
}

/* Style 3: f[13] the share at full, f[14] of this value. */
static void vignette_paint(Block *restrict block, const Step *restrict s, Kept *restrict kept)
{
    (void)kept;
    EACH(i) {
        float r = block->r[i], g = block->g[i], b = block->b[i], target = s->f[14];
        float share = s->f[13] *
            vignette_mask(s->f, (float)(block->column + i), (float)block->row);
        set(block, i, r + (target - r) * share, g + (target - g) * share,
            b + (target - b) * share);
    }
}

/* grain._hashed: n[1..3] are its primes, n[4] the seed of the first cells. */
static float hashed(const int32_t *n, int64_t row, int64_t column, int64_t seed)
{
    int64_t word = (row * n[1]) ^ (column * n[2]) ^ (seed * n[3]);
    const int64_t factors[3] = {739982445, 695872825, 1};
    const int shifts[3] = {15, 12, 15};
    for (int k = 0; k < 3; k++)
        word = (int64_t)((uint64_t)(word ^ (word >> shifts[k])) * (uint64_t)factors[k]) &
            0x7fffffff;
    return (float)(((double)word / 2147483648.0 - 0.5) * 3.4641016151377544);
}

/* A row of corners of cells, between them as wide as the tile; and what makes it as strong between
   corners as at them. */
static void corners(const Block *restrict block, const Step *restrict s, int part, int64_t row,
                    float *restrict out, float *restrict strength)
{
    int64_t known = INT64_MIN;
    float before = 0.0f, after = 0.0f;
    for (int32_t i = 0; i < block->count; i++) {
        double place = ((block->column + i + 0.5) * s->d[0] - 0.5) / s->d[1 + part];
        int64_t left = (int64_t)floor(place);
        if (left != known) {
            before = left == known + 1 && known != INT64_MIN ? after
                : hashed(s->n, row, left, s->n[4] + part);
            after = hashed(s->n, row, left + 1, s->n[4] + part);
            known = left;
        }
        float across = (float)(place - (double)left);
        out[i] = before + (after - before) * across;
        strength[i] = 1.0f / sqrtf((1.0f - across) * (1.0f - across) + across * across);
    }
}

/* d[0] how many times as long the full-size picture is, d[1] and d[2] the cells' sides; f[0] and
   f[1] how strong either is, f[2] the amount. Cells are kept in rows[0..1] and rows[2..3]. */
static void grain(Block *restrict block, const Step *restrict s, Kept *restrict kept)
{
    float noise[BLOCK] = {0};
    for (int part = 0; part < 2; part++) {
        double place = ((block->row + 0.5) * s->d[0] - 0.5) / s->d[1 + part];
        int64_t top = (int64_t)floor(place);
        const float down = (float)(place - (double)top);
        for (int64_t row = top; row < top + 2; row++) {
            int32_t slot = 2 * part + (int32_t)(row & 1);
            if (kept->held[slot] != (int32_t)row)
                corners(block, s, part, row, kept->rows[slot][0], kept->across[part]);
            kept->held[slot] = (int32_t)row;
        }
        const float *restrict upper = kept->rows[2 * part + (top & 1)][0];
        const float *restrict lower = kept->rows[2 * part + ((top + 1) & 1)][0];
        const float *restrict across = kept->across[part];
        const float strength =
            s->f[part] / sqrtf((1.0f - down) * (1.0f - down) + down * down);
        EACH(i) noise[i] += (upper[i] + (lower[i] - upper[i]) * down) * strength * across[i];
    }
    EACH(i) {
        float r = srgb_encode(block->r[i]), g = srgb_encode(block->g[i]);
        float b = srgb_encode(block->b[i]), moved = noise[i] * s->f[2];
        set(block, i, srgb_decode(in_01(r + in_01(r * (1.0f - r) * 4.0f) * moved)),
            srgb_decode(in_01(g + in_01(g * (1.0f - g) * 4.0f) * moved)),
            srgb_decode(in_01(b + in_01(b * (1.0f - b) * 4.0f) * moved)));
    }
}

#endif
