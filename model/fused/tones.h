/* Steps that map colours by curves: model.edit.hue_preserving, tone_maps, point_curves. */
#ifndef TONES_H
#define TONES_H

#include "block.h"

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

/* hue_preserving.tone_map: n[0] entries of the rooted table t[0], f[0] its scale. */
static void tone_map(Block *restrict block, const Step *restrict s, Kept *restrict kept)
{
    const float *restrict table = s->t[0];
    const int32_t size = s->n[0];
    const float scale = s->f[0];
    (void)kept;
    EACH(i) {
        float r = block->r[i], g = block->g[i], b = block->b[i];
        float low = lowest(r, g, b), gap = gap_above(low, r, g, b);
        Line line = line_between(low, gap, rooted(table, size, scale, low),
                                 rooted(table, size, scale, low + gap));
        set(block, i, r + change(line, r), g + change(line, g), b + change(line, b));
    }
}

/* tone_maps._mixed: as tone_map, f[1] the share that keeps the ratios, f[2..4] luminance. */
static void ratio_tone_map(Block *restrict block, const Step *restrict s, Kept *restrict kept)
{
    const float *restrict table = s->t[0];
    const int32_t size = s->n[0];
    const float scale = s->f[0], share = s->f[1];
    const float red = s->f[2], green = s->f[3], blue = s->f[4];
    (void)kept;
    EACH(i) {
        float r = block->r[i], g = block->g[i], b = block->b[i];
        float low = lowest(r, g, b), gap = gap_above(low, r, g, b);
        Line line = line_between(low, gap, rooted(table, size, scale, low),
                                 rooted(table, size, scale, low + gap));
        float light = most(red * r + green * g + blue * b, DARK);
        float ratio = rooted(table, size, scale, light) / light;
        float change_r = change(line, r), change_g = change(line, g), change_b = change(line, b);
        set(block, i, r + (change_r + (r * ratio - change_r) * share),
            g + (change_g + (g * ratio - change_g) * share),
            b + (change_b + (b * ratio - change_b) * share));
    }
}

/* Each channel by a rooted table of its own, t[0..2], n[0], f[0]: the SDK's ramp, colour grading. */
static void rooted_channels(Block *restrict block, const Step *restrict s, Kept *restrict kept)
{
    const float *restrict red = s->t[0], *restrict green = s->t[1], *restrict blue = s->t[2];
    const int32_t size = s->n[0];
    const float scale = s->f[0];
    (void)kept;
    EACH(i) {
        float r = block->r[i], g = block->g[i], b = block->b[i];
        set(block, i, r + rooted(red, size, scale, r), g + rooted(green, size, scale, g),
            b + rooted(blue, size, scale, b));
    }
}

/* hue_preserving.encoded_tone_map and point_curves.master_curve: n[0] entries of t[0], over even
   encoded values. f[0..2] luma, f[3] what Refine Saturation leaves out. */
INLINE void encoded_curve(Block *restrict block, const Step *restrict s, int refined)
{
    const float *restrict table = s->t[0];
    const int32_t size = s->n[0];
    const float last = (float)(size - 1), left = s->f[3];
    EACH(i) {
        float r = srgb_encode(block->r[i]), g = srgb_encode(block->g[i]);
        float b = srgb_encode(block->b[i]);
        float low = lowest(r, g, b), gap = gap_above(low, r, g, b);
        Line line = line_between(low, gap, lookup(table, size, low * last),
                                 lookup(table, size, (low + gap) * last));
        float change_r = change(line, r), change_g = change(line, g), change_b = change(line, b);
        if (refined) {
            float luma = s->f[0] * change_r + s->f[1] * change_g + s->f[2] * change_b;
            change_r -= (change_r - luma) * left;
            change_g -= (change_g - luma) * left;
            change_b -= (change_b - luma) * left;
        }
        set(block, i, srgb_decode(in_01(r + change_r)), srgb_decode(in_01(g + change_g)),
            srgb_decode(in_01(b + change_b)));
    }
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
    ALONE for (int32_t i = 0; i < (count & ~15); i++) {
        float encoded = srgb_encode(plane[i]);
        plane[i] = srgb_decode(in_01(encoded + lookup(table, size, encoded * (float)(size - 1))));
    }
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

/* vibrance_saturation.vibrance above 0: f[0] the amount, f[1] the skin's hue, f[2] 1 / its width,
   f[3] how much it is spared, f[4] the exponent, f[5] the strength, f[6] 1 / fade, f[7] stops,
   f[8] the least paleness. */
static void vibrance_up(Block *restrict block, const Step *restrict s, Kept *restrict kept)
{
    (void)kept;
    EACH(i) {
        float r = block->r[i], g = block->g[i], b = block->b[i], hue, colour, value;
        to_hsv(r, g, b, &hue, &colour, &value);
        float away = hue - s->f[1];
        away = (away - (away > 3.0f ? 6.0f : 0.0f)) * s->f[2];
        float spared = s->f[0] * (1.0f - exp_(-(away * away)) * s->f[3]);
        float purer = spared * power(most(1.0f - colour, s->f[8]), s->f[4]) * s->f[5];
        float gain = exp2_(spared * least(colour * s->f[6], 1.0f) * s->f[7]);
        float factor = exp_(purer) * gain - 1.0f, lifted = (gain - 1.0f) * value;
        set(block, i, r + (lifted - (value - r) * factor), g + (lifted - (value - g) * factor),
            b + (lifted - (value - b) * factor));
    }
}

/* Below 0: f[0] the amount, f[1] the paleness' exponent, f[2] the strength, f[3] the colour's
   exponent, f[4] 1 / fade, f[5] stops, f[6] the least paleness and colour. */
static void vibrance_down(Block *restrict block, const Step *restrict s, Kept *restrict kept)
{
    (void)kept;
    EACH(i) {
        float r = block->r[i], g = block->g[i], b = block->b[i], hue, colour, value;
        to_hsv(r, g, b, &hue, &colour, &value);
        float purer = s->f[0] * power(most(1.0f - colour, s->f[6]), s->f[1]) * s->f[2];
        float coloured = power(most(colour, s->f[6]), s->f[3]);
        float gain = exp2_(s->f[0] * coloured * least(colour * s->f[4], 1.0f) * s->f[5]);
        float factor = exp_(purer) * gain - 1.0f, lifted = (gain - 1.0f) * value;
        set(block, i, r + (lifted - (value - r) * factor), g + (lifted - (value - g) * factor),
            b + (lifted - (value - b) * factor));
    }
}

#endif
