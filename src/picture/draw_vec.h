/* SPDX-License-Identifier: Apache-2.0
 *
 * Three numbers, as a point in metres (x to the right, y up, z away from the camera) or as a colour
 * (0 to 1 each).
 */
#ifndef PORCHLIGHT_DRAW_VEC_H
#define PORCHLIGHT_DRAW_VEC_H

#include <math.h>

struct vec {
    float x, y, z;
};

static inline struct vec vec_of(float x, float y, float z)
{
    return (struct vec){x, y, z};
}

static inline struct vec vec_add(struct vec a, struct vec b)
{
    return (struct vec){a.x + b.x, a.y + b.y, a.z + b.z};
}

static inline struct vec vec_sub(struct vec a, struct vec b)
{
    return (struct vec){a.x - b.x, a.y - b.y, a.z - b.z};
}

static inline struct vec vec_scale(struct vec a, float k)
{
    return (struct vec){a.x * k, a.y * k, a.z * k};
}

static inline struct vec vec_times(struct vec a, struct vec b)
{
    return (struct vec){a.x * b.x, a.y * b.y, a.z * b.z};
}

static inline struct vec vec_mix(struct vec a, struct vec b, float k)
{
    return vec_add(vec_scale(a, 1 - k), vec_scale(b, k));
}

static inline float vec_dot(struct vec a, struct vec b)
{
    return a.x * b.x + a.y * b.y + a.z * b.z;
}

static inline struct vec vec_unit(struct vec a)
{
    return vec_scale(a, 1 / sqrtf(vec_dot(a, a)));
}

/* 0 below `from`, 1 above `to`, smooth between. */
static inline float vec_step(float from, float to, float x)
{
    float k = (x - from) / (to - from);
    k = k < 0 ? 0 : (k > 1 ? 1 : k);
    return k * k * (3 - 2 * k);
}

#endif
