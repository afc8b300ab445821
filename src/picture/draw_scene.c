/* SPDX-License-Identifier: Apache-2.0 */
#include "picture/draw_scene.h"

#define FAR 1e9f
enum { NEAR_MM = 1 };

/* ---- laying it out ---- */

static uint64_t next_random(uint64_t *state)
{
    uint64_t z = *state += UINT64_C(0x9E3779B97F4A7C15);
    z = (z ^ z >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ z >> 27) * UINT64_C(0x94D049BB133111EB);
    return z ^ z >> 31;
}

static float between(uint64_t *dice, float low, float high)
{
    return low + (high - low) * (float)(next_random(dice) >> 40) / (float)(1 << 24);
}

static int pick(uint64_t *dice, int count)
{
    return (int)(next_random(dice) % (uint64_t)count);
}

static struct vec colour(unsigned rgb)
{
    return vec_of((float)(rgb >> 16) / 255, (float)(rgb >> 8 & 255) / 255,
                  (float)(rgb & 255) / 255);
}

static struct draw_box box_at(float x, float y, float z, struct vec half, float angle)
{
    return (struct draw_box){
        .middle = vec_of(x, y, z), .half = half, .cosine = cosf(angle), .sine = sinf(angle)};
}

static void plan_house(struct draw_scene *s, uint64_t *dice)
{
    static const unsigned doors[] = {0x2F4F4A, 0x8C2F2B, 0x24405C, 0x3E5C3A, 0x6B4A2E,
                                     0xC9A227, 0x4A3A55, 0x2B2B2E, 0x7D8F95, 0xA8572F};
    static const unsigned walls[WALL_KINDS][4] = {{0x9A5A45, 0xB27A5C, 0x7E4A3E, 0xC2A184},
                                                  {0xE5DDCB, 0xD9C3A5, 0xB9C4C4, 0xE8E6E1},
                                                  {0xC7D0D3, 0x6F8794, 0xE9E5D8, 0x8D9B86},
                                                  {0xA79F92, 0x8E8A84, 0xB8A98C, 0x9AA09A}};
    static const unsigned grounds[GROUND_KINDS] = {0xA9A49A, 0x8C8580, 0xB3B1AC, 0x8F6B4C};
    s->wall_kind = (enum draw_wall)pick(dice, WALL_KINDS);
    s->ground_kind = (enum draw_ground)pick(dice, GROUND_KINDS);
    s->door_kind = (enum draw_door)pick(dice, DOOR_KINDS);
    s->wall_colour = colour(walls[s->wall_kind][pick(dice, 4)]);
    s->wall_second = colour(s->wall_kind == WALL_BRICK ? 0xBDB4A6 : 0x8A857C);
    s->ground_colour = vec_scale(colour(grounds[s->ground_kind]), between(dice, 0.75f, 1.1f));
    s->door_colour = colour(doors[pick(dice, ARRAY_LEN(doors))]);
    s->frame_colour = colour(pick(dice, 4) ? 0xECEAE4 : 0x4B4640);
    s->wall = between(dice, 2.9f, 3.7f);
    s->focal = between(dice, 1.25f, 1.5f);
    s->door_x = between(dice, -0.75f, 0.75f);
    s->door_half = between(dice, 0.42f, 0.53f);
    s->door_y = between(dice, 1.98f, 2.2f);
    s->number = 1 + pick(dice, 199);
    s->window = pick(dice, 3) != 0;
    s->window_x = s->door_x + (s->door_x > 0 ? -1 : 1) * between(dice, 1.45f, 1.7f);
    s->pipe_radius = 0.045f;
    float pipe = between(dice, 1.05f, 1.5f) * (s->window_x > s->door_x ? -1.f : 1.f);
    s->pipe_x = pick(dice, 2) ? s->door_x + pipe : 50;
}

static void plan_step(struct draw_scene *s, uint64_t *dice)
{
    static const char *const greetings[] = {"HELLO", "WELCOME", "HOME", "HI"};
    static const unsigned mats[] = {0x8A6B45, 0x5B5148, 0x4E5A50, 0x7A3F35};
    float depth = between(dice, 0.3f, 0.5f);
    float rise = between(dice, 0.05f, 0.16f);
    s->step = box_at(s->door_x, 0, s->wall - depth,
                     vec_of(s->door_half + between(dice, 0.1f, 0.4f), rise, depth), 0);
    s->mat = box_at(s->door_x + between(dice, -0.06f, 0.06f), rise, s->wall - depth - 0.02f,
                    vec_of(s->door_half * between(dice, 0.72f, 0.92f), 0.016f, depth * 0.62f),
                    between(dice, -0.05f, 0.05f));
    s->mat_colour = colour(mats[pick(dice, ARRAY_LEN(mats))]);
    s->greeting = greetings[pick(dice, ARRAY_LEN(greetings))];
}

/* The first parcel stands on the step or beside it, the second is smaller and rests on the first or
 * next to it. */
static void plan_parcels(struct draw_scene *s, uint64_t *dice)
{
    static const unsigned cards[] = {0xB48A5A, 0xC09A6B, 0xA67C4E, 0xD8D3C8};
    struct vec half =
        vec_of(between(dice, 0.15f, 0.3f), between(dice, 0.14f, 0.4f), between(dice, 0.12f, 0.22f));
    float side = pick(dice, 2) ? 1.f : -1.f;
    bool on_step = pick(dice, 3) != 0;
    float x = s->door_x + (on_step ? side * between(dice, 0, s->step.half.x - half.x)
                                   : side * (s->step.half.x + half.x + between(dice, 0.05f, 0.2f)));
    float y = on_step ? s->step.half.y : 0;
    if (on_step && fabsf(x - s->mat.middle.x) < s->mat.half.x + half.x)
        y += s->mat.half.y;
    float z = s->wall - half.z - between(dice, 0.08f, 0.3f);
    s->parcel_colour = colour(cards[pick(dice, ARRAY_LEN(cards))]);
    s->parcels[0] = box_at(x, y, z, half, between(dice, -0.5f, 0.5f));
    s->parcel_count = 1;
    if (pick(dice, 3) != 0)
        return;
    struct vec small = vec_of(half.x * between(dice, 0.5f, 0.85f), between(dice, 0.06f, 0.16f),
                              half.z * between(dice, 0.6f, 0.85f));
    s->parcels[1] = box_at(x, y + half.y, z, small, between(dice, -0.5f, 0.5f));
    s->parcel_count = 2;
}

static void plan_garden(struct draw_scene *s, uint64_t *dice)
{
    static const unsigned pots[] = {0xA85B3C, 0x55565A, 0xC8BFB0, 0x3F5566};
    s->pot_count = pick(dice, 3);
    s->pot_colour = colour(pots[pick(dice, ARRAY_LEN(pots))]);
    float side = s->parcels[0].middle.x > s->door_x ? -1.f : 1.f;
    if (s->pot_count > 1 && fabsf(s->parcels[0].middle.x - s->door_x) > s->step.half.x)
        s->pot_count = 1; /* a second one would hide the parcel */
    for (int i = 0; i < s->pot_count; i++) {
        s->pot_radius[i] = between(dice, 0.12f, 0.19f);
        s->bush_radius[i] = s->pot_radius[i] * between(dice, 1.2f, 1.6f);
        s->bush[i] = vec_of(s->door_x + side * (s->step.half.x + between(dice, 0.25f, 0.5f)),
                            between(dice, 0.5f, 0.75f), s->wall - between(dice, 0.28f, 0.5f));
        side = -side;
    }
    float lamp_side = side * (s->door_half + between(dice, 0.28f, 0.4f));
    s->lamp = box_at(s->door_x + lamp_side, between(dice, 1.38f, 1.55f), s->wall - 0.1f,
                     vec_of(0.06f, 0.2f, 0.06f), 0);
}

/* The driver stands before the parcel and holds the phone so that all of it is in the picture. */
static void plan_camera(struct draw_scene *s, uint64_t *dice)
{
    const struct draw_box *parcel = &s->parcels[0];
    float nearest = parcel->middle.z - hypotf(parcel->half.x, parcel->half.z);
    s->eye = vec_of(s->door_x * 0.35f + parcel->middle.x * 0.65f + between(dice, -0.25f, 0.25f),
                    between(dice, 1.3f, 1.65f), 0);
    float lowest = s->focal * (s->eye.y - parcel->middle.y) / nearest;
    s->horizon = between(dice, 0.86f, 0.95f) - lowest;
    s->horizon = s->horizon > 0.26f ? 0.26f : s->horizon;
}

static void plan_light(struct draw_scene *s, uint64_t *dice)
{
    bool sunny = pick(dice, 3) != 0;
    s->sun = vec_unit(
        vec_of(between(dice, -0.9f, 0.9f), between(dice, 0.7f, 1.3f), between(dice, -1.2f, -0.6f)));
    s->sun_strength = sunny ? between(dice, 0.75f, 1.0f) : between(dice, 0.12f, 0.3f);
    s->sky_strength = sunny ? between(dice, 0.4f, 0.52f) : between(dice, 0.62f, 0.85f);
    s->dapple = sunny && pick(dice, 2) ? between(dice, 0.5f, 0.9f) : 0;
}

void draw_scene_plan(uint64_t seed, bool parcels, struct draw_scene *scene_out)
{
    uint64_t dice = seed * 2 + 1;
    *scene_out = (struct draw_scene){.seed = (uint32_t)next_random(&dice)};
    plan_house(scene_out, &dice);
    plan_step(scene_out, &dice);
    plan_parcels(scene_out, &dice);
    plan_garden(scene_out, &dice);
    plan_camera(scene_out, &dice);
    plan_light(scene_out, &dice);
    if (!parcels)
        scene_out->parcel_count = 0;
}

/* ---- seeing it ---- */

struct ray {
    struct vec from, to; /* `to` is a direction, of any length */
};

static void keep_nearer(struct draw_hit *hit, const struct draw_hit *other)
{
    if (other->distance < hit->distance)
        *hit = *other;
}

static struct vec point_at(const struct ray *ray, float distance)
{
    return vec_add(ray->from, vec_scale(ray->to, distance));
}

static struct vec turn(const struct draw_box *box, struct vec v, float direction)
{
    return vec_of(v.x * box->cosine + v.z * box->sine * direction, v.y,
                  v.z * box->cosine - v.x * box->sine * direction);
}

/* The nearest point in front where the ray enters the box. */
static struct draw_hit meet_box(const struct ray *ray, const struct draw_box *box,
                                enum draw_thing thing)
{
    struct draw_hit hit = {.thing = thing, .distance = FAR};
    struct vec centre = vec_add(box->middle, vec_of(0, box->half.y / 2, 0));
    struct vec from = turn(box, vec_sub(ray->from, centre), 1);
    struct vec to = turn(box, ray->to, 1);
    float from_[3] = {from.x, from.y, from.z};
    float to_[3] = {to.x, to.y, to.z};
    float half[3] = {box->half.x, box->half.y / 2, box->half.z};
    float enter = 0;
    float leave = FAR;
    int face = -1;
    for (int i = 0; i < 3; i++) {
        float slope = fabsf(to_[i]) > 1e-9f ? to_[i] : 1e-9f;
        float a = (-half[i] - from_[i]) / slope;
        float b = (half[i] - from_[i]) / slope;
        float low = a < b ? a : b;
        float high = a < b ? b : a;
        if (low > enter) {
            enter = low;
            face = i;
        }
        leave = high < leave ? high : leave;
    }
    if (face < 0 || enter >= leave)
        return hit;
    float sign = to_[face] > 0 ? -1.f : 1.f;
    struct vec normal = vec_of(face == 0 ? sign : 0, face == 1 ? sign : 0, face == 2 ? sign : 0);
    hit.distance = enter;
    hit.face = face;
    hit.at = point_at(ray, enter);
    hit.normal = turn(box, normal, -1);
    hit.local = vec_add(vec_add(from, vec_scale(to, enter)), vec_of(0, box->half.y / 2, 0));
    return hit;
}

static struct draw_hit meet_ball(const struct ray *ray, struct vec middle, float radius,
                                 enum draw_thing thing)
{
    struct draw_hit hit = {.thing = thing, .distance = FAR};
    struct vec from = vec_sub(ray->from, middle);
    float a = vec_dot(ray->to, ray->to);
    float b = vec_dot(from, ray->to);
    float root = b * b - a * (vec_dot(from, from) - radius * radius);
    if (root <= 0 || -b - sqrtf(root) <= 0)
        return hit;
    hit.distance = (-b - sqrtf(root)) / a;
    hit.at = point_at(ray, hit.distance);
    hit.local = vec_sub(hit.at, middle);
    hit.normal = vec_unit(hit.local);
    return hit;
}

/* An upright cylinder from y = low to high, wider at the top by `flare`. */
static struct draw_hit meet_cylinder(const struct ray *ray, struct vec axis, float radius,
                                     float high, enum draw_thing thing)
{
    struct draw_hit hit = {.thing = thing, .distance = FAR};
    struct vec from = vec_sub(ray->from, axis);
    float a = ray->to.x * ray->to.x + ray->to.z * ray->to.z;
    float b = from.x * ray->to.x + from.z * ray->to.z;
    float root = b * b - a * (from.x * from.x + from.z * from.z - radius * radius);
    if (root <= 0 || -b - sqrtf(root) <= 0)
        return hit;
    float distance = (-b - sqrtf(root)) / a;
    struct vec at = point_at(ray, distance);
    if (at.y < 0 || at.y > high)
        return hit;
    hit.distance = distance;
    hit.at = at;
    hit.local = vec_sub(at, axis);
    hit.normal = vec_unit(vec_of(hit.local.x, 0, hit.local.z));
    return hit;
}

static struct draw_hit meet_ground(const struct ray *ray)
{
    struct draw_hit hit = {.thing = THING_GROUND, .distance = FAR, .normal = {0, 1, 0}};
    if (ray->to.y < -1e-6f) {
        hit.distance = -ray->from.y / ray->to.y;
        hit.at = hit.local = point_at(ray, hit.distance);
    }
    return hit;
}

/* The wall, or through its opening the door and the sides around it. */
static struct draw_hit meet_wall(const struct draw_scene *s, const struct ray *ray)
{
    const float recess = 0.11f;
    struct draw_hit hit = {.thing = THING_WALL, .distance = FAR, .normal = {0, 0, -1}};
    if (ray->to.z <= 1e-6f)
        return hit;
    hit.distance = (s->wall - ray->from.z) / ray->to.z;
    hit.at = hit.local = point_at(ray, hit.distance);
    float x = hit.at.x - s->door_x;
    if (fabsf(x) >= s->door_half || hit.at.y >= s->door_y || hit.at.y < 0)
        return hit;
    hit.distance = (s->wall + recess - ray->from.z) / ray->to.z;
    hit.at = point_at(ray, hit.distance);
    hit.thing = THING_DOOR;
    hit.local = vec_of(hit.at.x - s->door_x, hit.at.y - s->step.half.y, 0);
    if (fabsf(hit.local.x) < s->door_half && hit.at.y < s->door_y && hit.local.y > 0)
        return hit;
    hit.thing = THING_FRAME;
    hit.normal = hit.local.y <= 0        ? vec_of(0, 1, 0)
                 : hit.at.y >= s->door_y ? vec_of(0, -1, 0)
                 : hit.local.x > 0       ? vec_of(-1, 0, 0)
                                         : vec_of(1, 0, 0);
    return hit;
}

static void meet_things(const struct draw_scene *s, const struct ray *ray, struct draw_hit *hit)
{
    struct draw_hit other = meet_box(ray, &s->step, THING_STEP);
    keep_nearer(hit, &other);
    other = meet_box(ray, &s->mat, THING_MAT);
    keep_nearer(hit, &other);
    for (int i = 0; i < s->parcel_count; i++) {
        other = meet_box(ray, &s->parcels[i], i ? THING_PARCEL_2 : THING_PARCEL);
        keep_nearer(hit, &other);
    }
    for (int i = 0; i < s->pot_count; i++) {
        struct vec foot = vec_of(s->bush[i].x, 0, s->bush[i].z);
        float rim = s->bush[i].y - s->bush_radius[i] * 0.72f;
        other = meet_cylinder(ray, foot, s->pot_radius[i], rim, i ? THING_POT_2 : THING_POT);
        keep_nearer(hit, &other);
        other = meet_ball(ray, s->bush[i], s->bush_radius[i], i ? THING_BUSH_2 : THING_BUSH);
        keep_nearer(hit, &other);
    }
    other = meet_box(ray, &s->lamp, THING_LAMP);
    keep_nearer(hit, &other);
    other =
        meet_cylinder(ray, vec_of(s->pipe_x, 0, s->wall - 0.06f), s->pipe_radius, 9, THING_PIPE);
    keep_nearer(hit, &other);
}

void draw_scene_look(const struct draw_scene *scene, struct vec from, struct vec to,
                     struct draw_hit *hit_out)
{
    struct ray ray = {from, to};
    *hit_out = (struct draw_hit){.thing = THING_SKY, .distance = FAR};
    struct draw_hit other = meet_ground(&ray);
    keep_nearer(hit_out, &other);
    other = meet_wall(scene, &ray);
    keep_nearer(hit_out, &other);
    meet_things(scene, &ray, hit_out);
}

bool draw_scene_shaded(const struct draw_scene *scene, struct vec from)
{
    struct ray ray = {from, scene->sun};
    struct draw_hit hit = {.distance = FAR};
    meet_things(scene, &ray, &hit);
    return hit.distance < FAR && hit.distance > NEAR_MM / 1000.f;
}
