/* SPDX-License-Identifier: Apache-2.0
 *
 * The HTML faces: a page is a name, plain data in and bytes out. The API layer reads and decides;
 * it hands over the same JSON that the API answers with, and this folder says it in sentences and
 * HTML. Nothing here reads a database, a clock or a permission; still, what a buyer or a stranger
 * must not read is left out here once more (say.h).
 *
 * Every page works without JavaScript: links, and forms that POST as
 * application/x-www-form-urlencoded and are answered with 303 to a GET page, or with 422 and the
 * same page with `errors` and `values` set. Templates and stylesheet are part of the program.
 *
 * ---- The data of each page ----
 *
 * Times are RFC 3339 text; ids, states and reasons are the API's own words (domain/words.h). "?"
 * marks a field that may be absent or null; every other field must be there, or rendering fails
 * with its name in the log. Unknown fields are ignored, so an API answer can be handed over whole.
 *
 * Common to all pages, all optional:
 *   viewer?  {kind: "recipient" or an agent's role, email}: who is signed in
 *   notice?  a word of PAGES_NOTICES: what the form just did (from ?done=…; unknown: ignored)
 *   errors?  {field: sentence, …}: fields as named in the forms below; "form" = no field's
 *   values?  {field: text, …}: what was typed, to be shown again; never a password or code
 *
 * LIVE, a page's stream; without it the page stands still
 *   page, url       paths: the page's own, and its stream's
 *   seen (integer)  the number of the newest event that the page shows
 *   refresh         seconds after which a page without JavaScript loads itself anew; 0: never
 *
 * PAGE_SIGN_IN        GET /sign-in
 *   form POST /sign-in       email
 *
 * PAGE_SIGN_IN_CODE   the answer to it (200, or 303 to a page of its own)
 *   email, minutes (integer: how long the code is good)
 *   form POST /sign-in/code  email (hidden), code
 *   form POST /sign-in       email (hidden): send another code
 *
 * PAGE_ORDERS         GET /orders
 *   items [ORDER], newest first; next? cursor for /orders?after=…
 *
 * ORDER, an item of GET /v1/me/orders
 *   id, reference, shipper {name}
 *   relation        "recipient" | "buyer": the buyer is told nothing about photo or place
 *   state           delivery state
 *   time_zone, created_at, out_for_delivery_at?, changed_at
 *   captured_at?    the phone's clock at delivered or attempted
 *   received_at?    ours
 *   left_at?, attempt_reason?, window? {from, to}
 *   photo?          {state, reason?}: required for the recipient
 *
 * PAGE_ORDER          GET /orders/{id}
 *   order: ORDER, live? LIVE and, for the recipient:
 *     address       {lines []}
 *     photo         PHOTO, of the present attempt
 *     earlier_photos? [PHOTO] those of earlier attempts that are there
 *     consent       {account, address, delivery}: each "unset" | "allowed" | "refused"; and
 *                   shipper?: "for_you" | "for_address"
 *     pin?          what is told to the driver
 *     proof?, proof_verified?
 *     gift          boolean: somebody else ordered it
 *     looks         [LOOK] newest first
 *     cases         [CASE] newest first
 *   and for the buyer, while it is shared: photo {attempt, width, height, captured_at?, terms
 * TERMS} form POST /orders/{id}/share, /orders/{id}/unshare ?attempt=…  with = "shipper" | "buyer"
 *   form POST /orders/{id}/photo/sooner?attempt=…  when = days, or "date" and then date
 *   form POST /orders/{id}/photo/keep?attempt=…
 *   form POST /orders/{id}/looks/{look}/question   question
 *   form POST /orders/{id}/photo/delete?attempt=… sure = "yes"
 *   form POST /orders/{id}/consent                photo = "refused" | "allowed"
 *   form POST /orders/{id}/refusal                at the order's address
 *   form POST /orders/{id}/problem                kind (case kind), text
 *   form POST /orders/{id}/cases/{case}/messages  message
 *   form POST /account/consent                    photo = "refused"
 *   pictures: /v1/me/orders/{id}/photo?size=preview|full&attempt=…; the link that saves it adds
 *     &download=1
 *
 * PHOTO
 *   attempt, state, reason?
 *   and when posted: captured_at, received_at, width, height (pixels of the full photo), place? and
 *   metres_limit
 *   and when posted or withheld: delete_by, hold? {case_number, until}, terms? TERMS,
 *   shared? ["shipper" | "buyer"], erase_requested_at?
 *
 * TERMS
 *   delete_by?, held? {case_number, until, erase_requested_at?}, shared_with ["shipper" | "buyer"],
 *   seen_by [{by: a look's or a share's, at, times}]
 *
 * LOOK
 *   at, reason (look reason), by: "agent" | "administrator"; note?, id?, case_id?
 *
 * CASE
 *   id, number (integer), kind, state, opened_by: "recipient" | "agent", opened_at
 *   resolved_at?, reason? (an agent's, in words)
 *   messages [{at, from: "recipient" | "agent", text, look_id?}], oldest first
 *
 * PAGE_ACCOUNT        GET /account
 *   email, consent: "unset" | "allowed" | "refused" (for all deliveries)
 *   push: {picture (boolean), items [{id, service, created_at}]}, as GET /v1/me/push answers it
 *   usual_zone?, language?, quiet? {from, to, time_zone}, channels [channel],
 *   notices {class: {channel: boolean}}
 *   refusals [{id, by, address? {lines}, shipper? {name}, reason?, created_at}]
 *   form POST /account/consent  photo = "refused" | "allowed"
 *   form POST /account/refusals/{id}/remove
 *   form POST /account/notices  CLASS.CHANNEL = "yes"
 *   form POST /account/reach    language, quiet = "yes", from, to, time_zone
 *   form POST /account/test     channel
 *   form POST /account/push     picture = "yes" | "no"
 *   form POST /account/push/{id}/remove
 *   passkeys: {items [PASSKEY], may_change (boolean)}, as GET /v1/me/passkeys answers it
 *   form POST /account/passkeys/{id}/remove
 *   form POST /sign-out
 *
 * PAGE_STATUS         GET /t/{token}
 *   state, time_zone, created_at, out_for_delivery_at?, changed_at, captured_at?, received_at?,
 *   window?, shipper {name}, live? LIVE
 *   More fields are ignored: a stranger reads no place, reason, name, address or photo.
 *
 * PAGE_PRIVACY        GET /privacy
 *   delete_after_days, hold_days, key_backup_days, look_minutes, name_days, case_days,
 * account_days, complaint_days (integers); contact? (an e-mail address) form POST /privacy  kind
 * (complaint kind), place, tracking, contact, text
 *
 * PAGE_EXPORT         index.html of an export; in three parts, one after the other
 *   part: "begin" | "items" | "end"
 *   email, server (its address), exported_at
 *   items [ORDER], as deliveries.json has them
 *
 * PAGE_LEAVE          GET /account/delete
 *   email, consent
 *   form POST /account/delete  confirm (the address), forget_refusal = "yes"
 *
 * PAGE_GOODBYE        GET /goodbye: nothing
 *
 * COMPLAINT
 *   number (integer), state, kind, place?, tracking?, contact?, created_at, delete_by
 *   messages [{at, from: "complainant" | "agent", text}], oldest first
 *
 * PAGE_COMPLAINT      GET /complaints/{token}
 *   COMPLAINT, token
 *   form POST /complaints/{token}  message
 *
 * PAGE_DESK_COMPLAINTS  GET /desk/complaints
 *   show: "open" | "resolved"; items [{id, number, state, kind, created_at}]; next? cursor
 *
 * PAGE_DESK_COMPLAINT   GET /desk/complaints/{id}
 *   COMPLAINT, id, language, case_id?
 *   form POST /desk/complaints/{id}/messages  message
 *   form POST /desk/complaints/{id}/match     delivery_id, reason
 *   form POST /desk/complaints/{id}/resolve   text (may be left away)
 *
 * PAGE_STOP           GET, POST /u/{token}, the link in mail that stops a class of it
 *   token, class (a class of notices), stopped (boolean)
 *   form POST /u/{token}  List-Unsubscribe = "One-Click"; all = "yes"; again = "yes"
 *
 * PAGE_REFUSE         GET, POST /r/{token}, the link in the first message
 *   token, order_id, photo: "expected" | "refused" | "taken" | "none"
 *   form POST /r/{token}
 *
 * PASSKEY
 *   id, name, created_at, used_at?, doubted_at? (when its counter went back)
 *
 * PAGE_DESK_ACCOUNT   GET /desk/account
 *   email, passkeys: as PAGE_ACCOUNT
 *   form POST /desk/account/passkeys/{id}/remove
 *
 * PAGE_DESK_WELCOME   GET /desk/welcome#…, the link of an invitation, whose secret the page's
 * script reads
 *
 * PAGE_DESK_AGENTS    GET /desk/agents
 *   items [{id, email, name, role, disabled_at?, passkeys (integer), doubted_at?,
 *   invitation_expires_at?}]; next? cursor for /desk/agents?after=…
 *   form POST /desk/agents               email, name, role
 *   form POST /desk/agents/{id}/role     role
 *   form POST /desk/agents/{id}/reset
 *   form POST /desk/agents/{id}/disable
 *
 * PAGE_DESK_INVITED   the answer to inviting (200)
 *   agent: {name, invitation_url, invitation_expires_at}
 *
 * PAGE_DESK_SIGN_IN   GET /desk/sign-in
 *   provider? {name?}: the operator's, at which one can sign in too
 *   passwords (boolean): is there a form for them?
 *   form POST /desk/sign-in  email, password, code
 *   form POST /desk/sign-in/oidc
 *
 * PAGE_DESK           GET /desk, /desk?show=all, /desk?find=…
 *   show: "open" | "all"
 *   live? LIVE
 *   items [DESK_ITEM], open first, then newest first; next? cursor for /desk?show=…&after=…
 *   find?  the text asked for; then found [FOUND]
 *   form POST /desk/cases  delivery_id, reason (in words); when refused, this page with find = that
 *     id, both in `values`, the sentence in errors.reason
 *   form POST /desk/sign-out
 *
 * DESK_ITEM
 *   CASE without messages, and delivery {id, reference, time_zone}
 *
 * FOUND
 *   id, reference, state, time_zone, created_at, out_for_delivery_at?, changed_at, captured_at?,
 *   received_at?, left_at?,
 *   attempt_reason?, window?; case_id? (the open case)
 *
 * PAGE_DESK_IMPORT    GET /desk/import, and the answer to its form
 *   shippers, shipper_id? as PAGE_DESK_DRIVERS; and in the answer: created, rows (integers), errors
 *   [{row, field?, detail}], values {file}
 *   form POST /desk/import?shipper=…  file (its text), do = "check" | "import"
 *
 * PAGE_DESK_ROUND     GET /desk/rounds/{id}
 *   driver {id, name, revoked (boolean)}, items [a delivery as its shipper reads it], in order
 *   form POST /desk/rounds/{id}  up, down or off (a delivery's id), or add (an id or reference)
 *
 * PAGE_DESK_BOARD     GET /desk/board, /desk/board?column=…
 *   at, live? LIVE, alone (boolean): one column of them
 *   columns [{name ("late" or a delivery state), count (integer), cut (boolean: there are more),
 *   more (boolean: not all are shown), items [{id, reference, state, time_zone, created_at,
 *   changed_at, …, window?, late (boolean), shipper {name}, driver? {name}}]}]
 *
 * PAGE_DESK_SEARCH    GET /desk/search?q=…
 *   q  the text asked for, or ""; items [FOUND and shipper {name}, recipient? {name, email?,
 * phone?}, address? {lines []}, personal_data, driver_id?, photo? {state}]; more (boolean) forms as
 * on PAGE_DESK, but for dispatchers
 *
 * PAGE_DESK_CASE      GET /desk/cases/{id}
 *   case: CASE, live? LIVE and
 *     delivery      FOUND and confidential?, proof?, instructions?, driver? {id, name},
 *                   recipient {name, email?, phone?}, address {lines []},
 *                   photo {state, reason?, flags [photo flags], place? (PLACES word), anyway?,
 *                   captured_at?, received_at?, delete_by?, terms? TERMS}
 *                   attempt, earlier_photos? [{attempt}]: those that can be looked at
 *     looks         [LOOK] newest first
 *     look?         {photo_url, expires_at}: this agent's look under way; a path
 *     evidence_look? {evidence_url, proof_url, expires_at}: the same, at the evidence
 *     can_look      boolean: the policy would allow a look now
 *     kept_proof?   {kind: "name"|"signature", value (a name, or an SVG path), delete_by}
 *   form POST /desk/cases/{id}/looks     reason (look reason), note, attempt, kind (look kind)
 *   form POST /desk/cases/{id}/messages  message
 *   form POST /desk/cases/{id}/resolve   text (may be left away)
 *
 * PAGE_DESK_BREAK_GLASS  GET /desk/break-glass, /desk/break-glass?find=…, for administrators
 *   items [GLASS], newest first; next? cursor; least (integer): characters of `text`
 *   find?  the text asked for; then found [FOUND]
 *   form POST /desk/break-glass  delivery_id, reason (look reason), text; when refused, this page
 *
 * GLASS
 *   agent_number, reason (look reason), text, at, delivery {id, reference, time_zone}
 *
 * PAGE_DESK_GLASS_LOOK   GET /desk/break-glass/{look_id}
 *   glass: GLASS and look? {photo_url, expires_at}: while it runs
 *
 * PAGE_DESK_DRIVERS   GET /desk/drivers, for dispatchers and administrators
 *   shippers [{id, name, here}]: those to choose among; empty for an agent of one shipper
 *   shipper_id?  whose drivers these are; next? cursor
 *   items [{id, name, state: "active"|"revoked", devices [{id, name?, state, created_at,
 *     revoked_at?}]}], newest first
 *   form POST /desk/drivers?shipper=…  name; answered like the next
 *   form POST /desk/drivers/{id}/pairing-code
 *   form POST /desk/drivers/{id}/revoke
 *   form POST /desk/drivers/{id}/devices/{device}/revoke
 *
 * PAGE_DESK_PAIRING   the answer to the first two of these
 *   driver {id, name, pairing_code, pairing_expires_at}, pairing_url: what the QR code says
 *
 * PAGE_PROBLEM        any error on a page
 *   status (integer), request_id?, retry_after? (seconds)
 *   title?, detail? of the problem: shown for statuses that have no words of their own here
 */
#ifndef PORCHLIGHT_PAGES_H
#define PORCHLIGHT_PAGES_H

#include <jansson.h>

#include "lang/lang.h"

/* Page and template file of the same name. */
#define PAGES(X)                                                                                   \
    X(PAGE_SIGN_IN, "sign-in")                                                                     \
    X(PAGE_SIGN_IN_CODE, "sign-in-code")                                                           \
    X(PAGE_ORDERS, "orders")                                                                       \
    X(PAGE_ORDER, "order")                                                                         \
    X(PAGE_ACCOUNT, "account")                                                                     \
    X(PAGE_STATUS, "status")                                                                       \
    X(PAGE_PRIVACY, "privacy")                                                                     \
    X(PAGE_EXPORT, "export")                                                                       \
    X(PAGE_LEAVE, "leave")                                                                         \
    X(PAGE_GOODBYE, "goodbye")                                                                     \
    X(PAGE_COMPLAINT, "complaint")                                                                 \
    X(PAGE_DESK_COMPLAINTS, "desk-complaints")                                                     \
    X(PAGE_DESK_COMPLAINT, "desk-complaint")                                                       \
    X(PAGE_STOP, "stop")                                                                           \
    X(PAGE_REFUSE, "refuse")                                                                       \
    X(PAGE_DESK_SIGN_IN, "desk-sign-in")                                                           \
    X(PAGE_DESK, "desk")                                                                           \
    X(PAGE_DESK_IMPORT, "desk-import")                                                             \
    X(PAGE_DESK_ROUND, "desk-round")                                                               \
    X(PAGE_DESK_BOARD, "desk-board")                                                               \
    X(PAGE_DESK_SEARCH, "desk-search")                                                             \
    X(PAGE_DESK_DRIVERS, "desk-drivers")                                                           \
    X(PAGE_DESK_PAIRING, "desk-pairing")                                                           \
    X(PAGE_DESK_ACCOUNT, "desk-account")                                                           \
    X(PAGE_DESK_WELCOME, "desk-welcome")                                                           \
    X(PAGE_DESK_AGENTS, "desk-agents")                                                             \
    X(PAGE_DESK_INVITED, "desk-invited")                                                           \
    X(PAGE_DESK_CASE, "desk-case")                                                                 \
    X(PAGE_DESK_BREAK_GLASS, "desk-break-glass")                                                   \
    X(PAGE_DESK_GLASS_LOOK, "desk-glass-look")                                                     \
    X(PAGE_PROBLEM, "problem")

#define PAGES_ENUM(symbol, name) symbol,
enum page { PAGES(PAGES_ENUM) PAGE_COUNT };

/* What a form just did: the `done` in its 303's Location, and the sentence shown. */
#define PAGES_NOTICES(X)                                                                           \
    X("photo_deleted", MSG("The photo is deleted. Nobody can see it any more."))                   \
    X("photo_going", MSG("The photo will be deleted as soon as the case lets go of it."))          \
    X("photo_kept", MSG("The photo is kept."))                                                     \
    X("photo_sooner", MSG("The photo will be deleted earlier."))                                   \
    X("photo_shared", MSG("The photo is shared. You can take it back at any time."))               \
    X("photo_unshared", MSG("The photo is not shared any more."))                                  \
    X("question_sent", MSG("Your question has been sent. You will find the answer on this page.")) \
    X("photo_refused", MSG("No photo will be taken of this delivery."))                            \
    X("photo_allowed", MSG("A photo may be taken of this delivery."))                              \
    X("address_refused", MSG("No photos will be taken of your deliveries to this address."))       \
    X("refusal_lifted", MSG("Photos are allowed there again."))                                    \
    X("all_photos_refused", MSG("No photos will be taken of your deliveries."))                    \
    X("all_photos_allowed", MSG("Photos may be taken of your deliveries."))                        \
    X("notices_saved", MSG("Saved. This is how we tell you from now on."))                         \
    X("test_sent", MSG("A test message is on its way."))                                           \
    X("problem_reported",                                                                          \
      MSG("Your report has been sent. You will find the answer on this page."))                    \
    X("message_sent", MSG("Your message has been sent."))                                          \
    X("picture_on", MSG("Notifications will show the photo."))                                     \
    X("picture_off", MSG("Notifications will not show the photo."))                                \
    X("phone_removed", MSG("It is not told any more."))                                            \
    X("complaint_made",                                                                            \
      MSG("Your complaint has been sent. Keep this page’s address: the answer comes here."))       \
    X("signed_out", MSG("You are signed out."))                                                    \
    X("case_opened", MSG("The case is open, and the recipient has been told."))                    \
    X("case_resolved", MSG("The case is resolved."))                                               \
    X("device_revoked", MSG("The phone is revoked. It can do nothing any more."))                  \
    X("driver_revoked", MSG("The driver is shut out, with every phone."))                          \
    X("evidence_ready", MSG("Your look is recorded. The evidence can be downloaded now."))         \
    X("glass_broken",                                                                              \
      MSG("Your look is recorded. The recipient and every administrator are being told."))         \
    X("passkey_removed", MSG("The passkey is removed. Nobody can sign in with it any more."))      \
    X("role_changed", MSG("The role is changed. They sign in again."))                             \
    X("agent_disabled", MSG("They are shut out."))                                                 \
    X("round_changed", MSG("The round is changed. The driver’s phone has it when it asks next."))  \
    X("look_started", MSG("Your look is recorded. The recipient can read it."))

/* Content-Security-Policy of every page but those below: styles, pictures and scripts of our own,
 * which make no markup of text and ask nobody else. */
#define PAGES_CSP                                                                                  \
    "default-src 'none'; style-src 'self'; img-src 'self'; script-src 'self'; "                    \
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; "            \
    "require-trusted-types-for 'script'; trusted-types 'none'"

/* Of the pages that a phone can be told from: a script of our own, which asks our own API and puts
 * our own worker in place, whose address is the only trusted one. */
#define PAGES_SCRIPT_CSP                                                                           \
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "                    \
    "connect-src 'self'; worker-src 'self'; manifest-src 'self'; form-action 'self'; base-uri "    \
    "'none'; "                                                                                     \
    "frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types porchlight-worker"

/* Of that worker: it asks our own API, and shows a picture that it fetched itself. */
#define PAGES_WORKER_CSP "default-src 'none'; connect-src 'self'; img-src 'self' data:"

enum { PAGES_CEILING = 1 << 20 }; /* a good ceiling for the buffer of one page */

struct pages;

/* Compiles the embedded templates. 0, or a fault, logged. */
int pages_new(struct pages **pages_out) MUST_CHECK;

/* NULL is harmless; *pages becomes NULL. */
void pages_free(struct pages **pages);

/* Who reads a page: in what language, and at which moment, the "today" of the page, in
 * milliseconds. */
struct pages_reader {
    const struct lang *lang;
    int64_t now;
};

/* Adds the page's HTML (UTF-8) to `out`. `data` is only read. 0, or a fault (a field is missing,
 * the buffer is full, no memory), logged; `out` then holds a useless beginning. Thread-safe. */
int pages_render(const struct pages *pages, enum page page, const json_t *data,
                 const struct pages_reader *reader, struct buf *out) MUST_CHECK;

/* Does the page come with a script, and so under PAGES_SCRIPT_CSP? */
bool pages_has_script(enum page page);

/* An embedded file, for ever the same under its path: serve it with `Cache-Control: public,
 * max-age=31536000, immutable` and its etag. */
struct pages_asset {
    const char *path; /* "/style/porchlight.<hash>.css" */
    const char *type; /* media type */
    const char *etag; /* with its quotes */
    struct span bytes;
};

/* The asset at exactly this path; NULL when there is none. Asset paths are "/style/{file}" and
 * "/script/{file}"; and those whose path must not change while their bytes may: "/sw.js", the
 * recipients' service worker, "/app.webmanifest" and "/icon-192.png". */
const struct pages_asset *pages_asset(const char *path);

#endif
