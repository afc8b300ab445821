/* SPDX-License-Identifier: Apache-2.0
 *
 * One function an act. The photos are drawn here; the two that are sent lie on their side, as a
 * phone stores them, and carry a place and a small picture in their EXIF.
 */
#include "cli/demo_story.h"

#include "cli/demo_jpeg.h"
#include "cli/demo_say.h"
#include "ledger/erasure.h"

#define ROBIN  "robin@example.org"
#define CASEY  "casey@example.org"
#define ALEX   "alex@example.org"
#define SAM    "sam@example.org"
#define EVE    "eve@example.org"
#define MORGAN "morgan@example.org"

enum {
    PARCEL,
    GIFT,
    DECLINED,
    PLANT,
    COMING,
    DELIVERIES,
    WIDTH = 1224,
    HEIGHT = 1632,
    SIDEWAYS = 6
};

enum { EVIDENCE_MS = 60000, EVIDENCE_PAUSE_MS = 100 };

/* Seeds whose doorsteps look well in an upright picture. */
enum { TEAL_DOOR = 10, PURPLE_DOOR = 5, YELLOW_DOOR = 12, PLANT_DOOR = 11 };

static struct demo_delivery deliveries[DELIVERIES] = {
    [PARCEL] = {.reference = "Books for Robin"},      [GIFT] = {.reference = "A gift for Casey"},
    [DECLINED] = {.reference = "Books for Sam"},      [PLANT] = {.reference = "A plant for Casey"},
    [COMING] = {.reference = "More books for Robin"},
};

/* ---- the photo ---- */

struct picture {
    uint8_t *bytes; /* owned */
    struct span jpeg;
};

/* A doorstep as a phone in an upright hand stores it. */
static bool take_photo(struct demo *demo, uint64_t seed, struct picture *picture)
{
    struct draw_options options = {
        .seed = seed,
        .width = WIDTH,
        .height = HEIGHT,
        .orientation = SIDEWAYS,
        .flags = DRAW_EXIF | DRAW_GPS | DRAW_THUMBNAIL | DRAW_CLUTTER,
    };
    struct demo_jpeg seen;
    size_t len = 0;
    *picture = (struct picture){0};
    int result = draw_picture(&options, &picture->bytes, &len);
    picture->jpeg = (struct span){picture->bytes, len};
    return demo_expect(demo, result == 0, "the photo could not be drawn") &&
           demo_expect(demo,
                       (demo_jpeg_read(picture->jpeg, &seen) || seen.width > 0) && seen.has_exif &&
                           seen.width == HEIGHT,
                       "the drawn photo does not lie on its side with EXIF in it");
}

/* The answer is a picture, upright, of this size at most, and nothing else is in it. */
static bool is_clean(struct demo *demo, int longest)
{
    struct demo_jpeg seen;
    struct span jpeg = {demo->answer.body.data, demo->answer.body.len};
    return demo_expect(demo, demo_jpeg_read(jpeg, &seen), "what came is no whole JPEG") &&
           demo_expect(demo, seen.height > seen.width && seen.height <= longest,
                       "the picture is %d x %d, not upright", seen.width, seen.height) &&
           demo_expect(demo, !seen.has_exif && !seen.foreign, "there is %s left in the picture",
                       seen.foreign ? seen.foreign : "EXIF");
}

static bool status_is(struct demo *demo, struct demo_client *client, long status,
                      const char *format, const char *id)
{
    char room[DEMO_URL], call[DEMO_URL];
    size_t len = strcspn(format, "%");
    snprintf(call, sizeof call, "%.*s%s%s", (int)len, format, id, format + len + 1);
    return demo_call(demo, client, demo_path(room, "%s", call), NULL, status);
}

/* ---- the acts ---- */

static bool act_people(struct demo *demo)
{
    if (!demo_add_shipper(demo, "Corner Books") ||
        !demo_add_agent(demo, MORGAN, "Morgan, support") || !demo_pair_driver(demo, "Dana"))
        return false;
    demo_say_title("The people");
    demo_say_done("Corner Books, a shipper, has an API key; Morgan is its support agent.");
    demo_say_done("Dana drives for it. A one-time code paired Dana's phone.");
    return true;
}

static bool act_announce(struct demo *demo)
{
    json_t *gift = json_pack("{s:s, s:{s:s}}", "confidential", "wish_list", "buyer", "email", ALEX);
    if (!demo_announce(demo, &deliveries[PARCEL], ROBIN, json_object()) ||
        !demo_announce(demo, &deliveries[GIFT], CASEY, gift) ||
        !demo_announce(demo, &deliveries[DECLINED], SAM, json_object()) ||
        !demo_announce(demo, &deliveries[PLANT], CASEY, json_object()) ||
        !demo_announce(demo, &deliveries[COMING], ROBIN, json_object()))
        return false;
    demo_say_done("Five deliveries are announced: two parcels for Robin, a gift from Alex to Casey "
                  "at a wish-list address, a parcel for Sam, and a plant for Casey.");
    return true;
}

static bool act_consent(struct demo *demo)
{
    struct demo_client sam;
    if (!demo_sign_in(demo, SAM, &sam) ||
        !status_is(demo, &sam, 200, "POST /v1/me/orders/%/refuse-photo", deliveries[DECLINED].id) ||
        !demo_start_round(demo, deliveries, DELIVERIES) ||
        !demo_expect(demo, strcmp(deliveries[PARCEL].stop_photo, "wanted") == 0,
                     "the phone is told \"%s\" of Robin's parcel", deliveries[PARCEL].stop_photo) ||
        !demo_expect(demo, strcmp(deliveries[DECLINED].stop_photo, "declined") == 0,
                     "the phone is told \"%s\" of Sam's parcel", deliveries[DECLINED].stop_photo))
        return false;
    demo_say_done("Sam signed in with a mailed code and refused a photo, before any was taken.");
    demo_say_done("Dana sets out. Dana's phone has all it needs to work without a network, and was "
                  "told \"no photo\" of Sam's door, without a reason (R6).");
    return true;
}

/* The first try breaks off in the middle; the driver is still at the door. */
static bool send_damaged(struct demo *demo, const struct picture *picture)
{
    struct span half = {picture->jpeg.data, picture->jpeg.len / 2};
    if (!demo_upload(demo, &deliveries[PARCEL], half, DEMO_WITH_BYTES, 422))
        return false;
    demo_say_done("Dana's first picture was cut off half-way. The answer, at the door: 422, \"%s\"",
                  *demo_text(demo->answer.json, "detail", NULL)
                      ? demo_text(demo->answer.json, "detail", NULL)
                      : demo_text(demo->answer.json, "title", NULL));
    return true;
}

static bool deliver(struct demo *demo, const struct demo_delivery *delivery,
                    const struct picture *picture)
{
    return demo_upload(demo, delivery, picture->jpeg, DEMO_WITH_BYTES, 204) &&
           demo_check_receipt(demo, delivery, picture->jpeg, "stored") &&
           demo_report(demo, delivery, json_pack("{s:s}", "left_at", "front_door"), 200);
}

static bool see_as_recipient(struct demo *demo)
{
    struct demo_client robin;
    const char *id = deliveries[PARCEL].id;
    if (!demo_sign_in(demo, ROBIN, &robin) ||
        !status_is(demo, &robin, 200, "GET /v1/me/orders/%/photo", id) || !is_clean(demo, HEIGHT))
        return false;
    size_t full = demo->answer.body.len;
    if (!status_is(demo, &robin, 200, "GET /v1/me/orders/%/photo?size=preview", id) ||
        !is_clean(demo, (int)demo->settings->photo.preview_side) ||
        !demo_expect(demo, demo->answer.body.len <= (size_t)demo->settings->photo.preview_bytes,
                     "the preview is too large"))
        return false;
    demo_say_done("Robin signs in and sees it (%zu KB, preview %zu KB): upright, though the phone "
                  "stored it on its side; no EXIF, no GPS, no small picture, nothing after the end "
                  "(R1, R7).",
                  full / 1024, demo->answer.body.len / 1024);
    return true;
}

/* Everyone else, each in the way open to them. */
static bool see_as_others(struct demo *demo)
{
    struct demo_client eve, passer_by = {.line = &demo->line};
    const struct demo_delivery *parcel = &deliveries[PARCEL];
    const char *path = strstr(parcel->tracking_url, "/t/");
    char room[DEMO_URL];
    if (!demo_expect(demo, path, "there is no tracking link") ||
        !demo_call(demo, &passer_by, demo_path(room, "GET %s", path), NULL, 200) ||
        !demo_expect(demo,
                     !json_object_get(demo->answer.json, "photo") &&
                         !json_object_get(demo->answer.json, "address"),
                     "a tracking link alone shows more than the state") ||
        !demo_sign_in(demo, EVE, &eve) ||
        !status_is(demo, &eve, 404, "GET /v1/me/orders/%/photo", parcel->id) ||
        !status_is(demo, &demo->driver, 401, "GET /v1/me/orders/%/photo", parcel->id) ||
        !status_is(demo, &demo->shipper, 401, "GET /v1/me/orders/%/photo", parcel->id))
        return false;
    demo_say_done(
        "The tracking link shows the state and nothing more; another account gets 404, as "
        "if there were no such order; Dana's own phone and the shipper get 401 "
        "(R1, R3, R5).");
    return true;
}

static bool act_parcel(struct demo *demo)
{
    struct picture picture;
    demo_say_title("1  A parcel for Robin");
    bool ok = take_photo(demo, TEAL_DOOR, &picture) && send_damaged(demo, &picture) &&
              deliver(demo, &deliveries[PARCEL], &picture);
    free(picture.bytes);
    if (!ok)
        return false;
    demo_say_done(
        "The second one is durable and posted. The receipt is signed over its SHA-256, so "
        "the phone may forget its copy (R10).");
    return see_as_recipient(demo) && see_as_others(demo);
}

/* The shipper reads the state and why; recipient and buyer get no picture. */
static bool see_withheld(struct demo *demo)
{
    struct demo_client casey, alex;
    const char *id = deliveries[GIFT].id;
    if (!status_is(demo, &demo->shipper, 200, "GET /v1/deliveries/%", id) ||
        !demo_expect(demo, strcmp(demo_text(demo->answer.json, "photo", "state"), "withheld") == 0,
                     "the gift's photo is \"%s\", not withheld",
                     demo_text(demo->answer.json, "photo", "state")))
        return false;
    demo_say_done("Its photo is withheld, because the address is from a wish list (R2). Dana's "
                  "receipt is the same as for any other: drivers are not told.");
    if (!demo_sign_in(demo, CASEY, &casey) ||
        !status_is(demo, &casey, 403, "GET /v1/me/orders/%/photo", id) ||
        !demo_sign_in(demo, ALEX, &alex) ||
        !status_is(demo, &alex, 404, "GET /v1/me/orders/%/photo", id) ||
        !status_is(demo, &alex, 200, "GET /v1/me/orders/%", id) ||
        !demo_expect(demo, !json_object_get(demo->answer.json, "photo"),
                     "the buyer is told of a photo"))
        return false;
    demo_say_done("Casey is told that it is withheld, and gets 403; Alex, who bought it, reads "
                  "\"delivered\" and nothing of a photo (R1).");
    return true;
}

/* A look: a case, a reason, a record that the recipient reads. */
static bool look_under_case(struct demo *demo)
{
    struct demo_client morgan, casey;
    char room[DEMO_URL], case_id[ID_ROOM], photo[DEMO_URL];
    json_t *opening = json_pack("{s:s, s:s}", "delivery_id", deliveries[GIFT].id, "reason",
                                "Casey telephoned: the parcel is not at the door.");
    if (!demo_sign_in_agent(demo, &morgan) ||
        !demo_call(demo, &morgan, "POST /v1/cases", opening, 201))
        return false;
    snprintf(case_id, sizeof case_id, "%s", demo_text(demo->answer.json, "id", NULL));
    demo_path(room, "POST /v1/cases/%s/looks", case_id);
    json_t *why = json_pack("{s:s, s:s}", "reason", "verify_location", "note",
                            "Comparing the door with the address.");
    if (!demo_call(demo, &morgan, room, json_object(), 422) ||
        !demo_call(demo, &morgan, room, why, 201))
        return false;
    snprintf(photo, sizeof photo, "GET %s", demo_text(demo->answer.json, "photo_url", NULL));
    if (!demo_call(demo, &morgan, photo, NULL, 200) || !is_clean(demo, HEIGHT) ||
        !demo_call(demo, &demo->driver, photo, NULL, 401) || !demo_sign_in(demo, CASEY, &casey) ||
        !status_is(demo, &casey, 200, "GET /v1/me/orders/%/looks", deliveries[GIFT].id))
        return false;
    const json_t *look = json_array_get(json_object_get(demo->answer.json, "items"), 0);
    if (!demo_expect(demo, strcmp(demo_text(look, "reason", NULL), "verify_location") == 0,
                     "Casey cannot read who looked"))
        return false;
    demo_say_done(
        "Morgan opens a case. Without a reason there is no look (422); with one there is, "
        "for %d minutes, recorded before the first byte, and \"agent %d\" stands across the "
        "picture. Casey reads it: \"%s\" (R4).",
        (int)demo->settings->delivery.look_minutes,
        (int)json_integer_value(json_object_get(look, "agent_number")),
        demo_text(look, "note", NULL));
    return true;
}

static bool act_gift(struct demo *demo)
{
    struct picture picture;
    demo_say_title("2  A gift from Alex to Casey");
    bool ok = take_photo(demo, PURPLE_DOOR, &picture) && deliver(demo, &deliveries[GIFT], &picture);
    free(picture.bytes);
    return ok && see_withheld(demo) && look_under_case(demo);
}

static json_t *by_pin(const char *pin)
{
    return json_pack("{s:s, s:{s:s, s:s}}", "left_at", "handed_over", "proof", "kind", "pin",
                     "value", pin);
}

/* In place of a photo: what Sam tells Dana at the door. */
static bool hand_over(struct demo *demo, const struct demo_delivery *delivery)
{
    struct demo_client sam;
    char pin[8];
    if (!demo_sign_in(demo, SAM, &sam) ||
        !status_is(demo, &sam, 200, "GET /v1/me/orders/%", delivery->id))
        return false;
    snprintf(pin, sizeof pin, "%s", demo_text(demo->answer.json, "pin", NULL));
    if (!demo_expect(demo, *pin != 0, "Sam has no PIN to give"))
        return false;
    char wrong[8];
    snprintf(wrong, sizeof wrong, "%c%s", pin[0] == '9' ? '0' : pin[0] + 1, pin + 1);
    if (!demo_report(demo, delivery, by_pin(wrong), 422) ||
        !demo_report(demo, delivery, by_pin(pin), 200))
        return false;
    demo_say_done("Handed over instead, against the PIN on Sam's page. The server checks it: one "
                  "with a wrong digit is 422, the right one is taken.");
    return true;
}

static bool act_declined(struct demo *demo)
{
    struct picture picture;
    const struct demo_delivery *delivery = &deliveries[DECLINED];
    demo_say_title("3  A parcel for Sam, who wants no photo");
    bool ok = take_photo(demo, YELLOW_DOOR, &picture) &&
              demo_upload(demo, delivery, picture.jpeg, DEMO_CREATE_ONLY, 403) &&
              demo_check_receipt(demo, delivery, picture.jpeg, "refused");
    free(picture.bytes);
    if (!ok)
        return false;
    demo_say_done(
        "A phone that sends one all the same is refused before its first byte (403), with "
        "a signed refusal against which it deletes its copy (R3, R6).");
    if (!hand_over(demo, delivery) ||
        !status_is(demo, &demo->shipper, 200, "GET /v1/deliveries/%", delivery->id) ||
        !demo_expect(demo, strcmp(demo_text(demo->answer.json, "photo", "state"), "declined") == 0,
                     "Sam's photo is \"%s\", not declined",
                     demo_text(demo->answer.json, "photo", "state")))
        return false;
    demo_say_done("Sam, shipper and agents read why there is no photo; Dana and strangers do not.");
    return true;
}

/* The shop sees the photo for as long as its recipient wants. */
static bool share(struct demo *demo, struct demo_client *casey, const char *id)
{
    char room[DEMO_URL];
    if (!status_is(demo, &demo->shipper, 403, "GET /v1/deliveries/%/photo", id) ||
        !demo_call(demo, casey, demo_path(room, "POST /v1/me/orders/%s/share", id),
                   json_pack("{s:s}", "with", "shipper"), 200) ||
        !status_is(demo, &demo->shipper, 200, "GET /v1/deliveries/%/photo", id) ||
        !is_clean(demo, HEIGHT) ||
        !status_is(demo, casey, 200, "DELETE /v1/me/orders/%/share?with=shipper", id) ||
        !status_is(demo, &demo->shipper, 403, "GET /v1/deliveries/%/photo", id))
        return false;
    demo_say_done("The shop gets no photo (403) until Casey shares it (200), and none once Casey "
                  "has taken it back (403).");
    return true;
}

static bool begins(const struct demo *demo, const char *head)
{
    const struct buf *body = &demo->answer.body;
    return body->len > strlen(head) && memcmp(body->data, head, strlen(head)) == 0;
}

/* The evidence, once the log has taken up all that it needs: until then the answer is 503. */
static bool fetch_evidence(struct demo *demo, struct demo_client *casey, const char *id)
{
    char room[DEMO_URL];
    demo_path(room, "/v1/me/orders/%s/evidence", id);
    for (int waited = 0; waited < EVIDENCE_MS; waited += EVIDENCE_PAUSE_MS) {
        demo_ask(casey, &(struct demo_request){.method = "GET", .path = room}, &demo->answer);
        if (demo->answer.status != 503)
            break;
        usleep(1000 * EVIDENCE_PAUSE_MS);
    }
    return demo_expect(demo, demo->answer.status == 200, "the evidence: %ld in place of 200",
                       demo->answer.status) &&
           demo_expect(demo, begins(demo, "PK"), "the evidence is no archive");
}

static bool take_proofs(struct demo *demo, struct demo_client *casey, const char *id)
{
    if (!fetch_evidence(demo, casey, id))
        return false;
    size_t evidence = demo->answer.body.len;
    if (!status_is(demo, casey, 200, "GET /v1/me/orders/%/proof.pdf", id) ||
        !demo_expect(demo, begins(demo, "%PDF-"), "the proof of delivery is no PDF"))
        return false;
    demo_say_done("Casey keeps the evidence, which anybody can check without this server (%zu KB), "
                  "and a proof of delivery to print (%zu KB, PDF) (R11).",
                  evidence / 1024, demo->answer.body.len / 1024);
    return true;
}

/* What the receipt says counts only by its signature, with the key that the server publishes. */
static bool erase(struct demo *demo, struct demo_client *casey, const char *id)
{
    struct demo_client anyone = {.line = &demo->line};
    struct erasure_receipt receipt;
    struct note_key key;
    if (!demo_call(demo, &anyone, "GET /log/key", NULL, 200) ||
        !demo_expect(demo, note_key_parse(demo_text(demo->answer.json, "erasure_key", NULL), &key),
                     "there is no key to check receipts of deletions with") ||
        !status_is(demo, casey, 200, "DELETE /v1/me/orders/%/photo", id))
        return false;
    const char *text = demo_text(demo->answer.json, "receipt", NULL);
    if (!demo_expect(demo,
                     erasure_check((struct span){(const uint8_t *)text, strlen(text)}, &key,
                                   &receipt) == ERASURE_HOLDS &&
                         receipt.destroyed_at > 0 && strcmp(receipt.delivery_id, id) == 0,
                     "the receipt of the deletion does not hold") ||
        !status_is(demo, casey, 404, "GET /v1/me/orders/%/photo", id))
        return false;
    demo_say_done("Casey deletes the photo. Its key is destroyed before the answer, which is a "
                  "signed receipt of that; the photo is gone (404), for everyone (R9).");
    return true;
}

static bool act_plant(struct demo *demo)
{
    struct demo_client casey;
    struct picture picture;
    const char *id = deliveries[PLANT].id;
    demo_say_title("4  A plant for Casey, whose photo this is");
    bool ok = take_photo(demo, PLANT_DOOR, &picture) && deliver(demo, &deliveries[PLANT], &picture);
    free(picture.bytes);
    return ok && demo_sign_in(demo, CASEY, &casey) && share(demo, &casey, id) &&
           take_proofs(demo, &casey, id) && erase(demo, &casey, id);
}

bool demo_story(struct demo *demo)
{
    static bool (*const acts[])(struct demo *) = {act_people, act_announce, act_consent, act_parcel,
                                                  act_gift,   act_declined, act_plant};
    for (size_t i = 0; i < ARRAY_LEN(acts); i++)
        if (!acts[i](demo))
            return false;
    return true;
}

void demo_story_pages(struct demo *demo)
{
    const char *url = demo->line.origin;
    char code[DEMO_CODE];
    demo_say_title("Look for yourself");
    demo_say_item("Robin's link", "%s", deliveries[PARCEL].tracking_url);
    demo_say_item("Orders", "%s/orders", url);
    demo_say_item("", "sign in as " ROBIN ", " CASEY ",");
    demo_say_item("", ALEX " or " SAM "; the code shows up here");
    demo_say_item("Support", "%s/desk", url);
    demo_say_item("", "sign in as %s", demo->agent.email);
    demo_say_item("", "password %s", demo->agent.password);
    demo_say_item("", "%s", "press Enter here for an authenticator code");
    demo_say_item("", "%s", "or make a passkey, which is then the only way in:");
    demo_say_item("", "%s", demo->agent.invitation);
    if (demo_new_pairing_code(demo, code)) {
        demo_say_item("Dana's app", "%s/drive/#pair=%s", url, code);
        demo_say_item("", "%s", "press \"Pair this phone\", and bring the parcel that is");
        demo_say_item("", "%s", "left; on localhost the browser gives it the camera");
    }
    demo_say_item("Interface", "%s/openapi.json", url);
    demo_say("%s", "");
    demo_say("One more parcel is on its way to Robin, who could still refuse its photo.");
}
