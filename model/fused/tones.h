/* Steps that map colours by curves: model.edit.hue_preserving, tone_maps, point_curves. */
#ifndef TONES_H
#define TONES_H

#include "block.h"
#include "lookups.h"

#define GREY 1e-4f /* hue_preserving._GREY */
#define DARK 1e-5f /* hue_preserving._DARK */

/* White balance: f[0..8] a matrix by rows. */
static void matrix(Block *restrict block, const Step *restrict s, Kept *restrict kept)
{
    (void)kept;
    EACH(i) {
        float r = block->r[i], g = block->g[i], b = block->b[i];
        set(block, i, s->f[0] * r + s->f[1] * g + s->f[2] * b,
            s->f[3] * r + s->f[4] * g + s->f[5] * b, s->f[6] * r + s->f[7] * g + s->f[8] * b);
    }
}

/* What a curve changes: at_low at the smallest channel, and up to the largest along one slope. */
typedef struct { float low, at_low, slope; } Line;

INLINE float lowest(float r, float g, float b) { return least(least(r, g), b); }

INLINE float gap_above(float low, float r, float g, float b)
{
    return most(most(most(r, g), b) - low, GREY);
}

INLINE Line line_between(float low, float gap, float at_low, float at_high)
{
    Line line = {low, at_low, (at_high - at_low) / gap};
    return line;
}

INLINE float change(Line line, float x) { return line.at_low + line.slope * (x - line.low); }

/* Where a block's smallest channels, and then its largest, lie in a rooted table. */
INLINE void split_rooted_extremes(const Block *restrict block, int32_t size, float scale,
                                  int32_t *restrict below, float *restrict parts)
{
    const int32_t count = block->count;
    EACH(i) {
        float r = block->r[i], g = block->g[i], b = block->b[i];
        float low = lowest(r, g, b), gap = gap_above(low, r, g, b);
        split_place(rooted_place(low, scale), size, below + i, parts + i);
        split_place(rooted_place(low + gap, scale), size, below + count + i, parts + count + i);
    }
}

/* A pixel's line, of what was looked up at its extremes. */
INLINE Line line_at(const float *restrict values, int32_t count, int32_t i, float r, float g, float b)
{
    float low = lowest(r, g, b);
    return line_between(low, gap_above(low, r, g, b), values[i], values[count + i]);
}

/* hue_preserving.tone_map: n[0] entries of the rooted table t[0], f[0] its scale. */
static void tone_map(Block *restrict block, const Step *restrict s, Kept *restrict kept)
{
    const int32_t count = block->count;
    int32_t below[2 * BLOCK];
    float changes[2 * BLOCK];
    (void)kept;
    split_rooted_extremes(block, s->n[0], s->f[0], below, changes);
    values_at(s->t[0], below, changes, changes, 2 * count);
    EACH(i) {
        float r = block->r[i], g = block->g[i], b = block->b[i];
        Line line = line_at(changes, count, i, r, g, b);
        set(block, i, r + change(line, r), g + change(line, g), b + change(line, b));
    }
}

/* tone_maps._mixed: as tone_map, f[1] the share that keeps the ratios, f[2..4] luminance. */
static void ratio_tone_map(Block *restrict block, const Step *restrict s, Kept *restrict kept)
{
    const int32_t count = block->count, size = s->n[0];
    const float share = s->f[1], red = s->f[2], green = s->f[3], blue = s->f[4];
    int32_t below[3 * BLOCK];
    float changes[3 * BLOCK];
    (void)kept;
    split_rooted_extremes(block, size, s->f[0], below, changes);
    EACH(i) {
        float light = most(red * block->r[i] + green * block->g[i] + blue * block->b[i], DARK);
        int32_t place = 2 * count + i;
        split_place(rooted_place(light, s->f[0]), size, below + place, changes + place);
    }
    values_at(s->t[0], below, changes, changes, 3 * count);
    EACH(i) {
        float r = block->r[i], g = block->g[i], b = block->b[i];
        Line line = line_at(changes, count, i, r, g, b);
        float ratio = changes[2 * count + i] / most(red * r + green * g + blue * b, DARK);
        float change_r = change(line, r), change_g = change(line, g), change_b = change(line, b);
        set(block, i, r + (change_r + (r * ratio - change_r) * share),
            g + (change_g + (g * ratio - change_g) * share),
            b + (change_b + (b * ratio - change_b) * share));
    }
}

INLINE void rooted_channel(float *restrict plane, const float *restrict table, int32_t size,
                           float scale, int32_t count)
{
    int32_t below[BLOCK];
    float changes[BLOCK];
    ALONE for (int32_t i = 0; i < (count & ~15); i++)
        split_place(rooted_place(plane[i], scale), size, below + i, changes + i);
    values_at(table, below, changes, changes, count);
    ALONE for (int32_t i = 0; i < (count & ~15); i++) plane[i] = in_01(plane[i] + changes[i]);
}

/* Each channel by a rooted table of its own, t[0..2], n[0], f[0]: the SDK's ramp, colour grading. */
static void rooted_channels(Block *restrict block, const Step *restrict s, Kept *restrict kept)
{
    (void)kept;
    rooted_channel(block->r, s->t[0], s->n[0], s->f[0], block->count);
    rooted_channel(block->g, s->t[1], s->n[0], s->f[0], block->count);
    rooted_channel(block->b, s->t[2], s->n[0], s->f[0], block->count);
}

/* hue_preserving.encoded_tone_map and point_curves.master_curve: n[0] entries of t[0], over even
   encoded values. f[0..2] luma, f[3] what Refine Saturation leaves out. */
INLINE void encoded_curve(Block *restrict block, const Step *restrict s, int refined)
{
    const int32_t count = block->count, size = s->n[0];
    const float last = (float)(size - 1), left = s->f[3];
    int32_t below[2 * BLOCK];
    float changes[2 * BLOCK];
    encode_block(block);
    EACH(i) {
        float r = block->r[i], g = block->g[i], b = block->b[i];
        float low = lowest(r, g, b), gap = gap_above(low, r, g, b);
        split_place(low * last, size, below + i, changes + i);
        split_place((low + gap) * last, size, below + count + i, changes + count + i);
    }
    values_at(s->t[0], below, changes, changes, 2 * count);
    EACH(i) {
        float r = block->r[i], g = block->g[i], b = block->b[i];
        Line line = line_at(changes, count, i, r, g, b);
        float change_r = change(line, r), change_g = change(line, g), change_b = change(line, b);
        if (refined) {
            float luma = s->f[0] * change_r + s->f[1] * change_g + s->f[2] * change_b;
            change_r -= (change_r - luma) * left;
            change_g -= (change_g - luma) * left;
            change_b -= (change_b - luma) * left;
        }
        set(block, i, r + change_r, g + change_g, b + change_b);
    }
    decode_block(block);
}

static void encoded_tone_map(Block *restrict block, const Step *restrict s, Kept *restrict kept)
{
    (void)kept;
    encoded_curve(block, s, 0);
}

static void refined_curve(Block *restrict block, const Step *restrict s, Kept *restrict kept)
{
    (void)kept;
    encoded_curve(block, s, 1);
}

INLINE void encoded_channel(float *restrict plane, const float *restrict table, int32_t size,
                            int32_t count)
{
    float changes[BLOCK];
    ALONE for (int32_t i = 0; i < (count & ~15); i++) {
        plane[i] = srgb_encode(plane[i]);
        changes[i] = plane[i] * (float)(size - 1);
    }
    look_up(table, size, changes, count);
    ALONE for (int32_t i = 0; i < (count & ~15); i++)
        plane[i] = srgb_decode(in_01(plane[i] + changes[i]));
}

/* point_curves.channel_curves: t[0..2], each of n[0] entries, or none. */
static void channel_curves(Block *restrict block, const Step *restrict s, Kept *restrict kept)
{
    (void)kept;
    if (s->t[0]) encoded_channel(block->r, s->t[0], s->n[0], block->count);
    if (s->t[1]) encoded_channel(block->g, s->t[1], s->n[0], block->count);
    if (s->t[2]) encoded_channel(block->b, s->t[2], s->n[0], block->count);
}

/* vibrance_saturation.saturation: f[0..2] luminance, f[3] the amount. */
static void saturation(Block *restrict block, const Step *restrict s, Kept *restrict kept)
{
    const float red = s->f[0], green = s->f[1], blue = s->f[2], amount = s->f[3];
    (void)kept;
    EACH(i) {
        float r = block->r[i], g = block->g[i], b = block->b[i];
        float light = red * r + green * g + blue * b;
        set(block, i, r + (r - light) * amount, g + (g - light) * amount,
            b + (b - light) * amount);
    }
}

/* What Vibrance does: colours `factors` farther from the largest channel, `lifts` brighter. */
INLINE void spread_colours(Block *restrict block, const float *restrict factors,
                           const float *restrict lifts)
{
    EACH(i) {
        float r = block->r[i], g = block->g[i], b = block->b[i], value = most(most(r, g), b);
        float factor = factors[i], lifted = lifts[i] * value;
        set(block, i, r + (lifted - (value - r) * factor), g + (lifted - (value - g) * factor),
            b + (lifted - (value - b) * factor));
    }
}

/* vibrance_saturation.vibrance above 0: f[0] the amount, f[1] the skin's hue, f[2] 1 / its width,
   f[3] how much it is spared, f[4] the exponent, f[5] the strength, f[6] 1 / fade, f[7] stops,
   f[8] the least paleness. */
static void vibrance_up(Block *restrict block, const Step *restrict s, Kept *restrict kept)
{
    float spared[BLOCK], colours[BLOCK], purer[BLOCK];
    (void)kept;
    EACH(i) {
        float hue, value;
        to_hsv(block->r[i], block->g[i], block->b[i], &hue, &colours[i], &value);
        float away = hue - s->f[1];
        away = (away - (away > 3.0f ? 6.0f : 0.0f)) * s->f[2];
        spared[i] = -(away * away);
    }
    EACH(i) spared[i] = s->f[0] * (1.0f - exp_(spared[i]) * s->f[3]);
    EACH(i) purer[i] = log2_(most(1.0f - colours[i], s->f[8])) * s->f[4];
    EACH(i) purer[i] = spared[i] * exp2_(purer[i]) * s->f[5] * STOPS_OF_E;
    EACH(i) {
        float stops = spared[i] * least(colours[i] * s->f[6], 1.0f) * s->f[7];
        purer[i] = exp2_(purer[i] + stops) - 1.0f;
        spared[i] = exp2_(stops) - 1.0f;
    }
    spread_colours(block, purer, spared);
}

/* Below 0: f[0] the amount, f[1] the paleness' exponent, f[2] the strength, f[3] the colour's
   exponent, f[4] 1 / fade, f[5] stops, f[6] the least paleness and colour. */
static void vibrance_down(Block *restrict block, const Step *restrict s, Kept *restrict kept)
{
    float colours[BLOCK], purer[BLOCK], coloured[BLOCK];
    (void)kept;
    EACH(i) {
        float hue, value;
        to_hsv(block->r[i], block->g[i], block->b[i], &hue, &colours[i], &value);
    }
    EACH(i) purer[i] = power(most(1.0f - colours[i], s->f[6]), s->f[1]);
    EACH(i) coloured[i] = power(most(colours[i], s->f[6]), s->f[3]);
    EACH(i) {
        float stops = s->f[0] * coloured[i] * least(colours[i] * s->f[4], 1.0f) * s->f[5];
        purer[i] = exp2_(s->f[0] * purer[i] * s->f[2] * STOPS_OF_E + stops) - 1.0f;
        coloured[i] = exp2_(stops) - 1.0f;
    }
    spread_colours(block, purer, coloured);
}

#endif
