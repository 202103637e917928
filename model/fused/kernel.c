/* An edit on rows of a picture: every step of its plan on a block of pixels while it lies in a
   core's first cache. model.fused.plan makes plans, model.fused.library calls this. */
#include "block.h"
#include "panels.h"
#include "picture.h"
#include "places.h"
#include "process_1.h"
#include "reduce.h"
#include "sample.h"
#include "squares.h"
#include "surroundings.h"
#include "tables.h"
#include "tones.h"

#include <stdlib.h>

/* The steps there are: model.fused.library reads their names, a plan's codes count them. */
#define STEPS(one) \
    one(matrix) one(tone_map) one(ratio_tone_map) one(rooted_channels) one(encoded_tone_map) \
    one(refined_curve) one(channel_curves) one(saturation) one(vibrance_up) one(vibrance_down) \
    one(gain) one(clarity) one(texture) one(dehaze) one(hue_sat) one(shadow_tint) \
    one(color_mixer) one(black_and_white) one(rgb_table) one(vignette_light) \
    one(vignette_paint) one(grain) one(gains) one(contrast) one(regions) one(even_curve) \
    one(vibrance_saturation) one(nothing) one(gain_at)
#define NAME(step) #step " "
#define FUNCTION(step) step,

const char *step_names(void) { return STEPS(NAME); }

int32_t step_bytes(void) { return (int32_t)sizeof(Step); }

static Function *const FUNCTIONS[] = {STEPS(FUNCTION)};

/* Edit rows top..bottom - 1 by `count` steps. left[row] becomes 1 where a row was not touched
   because it holds numbers that are none, or too large. Returns 0, or -1 without memory. */
int32_t render_rows(const Picture *picture, const Step *steps, int32_t count, int32_t top,
                    int32_t bottom, uint8_t *left)
{
    Kept *kept = malloc(sizeof(Kept) * (size_t)(count > 0 ? count : 1));
    Block *block = malloc(sizeof(Block));
    if (!kept || !block) {
        free(kept);
        free(block);
        return -1;
    }
    for (int32_t row = top; row < bottom; row++)
        left[row] = !usable(picture->pixels + row * picture->pixels_row, 3 * (int64_t)picture->width);
    block->height = picture->height;
    block->width = picture->width;
    for (int32_t column = 0; column < picture->width; column += BLOCK) {
        int32_t rest = picture->width - column, real = rest < BLOCK ? rest : BLOCK;
        block->column = column;
        block->count = (real + 15) & ~15;
        for (int32_t k = 0; k < count; k++) {
            for (int32_t slot = 0; slot < 4; slot++) kept[k].held[slot] = -1;
            kept[k].placed[0] = kept[k].placed[1] = 0;
        }
        for (int32_t row = top; row < bottom; row++) {
            if (left[row]) continue;
            block->row = row;
            take(block, picture, real);
            for (int32_t k = 0; k < count; k++) FUNCTIONS[steps[k].code](block, steps + k, kept + k);
            give(block, picture, real);
        }
    }
    free(kept);
    free(block);
    return 0;
}

/* Distances [3, count] of a sample edited by `steps` steps to its target. */
void sample_values(const Sample *sample, const Step *steps, int32_t count, float *values)
{
    Block block;
    for (int32_t column = 0; column < sample->count; column += BLOCK) {
        begin(&block, sample, column);
        for (int32_t k = 0; k < count; k++) FUNCTIONS[steps[k].code](&block, steps + k, NULL);
        distances(&block, sample, values + column, sample->count);
    }
}

/* Also how they change with each unknown, [unknowns, 3, count]. Those of unknown u make the steps
   variants[first[u]] to variants[first[u + 1] - 1] of those at `places`, rising; `per` is 1 over
   how far the unknown was moved for it. 0, or -1 without memory. */
int32_t sample_jacobian(const Sample *sample, const Step *steps, int32_t count,
                        const Step *variants, const int32_t *places, const int32_t *first,
                        const float *per, int32_t unknowns, float *values, float *jacobian)
{
    const int64_t n = sample->count;
    Block *before = malloc(sizeof(Block) * (size_t)(count + 1)), block;
    float moved[3 * BLOCK];
    if (!before) return -1;
    for (int32_t column = 0; column < n; column += BLOCK) {
        begin(before, sample, column);
        for (int32_t k = 0; k < count; k++) {
            before[k + 1] = before[k];
            FUNCTIONS[steps[k].code](before + k + 1, steps + k, NULL);
        }
        distances(before + count, sample, values + column, n);
        for (int32_t u = 0; u < unknowns; u++) {
            float *change = jacobian + 3 * n * u + column;
            int32_t v = first[u], last = first[u + 1], k = v < last ? places[v] : count;
            block = before[k];
            for (; k < count; k++) {
                const Step *step = v < last && places[v] == k ? variants + v++ : steps + k;
                FUNCTIONS[step->code](&block, step, NULL);
            }
            distances(&block, sample, moved, BLOCK);
            for (int32_t c = 0; c < 3; c++)
                for (int32_t i = 0; i < block.count; i++)
                    change[c * n + i] =
                        (moved[c * BLOCK + i] - values[c * n + column + i]) * per[u];
        }
    }
    free(before);
    return 0;
}

/* 0 where a row of known pixels comes out as it should: the machine has the instructions. */
int32_t check_self(void)
{
    float pixels[3 * 37], out[3 * 37], table[1025] = {0};
    uint8_t left[1];
    const Picture picture = {pixels, out, 3 * 37, 3 * 37, 1, 37, LINEAR, 1,
                             {0.3f, 0.59f, 0.11f, 0.001f}, {0}, {0}};
    Step steps[3] = {{.code = 0, .f = {0.5f, [4] = 0.5f, [8] = 0.5f}}, {.code = 1}, {.code = 4}};
    for (int k = 1; k < 3; k++) {
        steps[k].n[0] = 1025;
        steps[k].f[0] = 1024.0f;
        steps[k].t[0] = table;
    }
    for (int i = 0; i < 3 * 37; i++) pixels[i] = (float)i / 111.0f;
    if (render_rows(&picture, steps, 3, 0, 1, left) || left[0]) return 1;
    for (int i = 0; i < 3 * 37; i++)
        if (!(fabsf(out[i] - 0.5f * pixels[i]) < 1e-6f)) return 1;
    return 0;
}
