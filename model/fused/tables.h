/* A look's table of red, green and blue: model.edit.rgb_table and table_gammas. */
#ifndef TABLES_H
#define TABLES_H

#include "block.h"
#include "panels.h"

enum { GAMMA_LINEAR, GAMMA_SRGB, GAMMA_REC2020, GAMMA_POWER };

/* Of a power curve g[0..8]: exponent, end, height, 1 / end, three factors of its cubic, places in
   the toe's table for a height of 1. Of Rec. 2020: alpha, beta, slope of its line, exponent. */
INLINE float table_encode(float x, int gamma, const float *g)
{
    if (gamma == GAMMA_LINEAR) return x;
    if (gamma == GAMMA_SRGB) return srgb_encode(x);
    if (gamma == GAMMA_REC2020) {
        float curve = power(most(x, g[1]), g[3]) * g[0] - (g[0] - 1.0f);
        return x < g[1] ? x * g[2] : curve;
    }
    float t = x * g[3], cubic = t * (t * (t * g[4] + g[5]) + g[6]);
    return x <= g[1] ? cubic : power(most(x, g[1]), 1.0f / g[0]);
}

INLINE float table_decode(float x, int gamma, const float *g, const float *restrict toe,
                          int32_t size)
{
    if (gamma == GAMMA_LINEAR) return x;
    if (gamma == GAMMA_SRGB) return srgb_decode(x);
    if (gamma == GAMMA_REC2020) {
        float end = g[1] * g[2];
        float curve = power((most(x, end) + (g[0] - 1.0f)) / g[0], 1.0f / g[3]);
        return x < end ? x / g[2] : curve;
    }
    float curve = power(most(x, g[2]), g[0]);
    return x <= g[2] ? lookup(toe, size, x * g[7]) : curve;
}

/* rgb_table._tetrahedral. */
INLINE Three tetrahedral(const float *restrict entries, int32_t size, Three x)
{
    float last = (float)(size - 1);
    x = (Three){x.a * last, x.b * last, x.c * last};
    int32_t r = below(x.a, size - 2), g = below(x.b, size - 2), b = below(x.c, size - 2);
    x = (Three){x.a - (float)r, x.b - (float)g, x.c - (float)b};
    int32_t red = size * size, green = size, all = red + green + 1;
    int rg = x.a >= x.b, gb = x.b >= x.c, rb = x.a >= x.c;
    int32_t first = rg & rb ? red : ((!rg) & gb ? green : 1);
    int32_t final = (!rg) & (!rb) ? red : (rg & (!gb) ? green : 1);
    int32_t start = r * red + g * green + b;
    Three c0 = at(entries, start), c1 = at(entries, start + first);
    Three c2 = at(entries, start + all - final), c3 = at(entries, start + all);
    float high = most(most(x.a, x.b), x.c), low = least(least(x.a, x.b), x.c);
    float middle = x.a + x.b + x.c - high - low;
    return (Three){
        (c1.a - c0.a) * high + (c2.a - c1.a) * middle + (c3.a - c2.a) * low + c0.a,
        (c1.b - c0.b) * high + (c2.b - c1.b) * middle + (c3.b - c2.b) * low + c0.b,
        (c1.c - c0.c) * high + (c2.c - c1.c) * middle + (c3.c - c2.c) * low + c0.c};
}

INLINE Three times_matrix(const float *m, Three x)
{
    return (Three){m[0] * x.a + m[1] * x.b + m[2] * x.c, m[3] * x.a + m[4] * x.b + m[5] * x.c,
                   m[6] * x.a + m[7] * x.b + m[8] * x.c};
}

/* n[0] entries a side, n[1] a cube (else a curve a channel), n[3] colours outside are kept, n[4]
   entries of the toe; f[0..8] to the table's primaries, f[9..17] back, f[18] the amount, from f[19]
   on the gamma. t[0] changes [.., 3], t[1] the toe, t[2..4] the curves of a channel each. */
INLINE void looked_up(Block *restrict block, const Step *restrict s, int gamma)
{
    const float *g = s->f + 19;
    EACH(i) {
        Three x = {block->r[i], block->g[i], block->b[i]};
        Three inside = times_matrix(s->f, x), change;
        Three linear = {in_01(inside.a), in_01(inside.b), in_01(inside.c)};
        Three encoded = {table_encode(linear.a, gamma, g), table_encode(linear.b, gamma, g),
                         table_encode(linear.c, gamma, g)};
        if (s->n[1]) {
            change = tetrahedral(s->t[0], s->n[0], encoded);
        } else {
            float last = (float)(s->n[0] - 1);
            change = (Three){lookup(s->t[2], s->n[0], encoded.a * last),
                             lookup(s->t[3], s->n[0], encoded.b * last),
                             lookup(s->t[4], s->n[0], encoded.c * last)};
        }
        float amount = s->f[18];
        Three moved = {
            table_decode(in_01(encoded.a + change.a * amount), gamma, g, s->t[1], s->n[4]),
            table_decode(in_01(encoded.b + change.b * amount), gamma, g, s->t[1], s->n[4]),
            table_decode(in_01(encoded.c + change.c * amount), gamma, g, s->t[1], s->n[4])};
        /* Encoding and back is rounded: where the table changes nothing, neither may that. */
        moved.a = change.a * amount == 0.0f ? linear.a : moved.a;
        moved.b = change.b * amount == 0.0f ? linear.b : moved.b;
        moved.c = change.c * amount == 0.0f ? linear.c : moved.c;
        Three from = s->n[3] ? linear : inside;
        Three back = times_matrix(s->f + 9, (Three){moved.a - from.a, moved.b - from.b,
                                                    moved.c - from.c});
        set(block, i, x.a + back.a, x.b + back.b, x.c + back.c);
    }
}

/* n[2] is the gamma. */
static void rgb_table(Block *restrict block, const Step *restrict s, Kept *restrict kept)
{
    (void)kept;
    switch (s->n[2]) {
    case GAMMA_LINEAR: looked_up(block, s, GAMMA_LINEAR); break;
    case GAMMA_SRGB: looked_up(block, s, GAMMA_SRGB); break;
    case GAMMA_REC2020: looked_up(block, s, GAMMA_REC2020); break;
    default: looked_up(block, s, GAMMA_POWER);
    }
}

#endif
