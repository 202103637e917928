/* Steps on colours' hues: model.edit.hue_sat, calibration, color_mixer, black_white, rgb_table. */
#ifndef PANELS_H
#define PANELS_H

#include "block.h"

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
INLINE float lighter(float value, float more, float less, const float *f)
{
    float root = sqrtf(most(value, f[9])), rest = 1.0f - root;
    float lifted = rest * (1.0f - power(most(rest, f[7]), more));
    float above = root + lifted;
    float change = lifted + above * less * (1.0f - above) / (above * less + 1.0f);
    return change * (change + 2.0f * root);
}

INLINE Three lightened(Three x, float high, float low, float up, float down, const float *f)
{
    float spread = high - low, gap = most(spread, f[8]);
    float more = up * f[0] * (1.0f - exp_(spread * -f[1]));
    float less = down * f[2] * (1.0f - exp_(spread * -f[3]));
    float at_low = lighter(in_01(low), more, less, f);
    float slope = (lighter(in_01(low + gap), more, less, f) - at_low) / gap;
    return (Three){x.a + at_low + slope * (x.a - low), x.b + at_low + slope * (x.b - low),
                   x.c + at_low + slope * (x.c - low)};
}

/* color_mixer: t[0] turns of hue; t[1] and t[2] Saturation up and down; t[3] and t[4] Luminance. */
INLINE void mixed_colors(Block *restrict block, const Step *restrict s, int turns, int purity,
                         int light)
{
    const int32_t size = s->n[0];
    const float scale = (float)(size - 1) * (1.0f / 6.0f), *f = s->f;
    EACH(i) {
        Three x = {block->r[i], block->g[i], block->b[i]};
        float hue, saturation, high, low;
        to_hsv(x.a, x.b, x.c, &hue, &saturation, &high);
        low = least(least(x.a, x.b), x.c);
        if (turns) {
            float turn = lookup(s->t[0], size, hue * scale), spread = high - low;
            x.a += (missing(hue + 5.0f) - missing(hue + 5.0f + turn)) * spread;
            x.b += (missing(hue + 3.0f) - missing(hue + 3.0f + turn)) * spread;
            x.c += (missing(hue + 1.0f) - missing(hue + 1.0f + turn)) * spread;
        }
        if (purity) {
            float up = lookup(s->t[1], size, hue * scale);
            float down = lookup(s->t[2], size, hue * scale);
            float ratio = within(low / most(high, f[7]), f[8], 1.0f);
            float more = up * f[4] * power(most(1.0f - high, f[7]), f[5]);
            float stretch = ratio * (1.0f - power(ratio, more)) / most(1.0f - ratio, f[8]);
            x.a -= (high - x.a) * stretch;
            x.b -= (high - x.b) * stretch;
            x.c -= (high - x.c) * stretch;
            low -= (high - low) * stretch;
            float middle = (high + low) * 0.5f;
            x.a += (x.a - middle) * down;
            x.b += (x.b - middle) * down;
            x.c += (x.c - middle) * down;
            high += (high - middle) * down;
            low += (low - middle) * down;
        }
        if (light) {
            float up = lookup(s->t[3], size, hue * scale);
            float down = lookup(s->t[4], size, hue * scale);
            x = lightened(x, high, low, up, down, f);
        }
        set(block, i, x.a, x.b, x.c);
    }
}

static void color_mixer(Block *restrict block, const Step *restrict s, Kept *restrict kept)
{
    const int turns = s->t[0] != 0, purity = s->t[1] != 0, light = s->t[3] != 0;
    (void)kept;
    if (turns && purity && light) mixed_colors(block, s, 1, 1, 1);
    else if (turns && purity) mixed_colors(block, s, 1, 1, 0);
    else if (turns && light) mixed_colors(block, s, 1, 0, 1);
    else if (purity && light) mixed_colors(block, s, 0, 1, 1);
    else if (turns) mixed_colors(block, s, 1, 0, 0);
    else if (purity) mixed_colors(block, s, 0, 1, 0);
    else mixed_colors(block, s, 0, 0, 1);
}

/* black_and_white: as the mixer's Luminance, where t[3] is there; f[10..12] luminance, f[13] how
   much of the grey. */
INLINE void greyed(Block *restrict block, const Step *restrict s, int light)
{
    const int32_t size = s->n[0];
    const float scale = (float)(size - 1) * (1.0f / 6.0f), *f = s->f;
    EACH(i) {
        Three was = {block->r[i], block->g[i], block->b[i]}, x = was;
        if (light) {
            float hue, saturation, high, low = least(least(x.a, x.b), x.c);
            to_hsv(x.a, x.b, x.c, &hue, &saturation, &high);
            float up = lookup(s->t[3], size, hue * scale);
            float down = lookup(s->t[4], size, hue * scale);
            x = lightened(x, high, low, up, down, f);
            x = (Three){in_01(x.a), in_01(x.b), in_01(x.c)};
        }
        float grey = f[10] * x.a + f[11] * x.b + f[12] * x.c;
        set(block, i, was.a + (grey - was.a) * f[13], was.b + (grey - was.b) * f[13],
            was.c + (grey - was.c) * f[13]);
    }
}

static void black_and_white(Block *restrict block, const Step *restrict s, Kept *restrict kept)
{
    (void)kept;
    if (s->t[3]) greyed(block, s, 1);
    else greyed(block, s, 0);
}

#endif
