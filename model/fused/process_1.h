/* Steps of model.edit.process_1. */
#ifndef PROCESS_1_H
#define PROCESS_1_H

#include "block.h"
#include "lookups.h"

/* Channel gains f[0..2], clipped nowhere: white balance, exposure. */
static void gains(Block *restrict block, const Step *restrict s, Kept *restrict kept)
{
    (void)kept;
    EACH(i) {
        block->r[i] *= s->f[0];
        block->g[i] *= s->f[1];
        block->b[i] *= s->f[2];
    }
}

/* f[0] the amount / 100, f[1] steepness, f[2] 1 / its tanh. */
INLINE float contrasted(float value, const float *f)
{
    float y = value - 0.5f;
    return 0.5f + y + f[0] * (tanh_(f[1] * y) * f[2] - y);
}

static void contrast(Block *restrict block, const Step *restrict s, Kept *restrict kept)
{
    (void)kept;
    EACH(i) set(block, i, contrasted(block->r[i], s->f), contrasted(block->g[i], s->f),
                contrasted(block->b[i], s->f));
}

/* f[0..2] luma; of each region, from f[3] on: centre, direction times steepness, amount, mean. */
static void regions(Block *restrict block, const Step *restrict s, Kept *restrict kept)
{
    (void)kept;
    EACH(i) {
        float r = block->r[i], g = block->g[i], b = block->b[i];
        float luma = s->f[0] * r + s->f[1] * g + s->f[2] * b, lift = 0.0f;
        for (int k = 3; k < 19; k += 4)
            lift += s->f[k + 2] * (sigmoid(s->f[k + 1] * (luma - s->f[k])) - s->f[k + 3]);
        float change = (in_01(luma + lift) + 1e-6f) / (luma + 1e-6f);
        set(block, i, r * change, g * change, b * change);
    }
}

INLINE void even_channel(float *restrict plane, const Step *restrict s, int32_t count)
{
    const float last = (float)(s->n[0] - 1);
    ALONE for (int32_t i = 0; i < (count & ~15); i++) plane[i] *= last;
    look_up(s->t[0], s->n[0], plane, count);
}

/* Each channel by n[0] even entries of t[0]. */
static void even_curve(Block *restrict block, const Step *restrict s, Kept *restrict kept)
{
    (void)kept;
    even_channel(block->r, s, block->count);
    even_channel(block->g, s, block->count);
    even_channel(block->b, s, block->count);
}

/* f[0..2] luma, f[3] and f[4] of U and V, f[5] what Vibrance adds to greys, f[6] how fast it fades
   with chroma, f[7] 1 + Saturation / 100. */
static void vibrance_saturation(Block *restrict block, const Step *restrict s, Kept *restrict kept)
{
    (void)kept;
    EACH(i) {
        float r = block->r[i], g = block->g[i], b = block->b[i];
        float luma = s->f[0] * r + s->f[1] * g + s->f[2] * b;
        float u = s->f[3] * (b - luma), v = s->f[4] * (r - luma);
        float chroma = sqrtf(u * u + v * v + 1e-6f);
        float scale = (1.0f + s->f[5] * (1.0f - tanh_(s->f[6] * chroma))) * s->f[7];
        set(block, i, luma + (r - luma) * scale, luma + (g - luma) * scale,
            luma + (b - luma) * scale);
    }
}

#endif
