/* SPDX-License-Identifier: Apache-2.0
 *
 * The camera: sends a ray for every pixel, four where different things meet, lights what they hit,
 * and then does what a small sensor does to it: vignette, noise, and in bad hands darkness and
 * blur.
 */
#include "picture/draw.h"

#include <errno.h>

#include "picture/draw_scene.h"

enum { SIDE_MIN = 16, SIDE_MAX = 8192 };

struct camera {
    const struct draw_scene *scene;
    uint32_t width, height;
    bool night;
};

/* Leaves of a tree that is not in the picture. */
static float dapple(const struct draw_scene *s, struct vec at)
{
    if (s->dapple <= 0)
        return 1;
    float back = at.y / s->sun.y;
    float leaves = draw_clouds(s->seed + 99, (at.x - s->sun.x * back) * 3.1f,
                               (at.z - s->sun.z * back) * 3.1f, 4);
    return 1 - s->dapple * vec_step(0.42f, 0.52f, leaves);
}

/* Corners get less of the sky. */
static float openness(const struct draw_scene *s, const struct draw_hit *hit)
{
    float open = 1;
    if (hit->thing == THING_GROUND || hit->thing == THING_STEP || hit->thing == THING_MAT)
        open *= 0.62f + 0.38f * vec_step(0, 0.5f, s->wall - hit->at.z);
    if (hit->thing == THING_WALL)
        open *= 0.72f + 0.28f * vec_step(0, 0.35f, hit->at.y);
    if (hit->thing == THING_DOOR)
        open *= (0.7f + 0.3f * vec_step(0, 0.25f, hit->local.y)) *
                (0.72f + 0.28f * vec_step(0, 0.12f, s->door_half - fabsf(hit->local.x)));
    for (int i = 0; i < s->parcel_count; i++) {
        struct vec away = vec_sub(hit->at, s->parcels[i].middle);
        float near = hypotf(away.x, away.z) / (s->parcels[i].half.x + 0.1f);
        if (hit->thing != THING_PARCEL && hit->thing != THING_PARCEL_2 && fabsf(away.y) < 0.2f)
            open *= 0.62f + 0.38f * vec_step(0.7f, 1.35f, near);
        else if (hit->face != 1)
            open *= 0.8f + 0.2f * vec_step(0, 0.12f, away.y);
    }
    return open;
}

static struct vec light(const struct camera *camera, struct draw_hit *hit)
{
    const struct draw_scene *s = camera->scene;
    struct vec flat = hit->normal;
    struct vec base = draw_paint(s, hit);
    if (hit->thing == THING_SKY)
        return base;
    float sun = vec_dot(vec_unit(hit->normal), s->sun);
    sun = sun > 0 ? sun : 0;
    struct vec off = vec_add(hit->at, vec_scale(flat, 0.004f));
    if (sun > 0 && draw_scene_shaded(s, off))
        sun = 0;
    if (sun > 0)
        sun *= dapple(s, hit->at);
    float up = 0.75f + 0.25f * hit->normal.y;
    float sky = s->sky_strength * up * openness(s, hit);
    struct vec bright = vec_add(vec_scale(vec_of(1.06f, 0.99f, 0.88f), sun * s->sun_strength),
                                vec_scale(vec_of(0.93f, 0.98f, 1.06f), sky));
    if (camera->night)
        bright = vec_scale(bright, 0.1f);
    return vec_times(base, bright);
}

static enum draw_thing shoot(const struct camera *camera, float px, float py, struct vec *colour)
{
    const struct draw_scene *s = camera->scene;
    float high = (float)camera->height;
    float x = (px - (float)camera->width / 2) / high;
    float y = py / high - s->horizon;
    struct draw_hit hit;
    draw_scene_look(s, s->eye, vec_of(x / s->focal, -y / s->focal, 1), &hit);
    *colour = light(camera, &hit);
    return hit.thing;
}

/* Four rays instead of one where the neighbours are other things than the pixel itself. */
static void smooth_edges(const struct camera *camera, const uint8_t *things, struct vec *colours)
{
    uint32_t width = camera->width;
    for (uint32_t y = 0; y + 1 < camera->height; y++) {
        for (uint32_t x = 0; x + 1 < width; x++) {
            size_t at = (size_t)y * width + x;
            if (things[at] == things[at + 1] && things[at] == things[at + width])
                continue;
            struct vec sum = {0, 0, 0};
            for (int i = 0; i < 4; i++) {
                struct vec one;
                shoot(camera, (float)x + (i & 1 ? 0.75f : 0.25f),
                      (float)y + (i & 2 ? 0.75f : 0.25f), &one);
                sum = vec_add(sum, vec_scale(one, 0.25f));
            }
            colours[at] = sum;
        }
    }
}

static float tone(float light)
{
    light = light < 0 ? 0 : light;
    return light < 0.75f ? light : 0.75f + 0.25f * (1 - expf(-(light - 0.75f) * 4));
}

static uint8_t to_byte(float x)
{
    x = x * 255 + 0.5f;
    return (uint8_t)(x < 0 ? 0 : (x > 255 ? 255 : x));
}

/* Lens and sensor: darker corners, a grain that grows with darkness. */
static void develop(const struct camera *camera, const struct vec *colours, uint8_t *rgb)
{
    float half_x = (float)camera->width / 2;
    float half_y = (float)camera->height / 2;
    float grain = camera->night ? 0.03f : 0.022f;
    for (uint32_t y = 0; y < camera->height; y++) {
        for (uint32_t x = 0; x < camera->width; x++, rgb += 3) {
            struct vec c = colours[(size_t)y * camera->width + x];
            float dx = ((float)x - half_x) / half_x;
            float dy = ((float)y - half_y) / half_y;
            float lens = 1.08f - 0.13f * (dx * dx + dy * dy);
            float noise[3];
            for (uint32_t k = 0; k < 3; k++)
                noise[k] = grain * (draw_hash(camera->scene->seed + 200 + k, (int)x, (int)y) +
                                    draw_hash(camera->scene->seed + 210 + k, (int)x, (int)y) - 1);
            rgb[0] = to_byte(tone(c.x * lens) + noise[0] + noise[1] * 0.5f);
            rgb[1] = to_byte(tone(c.y * lens) + noise[1]);
            rgb[2] = to_byte(tone(c.z * lens) + noise[2] + noise[1] * 0.5f);
        }
    }
}

/* One pass of a running mean over `count` pixels that lie `step` bytes apart. */
static void blur_line(uint8_t *line, uint32_t count, size_t step, uint32_t radius, uint8_t *kept)
{
    uint32_t sum = 0;
    uint32_t inside = 0;
    for (uint32_t i = 0; i < count; i++)
        kept[i] = line[i * step];
    for (uint32_t i = 0; i < radius && i < count; i++, inside++)
        sum += kept[i];
    for (uint32_t i = 0; i < count; i++) {
        if (i + radius < count) {
            sum += kept[i + radius];
            inside++;
        }
        if (i > radius) {
            sum -= kept[i - radius - 1];
            inside--;
        }
        line[i * step] = (uint8_t)((sum + inside / 2) / inside);
    }
}

/* The hand moved sideways more than up. */
static int blur(uint8_t *rgb, uint32_t width, uint32_t height)
{
    uint32_t radius_x = width / 70 + 1;
    uint32_t radius_y = height / 160 + 1;
    AUTO_FREE uint8_t *kept = malloc(width > height ? width : height);
    if (!kept)
        return -ENOMEM;
    for (int pass = 0; pass < 2; pass++) {
        for (uint32_t i = 0; i < height * 3; i++)
            blur_line(rgb + (size_t)(i / 3) * width * 3 + i % 3, width, 3, radius_x, kept);
        for (uint32_t i = 0; i < width * 3; i++)
            blur_line(rgb + i, height, (size_t)width * 3, radius_y, kept);
    }
    return 0;
}

static bool usable(const struct draw_options *o)
{
    return (o->width == 0 || (o->width >= SIDE_MIN && o->width <= SIDE_MAX)) &&
           (o->height == 0 || (o->height >= SIDE_MIN && o->height <= SIDE_MAX)) &&
           o->orientation >= 0 && o->orientation <= 8 && o->quality >= 0 && o->quality <= 100;
}

int draw_pixels(const struct draw_options *options, uint8_t **rgb_out)
{
    struct draw_scene scene;
    struct camera camera = {.scene = &scene,
                            .width = options->width ? options->width : DRAW_WIDTH,
                            .height = options->height ? options->height : DRAW_HEIGHT,
                            .night = options->flags & DRAW_DARK};
    if (!usable(options))
        return -EINVAL;
    draw_scene_plan(options->seed, !(options->flags & DRAW_NO_PARCEL), &scene);
    size_t count = (size_t)camera.width * camera.height;
    AUTO_FREE struct vec *colours = malloc(count * sizeof *colours);
    AUTO_FREE uint8_t *things = calloc(count, 1);
    AUTO_FREE uint8_t *rgb = malloc(count * 3);
    if (!colours || !things || !rgb)
        return -ENOMEM;
    for (size_t i = 0; i < count; i++)
        things[i] = (uint8_t)shoot(&camera, (float)(i % camera.width) + 0.5f,
                                   (float)(i / camera.width) + 0.5f, &colours[i]);
    smooth_edges(&camera, things, colours);
    develop(&camera, colours, rgb);
    if (options->flags & DRAW_BLURRED && blur(rgb, camera.width, camera.height) != 0)
        return -ENOMEM;
    *rgb_out = rgb;
    rgb = NULL;
    return 0;
}

int draw_picture(const struct draw_options *options, uint8_t **jpeg_out, size_t *len_out)
{
    uint8_t *rgb = NULL;
    int result = draw_pixels(options, &rgb);
    if (result != 0)
        return result;
    result = draw_encode(options, rgb, jpeg_out, len_out);
    free(rgb);
    return result;
}
