/* Steps on colours' hues: model.edit.hue_sat, calibration, color_mixer, black_white, rgb_table. */
#ifndef PANELS_H
#define PANELS_H

#include "block.h"
#include "lookups.h"

typedef struct { float a, b, c; } Three;

INLINE Three at(const float *restrict entries, int32_t index)
{
    return (Three){entries[3 * index], entries[3 * index + 1], entries[3 * index + 2]};
}

INLINE Three mixed(Three x, Three y, float part)
{
    return (Three){x.a + (y.a - x.a) * part, x.b + (y.b - x.b) * part, x.c + (y.c - x.c) * part};
}

INLINE int32_t below(float position, int32_t last)
{
    int32_t index = (int32_t)position;
    return index < last ? index : last;
}

/* hue_sat.apply_maps: n[0..2] values, hues, saturations of t[0]. */
INLINE void maps(Block *restrict block, const Step *restrict s, int deep, int encoded)
{
    const float *restrict entries = s->t[0];
    const int32_t values = s->n[0], hues = s->n[1], saturations = s->n[2];
    EACH(i) {
        float hue, saturation, value;
        to_hsv(block->r[i], block->g[i], block->b[i], &hue, &saturation, &value);
        if (encoded) value = srgb_encode(value);
        float hue_place = hue * (float)hues * (1.0f / 6.0f);
        int32_t hue_low = below(hue_place, hues - 1);
        int32_t hue_high = hue_low + 1 < hues ? hue_low + 1 : 0;
        float hue_part = hue_place - (float)hue_low;
        float place = saturation * (float)(saturations - 1);
        int32_t first = below(place, saturations - 2);
        float part = place - (float)first;
        int32_t low = hue_low * saturations + first, high = hue_high * saturations + first;
        Three move = mixed(mixed(at(entries, low), at(entries, low + 1), part),
                           mixed(at(entries, high), at(entries, high + 1), part), hue_part);
        if (deep) {
            float value_place = value * (float)(values - 1);
            int32_t value_low = below(value_place, values - 2);
            int32_t plane = hues * saturations, under = value_low * plane, over = under + plane;
            move = mixed(mixed(at(entries, under + low), at(entries, under + low + 1), part),
                         mixed(at(entries, under + high), at(entries, under + high + 1), part),
                         hue_part);
            Three next =
                mixed(mixed(at(entries, over + low), at(entries, over + low + 1), part),
                      mixed(at(entries, over + high), at(entries, over + high + 1), part),
                      hue_part);
            move = mixed(move, next, value_place - (float)value_low);
        }
        hue += move.a * (1.0f / 60.0f);
        saturation = in_01(saturation * move.b);
        value = in_01(value * move.c);
        if (encoded) value = srgb_decode(value);
        float chroma = value * saturation;
        block->r[i] = value - chroma * missing(hue + 5.0f);
        block->g[i] = value - chroma * missing(hue + 3.0f);
        block->b[i] = value - chroma * missing(hue + 1.0f);
    }
}

/* n[3]: the values are encoded. */
static void hue_sat(Block *restrict block, const Step *restrict s, Kept *restrict kept)
{
    (void)kept;
    if (s->n[0] > 1) {
        if (s->n[3]) maps(block, s, 1, 1);
        else maps(block, s, 1, 0);
    } else if (s->n[3]) {
        maps(block, s, 0, 1);
    } else {
        maps(block, s, 0, 0);
    }
}

/* calibration's ShadowTint: f[0..2] what it takes of each channel, f[3] the least channel. */
INLINE float tinted(float channel, float taken, float black)
{
    float root = sqrtf(most(channel, black));
    float left = most(root - taken * (1.0f - channel), 0.0f) - root;
    return channel + left * (left + 2.0f * root);
}

static void shadow_tint(Block *restrict block, const Step *restrict s, Kept *restrict kept)
{
    (void)kept;
    EACH(i) set(block, i, tinted(block->r[i], s->f[0], s->f[3]),
                tinted(block->g[i], s->f[1], s->f[3]), tinted(block->b[i], s->f[2], s->f[3]));
}

/* What the mixer's steps share: n[0] entries of tables over the hue; f[0..3] of Luminance: lighter,
   1 / its spread, darker, 1 / its spread; f[4..6] of Saturation: purer, its exponent in the dark;
   f[7..9] the least value, distance and light. */
static void lighter(const float *restrict values, const float *restrict more,
                    const float *restrict less, const float *restrict f, float *restrict changes,
                    int32_t count)
{
    float roots[BLOCK];
    ALONE for (int32_t i = 0; i < (count & ~15); i++) {
        roots[i] = sqrtf(most(in_01(values[i]), f[9]));
        changes[i] = log2_(most(1.0f - roots[i], f[7])) * more[i];
    }
    ALONE for (int32_t i = 0; i < (count & ~15); i++) {
        float root = roots[i], lifted = (1.0f - root) * (1.0f - exp2_(changes[i]));
        float above = root + lifted;
        float change = lifted + above * less[i] * (1.0f - above) / (above * less[i] + 1.0f);
        changes[i] = change * (change + 2.0f * root);
    }
}

/* Of a block's pixels: the largest and smallest channel, and where their hue lies in tables. */
typedef struct {
    float high[BLOCK], low[BLOCK], hue[BLOCK], parts[BLOCK];
    int32_t below[BLOCK];
} Hues;

INLINE void find_hues(const Block *restrict block, int32_t size, Hues *restrict hues)
{
    const float scale = (float)(size - 1) * (1.0f / 6.0f);
    EACH(i) {
        float saturation;
        to_hsv(block->r[i], block->g[i], block->b[i], &hues->hue[i], &saturation, &hues->high[i]);
        hues->low[i] = least(least(block->r[i], block->g[i]), block->b[i]);
        split_place(hues->hue[i] * scale, size, hues->below + i, hues->parts + i);
    }
}

INLINE void at_hues(const float *restrict table, const Hues *restrict hues,
                    float *restrict values, int32_t count)
{
    values_at(table, hues->below, hues->parts, values, count);
}

/* Hues turned by t[0]: a channel is as far below the largest as its hue has it. */
static void turn_hues(Block *restrict block, const Step *restrict s, const Hues *restrict hues)
{
    float turns[BLOCK];
    at_hues(s->t[0], hues, turns, block->count);
    EACH(i) turns[i] += hues->hue[i];
    EACH(i) block->r[i] = hues->high[i] - missing(turns[i] + 5.0f) * (hues->high[i] - hues->low[i]);
    EACH(i) block->g[i] = hues->high[i] - missing(turns[i] + 3.0f) * (hues->high[i] - hues->low[i]);
    EACH(i) block->b[i] = hues->high[i] - missing(turns[i] + 1.0f) * (hues->high[i] - hues->low[i]);
}

/* Saturation up by t[1] and down by t[2]; the extremes with it. */
static void purify(Block *restrict block, const Step *restrict s, Hues *restrict hues)
{
    const float *f = s->f;
    float up[BLOCK], down[BLOCK], dark[BLOCK], ratios[BLOCK];
    at_hues(s->t[1], hues, up, block->count);
    at_hues(s->t[2], hues, down, block->count);
    EACH(i) dark[i] = most(1.0f - hues->high[i], f[7]);
    powers(dark, f[5], block->count);
    EACH(i) {
        ratios[i] = within(hues->low[i] / most(hues->high[i], f[7]), f[8], 1.0f);
        up[i] *= f[4] * dark[i] * log2_(ratios[i]);
    }
    EACH(i) up[i] = ratios[i] * (1.0f - exp2_(up[i])) / most(1.0f - ratios[i], f[8]);
    EACH(i) {
        float high = hues->high[i], low = hues->low[i], stretch = up[i], less = down[i];
        float r = block->r[i], g = block->g[i], b = block->b[i];
        r -= (high - r) * stretch;
        g -= (high - g) * stretch;
        b -= (high - b) * stretch;
        low -= (high - low) * stretch;
        float middle = (high + low) * 0.5f;
        block->r[i] = r + (r - middle) * less;
        block->g[i] = g + (g - middle) * less;
        block->b[i] = b + (b - middle) * less;
        hues->high[i] = high + (high - middle) * less;
        hues->low[i] = low + (low - middle) * less;
    }
}

/* What Luminance, up by t[3] and down by t[4], adds to the smallest channel, and how much more to
   those above it. */
static void find_lightening(const Step *restrict s, const Hues *restrict hues,
                            float *restrict at_low, float *restrict slope, int32_t count)
{
    const float *f = s->f;
    float more[BLOCK], less[BLOCK], highs[BLOCK];
    at_hues(s->t[3], hues, more, count);
    at_hues(s->t[4], hues, less, count);
    ALONE for (int32_t i = 0; i < (count & ~15); i++) {
        float spread = hues->high[i] - hues->low[i];
        more[i] *= f[0] * (1.0f - exp_(spread * -f[1]));
        less[i] *= f[2] * (1.0f - exp_(spread * -f[3]));
        highs[i] = hues->low[i] + most(spread, f[8]);
    }
    lighter(hues->low, more, less, f, at_low, count);
    lighter(highs, more, less, f, slope, count);
    ALONE for (int32_t i = 0; i < (count & ~15); i++)
        slope[i] = (slope[i] - at_low[i]) / most(hues->high[i] - hues->low[i], f[8]);
}

/* color_mixer: t[0] turns of hue; t[1] and t[2] Saturation up and down; t[3] and t[4] Luminance. */
static void color_mixer(Block *restrict block, const Step *restrict s, Kept *restrict kept)
{
    float at_low[BLOCK] = {0}, slope[BLOCK] = {0};
    Hues hues;
    (void)kept;
    find_hues(block, s->n[0], &hues);
    if (s->t[0]) turn_hues(block, s, &hues);
    if (s->t[1]) purify(block, s, &hues);
    if (s->t[3]) find_lightening(s, &hues, at_low, slope, block->count);
    EACH(i) {
        float low = hues.low[i], r = block->r[i], g = block->g[i], b = block->b[i];
        set(block, i, r + at_low[i] + slope[i] * (r - low), g + at_low[i] + slope[i] * (g - low),
            b + at_low[i] + slope[i] * (b - low));
    }
}

/* black_and_white: as the mixer's Luminance, where t[3] is there; f[10..12] luminance, f[13] how
   much of the grey. */
static void black_and_white(Block *restrict block, const Step *restrict s, Kept *restrict kept)
{
    const float *f = s->f;
    float at_low[BLOCK] = {0}, slope[BLOCK] = {0}, lows[BLOCK] = {0};
    (void)kept;
    if (s->t[3]) {
        Hues hues;
        find_hues(block, s->n[0], &hues);
        find_lightening(s, &hues, at_low, slope, block->count);
        memcpy(lows, hues.low, sizeof lows);
    }
    EACH(i) {
        float low = lows[i], r = block->r[i], g = block->g[i], b = block->b[i];
        float grey = f[10] * in_01(r + at_low[i] + slope[i] * (r - low)) +
            f[11] * in_01(g + at_low[i] + slope[i] * (g - low)) +
            f[12] * in_01(b + at_low[i] + slope[i] * (b - low));
        set(block, i, r + (grey - r) * f[13], g + (grey - g) * f[13], b + (grey - b) * f[13]);
    }
}

#endif
