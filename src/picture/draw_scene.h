/* SPDX-License-Identifier: Apache-2.0
 *
 * One doorstep in metres: what stands where, how a ray of sight meets it, and what colour it has
 * there. The wall is the plane z = wall, the ground y = 0; the camera looks along z from `eye`.
 */
#ifndef PORCHLIGHT_DRAW_SCENE_H
#define PORCHLIGHT_DRAW_SCENE_H

#include "base/base.h"
#include "picture/draw_vec.h"

enum draw_thing {
    THING_SKY,
    THING_GROUND,
    THING_WALL,
    THING_FRAME, /* the sides of the door's recess */
    THING_DOOR,
    THING_STEP,
    THING_MAT,
    THING_PARCEL, /* two of them, or one, or none */
    THING_PARCEL_2,
    THING_POT,
    THING_BUSH,
    THING_POT_2,
    THING_BUSH_2,
    THING_LAMP,
    THING_PIPE,
};

enum draw_wall { WALL_BRICK, WALL_RENDER, WALL_BOARDS, WALL_STONE, WALL_KINDS };
enum draw_ground { GROUND_SLABS, GROUND_SETTS, GROUND_CONCRETE, GROUND_DECKING, GROUND_KINDS };
enum draw_door { DOOR_PANELS, DOOR_GLAZED, DOOR_PLANKS, DOOR_MODERN, DOOR_KINDS };

/* A box that stands on something, turned about its upright axis. */
struct draw_box {
    struct vec middle; /* of its underside */
    struct vec half;   /* half width, full height, half depth */
    float cosine, sine;
};

struct draw_scene {
    uint32_t seed;
    enum draw_wall wall_kind;
    enum draw_ground ground_kind;
    enum draw_door door_kind;
    struct vec wall_colour, wall_second, ground_colour, door_colour, frame_colour, mat_colour,
        parcel_colour, pot_colour;
    float wall;           /* z of the wall's face */
    struct vec eye;       /* the camera */
    float focal, horizon; /* focal length in picture heights; where the horizon stands, 0 = top */
    float door_x, door_half, door_y; /* its middle, half its width, its top */
    struct draw_box step, mat, parcels[2], lamp;
    int parcel_count;
    struct vec bush[2]; /* middles */
    float bush_radius[2], pot_radius[2];
    int pot_count;
    float pipe_x, pipe_radius;
    struct vec sun; /* towards it */
    float sun_strength, sky_strength, dapple;
    int number;           /* the house's */
    const char *greeting; /* on the mat */
    bool window;          /* beside the door */
    float window_x;
};

/* Where a ray meets something first. */
struct draw_hit {
    enum draw_thing thing;
    float distance;
    struct vec at, normal;
    struct vec local; /* within a box or a door: metres from its middle and underside */
    int face;         /* of a box: 0 x, 1 y, 2 z */
};

/* Lays out the doorstep that belongs to `seed`, without parcels when `parcels` is false. */
void draw_scene_plan(uint64_t seed, bool parcels, struct draw_scene *scene_out);

/* Sends a ray. THING_SKY when it meets nothing. */
void draw_scene_look(const struct draw_scene *scene, struct vec from, struct vec to,
                     struct draw_hit *hit_out);

/* True when something that throws shadows stands between a point and the sun. */
bool draw_scene_shaded(const struct draw_scene *scene, struct vec from);

/* The colour of a thing's surface in white light; may tilt the normal a little, for roughness. */
struct vec draw_paint(const struct draw_scene *scene, struct draw_hit *hit);

/* Noise without state: a number from 0 to 1 for a place, rough or smooth, and several octaves of
 * the smooth one. */
float draw_hash(uint32_t seed, int32_t x, int32_t y);
float draw_noise(uint32_t seed, float x, float y);
float draw_clouds(uint32_t seed, float x, float y, int octaves);

#endif
