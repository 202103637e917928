/* A fit's weighted squares: model.solve.smoothed.normal_equations. */
#ifndef SQUARES_H
#define SQUARES_H

#include "block.h"

#include <stdlib.h>

enum { LANES = 16 };

/* Sum of the products of two rows, in float64. */
INLINE double product(const float *restrict a, const float *restrict b, int32_t count)
{
    double parts[LANES] = {0.0}, sum = 0.0;
    for (int32_t i = 0; i < count; i += LANES)
        for (int32_t k = 0; k < LANES; k++) parts[k] += (double)a[i + k] * (double)b[i + k];
    for (int32_t k = 0; k < LANES; k++) sum += parts[k];
    return sum;
}

/* Of rows - the derivatives [unknowns, 3, count] and last the distances [3, count] - their products
   with each other, each pixel by its weight over its smoothed length: sums[(unknowns + 1)^2], of
   which each row is written up to its own place. `count` is a multiple of 16. 0, or -1 without
   memory. */
int32_t weighted_squares(const float *jacobian, const float *distances, const float *weights,
                         float softness, int32_t count, int32_t unknowns, double *sums)
{
    const int32_t rows = unknowns + 1, wide = 3 * BLOCK;
    float scale[BLOCK], *scaled = malloc(sizeof(float) * (size_t)rows * (size_t)wide);
    if (!scaled) return -1;
    for (int32_t k = 0; k < rows * rows; k++) sums[k] = 0.0;
    for (int32_t column = 0; column < count; column += BLOCK) {
        const int32_t n = count - column < BLOCK ? count - column : BLOCK;
        const float *r = distances + column;
        for (int32_t i = 0; i < n; i++) {
            float x = r[i], y = r[count + i], z = r[2 * (int64_t)count + i];
            float length = sqrtf(x * x + y * y + z * z + softness * softness);
            scale[i] = sqrtf(weights[column + i] / length);
        }
        for (int32_t u = 0; u < rows; u++)
            for (int32_t c = 0; c < 3; c++) {
                const float *from = u < unknowns ? jacobian + (3 * (int64_t)u + c) * count + column
                                                 : r + c * (int64_t)count;
                float *to = scaled + (int64_t)u * wide + c * n;
                for (int32_t i = 0; i < n; i++) to[i] = from[i] * scale[i];
            }
        for (int32_t u = 0; u < rows; u++)
            for (int32_t v = 0; v <= u; v++)
                sums[u * rows + v] +=
                    product(scaled + (int64_t)u * wide, scaled + (int64_t)v * wide, 3 * n);
    }
    free(scaled);
    return 0;
}

#endif
