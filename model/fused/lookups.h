/* Tables looked up for all pixels of a block at once: where, then what lies there, then what is
   between. Short loops one after another keep a core busier than a long one, and pairs of
   neighbours fetched one by one come sooner than by an instruction that gathers. */
#ifndef LOOKUPS_H
#define LOOKUPS_H

#include "block.h"

#define AT_ONCE (3 * BLOCK) /* places that are looked up together at most */

typedef struct { float low, high; } Pair;

#if defined(__GNUC__) && !defined(__clang__)
__attribute__((noinline, optimize("no-tree-vectorize", "unroll-loops")))
#else
__attribute__((noinline))
#endif
static void fetch(const float *restrict table, const int32_t *restrict below, Pair *restrict pairs,
                  int32_t count)
{
#ifdef __clang__
#pragma clang loop vectorize(disable) unroll_count(8)
#endif
    for (int32_t i = 0; i < (count & ~15); i++) memcpy(pairs + i, table + below[i], sizeof(Pair));
}

/* A place in a table of `size` entries, two at least, limited to it: the entry below, and how far
   above that it is. */
INLINE void split_place(float place, int32_t size, int32_t *below, float *part)
{
    place = within(place, 0.0f, (float)(size - 1));
    int32_t entry = (int32_t)place;
    entry = entry < size - 2 ? entry : size - 2;
    *below = entry;
    *part = place - (float)entry;
}

/* Values of a table at places split by split_place(); they may be put where the parts are. */
INLINE void values_at(const float *restrict table, const int32_t *restrict below,
                      const float *parts, float *values, int32_t count)
{
    Pair pairs[AT_ONCE];
    fetch(table, below, pairs, count);
    ALONE for (int32_t i = 0; i < (count & ~15); i++)
        values[i] = pairs[i].low + (pairs[i].high - pairs[i].low) * parts[i];
}

/* model.edit.lookup.lookup: places in a table become its values there. */
INLINE void look_up(const float *restrict table, int32_t size, float *restrict places,
                    int32_t count)
{
    int32_t below[AT_ONCE];
    ALONE for (int32_t i = 0; i < (count & ~15); i++)
        split_place(places[i], size, below + i, places + i);
    values_at(table, below, places, places, count);
}

/* model.edit.lookup.rooted_lookup's place of a linear value; scale is (size - 1) / its span. */
INLINE float rooted_place(float linear, float scale)
{
    return (sqrtf(in_01(linear) + 1e-6f) - 1e-3f) * scale;
}

#endif
