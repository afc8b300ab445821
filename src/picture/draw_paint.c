/* SPDX-License-Identifier: Apache-2.0
 *
 * What every surface looks like: noise in many forms, and a small alphabet for the mat, the label
 * and the number.
 */
#include "picture/draw_scene.h"

/* ---- noise ---- */

float draw_hash(uint32_t seed, int32_t x, int32_t y)
{
    uint32_t h = seed ^ (uint32_t)x * 0x9E3779B1u ^ (uint32_t)y * 0x85EBCA77u;
    h = (h ^ h >> 15) * 0x2C1B3C6Du;
    h = (h ^ h >> 12) * 0x297A2D39u;
    return (float)((h ^ h >> 15) >> 8) / (float)(1 << 24);
}

float draw_noise(uint32_t seed, float x, float y)
{
    float floor_x = floorf(x);
    float floor_y = floorf(y);
    int32_t ix = (int32_t)floor_x;
    int32_t iy = (int32_t)floor_y;
    float fx = vec_step(0, 1, x - floor_x);
    float fy = vec_step(0, 1, y - floor_y);
    float top = draw_hash(seed, ix, iy) * (1 - fx) + draw_hash(seed, ix + 1, iy) * fx;
    float low = draw_hash(seed, ix, iy + 1) * (1 - fx) + draw_hash(seed, ix + 1, iy + 1) * fx;
    return top * (1 - fy) + low * fy;
}

float draw_clouds(uint32_t seed, float x, float y, int octaves)
{
    float sum = 0;
    float weight = 0.5f;
    for (int i = 0; i < octaves; i++, weight /= 2, x *= 2.03f, y *= 2.03f)
        sum += weight * draw_noise(seed + (uint32_t)i, x, y);
    return sum;
}

/* ---- letters ---- */

/* Rows from the top, five bits each, the left one highest. */
struct glyph {
    char letter;
    uint8_t rows[7];
};

static const struct glyph glyphs[] = {
    {'0', {14, 17, 19, 21, 25, 17, 14}}, {'1', {4, 12, 4, 4, 4, 4, 14}},
    {'2', {14, 17, 1, 6, 8, 16, 31}},    {'3', {30, 1, 1, 14, 1, 1, 30}},
    {'4', {2, 6, 10, 18, 31, 2, 2}},     {'5', {31, 16, 30, 1, 1, 17, 14}},
    {'6', {6, 8, 16, 30, 17, 17, 14}},   {'7', {31, 1, 2, 4, 8, 8, 8}},
    {'8', {14, 17, 17, 14, 17, 17, 14}}, {'9', {14, 17, 17, 15, 1, 2, 12}},
    {'C', {14, 17, 16, 16, 16, 17, 14}}, {'E', {31, 16, 16, 30, 16, 16, 31}},
    {'H', {17, 17, 17, 31, 17, 17, 17}}, {'I', {14, 4, 4, 4, 4, 4, 14}},
    {'L', {16, 16, 16, 16, 16, 16, 31}}, {'M', {17, 27, 21, 21, 17, 17, 17}},
    {'O', {14, 17, 17, 17, 17, 17, 14}}, {'W', {17, 17, 17, 21, 21, 27, 17}},
};

/* True where ink is. (x, y) runs over the whole text: x 0 to 1, y 0 (top) to 1. */
static bool is_ink(const char *text, float x, float y)
{
    int columns = (int)strlen(text) * 6 - 1;
    int column = (int)floorf(x * (float)columns);
    int row = (int)floorf(y * 7);
    if (x < 0 || x >= 1 || row < 0 || row > 6 || column % 6 == 5)
        return false;
    for (size_t i = 0; i < ARRAY_LEN(glyphs); i++) {
        if (glyphs[i].letter == text[column / 6])
            return glyphs[i].rows[row] >> (4 - column % 6) & 1;
    }
    return false;
}

/* ---- surfaces ---- */

static float distance_to_grid(float x)
{
    x -= floorf(x);
    return x < 0.5f ? x : 1 - x;
}

/* Courses of blocks, each second one shifted, with joints between them. */
struct courses {
    float width, height, joint;
    float variety; /* how unlike the blocks are */
    struct vec colour, joint_colour;
};

static struct vec paint_courses(uint32_t seed, const struct courses *c, float x, float y,
                                struct draw_hit *hit)
{
    float row = floorf(y / c->height);
    float shifted = x / c->width + ((int)row & 1 ? 0.5f : 0) +
                    0.08f * draw_hash(seed, (int)row, 77) * (c->variety > 0.3f ? 4 : 0);
    float column = floorf(shifted);
    float edge_x = distance_to_grid(shifted) * c->width;
    float edge_y = distance_to_grid(y / c->height) * c->height;
    float edge = edge_x < edge_y ? edge_x : edge_y;
    edge += 0.003f * (draw_noise(seed + 5, x * 160, y * 160) - 0.5f);
    float in_block = vec_step(c->joint * 0.5f, c->joint * 0.9f, edge);

    float own = draw_hash(seed, (int)column, (int)row) - 0.5f;
    float warm = draw_hash(seed + 1, (int)column, (int)row) - 0.5f;
    float rough = draw_clouds(seed + 2, x * 55, y * 55, 4) - 0.45f;
    struct vec block = vec_scale(c->colour, 1 + c->variety * own + 0.5f * rough);
    block.x *= 1 + 0.3f * c->variety * warm;
    block.z *= 1 - 0.3f * c->variety * warm;
    struct vec joint =
        vec_scale(c->joint_colour, 0.8f + 0.4f * draw_noise(seed + 3, x * 300, y * 300));
    hit->normal.y += in_block < 1 ? 0.25f * (edge_y < edge_x ? 1.f : 0) * (1 - in_block) : 0;
    return vec_mix(joint, block, in_block);
}

static struct vec paint_boards(const struct draw_scene *s, float x, float y)
{
    const float board = 0.14f;
    float within = y / board - floorf(y / board);
    float grain = draw_clouds(s->seed + 9, x * 6, y * 90, 4);
    float shade = 0.86f + 0.14f * vec_step(0, 0.9f, within) + 0.22f * (grain - 0.45f);
    shade *= vec_step(0, 0.05f, within) * 0.5f + 0.5f;
    return vec_scale(s->wall_colour, shade);
}

static struct vec paint_window(const struct draw_scene *s, float x, float y)
{
    bool frame = fabsf(x) > 0.4f || y < 0.05f || y > 1.15f || fabsf(x) < 0.02f;
    if (frame)
        return vec_scale(s->frame_colour, 0.92f + 0.1f * draw_noise(s->seed, x * 40, y * 40));
    float mirror = draw_clouds(s->seed + 21, x * 3 + y, y * 3 - x, 4);
    float curtain = 0.5f + 0.5f * sinf(x * 60 + 3 * draw_noise(s->seed, x * 8, y * 2));
    struct vec inside = vec_scale(vec_of(0.42f, 0.38f, 0.33f), 0.5f + 0.5f * curtain);
    return vec_mix(inside, vec_of(0.62f, 0.7f, 0.78f), vec_step(0.3f, 0.65f, mirror));
}

static struct vec paint_wall(const struct draw_scene *s, struct draw_hit *hit)
{
    float x = hit->at.x;
    float y = hit->at.y;
    float around = fabsf(x - s->door_x) - s->door_half;
    if (around < 0.085f && y < s->door_y + 0.085f && y > s->step.half.y * 0.5f)
        return vec_scale(s->frame_colour, 0.93f + 0.1f * draw_clouds(s->seed, x * 30, y * 6, 3) -
                                              0.25f * vec_step(0.06f, 0.085f, around));
    float from_plate =
        x - (s->door_x + (s->lamp.middle.x > s->door_x ? -1 : 1) * (s->door_half + 0.27f));
    if (fabsf(from_plate) < 0.1f && fabsf(y - 1.42f) < 0.075f) {
        char number[12];
        snprintf(number, sizeof number, "%d", s->number);
        bool ink = is_ink(number, from_plate / 0.13f + 0.5f, (1.42f - y) / 0.09f + 0.5f);
        return ink ? vec_of(0.92f, 0.9f, 0.84f) : vec_of(0.13f, 0.17f, 0.24f);
    }
    if (s->window && fabsf(x - s->window_x) < 0.46f && y > 0.85f && y < 2.05f)
        return paint_window(s, x - s->window_x, y - 0.85f);

    float damp = 0.8f + 0.2f * vec_step(0, 0.35f, y + 0.3f * draw_clouds(s->seed, x * 4, 1, 3));
    struct vec base;
    struct courses courses = {.joint_colour = s->wall_second, .colour = s->wall_colour};
    switch (s->wall_kind) {
    case WALL_BRICK:
        courses.width = 0.225f;
        courses.height = 0.075f;
        courses.joint = 0.014f;
        courses.variety = 0.28f;
        base = paint_courses(s->seed + 30, &courses, x, y, hit);
        break;
    case WALL_STONE:
        courses.width = 0.42f;
        courses.height = 0.21f;
        courses.joint = 0.02f;
        courses.variety = 0.36f;
        base = paint_courses(s->seed + 31, &courses, x, y, hit);
        break;
    case WALL_BOARDS:
        base = paint_boards(s, x, y);
        break;
    default:
        hit->normal.x += 0.5f * (draw_clouds(s->seed + 8, x * 130, y * 130, 3) - 0.43f);
        base = vec_scale(s->wall_colour, 0.88f + 0.22f * draw_clouds(s->seed + 7, x * 3, y * 3, 5));
    }
    return vec_scale(base, damp);
}

static struct vec paint_ground(const struct draw_scene *s, struct draw_hit *hit)
{
    float x = hit->at.x;
    float z = hit->at.z;
    float wear = 0.8f + 0.4f * draw_clouds(s->seed + 41, x * 1.7f, z * 1.7f, 4);
    float grit = 0.9f + 0.2f * draw_hash(s->seed, (int)floorf(x * 700), (int)floorf(z * 700));
    struct courses courses = {.colour = s->ground_colour,
                              .joint_colour = vec_scale(s->ground_colour, 0.45f)};
    switch (s->ground_kind) {
    case GROUND_SLABS:
        courses.width = 0.6f;
        courses.height = 0.45f;
        courses.joint = 0.018f;
        courses.variety = 0.16f;
        break;
    case GROUND_SETTS:
        courses.width = 0.17f;
        courses.height = 0.11f;
        courses.joint = 0.02f;
        courses.variety = 0.34f;
        break;
    case GROUND_DECKING:
        courses.width = 2.4f;
        courses.height = 0.13f;
        courses.joint = 0.014f;
        courses.variety = 0.2f;
        wear *= 0.8f + 0.4f * draw_clouds(s->seed + 43, x * 7, z * 120, 3);
        break;
    default:
        return vec_scale(s->ground_colour,
                         wear * grit *
                             (0.8f + 0.4f * draw_clouds(s->seed + 42, x * 40, z * 40, 4)));
    }
    struct vec base = paint_courses(s->seed + 44, &courses, x, z, hit);
    hit->normal = vec_of(0, 1, 0);
    return vec_scale(base, wear * grit);
}

/* Light on the upper and left edge of something raised, shade on the others; 0 away from edges. */
static float bevel(float x, float y, float half_x, float half_y)
{
    const float rim = 0.022f;
    float dx = half_x - fabsf(x);
    float dy = half_y - fabsf(y);
    if (dx < 0 || dy < 0 || (dx > rim && dy > rim))
        return 0;
    return dx < dy ? (x < 0 ? -0.22f : 0.16f) : (y > 0 ? -0.26f : 0.2f);
}

static bool paint_metal(const struct draw_scene *s, float x, float y, struct vec *out)
{
    float side = s->door_half * 0.8f;
    float knob = hypotf(x - side, y - 1.02f);
    bool letterbox = fabsf(x) < 0.14f && fabsf(y - 1.0f) < 0.035f;
    bool plate = fabsf(x - side) < 0.022f && fabsf(y - 1.0f) < 0.11f;
    if (s->door_kind == DOOR_MODERN) {
        plate = fabsf(x - side) < 0.014f && fabsf(y - 0.95f) < 0.45f;
        letterbox = false;
        knob = 1;
    }
    if (knob >= 0.034f && !letterbox && !plate)
        return false;
    float shine = 0.55f + 0.4f * draw_noise(s->seed + 60, x * 60, y * 35);
    if (knob < 0.034f)
        shine = 1.15f - knob * 18;
    if (letterbox && fabsf(y - 1.0f) < 0.012f)
        shine *= 0.4f;
    *out = vec_scale(s->seed & 1 ? vec_of(0.83f, 0.7f, 0.42f) : vec_of(0.75f, 0.76f, 0.78f), shine);
    return true;
}

static struct vec paint_door(const struct draw_scene *s, struct draw_hit *hit)
{
    float x = hit->local.x;
    float y = hit->local.y;
    struct vec metal;
    if (paint_metal(s, x, y, &metal))
        return metal;
    float grain = draw_clouds(s->seed + 50, x * 90, y * 5, 4) - 0.45f;
    float shade = 1 + 0.25f * grain;
    float half = s->door_half;
    struct vec glass = vec_mix(vec_of(0.16f, 0.19f, 0.22f), vec_of(0.6f, 0.68f, 0.75f),
                               vec_step(0.3f, 0.62f, draw_clouds(s->seed + 51, x * 4, y * 3, 4)));
    switch (s->door_kind) {
    case DOOR_PANELS: {
        float px = fabsf(x) - half * 0.46f;
        float low = y - 0.5f;
        float high = y - 1.5f;
        shade += bevel(px, low, half * 0.34f, 0.3f) + bevel(px, high, half * 0.34f, 0.36f);
        break;
    }
    case DOOR_GLAZED:
        if (fabsf(x) < half * 0.68f && y > 1.12f && y < 1.9f && fabsf(x) > 0.012f)
            return glass;
        shade += bevel(x, y - 0.5f, half * 0.7f, 0.34f);
        break;
    case DOOR_PLANKS: {
        float plank = x / (half * 2 / 7);
        shade -= 0.45f * (1 - vec_step(0.02f, 0.07f, distance_to_grid(plank)));
        shade += 0.16f * (draw_hash(s->seed, (int)floorf(plank), 3) - 0.5f);
        break;
    }
    default:
        if (fabsf(x + half * 0.45f) < 0.07f && y > 0.35f && y < 1.85f)
            return glass;
        shade -= 0.3f * (1 - vec_step(0.004f, 0.01f, distance_to_grid(y / 0.4f) * 0.4f));
    }
    if (y < 0.16f) /* a kick plate, scuffed */
        shade *= 0.72f + 0.3f * draw_clouds(s->seed + 52, x * 30, y * 60, 4);
    return vec_scale(s->door_colour, shade);
}

static struct vec paint_mat(const struct draw_scene *s, const struct draw_hit *hit)
{
    float x = hit->local.x / s->mat.half.x;
    float z = hit->local.z / s->mat.half.z;
    float bristle = 0.45f + 0.9f * draw_noise(s->seed, hit->at.x * 260, hit->at.z * 160) *
                                draw_noise(s->seed + 1, hit->at.x * 90, hit->at.z * 60) * 1.6f;
    bool border = fabsf(x) > 0.92f || fabsf(z) > 0.86f;
    bool ink = is_ink(s->greeting, x / 1.4f + 0.5f, -z / 0.9f + 0.5f);
    struct vec base = s->mat_colour;
    if (border || ink)
        base = vec_scale(base, 0.3f);
    return vec_scale(base, bristle);
}

/* The address label: lines that stand for writing, and a bar code. Nobody's name. */
static struct vec paint_label(uint32_t seed, float x, float y)
{
    struct vec paper = vec_of(0.93f, 0.92f, 0.89f);
    struct vec ink = vec_of(0.1f, 0.1f, 0.12f);
    if (y < 0.42f && y > 0.1f && x > 0.1f && x < 0.9f)
        return draw_hash(seed, (int)(x * 58), 1) > 0.52f ? ink : paper;
    float line = y * 9;
    float length = 0.3f + 0.5f * draw_hash(seed, (int)line, 2);
    bool written = y > 0.5f && y < 0.92f && line - floorf(line) < 0.45f && x > 0.1f &&
                   x < 0.1f + length && draw_hash(seed, (int)(x * 46), (int)line) > 0.25f;
    return written ? ink : paper;
}

static struct vec paint_parcel(const struct draw_scene *s, const struct draw_hit *hit, int which)
{
    const struct draw_box *box = &s->parcels[which];
    uint32_t seed = s->seed + 70 + (uint32_t)which;
    float u = hit->face == 0 ? hit->local.z : hit->local.x;
    float v = hit->face == 1 ? hit->local.z + box->half.z : hit->local.y;
    float wide = hit->face == 0 ? box->half.z : box->half.x;
    float high = hit->face == 1 ? box->half.z * 2 : box->half.y;
    float fibre = draw_clouds(seed, u * 180, v * 26, 4) - 0.45f;
    float stain = draw_clouds(seed + 9, u * 7, v * 7, 4) - 0.45f;
    float edge = wide - fabsf(u) < high - v ? wide - fabsf(u) : high - v;
    edge = v < edge ? v : edge;
    float shade = 1 + 0.22f * fibre + 0.22f * stain - 0.16f * (1 - vec_step(0, 0.012f, edge));
    struct vec base = vec_scale(s->parcel_colour, shade * (which ? 0.9f : 1));

    bool tape = hit->face == 1 ? fabsf(hit->local.z) < 0.028f
                               : hit->face == 0 && fabsf(u) < 0.028f && v > high - 0.08f;
    if (tape)
        base = vec_mix(base, vec_of(0.86f, 0.78f, 0.6f), 0.55f);
    float label_wide = wide * 0.9f;
    float label_high = high * 0.55f < label_wide ? high * 0.55f : label_wide;
    float lx = (u + wide * 0.72f) / label_wide;
    float ly = (v - high * 0.28f) / label_high;
    if (hit->face == 2 && lx > 0 && lx < 1 && ly > 0 && ly < 1)
        base = vec_scale(paint_label(seed, lx, ly), 1 + 0.1f * stain);
    return base;
}

static struct vec paint_bush(const struct draw_scene *s, struct draw_hit *hit, uint32_t seed)
{
    float u = atan2f(hit->normal.x, -hit->normal.z) * 9;
    float v = asinf(hit->normal.y) * 9;
    float leaf = draw_clouds(seed, u * 2.2f, v * 2.2f, 4);
    float tilt = draw_clouds(seed + 5, u * 3, v * 3, 3) - 0.43f;
    float flower = draw_noise(seed + 8, u * 1.8f, v * 1.8f);
    hit->normal = vec_unit(vec_add(hit->normal, vec_of(2.2f * tilt, 1.6f * (leaf - 0.45f), 0)));
    if (s->seed & 4 && flower > 0.86f)
        return s->seed & 8 ? vec_of(0.85f, 0.45f, 0.55f) : vec_of(0.9f, 0.87f, 0.75f);
    return vec_scale(vec_of(0.24f, 0.4f, 0.16f), 0.25f + 1.7f * leaf);
}

static struct vec paint_lamp(const struct draw_scene *s, const struct draw_hit *hit)
{
    float y = hit->local.y;
    float u = hit->face == 0 ? hit->local.z : hit->local.x;
    if (y < 0.02f || y > 0.16f || fabsf(u) > 0.048f)
        return vec_of(0.1f, 0.1f, 0.11f);
    float glow = 1 - 6 * hypotf(u, y - 0.08f);
    return vec_mix(vec_of(0.75f, 0.74f, 0.68f), vec_of(1.2f, 1.1f, 0.85f), glow > 0 ? glow : 0);
}

struct vec draw_paint(const struct draw_scene *s, struct draw_hit *hit)
{
    switch (hit->thing) {
    case THING_GROUND:
        return paint_ground(s, hit);
    case THING_WALL:
        return paint_wall(s, hit);
    case THING_FRAME:
        return vec_scale(s->frame_colour, 0.8f);
    case THING_DOOR:
        return paint_door(s, hit);
    case THING_STEP:
        return vec_scale(vec_mix(s->ground_colour, vec_of(0.72f, 0.7f, 0.66f), 0.5f),
                         0.78f + 0.45f * draw_clouds(s->seed + 55, hit->local.x * 45,
                                                     (hit->local.z + hit->local.y) * 45, 5));
    case THING_MAT:
        return paint_mat(s, hit);
    case THING_PARCEL:
        return paint_parcel(s, hit, 0);
    case THING_PARCEL_2:
        return paint_parcel(s, hit, 1);
    case THING_POT:
    case THING_POT_2:
        return vec_scale(s->pot_colour,
                         0.8f + 0.4f * draw_clouds(s->seed, hit->local.x * 40, hit->at.y * 30, 4));
    case THING_BUSH:
        return paint_bush(s, hit, s->seed + 80);
    case THING_BUSH_2:
        return paint_bush(s, hit, s->seed + 90);
    case THING_LAMP:
        return paint_lamp(s, hit);
    case THING_PIPE:
        return vec_scale(vec_of(0.3f, 0.31f, 0.33f),
                         0.9f + 0.2f * draw_noise(s->seed, 1, hit->at.y * 20));
    default:
        return vec_of(0.7f, 0.78f, 0.88f);
    }
}
