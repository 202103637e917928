/* Steps that know where a pixel lies: model.edit.vignette and grain. */
#ifndef PLACES_H
#define PLACES_H

#include "block.h"
#include "lookups.h"

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

/* grain._hashed of a cell: n[1..3] are its primes, seed that of the cells. Only the lowest 31 bits
   of a product count. */
INLINE float hashed(const int32_t *n, int64_t row, int64_t column, int64_t seed)
{
    int64_t word = (row * n[1]) ^ (column * n[2]) ^ (seed * n[3]);
    uint32_t bits = (uint32_t)(word ^ (word >> 15)) * 739982445u & 0x7fffffffu;
    bits = (bits ^ (bits >> 12)) * 695872825u & 0x7fffffffu;
    bits ^= bits >> 15;
    return (float)(((double)(int32_t)bits / 2147483648.0 - 0.5) * 3.4641016151377544);
}

/* The tile's columns among the cells, whose sides are d[1 + part], counted from the cell of the
   first; and what makes them as strong between corners as at them. Gives that first cell. */
static int64_t place_in_cells(const Block *restrict block, const Step *restrict s, int part,
                              Kept *restrict kept)
{
    const double side = s->d[1 + part];
    const double begin = floor(((block->column + 0.5) * s->d[0] - 0.5) / side);
    if (kept->placed[part]) return (int64_t)begin;
    for (int32_t i = 0; i < BLOCK; i++) {
        double place = ((block->column + i + 0.5) * s->d[0] - 0.5) / side, left = floor(place);
        float across = (float)(place - left);
        kept->below[part][i] = (int32_t)(left - begin);
        kept->parts[part][i] = across;
        kept->across[part][i] = 1.0f / sqrtf((1.0f - across) * (1.0f - across) + across * across);
    }
    kept->placed[part] = 1;
    return (int64_t)begin;
}

/* A row of corners of cells, between them as wide as the tile. Of a reduced picture there may be
   more cells than pixels: only those are asked that pixels lie in. */
static void corners(const Block *restrict block, const Step *restrict s, int part, int64_t row,
                    Kept *restrict kept, float *restrict out)
{
    const int64_t first = place_in_cells(block, s, part, kept), seed = s->n[4] + part;
    const int32_t *restrict below = kept->below[part];
    const float *restrict parts = kept->parts[part];
    const int32_t cells = below[BLOCK - 1] + 2;
    float values[2 * BLOCK];
    if (cells <= 2 * BLOCK) {
        for (int32_t cell = 0; cell < cells; cell++)
            values[cell] = hashed(s->n, row, first + cell, seed);
        values_at(values, below, parts, out, BLOCK);
    } else {
        for (int32_t i = 0; i < BLOCK; i++) {
            float left = hashed(s->n, row, first + below[i], seed);
            out[i] = left + (hashed(s->n, row, first + below[i] + 1, seed) - left) * parts[i];
        }
    }
}

/* d[0] how many times as long the full-size picture is, d[1] and d[2] the cells' sides; f[0] and
   f[1] how strong either is, f[2] the amount. Cells are kept in rows[0..1] and rows[2..3]. */
static void grain(Block *restrict block, const Step *restrict s, Kept *restrict kept)
{
    const float amount = s->f[2];
    float noise[BLOCK] = {0};
    for (int part = 0; part < 2; part++) {
        double place = ((block->row + 0.5) * s->d[0] - 0.5) / s->d[1 + part];
        int64_t top = (int64_t)floor(place);
        const float down = (float)(place - (double)top);
        for (int64_t row = top; row < top + 2; row++) {
            int32_t slot = 2 * part + (int32_t)(row & 1);
            if (kept->held[slot] != (int32_t)row)
                corners(block, s, part, row, kept, kept->rows[slot][0]);
            kept->held[slot] = (int32_t)row;
        }
        const float *restrict upper = kept->rows[2 * part + (top & 1)][0];
        const float *restrict lower = kept->rows[2 * part + ((top + 1) & 1)][0];
        const float *restrict across = kept->across[part];
        const float strength =
            s->f[part] / sqrtf((1.0f - down) * (1.0f - down) + down * down);
        EACH(i) noise[i] += (upper[i] + (lower[i] - upper[i]) * down) * strength * across[i];
    }
    encode_block(block);
    EACH(i) {
        float r = block->r[i], g = block->g[i], b = block->b[i], moved = noise[i] * amount;
        set(block, i, r + in_01(r * (1.0f - r) * 4.0f) * moved,
            g + in_01(g * (1.0f - g) * 4.0f) * moved, b + in_01(b * (1.0f - b) * 4.0f) * moved);
    }
    decode_block(block);
}

#endif
