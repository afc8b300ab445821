/* SPDX-License-Identifier: Apache-2.0
 *
 * Every sample renders, and what must be true of all pages is true of each; then what a page may
 * never say to its reader. test_pages SAMPLES: the folder of the samples, named PAGE[.case].json.
 */
#include <dirent.h>

#include "base/clock.h"
#include "base/tap.h"
#include "pages/pages.h"

static const char *samples;
static struct pages *pages;
static const struct lang *lang;
static char html[256 << 10];

#define NAME(symbol, name) name,
static const char *const names[] = {PAGES(NAME)};
#undef NAME

/* The page whose name begins a sample's file name; -1 when there is none. */
static int page_of(const char *file)
{
    size_t len = strcspn(file, ".");
    for (int i = 0; i < PAGE_COUNT; i++)
        if (strlen(names[i]) == len && strncmp(names[i], file, len) == 0)
            return i;
    return -1;
}

static json_t *load(const char *file)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", samples, file);
    json_t *data = json_load_file(path, 0, NULL);
    CHECK(data != NULL);
    return data;
}

/* Renders to `html`; the result of pages_render. */
static int render(enum page page, const json_t *data)
{
    int64_t now = 0;
    CHECK(clock_parse("2026-11-23T15:10:00Z", &now));
    struct buf out;
    buf_init(&out, sizeof html - 1);
    int result = pages_render(pages, page, data, &(struct pages_reader){lang, now}, &out);
    memcpy(html, out.len ? (char *)out.data : "", out.len);
    html[out.len] = '\0';
    buf_free(&out);
    return result;
}

static bool render_sample(const char *file)
{
    json_t *data = load(file);
    int result = render((enum page)page_of(file), data);
    json_decref(data);
    CHECK_INT(result, 0);
    return result == 0;
}

static bool says(const char *text)
{
    return strstr(html, text) != NULL;
}

/* ---- all pages ---- */

static void check_any_page(const char *file)
{
    char opening[100];
    snprintf(opening, sizeof opening, "<!doctype html>\n<html lang=\"%s\" dir=\"%s\">", lang->code,
             lang->dir);
    const char *const always[] = {opening, "<main id=\"main\"", "class=\"skip\" href=\"#main\"",
                                  "</html>", "href=\"/style/porchlight."};
    static const char *const never[] = {"<script>", " style=", "http://", "{{", "og:", "<b>"};
    for (size_t i = 0; i < ARRAY_LEN(always); i++) {
        if (!says(always[i]))
            printf("# %s lacks %s\n", file, always[i]);
        CHECK(says(always[i]));
    }
    for (size_t i = 0; i < ARRAY_LEN(never); i++) {
        if (says(never[i]))
            printf("# %s has %s\n", file, never[i]);
        CHECK(!says(never[i]));
    }
    /* Modules of our own, and nothing in the page itself. */
    bool push = false;
    for (const char *at = html; (at = strstr(at, "<script")) != NULL; at++) {
        CHECK(strncmp(at, "<script type=\"module\" src=\"/script/", 35) == 0);
        push |= strncmp(at + 35, "push.", 5) == 0;
    }
    CHECK(push == pages_has_script((enum page)page_of(file)));
    bool noindex = says("<meta name=\"robots\" content=\"noindex, nofollow\">");
    CHECK(noindex == (page_of(file) != PAGE_PRIVACY));
}

static void check_lone_page(void)
{
    static const char *const never[] = {"<script", "<link", "href=\"/", "src=\"/", "{{", " style="};
    for (size_t i = 0; i < ARRAY_LEN(never); i++)
        CHECK(!says(never[i]));
}

static void check_samples(void)
{
    bool seen[PAGE_COUNT] = {false};
    DIR *folder = opendir(samples);
    CHECK(folder != NULL);
    for (struct dirent *entry; folder && (entry = readdir(folder)) != NULL;) {
        if (entry->d_name[0] == '.')
            continue;
        int page = page_of(entry->d_name);
        CHECK(page >= 0);
        if (page < 0 || !render_sample(entry->d_name))
            continue;
        seen[page] = true;
        if (page == PAGE_EXPORT) /* parts of a page that stands alone in an archive */
            check_lone_page();
        else
            check_any_page(entry->d_name);
    }
    if (folder)
        closedir(folder);
    for (int i = 0; i < PAGE_COUNT; i++)
        CHECK(seen[i]);
}

TEST(every_sample_renders_as_a_whole_page_in_every_language)
{
    for (int i = 0; i < lang_all_count; i++) {
        lang = &lang_all[i];
        check_samples();
    }
    lang = LANG_ENGLISH;
}

TEST(a_page_speaks_the_readers_language)
{
    lang = lang_find("de");
    CHECK(render_sample("sign-in-code.json"));
    CHECK(says("<title>Code eingeben · Porchlight</title>"));
    CHECK(says("an <strong class=\"long\">ada@example.com</strong>"));
    CHECK(says("Der Code gilt 10 Minuten."));
    json_t *data = load("sign-in-code.json");
    json_object_set_new(data, "minutes", json_integer(1));
    CHECK_INT(render(PAGE_SIGN_IN_CODE, data), 0);
    CHECK(says("Der Code gilt 1 Minute.") && !says("Minuten"));
    json_decref(data);
    lang = lang_find("ar-XB");
    CHECK(render_sample("order.json"));
    CHECK(says("<html lang=\"ar-XB\" dir=\"rtl\">"));
    lang = LANG_ENGLISH;
}

/* R12: the title ends up in histories and on shared screens. */
TEST(titles_hold_no_data)
{
    CHECK(render_sample("order.json"));
    CHECK(says("<title>Your delivery · Porchlight</title>"));
    CHECK(render_sample("desk-case.json"));
    CHECK(says("<title>Case · Porchlight</title>"));
    CHECK(render_sample("sign-in-code.wrong.json"));
    CHECK(says("<title>Error: Enter your code · Porchlight</title>"));
}

TEST(the_card_about_this_phone_is_hidden_until_the_script_shows_it)
{
    CHECK(render_sample("order.json"));
    CHECK(says("<section class=\"card\" id=\"push\" aria-labelledby=\"push-title\" hidden>"));
    CHECK(render_sample("order.buyer.json"));
    CHECK(!says("id=\"push\""));
    CHECK(render_sample("account.json"));
    CHECK(says("value=\"yes\">Show photos in notifications"));
    CHECK(render_sample("account.refused.json"));
    CHECK(says("value=\"no\">Do not show photos in notifications"));
    CHECK(says("Through updates.push.services.mozilla.com"));
    const struct pages_asset *worker = pages_asset("/sw.js");
    CHECK(worker && strcmp(worker->type, "text/javascript; charset=utf-8") == 0);
}

TEST(assets_are_found_under_the_path_that_pages_name)
{
    CHECK(render_sample("privacy.json"));
    const char *at = strstr(html, "/style/porchlight.");
    CHECK(at != NULL);
    char path[64] = "";
    if (at)
        snprintf(path, sizeof path, "%.*s", (int)strcspn(at, "\""), at);
    const struct pages_asset *css = pages_asset(path);
    CHECK(css != NULL);
    if (css) {
        CHECK_STR(css->type, "text/css; charset=utf-8");
        CHECK(css->etag[0] == '"' && css->bytes.len > 1000 && css->bytes.len <= 12288);
    }
    CHECK(pages_asset("/style/porchlight.css") == NULL);
    CHECK(pages_asset("") == NULL);
}

TEST(a_missing_field_is_a_fault_and_not_a_silent_gap)
{
    static const char *const fields[] = {"reference", "shipper", "relation", "state", "time_zone",
                                         "address",   "photo",   "consent",  "looks", "changed_at"};
    for (size_t i = 0; i < ARRAY_LEN(fields); i++) {
        json_t *data = load("order.json");
        CHECK_INT(render(PAGE_ORDER, data), 0);
        json_object_del(json_object_get(data, "order"), fields[i]);
        CHECK(render(PAGE_ORDER, data) < 0);
        json_decref(data);
    }
    json_t *data = load("order.json");
    json_object_set_new(json_object_get(data, "order"), "state", json_string("lost"));
    CHECK(render(PAGE_ORDER, data) < 0);
    json_decref(data);
    data = json_array();
    for (int page = 0; page < PAGE_COUNT; page++)
        if (page != PAGE_SIGN_IN && page != PAGE_DESK_SIGN_IN && page != PAGE_PROBLEM &&
            page != PAGE_DESK_WELCOME && page != PAGE_GOODBYE)
            CHECK(render((enum page)page, data) < 0);
    json_decref(data);
}

TEST(values_are_escaped_and_shown_again)
{
    CHECK(render_sample("sign-in.wrong.json"));
    CHECK(says("value=\"ada&lt;script&gt;example.com\""));
    CHECK(says("aria-invalid=\"true\"") && says("aria-describedby=\"email-help email-error\""));
    CHECK(render_sample("desk-search.nothing.json"));
    CHECK(says("value=\"&quot;&gt;&lt;b&gt;x\""));
}

/* ---- what may not be said ---- */

/* R1: the buyer of a gift reads "delivered": no photo, place or address, even if handed over. */
TEST(the_buyer_reads_no_photo_place_or_address)
{
    json_t *data = load("order.json");
    json_object_set_new(json_object_get(data, "order"), "relation", json_string("buyer"));
    CHECK_INT(render(PAGE_ORDER, data), 0);
    CHECK(says("Delivered today at 14:32"));
    CHECK(!says("front door") && !says("/photo") && !says("Acorn Lane") && !says("/problem"));
    json_decref(data);
    data = load("orders.json");
    json_t *order;
    size_t i;
    json_array_foreach(json_object_get(data, "items"), i, order)
        json_object_set_new(order, "relation", json_string("buyer"));
    CHECK_INT(render(PAGE_ORDERS, data), 0);
    CHECK(!says("front door") && !says("Photo<") && !says("nobody"));
    json_decref(data);
}

/* R2: two gifts, one to a protected address, read the same to the buyer. */
TEST(the_buyer_cannot_tell_a_confidential_address)
{
    static char plain[sizeof html];
    json_t *data = load("order.json");
    json_t *order = json_object_get(data, "order");
    json_object_set_new(order, "relation", json_string("buyer"));
    CHECK_INT(render(PAGE_ORDER, data), 0);
    memcpy(plain, html, sizeof html);
    json_object_set_new(order, "photo",
                        json_pack("{s:s, s:s}", "state", "withheld", "reason", "protected"));
    json_object_set_new(order, "confidential", json_string("protected"));
    CHECK_INT(render(PAGE_ORDER, data), 0);
    CHECK(strcmp(plain, html) == 0);
    json_decref(data);
}

/* R1: the tracking link shows status only. */
TEST(a_stranger_reads_the_status_only)
{
    json_t *data = load("status.json");
    json_t *order = load("order.json");
    json_object_update(data, json_object_get(order, "order"));
    CHECK_INT(render(PAGE_STATUS, data), 0);
    CHECK(says("Delivered today at 14:32"));
    CHECK(!says("front door") && !says("Acorn Lane") && !says("<figure") && !says("A-1001") &&
          !says("dlv_"));
    json_decref(order);
    json_decref(data);
}

/* What is found is facts: no picture, and to a dispatcher nothing of one, and no case. */
TEST(a_search_shows_facts_and_no_picture)
{
    CHECK(render_sample("desk-search.json"));
    CHECK(says("Ada Lark") && says("12 Acorn Lane, 10115 Berlin") && says("/desk/cases/cas_"));
    CHECK(says("Open a case") && says("There are more.") && says("name=\"q\""));
    CHECK(!says("<figure") && !says("/photo"));
    CHECK(render_sample("desk-search.dispatcher.json"));
    CHECK(says("Ada Lark") && !says("Open a case") && !says("/desk/cases"));
    CHECK(render_sample("desk-search.wrong.json"));
    CHECK(says("href=\"#q\"") && says("id=\"q\"") && !says("No delivery of yours"));
}

/* R2: a withheld photo is explained to its recipient and not linked. */
TEST(only_a_posted_photo_is_linked)
{
    CHECK(render_sample("order.json"));
    CHECK(says("/photo?size=preview") && says("/photo?size=full"));
    static const char *const others[] = {"order.withheld.json", "order.rejected.json",
                                         "order.expected.json", "order.declined.json"};
    for (size_t i = 0; i < ARRAY_LEN(others); i++) {
        CHECK(render_sample(others[i]));
        CHECK(!says("/photo?size"));
    }
}

/* R9: whatever is there can be deleted, of whichever attempt; what is not there cannot. */
TEST(every_photo_that_is_there_can_be_deleted)
{
    CHECK(render_sample("order.again.json"));
    CHECK(says("Photo of attempt 2") && says("photo?size=preview&amp;attempt=2"));
    CHECK(says("photo/delete?attempt=2\"") && says("photo/delete?attempt=1\""));
    CHECK(!says("photo/delete?attempt=3") && !says("size=preview&amp;attempt=1"));
    CHECK(render_sample("order.withheld.json"));
    CHECK(says("photo/delete?attempt=1\"") && says("It will be deleted <time"));
    static const char *const none[] = {"order.rejected.json", "order.expected.json",
                                       "order.declined.json", "order.buyer.json"};
    for (size_t i = 0; i < ARRAY_LEN(none); i++) {
        CHECK(render_sample(none[i]));
        CHECK(!says("photo/delete"));
    }
}

/* R9: an open case that keeps the photo is named, with its end; no other date is promised then. */
TEST(a_photo_that_a_case_holds_says_which_and_until_when)
{
    CHECK(render_sample("order.case.json"));
    CHECK(says("kept while case 1041 is open") && says("2027-01-22T12:00:00"));
    CHECK(!says("It will be deleted"));
    CHECK(render_sample("order.json"));
    CHECK(says("It will be deleted") && !says("It is kept while"));
}

/* A phone's clock may be years ahead: then its date is not told as the photo's. */
TEST(a_photo_of_the_future_tells_when_it_arrived)
{
    json_t *data = load("order.json");
    json_t *photo = json_object_get(json_object_get(data, "order"), "photo");
    CHECK_INT(render(PAGE_ORDER, data), 0);
    CHECK(says("Taken <time") && !says("clock is wrong"));
    json_object_set_new(photo, "captured_at", json_string("2999-01-01T00:00:00.000Z"));
    CHECK_INT(render(PAGE_ORDER, data), 0);
    CHECK(!says("Taken <time") && !says("2999") && says("clock is wrong"));
    CHECK(says("It reached us <time datetime=\"2026-11-23T13:32:04"));
    json_decref(data);
}

/* Many a parcel is handed over without a round having been begun. */
TEST(a_step_that_never_happened_is_not_shown_as_done)
{
    json_t *data = load("order.json");
    json_t *order = json_object_get(data, "order");
    CHECK_INT(render(PAGE_ORDER, data), 0);
    CHECK(says("Out for delivery<span class=\"unseen\"> (done)</span></span> <time"));
    json_object_del(order, "out_for_delivery_at");
    CHECK_INT(render(PAGE_ORDER, data), 0);
    CHECK(!says("Out for delivery"));
    json_object_set_new(order, "state", json_string("returned"));
    CHECK_INT(render(PAGE_ORDER, data), 0);
    CHECK(!says("Out for delivery"));
    json_object_set_new(order, "state", json_string("created"));
    CHECK_INT(render(PAGE_ORDER, data), 0);
    CHECK(says(">Out for delivery</span>")); /* it lies ahead */
    json_decref(data);
}

/* S7: whether the photo was taken at the address, without the place itself. */
TEST(a_photos_place_is_told_in_words)
{
    static const struct {
        const char *place, *sentence;
    } places[] = {{"within", "Taken within 60 m of the address."},
                  {"not_within", "Taken more than 60 m away from the address."},
                  {"unknown", NULL}};
    json_t *data = load("order.json");
    json_t *photo = json_object_get(json_object_get(data, "order"), "photo");
    json_object_set_new(photo, "metres_limit", json_integer(60));
    for (size_t i = 0; i < ARRAY_LEN(places); i++) {
        json_object_set_new(photo, "place", json_string(places[i].place));
        CHECK_INT(render(PAGE_ORDER, data), 0);
        CHECK(places[i].sentence ? says(places[i].sentence) : !says("of the address."));
    }
    json_decref(data);
    CHECK(render_sample("order.withheld.json"));
    CHECK(!says("of the address.") && !says("from the address."));
}

TEST(who_looked_claims_no_look_of_the_reader)
{
    CHECK(render_sample("order.withheld.json"));
    CHECK(says("Support has not looked.") && !says("Nobody but you"));
}

TEST(a_case_is_resolved_apart_from_its_messages)
{
    CHECK(render_sample("desk-case.json"));
    const char *send = strstr(html, "Send message"), *resolve = strstr(html, "/resolve\"");
    CHECK(send && resolve && send < resolve);
    const char *end = send ? strstr(send, "</section>") : NULL;
    CHECK(end && end < resolve); /* not in the same card */
    CHECK(says("<textarea id=\"text\" name=\"text\""));
    CHECK(render_sample("desk-case.resolved.json"));
    CHECK(!says("/resolve\"") && !says("<textarea id=\"text\""));
}

TEST(a_refusal_is_offered_while_a_photo_may_be_taken)
{
    CHECK(render_sample("order.expected.json"));
    CHECK(says("No photo of this delivery</button>"));
    CHECK(render_sample("order.declined.json"));
    CHECK(says("Allow a photo of this delivery</button>"));
    CHECK(render_sample("order.json"));
    CHECK(!says("photo of this delivery</button>") && says("No photos of any of my deliveries"));
}

/* R4: no picture before a look, and none after its end. */
TEST(the_agents_picture_is_locked_until_a_look_and_after_it)
{
    CHECK(render_sample("desk-case.json"));
    CHECK(!says("<figure") && says("Locked. A look needs a reason."));
    CHECK(render_sample("desk-case.look.json"));
    CHECK(says("<figure") && says("until <time datetime=\"2026-11-23T15:25:00.000Z\">"));
    json_t *data = load("desk-case.look.json");
    json_object_set_new(json_object_get(json_object_get(data, "case"), "look"), "expires_at",
                        json_string("2026-11-23T15:10:00.000Z"));
    CHECK_INT(render(PAGE_DESK_CASE, data), 0);
    CHECK(!says("<figure") && !says("photo?look"));
    json_decref(data);
    CHECK(render_sample("desk-case.resolved.json"));
    CHECK(!says("<figure") && !says("/looks\""));
}

TEST(a_name_or_signature_is_shown_while_it_is_kept)
{
    CHECK(render_sample("desk-case.json"));
    CHECK(!says("Kept until"));
    CHECK(render_sample("desk-case.signed.json"));
    CHECK(says("viewBox=\"10 30 560 140\"") && says("<path d=\"M20 160L60 40"));
    CHECK(says("Signature of the person who took it") && says("Kept until <time"));
    CHECK(render_sample("desk-case.named.json"));
    CHECK(says("Mrs Baumgärtner &lt;next door&gt;") && !says("<path"));
    json_t *data = load("desk-case.signed.json");
    json_t *kept = json_object_get(json_object_get(data, "case"), "kept_proof");
    json_object_set_new(kept, "value", json_string("m5 5l-10 20,10-40"));
    CHECK_INT(render(PAGE_DESK_CASE, data), 0);
    CHECK(says("viewBox=\"-15 -25 30 60\""));
    json_object_set_new(kept, "value", json_string("M\"><script>"));
    CHECK_INT(render(PAGE_DESK_CASE, data), 0);
    CHECK(says("M&quot;&gt;&lt;script&gt;") && !says("<script>"));
    json_decref(data);
}

TEST(dispatchers_and_support_are_shown_their_own_ways)
{
    CHECK(render_sample("desk-drivers.json"));
    CHECK(says("href=\"/desk/drivers\" aria-current") && !says("href=\"/desk\""));
    CHECK(says("/devices/dev_01hf8z5x1y2z3a4b5c6d7k3mq9xa/revoke\""));
    CHECK(!says("/devices/dev_01hf8z5x1y2z3a4b5c6d7k3mq9xb/revoke\"")); /* revoked already */
    CHECK(!says("aria-label=\"Shippers\""));
    CHECK(render_sample("desk-drivers.choice.json"));
    CHECK(says("Bakery &amp; Sons") && says("href=\"/desk\"") && says("shipper=shp_01hf8z3k7v9q2"));
    CHECK(render_sample("desk-drivers.unchosen.json"));
    CHECK(says("Choose a shipper."));
    CHECK(render_sample("desk.json"));
    CHECK(says("href=\"/desk\" aria-current") && !says("/desk/drivers"));
}

TEST(a_pairing_code_is_shown_in_digits_and_as_a_picture)
{
    CHECK(render_sample("desk-pairing.json"));
    CHECK(says("48151 62342") && says("<path d=\"M4 4h7v1h-7z"));
    CHECK(says("https://drive.shop.example/drive/#pair=4815162342"));
}

TEST(problems_have_words)
{
    CHECK(render_sample("problem.404.json"));
    CHECK(says("There is nothing here") && says("Error 404"));
    CHECK(render_sample("problem.429.json"));
    CHECK(says("Try again in 2 minutes."));
    CHECK(render_sample("problem.other.json"));
    CHECK(says("The delivery is already over"));
    json_t *data = json_object();
    CHECK_INT(render(PAGE_PROBLEM, data), -22);
    json_object_set_new(data, "status", json_integer(418));
    CHECK_INT(render(PAGE_PROBLEM, data), 0);
    CHECK(says("This did not work"));
    json_decref(data);
}

TEST(the_way_back_from_a_problem_is_its_readers_own)
{
    static const struct {
        const char *kind, *url, *label;
    } ways[] = {{"recipient", "href=\"/orders\"", ">Your orders</a></p>"},
                {"agent", "href=\"/desk\"", ">All cases</a></p>"}};
    CHECK(render_sample("problem.404.json"));
    CHECK(says(">Back to the start</a>") && !says("<nav"));
    for (size_t i = 0; i < ARRAY_LEN(ways); i++) {
        json_t *data = load("problem.404.json");
        json_object_set_new(
            data, "viewer",
            json_pack("{s:s, s:s}", "kind", ways[i].kind, "email", "ada@example.com"));
        CHECK_INT(render(PAGE_PROBLEM, data), 0);
        CHECK(says("<nav") && says(ways[i].url) && says(ways[i].label));
        CHECK(!says("Back to the start"));
        json_decref(data);
    }
}

TEST(a_full_buffer_is_a_fault)
{
    json_t *data = load("privacy.json");
    struct buf out;
    buf_init(&out, 100);
    CHECK(pages_render(pages, PAGE_PRIVACY, data, &(struct pages_reader){lang, 0}, &out) < 0);
    buf_free(&out);
    json_decref(data);
}

/* Where nothing is to come, or someone may be typing, a page without JavaScript stays. */
TEST(a_page_names_its_stream_and_refreshes_only_where_nobody_types)
{
    CHECK(render_sample("order.expected.json"));
    CHECK(says("<meta name=\"live\" content=\"/orders/dlv_01hf8z3k7v9q2m4n6p8r0s0002/live\""));
    CHECK(says("data-seen=\"3\""));
    CHECK(says("<noscript><meta http-equiv=\"refresh\" content=\"60; url=/orders/"));
    CHECK(says("?still\">Stop that</a>"));
    CHECK(render_sample("order.case.json")); /* with a form for a reply */
    CHECK(says("<meta name=\"live\"") && !says("http-equiv"));
    CHECK(render_sample("desk-case.look.json"));
    CHECK(says("<meta name=\"live\"") && !says("http-equiv"));
    CHECK(says("<figure class=\"photo\" data-until=\""));
    CHECK(render_sample("status.json"));
    CHECK(says("<meta name=\"live\""));
    json_t *data = load("order.expected.json"); /* a form shown again is let alone */
    json_object_set_new(data, "errors", json_pack("{s:s}", "text", "Say what happened."));
    CHECK_INT(render(PAGE_ORDER, data), 0);
    CHECK(!says("<meta name=\"live\"") && !says("/script/live."));
    json_decref(data);
}

TEST(terms_stand_beside_a_photo_in_the_words_of_its_reader)
{
    CHECK(render_sample("order.json"));
    CHECK(says("It belongs to you.") && says("Nobody else has looked.") && says("Only you can"));
    CHECK(says("Share with the shop") && !says("Share with who ordered"));
    CHECK(render_sample("order.case.json"));
    CHECK(says("You share it with the shop.") && says("You share it with the person who ordered."));
    CHECK(says("Others have looked 3 times") && !says("Only you can see it"));
    CHECK(says("The shop, with whom you shared it") && says("Under case 1041."));
    CHECK(says("Without a case.") && says("/looks/lok_01hf8z3k7v9q2m4n6p8r0s2t4v/question\""));
    CHECK(render_sample("order.going.json"));
    CHECK(says("will be deleted when case 1041 is closed") && says("Keep the photo after all"));
    CHECK(!says("/share?attempt") && !says("photo/sooner") && !says("photo/delete"));
    CHECK(says("About the look of <time datetime=\"2026-11-23T14:20:00"));
    CHECK(render_sample("order.shared.json"));
    CHECK(says("belongs to the recipient") && says("photo?size=preview") && !says("must not be"));
    CHECK(!says("/share?") && !says("photo/delete") && !says("evidence"));
    CHECK(render_sample("desk-case.look.json"));
    CHECK(says("The recipient asked for its deletion") && says("It has been looked at 1 time."));
}

int main(int argc, char **argv)
{
    static const struct tap_test tests[] = {
        TAP(every_sample_renders_as_a_whole_page_in_every_language),
        TAP(a_page_speaks_the_readers_language),
        TAP(titles_hold_no_data),
        TAP(the_card_about_this_phone_is_hidden_until_the_script_shows_it),
        TAP(assets_are_found_under_the_path_that_pages_name),
        TAP(a_missing_field_is_a_fault_and_not_a_silent_gap),
        TAP(values_are_escaped_and_shown_again),
        TAP(the_buyer_reads_no_photo_place_or_address),
        TAP(the_buyer_cannot_tell_a_confidential_address),
        TAP(a_stranger_reads_the_status_only),
        TAP(a_search_shows_facts_and_no_picture),
        TAP(only_a_posted_photo_is_linked),
        TAP(every_photo_that_is_there_can_be_deleted),
        TAP(a_photo_that_a_case_holds_says_which_and_until_when),
        TAP(a_photo_of_the_future_tells_when_it_arrived),
        TAP(a_step_that_never_happened_is_not_shown_as_done),
        TAP(a_photos_place_is_told_in_words),
        TAP(who_looked_claims_no_look_of_the_reader),
        TAP(a_case_is_resolved_apart_from_its_messages),
        TAP(a_refusal_is_offered_while_a_photo_may_be_taken),
        TAP(the_agents_picture_is_locked_until_a_look_and_after_it),
        TAP(a_name_or_signature_is_shown_while_it_is_kept),
        TAP(dispatchers_and_support_are_shown_their_own_ways),
        TAP(a_pairing_code_is_shown_in_digits_and_as_a_picture),
        TAP(problems_have_words),
        TAP(the_way_back_from_a_problem_is_its_readers_own),
        TAP(a_full_buffer_is_a_fault),
        TAP(a_page_names_its_stream_and_refreshes_only_where_nobody_types),
        TAP(terms_stand_beside_a_photo_in_the_words_of_its_reader),
    };
    lang = LANG_ENGLISH;
    samples = argc > 1 ? argv[1] : "src/pages/samples";
    if (pages_new(&pages) != 0) {
        printf("Bail out! the templates do not compile\n");
        return 1;
    }
    int failed = tap_run(tests, ARRAY_LEN(tests));
    pages_free(&pages);
    return failed;
}
