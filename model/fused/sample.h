/* A fit's look at an edit: how far sampled pixels are from their targets and, by differences, how
   that changes with each unknown. model.fused.sample calls this. */
#ifndef SAMPLE_H
#define SAMPLE_H

#include "block.h"
#include "lookups.h"

/* Planes of `count` values each, a multiple of 16. */
typedef struct {
    const float *pixels; /* 3: linear ProPhoto */
    const float *target; /* 3: CIE L*a*b* */
    const float *basis;  /* 9: matrices by rows, model.solve.perceptual.delta_e_basis */
    int32_t count;
    float to_xyz[9]; /* from linear ProPhoto, over the white */
} Sample;

/* Nothing to be done where a step of a plan stands. */
static void nothing(Block *restrict block, const Step *restrict s, Kept *restrict kept)
{
    (void)block;
    (void)s;
    (void)kept;
}

/* Highlights and Shadows of sampled pixels: t[0] the base layer of each, n[0] entries of t[1],
   f[0] the lowest stop, f[1] steps a stop. */
static void gain_at(Block *restrict block, const Step *restrict s, Kept *restrict kept)
{
    const float *restrict base = s->t[0] + block->column;
    float stops[BLOCK];
    (void)kept;
    EACH(i) stops[i] = (base[i] - s->f[0]) * s->f[1];
    look_up(s->t[1], s->n[0], stops, block->count);
    EACH(i) {
        float gain = exp2_(stops[i]);
        set(block, i, block->r[i] * gain, block->g[i] * gain, block->b[i] * gain);
    }
}

/* imaging.color.xyz_to_lab's curve. */
INLINE float lab_curve(float ratio)
{
    float root = power(most(ratio, 216.0f / 24389.0f), 1.0f / 3.0f);
    return ratio > 216.0f / 24389.0f ? root : ratio * (841.0f / 108.0f) + 4.0f / 29.0f;
}

/* basis * (L*a*b* of the block - target), three planes `apart`. */
static void distances(const Block *restrict block, const Sample *restrict s, float *restrict to,
                      int64_t apart)
{
    const float *m = s->to_xyz, *restrict target = s->target + block->column;
    const float *restrict basis = s->basis + block->column;
    const int64_t n = s->count;
    EACH(i) {
        float r = block->r[i], g = block->g[i], b = block->b[i];
        float x = lab_curve(m[0] * r + m[1] * g + m[2] * b);
        float y = lab_curve(m[3] * r + m[4] * g + m[5] * b);
        float z = lab_curve(m[6] * r + m[7] * g + m[8] * b);
        float lightness = 116.0f * y - 16.0f - target[i];
        float red = 500.0f * (x - y) - target[n + i], yellow = 200.0f * (y - z) - target[2 * n + i];
        to[i] = basis[i] * lightness + basis[n + i] * red + basis[2 * n + i] * yellow;
        to[apart + i] =
            basis[3 * n + i] * lightness + basis[4 * n + i] * red + basis[5 * n + i] * yellow;
        to[2 * apart + i] =
            basis[6 * n + i] * lightness + basis[7 * n + i] * red + basis[8 * n + i] * yellow;
    }
}

static void begin(Block *restrict block, const Sample *restrict s, int32_t column)
{
    int32_t rest = s->count - column, count = rest < BLOCK ? rest : BLOCK;
    block->row = 0;
    block->height = 1;
    block->width = s->count;
    block->column = column;
    block->count = count;
    for (int32_t i = 0; i < count; i++) {
        block->r[i] = s->pixels[column + i];
        block->g[i] = s->pixels[s->count + column + i];
        block->b[i] = s->pixels[2 * (int64_t)s->count + column + i];
    }
}

#endif
