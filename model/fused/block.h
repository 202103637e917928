/* A block of pixels of one row, in planes, and what the steps of a plan have to work with. */
#ifndef BLOCK_H
#define BLOCK_H

#include "numbers.h"

#define BLOCK 256 /* pixels: three planes of them and a step's tables lie in a core's first cache */
#define PLANES 4
#define NUMBERS 40
#define TABLES 6

/* One step of a plan, as model.fused.plan makes it. What stands where in n, f and t is said at each
   function. */
typedef struct {
    int32_t code;
    int32_t n[7];
    float f[NUMBERS];
    const float *t[TABLES];
    double d[3];
} Step;

typedef struct {
    float r[BLOCK], g[BLOCK], b[BLOCK];
    float stops[BLOCK];  /* log2 luma of the scene's pixels, as shot */
    int32_t count;       /* of pixels, made up to a multiple of 16 */
    int32_t row, column; /* of the first one in the picture */
    int32_t height, width;
} Block;

/* What a step keeps from row to row of a tile, BLOCK pixels wide: rows of something coarser than
   the picture, already as wide as the tile, and for two such things where in their rows, and how
   far towards the next place, each column of the tile lies. */
typedef struct {
    int32_t held[4], placed[2];
    float rows[4][PLANES][BLOCK];
    int32_t below[2][BLOCK];
    float parts[2][BLOCK], across[2][BLOCK];
} Kept;

typedef void Function(Block *restrict, const Step *restrict, Kept *restrict);

#define EACH(i) ALONE for (int32_t i = 0; i < (block->count & ~15); i++)

INLINE void set(Block *restrict block, int32_t i, float r, float g, float b)
{
    block->r[i] = in_01(r);
    block->g[i] = in_01(g);
    block->b[i] = in_01(b);
}

INLINE void encode_block(Block *restrict block)
{
    EACH(i) {
        block->r[i] = srgb_encode(block->r[i]);
        block->g[i] = srgb_encode(block->g[i]);
        block->b[i] = srgb_encode(block->b[i]);
    }
}

INLINE void decode_block(Block *restrict block)
{
    EACH(i) {
        block->r[i] = srgb_decode(block->r[i]);
        block->g[i] = srgb_decode(block->g[i]);
        block->b[i] = srgb_decode(block->b[i]);
    }
}

#endif
