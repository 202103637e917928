/* A picture's pixels taken into blocks, and given back encoded for a file or as they are. */
#ifndef PICTURE_H
#define PICTURE_H

#include "block.h"

/* HxWx3, rows apart by so many values. What is written: float32 linear ProPhoto, 16-bit ROMM, or
   8-bit sRGB, whose other colours are cut off or brought inside. It may lie where the pixels do if
   each row begins where its pixels begin: what is written lags behind what was read. */
enum { LINEAR, ROMM_16, SRGB_8, SRGB_8_INSIDE };

typedef struct {
    const float *pixels;
    void *out;
    int64_t pixels_row, out_row;
    int32_t height, width, kind, stops;
    float luma[4]; /* weights, and what is added before the logarithm */
    float to_srgb[9];
    float inside[2]; /* imaging.gamut's KNEE and TINY */
} Picture;

/* Codes are written where floats may have been. */
typedef uint16_t __attribute__((may_alias)) Code16;
typedef uint8_t __attribute__((may_alias)) Code8;

/* Beyond this, or no number: such rows are left to the layer. Nothing in a plan, whose tables are
   finite, then makes a number that isn't, and the compiler may go by that. */
#define LARGEST 65536.0f

static int usable(const float *restrict row, int64_t count)
{
    int32_t largest = 0;
    for (int64_t i = 0; i < count; i++) {
        int32_t size = bits_of(row[i]) & 0x7fffffff;
        largest = size > largest ? size : largest;
    }
    return largest <= bits_of(LARGEST);
}

static void take(Block *restrict block, const Picture *restrict picture, int32_t real)
{
    const float *restrict from =
        picture->pixels + block->row * picture->pixels_row + 3 * (int64_t)block->column;
    for (int32_t i = 0; i < real; i++) {
        block->r[i] = from[3 * i];
        block->g[i] = from[3 * i + 1];
        block->b[i] = from[3 * i + 2];
    }
    for (int32_t i = real; i < block->count; i++)
        block->r[i] = block->g[i] = block->b[i] = 0.0f;
    if (!picture->stops) return;
    const float *w = picture->luma;
    EACH(i) {
        float luma = w[0] * block->r[i] + w[1] * block->g[i] + w[2] * block->b[i];
        block->stops[i] = log2_(most(luma, 0.0f) + w[3]);
    }
}

/* imaging.gamut.encode_beyond, of any numbers, in their place. */
INLINE void encode_beyond(float *restrict plane, int32_t count)
{
    float curve[BLOCK];
    ALONE for (int32_t i = 0; i < (count & ~15); i++) curve[i] = most(fabsf(plane[i]), 0.0031308f);
    powers(curve, 1.0f / 2.4f, count);
    ALONE for (int32_t i = 0; i < (count & ~15); i++) {
        float size = fabsf(plane[i]), bent_ = 1.055f * curve[i] - 0.055f;
        plane[i] = copysignf(size <= 0.0031308f ? size * 12.92f : bent_, plane[i]);
    }
}

/* imaging.gamut's _bend. */
INLINE float bent(float x, float room, float tiny)
{
    float over = most(x - (1.0f - room), 0.0f);
    return least(x, 1.0f - room) + over * room / sqrtf(over * over + room * room + tiny * tiny);
}

INLINE void to_linear_srgb(Block *restrict block, const float *restrict m)
{
    EACH(i) {
        float r = block->r[i], g = block->g[i], b = block->b[i];
        block->r[i] = m[0] * r + m[1] * g + m[2] * b;
        block->g[i] = m[3] * r + m[4] * g + m[5] * b;
        block->b[i] = m[6] * r + m[7] * g + m[8] * b;
    }
}

/* imaging.gamut.prophoto_to_srgb_inside: the block's linear ProPhoto to encoded sRGB. */
static void bring_inside(Block *restrict block, const float *restrict m, float knee, float tiny)
{
    to_linear_srgb(block, m);
    encode_beyond(block->r, block->count);
    encode_beyond(block->g, block->count);
    encode_beyond(block->b, block->count);
    EACH(i) {
        float r = block->r[i], g = block->g[i], b = block->b[i];
        float high = most(most(r, g), b), low = least(least(r, g), b), size = most(high, tiny);
        float saturation = (high - low) / size;
        float less = bent(saturation, 1.0f - knee, tiny);
        float kept = less / most(saturation, tiny) / size;
        float peak = bent(high, less * (1.0f - knee), tiny);
        set(block, i, peak * (1.0f - (high - r) * kept), peak * (1.0f - (high - g) * kept),
            peak * (1.0f - (high - b) * kept));
    }
}

/* The block's linear ProPhoto to encoded sRGB, cut off. */
static void cut_off(Block *restrict block, const float *restrict m)
{
    to_linear_srgb(block, m);
    EACH(i) set(block, i, block->r[i], block->g[i], block->b[i]);
    encode_block(block);
}

INLINE int32_t code(float encoded, float steps) { return (int32_t)rintf(encoded * steps); }

static void give_floats(const Block *restrict block, float *restrict to, int32_t real)
{
    for (int32_t i = 0; i < real; i++) {
        to[3 * i] = block->r[i];
        to[3 * i + 1] = block->g[i];
        to[3 * i + 2] = block->b[i];
    }
}

static void give_romm16(const Block *restrict block, Code16 *restrict to, int32_t real)
{
    uint16_t r[BLOCK], g[BLOCK], b[BLOCK];
    EACH(i) r[i] = (uint16_t)code(romm_encode(in_01(block->r[i])), 65535.0f);
    EACH(i) g[i] = (uint16_t)code(romm_encode(in_01(block->g[i])), 65535.0f);
    EACH(i) b[i] = (uint16_t)code(romm_encode(in_01(block->b[i])), 65535.0f);
    for (int32_t i = 0; i < real; i++) {
        to[3 * i] = r[i];
        to[3 * i + 1] = g[i];
        to[3 * i + 2] = b[i];
    }
}

static void give_srgb8(const Block *restrict block, Code8 *restrict to, int32_t real)
{
    uint8_t r[BLOCK], g[BLOCK], b[BLOCK];
    EACH(i) r[i] = (uint8_t)code(block->r[i], 255.0f);
    EACH(i) g[i] = (uint8_t)code(block->g[i], 255.0f);
    EACH(i) b[i] = (uint8_t)code(block->b[i], 255.0f);
    for (int32_t i = 0; i < real; i++) {
        to[3 * i] = r[i];
        to[3 * i + 1] = g[i];
        to[3 * i + 2] = b[i];
    }
}

static void give(Block *restrict block, const Picture *restrict picture, int32_t real)
{
    int64_t start = block->row * picture->out_row + 3 * (int64_t)block->column;
    if (picture->kind == LINEAR) {
        give_floats(block, (float *)picture->out + start, real);
    } else if (picture->kind == ROMM_16) {
        give_romm16(block, (Code16 *)picture->out + start, real);
    } else {
        if (picture->kind == SRGB_8)
            cut_off(block, picture->to_srgb);
        else
            bring_inside(block, picture->to_srgb, picture->inside[0], picture->inside[1]);
        give_srgb8(block, (Code8 *)picture->out + start, real);
    }
}

#endif
