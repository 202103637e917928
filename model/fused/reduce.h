/* A picture made smaller in linear light: imaging.resize.resize_area. */
#ifndef REDUCE_H
#define REDUCE_H

#include "picture.h"

#include <stdlib.h>

#define STRETCH 512 /* pixels of a row whose sums lie in a core's first cache, or one small pixel's */

/* How much of the whole pixel at `place` lies between two others, in parts of that. */
INLINE float covered(double from, double to, int32_t place)
{
    double begin = from > place ? from : place, end = to < place + 1.0 ? to : place + 1.0;
    return end > begin ? (float)((end - begin) / (to - from)) : 0.0f;
}

/* Columns first..last - 1 of a row of the small picture: means of rows from..to and of their
   columns, `across` of which make one. */
static void reduce_stretch(const Picture *restrict picture, double from, double to, double across,
                           int32_t first, int32_t last, float *restrict sums, float *restrict out)
{
    const int32_t left = (int32_t)(first * across), end = (int32_t)ceil(last * across);
    const int32_t right = end < picture->width ? end : picture->width, count = 3 * (right - left);
    const int32_t above = (int32_t)from, under = (int32_t)ceil(to);
    for (int32_t i = 0; i < count; i++) sums[i] = 0.0f;
    for (int32_t row = above; row < under && row < picture->height; row++) {
        const float *restrict pixels = picture->pixels + row * picture->pixels_row + 3 * (int64_t)left;
        const float weight = covered(from, to, row);
        for (int32_t i = 0; i < count; i++) sums[i] += weight * pixels[i];
    }
    for (int32_t x = first; x < last; x++) {
        const double begin = x * across, stop = begin + across;
        float r = 0.0f, g = 0.0f, b = 0.0f;
        for (int32_t i = (int32_t)begin; i < stop && i < right; i++) {
            const float weight = covered(begin, stop, i), *sum = sums + 3 * (i - left);
            r += weight * sum[0];
            g += weight * sum[1];
            b += weight * sum[2];
        }
        out[3 * x] = r;
        out[3 * x + 1] = g;
        out[3 * x + 2] = b;
    }
}

/* Rows top..bottom - 1 of the picture at height x width, no larger than it, into its `out`, which
   is float32. Returns 0, or -1 without memory. */
int32_t reduce_rows(const Picture *picture, int32_t height, int32_t width, int32_t top,
                    int32_t bottom)
{
    const double down = (double)picture->height / height, across = (double)picture->width / width;
    const int32_t columns = across < STRETCH ? (int32_t)(STRETCH / across) : 1;
    float *sums = malloc(sizeof(float) * 3 * (size_t)(across * columns + 4.0));
    if (!sums) return -1;
    for (int32_t row = top; row < bottom; row++) {
        float *out = (float *)picture->out + row * picture->out_row;
        for (int32_t first = 0; first < width; first += columns) {
            int32_t last = first + columns < width ? first + columns : width;
            reduce_stretch(picture, row * down, (row + 1) * down, across, first, last, sums, out);
        }
    }
    free(sums);
    return 0;
}

#endif
