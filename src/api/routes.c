/* SPDX-License-Identifier: Apache-2.0
 *
 * Every path that a stranger can name. Dispatch, the 405 answers and Allow come from this table,
 * and a test holds it against docs/openapi.yaml.
 */
#include "api/api.h"
#include "api/auth.h"
#include "api/cases.h"
#include "api/complaints.h"
#include "api/deliveries.h"
#include "api/desk_board.h"
#include "api/desk_import.h"
#include "api/desk_rounds.h"
#include "api/desk_search.h"
#include "api/driver.h"
#include "api/drivers.h"
#include "api/erasures.h"
#include "api/events.h"
#include "api/evidence.h"
#include "api/export.h"
#include "api/faces.h"
#include "api/going.h"
#include "api/import.h"
#include "api/invitations.h"
#include "api/leave.h"
#include "api/live.h"
#include "api/looks.h"
#include "api/mail_links.h"
#include "api/me.h"
#include "api/oidc.h"
#include "api/orders.h"
#include "api/passkeys.h"
#include "api/photos.h"
#include "api/public.h"
#include "api/push.h"
#include "api/questions.h"
#include "api/refusals.h"
#include "api/rounds.h"
#include "api/sheet.h"
#include "api/shippers.h"
#include "api/shown.h"
#include "api/staff.h"
#include "api/texts.h"
#include "api/uploads.h"
#include "api/webhooks.h"

#define GET(path, who, handle)                                                                     \
    {                                                                                              \
        HTTP_GET, path, who, handle, HTTP_BODY_NONE, NULL, 0, 0                                    \
    }
#define QUIET(path, handle)                                                                        \
    {                                                                                              \
        HTTP_GET, path, WHO_ANYONE | WHO_UNLIMITED, handle, HTTP_BODY_NONE, NULL, HTTP_QUIET, 0    \
    }
/* A GET that waits for a disk. */
#define FETCH(path, who, handle)                                                                   \
    {                                                                                              \
        HTTP_GET, path, who, handle, HTTP_BODY_NONE, NULL, HTTP_ON_POOL, 0                         \
    }
#define POST(path, who, handle)                                                                    \
    {                                                                                              \
        HTTP_POST, path, who, handle, HTTP_BODY_BUFFERED, NULL, 0, 0                               \
    }
#define PUT(path, who, handle)                                                                     \
    {                                                                                              \
        HTTP_PUT, path, who, handle, HTTP_BODY_BUFFERED, NULL, 0, 0                                \
    }
/* A POST that says all in its path: a body is refused. */
#define ACT(path, who, handle)                                                                     \
    {                                                                                              \
        HTTP_POST, path, who, handle, HTTP_BODY_NONE, NULL, 0, 0                                   \
    }

#define PERSON        (WHO_RECIPIENT | WHO_PAGE)
#define STAFF         (WHO_AGENT | WHO_PAGE)
#define SUPPORT       (WHO_AGENT | WHO_SUPPORT)
#define DISPATCH      (WHO_AGENT | WHO_DISPATCH)
#define ADMINISTRATOR (WHO_AGENT | WHO_ADMINISTRATOR)
#define OF_ALL        (WHO_AGENT | WHO_ADMINISTRATOR_OF_ALL)
#define PHONE         (WHO_DRIVER | WHO_UNLIMITED)
#define SIGNING       (WHO_ANYONE | WHO_UNKEYED)
/* Anyone; whoever is signed in keeps the way back. */
#define VISITOR (WHO_RECIPIENT | WHO_AGENT | WHO_MAYBE)

/* A photo's bytes have a limit of their own, checked against the upload's length; this one only
 * bounds a deferred one. */
#define UPLOAD_BODY_LIMIT (UINT64_C(256) << 20)
/* The most that the setting api-import_bytes may say; the handler holds the body to the setting. */
#define IMPORT_BODY_LIMIT (UINT64_C(4) << 20)

const struct http_route api_routes[] = {
    /* shipper */
    POST("/v1/deliveries", WHO_SHIPPER, deliveries_create),
    GET("/v1/deliveries", WHO_SHIPPER, deliveries_list),
    GET("/v1/deliveries/{id}", WHO_SHIPPER, deliveries_get),
    {HTTP_PATCH, "/v1/deliveries/{id}", WHO_SHIPPER, deliveries_change, HTTP_BODY_BUFFERED, NULL, 0,
     0},
    FETCH("/v1/deliveries/{id}/photo", WHO_SHIPPER, shown_photo),
    ACT("/v1/deliveries/{id}/cancel", WHO_SHIPPER, deliveries_cancel),
    ACT("/v1/deliveries/{id}/returned", WHO_SHIPPER, deliveries_return),
    ACT("/v1/deliveries/{id}/tracking", WHO_SHIPPER, deliveries_renew_tracking),
    GET("/v1/shipper/settings", WHO_SHIPPER, shippers_get_settings),
    PUT("/v1/shipper/settings", WHO_SHIPPER, shippers_put_settings),
    {HTTP_POST, "/v1/deliveries/import", WHO_SHIPPER, import_rows, HTTP_BODY_BUFFERED, NULL, 0,
     IMPORT_BODY_LIMIT},
    GET("/v1/events", WHO_SHIPPER, events_list),
    GET("/v1/refusals", WHO_SHIPPER, refusals_list),
    POST("/v1/refusals", WHO_SHIPPER, refusals_add),
    {HTTP_DELETE, "/v1/refusals/{id}", WHO_SHIPPER, refusals_remove, HTTP_BODY_NONE, NULL, 0, 0},
    POST("/v1/drivers", WHO_SHIPPER, drivers_add),
    GET("/v1/drivers", WHO_SHIPPER, drivers_list),
    ACT("/v1/drivers/{id}/pairing-code", WHO_SHIPPER, drivers_new_pairing_code),
    ACT("/v1/drivers/{id}/revoke", WHO_SHIPPER, drivers_revoke),
    GET("/v1/drivers/{id}/devices", WHO_SHIPPER, drivers_list_devices),
    ACT("/v1/drivers/{id}/devices/{device_id}/revoke", WHO_SHIPPER, drivers_revoke_device),
    GET("/v1/drivers/{id}/round", WHO_SHIPPER, rounds_get),
    PUT("/v1/drivers/{id}/round", WHO_SHIPPER, rounds_put),
    POST("/v1/webhooks", WHO_SHIPPER, webhooks_create),
    GET("/v1/webhooks", WHO_SHIPPER, webhooks_list),
    GET("/v1/webhooks/{id}", WHO_SHIPPER, webhooks_get),
    {HTTP_PATCH, "/v1/webhooks/{id}", WHO_SHIPPER, webhooks_change, HTTP_BODY_BUFFERED, NULL, 0, 0},
    {HTTP_DELETE, "/v1/webhooks/{id}", WHO_SHIPPER, webhooks_delete, HTTP_BODY_NONE, NULL, 0, 0},
    POST("/v1/webhooks/{id}/rotate", WHO_SHIPPER, webhooks_rotate),
    ACT("/v1/webhooks/{id}/ping", WHO_SHIPPER, webhooks_ping),
    GET("/v1/webhooks/{id}/attempts", WHO_SHIPPER, webhooks_list_attempts),
    POST("/v1/webhooks/{id}/resend", WHO_SHIPPER, webhooks_resend),
    POST("/v1/webhooks/{id}/replay", WHO_SHIPPER, webhooks_replay),

    /* driver */
    POST("/v1/driver/pair", WHO_ANYONE, driver_pair),
    GET("/v1/driver/stops", WHO_DRIVER, driver_stops),
    ACT("/v1/driver/round/start", WHO_DRIVER, driver_start_round),
    POST("/v1/driver/stops/{delivery_id}/delivered", WHO_DRIVER, driver_delivered),
    POST("/v1/driver/stops/{delivery_id}/attempted", WHO_DRIVER, driver_attempted),

    /* uploads */
    {HTTP_OPTIONS, "/v1/driver/uploads", WHO_ANYONE | WHO_UNLIMITED, upload_describe,
     HTTP_BODY_NONE, NULL, 0, 0},
    {HTTP_POST, "/v1/driver/uploads", PHONE, upload_create, HTTP_BODY_STREAMED, &upload_create_sink,
     0, UPLOAD_BODY_LIMIT},
    {HTTP_HEAD, "/v1/driver/uploads/{id}", PHONE, upload_head, HTTP_BODY_NONE, NULL,
     HTTP_OVERRIDE | HTTP_ON_POOL | HTTP_LOCKED_HEAD, 0},
    {HTTP_PATCH, "/v1/driver/uploads/{id}", PHONE, upload_append, HTTP_BODY_STREAMED,
     &upload_append_sink, HTTP_OVERRIDE, UPLOAD_BODY_LIMIT},
    {HTTP_DELETE, "/v1/driver/uploads/{id}", PHONE, upload_terminate, HTTP_BODY_NONE, NULL,
     HTTP_OVERRIDE, 0},

    /* signing in */
    POST("/v1/auth/start", SIGNING, auth_start),
    POST("/v1/auth/verify", SIGNING, auth_verify),
    ACT("/v1/auth/sign-out", WHO_RECIPIENT | SIGNING, auth_sign_out),
    POST("/v1/desk/sign-in", SIGNING, auth_desk_sign_in),
    ACT("/v1/desk/sign-out", WHO_AGENT | SIGNING, auth_desk_sign_out),
    ACT("/v1/auth/passkey/options", SIGNING, passkeys_sign_in_options),
    POST("/v1/auth/passkey", SIGNING, passkeys_sign_in),
    ACT("/v1/desk/passkey/options", SIGNING, passkeys_desk_options),
    POST("/v1/desk/passkey", SIGNING, passkeys_desk_sign_in),
    POST("/v1/desk/invitation/options", SIGNING, invitations_options),
    POST("/v1/desk/invitation", SIGNING, invitations_accept),

    /* recipient */
    GET("/v1/me", WHO_RECIPIENT, orders_me),
    {HTTP_DELETE, "/v1/me", WHO_RECIPIENT, leave_me, HTTP_BODY_BUFFERED, NULL, 0, 0},
    PUT("/v1/me/preferences", WHO_RECIPIENT, orders_put_preferences),
    FETCH("/v1/me/export", WHO_RECIPIENT | WHO_EITHER, export_mine),
    POST("/v1/me/notices/test", WHO_RECIPIENT, me_test),
    GET("/v1/me/orders", WHO_RECIPIENT, orders_list),
    GET("/v1/me/orders/{id}", WHO_RECIPIENT, orders_get),
    GET("/v1/me/orders/{id}/photo", WHO_RECIPIENT, photos_of_order),
    {HTTP_DELETE, "/v1/me/orders/{id}/photo", WHO_RECIPIENT, photos_erase, HTTP_BODY_NONE, NULL, 0,
     0},
    GET("/v1/me/orders/{id}/erasure", WHO_RECIPIENT, erasures_get),
    PUT("/v1/me/orders/{id}/photo", WHO_RECIPIENT, going_sooner),
    ACT("/v1/me/orders/{id}/keep-photo", WHO_RECIPIENT, going_keep),
    POST("/v1/me/orders/{id}/share", WHO_RECIPIENT, shown_share),
    {HTTP_DELETE, "/v1/me/orders/{id}/share", WHO_RECIPIENT, shown_unshare, HTTP_BODY_NONE, NULL, 0,
     0},
    POST("/v1/me/orders/{id}/looks/{look_id}/question", WHO_RECIPIENT, questions_ask),
    FETCH("/v1/me/orders/{id}/evidence", WHO_RECIPIENT | WHO_EITHER, evidence_of_order),
    FETCH("/v1/me/orders/{id}/looks/{look_id}/evidence", WHO_RECIPIENT | WHO_EITHER,
          evidence_that_looked),
    FETCH("/v1/me/orders/{id}/proof.pdf", WHO_RECIPIENT | WHO_EITHER, sheet_of_order),
    GET("/v1/me/orders/{id}/looks", WHO_RECIPIENT, orders_looks),
    ACT("/v1/me/orders/{id}/refuse-photo", WHO_RECIPIENT, orders_refuse_photo),
    ACT("/v1/me/orders/{id}/allow-photo", WHO_RECIPIENT, orders_allow_photo),
    POST("/v1/me/orders/{id}/problem", WHO_RECIPIENT, orders_report_problem),
    GET("/v1/me/refusals", WHO_RECIPIENT, refusals_list_mine),
    POST("/v1/me/refusals", WHO_RECIPIENT, refusals_add_mine),
    {HTTP_DELETE, "/v1/me/refusals/{id}", WHO_RECIPIENT, refusals_remove_mine, HTTP_BODY_NONE, NULL,
     0, 0},
    GET("/v1/me/push", WHO_RECIPIENT, push_list),
    PUT("/v1/me/push", WHO_RECIPIENT, push_put),
    POST("/v1/me/push", WHO_RECIPIENT, push_add),
    {HTTP_DELETE, "/v1/me/push/{id}", WHO_RECIPIENT, push_remove, HTTP_BODY_NONE, NULL, 0, 0},
    ACT("/v1/me/push/{id}/test", WHO_RECIPIENT, push_test),
    GET("/v1/me/cases/{id}/messages", WHO_RECIPIENT, orders_messages),
    POST("/v1/me/cases/{id}/messages", WHO_RECIPIENT, orders_write_message),
    GET("/v1/me/passkeys", WHO_RECIPIENT, passkeys_list),
    ACT("/v1/me/passkeys/options", WHO_RECIPIENT, passkeys_add_options),
    POST("/v1/me/passkeys", WHO_RECIPIENT, passkeys_add),
    {HTTP_DELETE, "/v1/me/passkeys/{id}", WHO_RECIPIENT, passkeys_remove, HTTP_BODY_NONE, NULL, 0,
     0},

    /* agent */
    GET("/v1/desk/passkeys", WHO_AGENT, passkeys_list),
    ACT("/v1/desk/passkeys/options", WHO_AGENT, passkeys_add_options),
    POST("/v1/desk/passkeys", WHO_AGENT, passkeys_add),
    {HTTP_DELETE, "/v1/desk/passkeys/{id}", WHO_AGENT, passkeys_remove, HTTP_BODY_NONE, NULL, 0, 0},
    GET("/v1/desk/agents", OF_ALL, staff_list),
    POST("/v1/desk/agents", OF_ALL, staff_invite),
    {HTTP_PATCH, "/v1/desk/agents/{id}", OF_ALL, staff_change, HTTP_BODY_BUFFERED, NULL, 0, 0},
    ACT("/v1/desk/agents/{id}/reset", OF_ALL, staff_reset),
    ACT("/v1/desk/agents/{id}/disable", OF_ALL, staff_disable),
    FETCH("/v1/desk/deliveries", WHO_AGENT, desk_search),
    FETCH("/v1/desk/board", WHO_AGENT, desk_board),
    GET("/v1/cases", SUPPORT, cases_list),
    POST("/v1/cases", SUPPORT, cases_open),
    GET("/v1/cases/{id}", SUPPORT, cases_get),
    POST("/v1/cases/{id}/messages", SUPPORT, cases_write_message),
    POST("/v1/cases/{id}/looks", SUPPORT, looks_begin),
    FETCH("/v1/cases/{id}/looks/{look_id}/photo", SUPPORT, photos_of_look),
    FETCH("/v1/cases/{id}/looks/{look_id}/evidence", SUPPORT | WHO_EITHER, evidence_of_look),
    FETCH("/v1/cases/{id}/looks/{look_id}/proof.pdf", SUPPORT | WHO_EITHER, sheet_of_look),
    POST("/v1/cases/{id}/resolve", SUPPORT, cases_resolve),
    POST("/v1/break-glass", ADMINISTRATOR, looks_break_glass),
    GET("/v1/break-glass", ADMINISTRATOR, looks_list_glass),
    FETCH("/v1/break-glass/{look_id}/photo", ADMINISTRATOR, photos_of_glass),
    GET("/v1/complaints", SUPPORT, complaints_list),
    GET("/v1/complaints/{id}", SUPPORT, complaints_get),
    POST("/v1/complaints/{id}/messages", SUPPORT, complaints_answer),
    POST("/v1/complaints/{id}/match", SUPPORT, complaints_match),
    POST("/v1/complaints/{id}/resolve", SUPPORT, complaints_resolve),

    /* the gateway of text messages, by its signature */
    POST("/v1/sms/status/{id}", WHO_ANYONE | WHO_UNKEYED, texts_status),
    POST("/v1/sms/incoming", WHO_ANYONE | WHO_UNKEYED, texts_incoming),

    /* anyone */
    GET("/t/{token}", WHO_ANYONE | WHO_EITHER, face_status),
    GET("/u/{token}", WHO_ANYONE | WHO_EITHER, mail_links_stop),
    POST("/u/{token}", WHO_ANYONE | WHO_EITHER | WHO_UNKEYED, mail_links_stop_post),
    GET("/r/{token}", WHO_ANYONE | WHO_EITHER, mail_links_refuse),
    ACT("/r/{token}", WHO_ANYONE | WHO_EITHER | WHO_UNKEYED, mail_links_refuse_post),
    GET("/t/{token}/live", WHO_ANYONE, live_status),
    POST("/v1/complaints", WHO_ANYONE, complaints_make),
    GET("/complaints/{token}", WHO_ANYONE | WHO_EITHER, complaints_show),
    POST("/complaints/{token}", WHO_ANYONE | WHO_EITHER | WHO_UNKEYED, complaints_write_more),
    GET("/log/key", WHO_ANYONE, public_key),
    GET("/log/checkpoint", WHO_ANYONE, evidence_checkpoint),
    FETCH("/log/tile/{path*}", WHO_ANYONE, evidence_tile),
    QUIET("/healthz", public_health),
    QUIET("/readyz", public_ready),
    GET("/openapi.json", WHO_ANYONE, public_openapi),

    /* pages */
    GET("/", WHO_ANYONE | WHO_PAGE, face_home),
    GET("/privacy", VISITOR | WHO_PAGE, face_privacy),
    POST("/privacy", VISITOR | WHO_PAGE | WHO_UNKEYED, face_complaint_post),
    GET("/style/{file}", WHO_ANYONE | WHO_UNLIMITED, face_style),
    GET("/script/{file}", WHO_ANYONE | WHO_UNLIMITED, face_style),
    GET("/sw.js", WHO_ANYONE | WHO_UNLIMITED, face_worker),
    GET("/app.webmanifest", WHO_ANYONE | WHO_UNLIMITED, face_top_file),
    GET("/icon-192.png", WHO_ANYONE | WHO_UNLIMITED, face_top_file),
    GET("/drive", WHO_ANYONE | WHO_UNLIMITED, face_drive_home),
    GET("/drive/", WHO_ANYONE | WHO_UNLIMITED, face_drive),
    GET("/drive/{file}", WHO_ANYONE | WHO_UNLIMITED, face_drive),
    GET("/sign-in", WHO_ANYONE | WHO_PAGE, face_sign_in),
    POST("/sign-in", SIGNING | WHO_PAGE, face_sign_in_post),
    POST("/sign-in/code", SIGNING | WHO_PAGE, face_sign_in_code_post),
    POST("/sign-out", PERSON | SIGNING, face_sign_out_post),
    GET("/orders", PERSON, face_orders),
    GET("/orders/{id}", PERSON, face_order),
    GET("/orders/{id}/live", WHO_RECIPIENT | WHO_UNATTENDED, live_order),
    POST("/orders/{id}/photo/delete", PERSON, face_photo_delete_post),
    POST("/orders/{id}/photo/sooner", PERSON, face_photo_sooner_post),
    POST("/orders/{id}/photo/keep", PERSON, face_photo_keep_post),
    POST("/orders/{id}/share", PERSON, face_share_post),
    POST("/orders/{id}/unshare", PERSON, face_unshare_post),
    POST("/orders/{id}/looks/{look_id}/question", PERSON, face_question_post),
    POST("/orders/{id}/consent", PERSON, face_order_consent_post),
    POST("/orders/{id}/refusal", PERSON, face_order_refusal_post),
    POST("/orders/{id}/problem", PERSON, face_problem_post),
    POST("/orders/{id}/cases/{case}/messages", PERSON, face_message_post),
    GET("/account", PERSON, face_account),
    POST("/account/consent", PERSON, face_account_consent_post),
    POST("/account/refusals/{id}/remove", PERSON, face_refusal_remove_post),
    POST("/account/push", PERSON, face_push_picture_post),
    POST("/account/push/{id}/remove", PERSON, face_push_remove_post),
    POST("/account/passkeys/{id}/remove", PERSON, face_passkey_remove_post),
    POST("/account/notices", PERSON, face_account_notices_post),
    POST("/account/reach", PERSON, face_account_reach_post),
    POST("/account/test", PERSON, face_account_test_post),
    GET("/account/delete", PERSON, face_leave),
    POST("/account/delete", PERSON, face_leave_post),
    GET("/goodbye", WHO_ANYONE | WHO_PAGE, face_goodbye),
    GET("/desk/sign-in", WHO_ANYONE | WHO_PAGE, face_desk_sign_in),
    POST("/desk/sign-in", SIGNING | WHO_PAGE, face_desk_sign_in_post),
    ACT("/desk/sign-in/oidc", SIGNING | WHO_PAGE, oidc_start),
    /* The one GET that changes something: it is where the provider sends the browser back to. */
    FETCH("/desk/oidc/callback", SIGNING | WHO_PAGE, oidc_callback),
    POST("/desk/sign-out", STAFF | SIGNING, face_desk_sign_out_post),
    GET("/desk", SUPPORT | WHO_PAGE, face_desk),
    GET("/desk/live", SUPPORT | WHO_UNATTENDED, live_desk),
    POST("/desk/cases", SUPPORT | WHO_PAGE, face_desk_case_post),
    GET("/desk/cases/{id}", SUPPORT | WHO_PAGE, face_desk_case),
    GET("/desk/cases/{id}/live", SUPPORT | WHO_UNATTENDED, live_case),
    POST("/desk/cases/{id}/looks", SUPPORT | WHO_PAGE, face_desk_look_post),
    POST("/desk/cases/{id}/messages", SUPPORT | WHO_PAGE, face_desk_message_post),
    POST("/desk/cases/{id}/resolve", SUPPORT | WHO_PAGE, face_desk_resolve_post),
    GET("/desk/break-glass", ADMINISTRATOR | WHO_PAGE, face_glass),
    POST("/desk/break-glass", ADMINISTRATOR | WHO_PAGE, face_glass_post),
    GET("/desk/break-glass/{look_id}", ADMINISTRATOR | WHO_PAGE, face_glass_look),
    GET("/desk/home", STAFF, face_desk_home),
    FETCH("/desk/search", STAFF, face_desk_search),
    FETCH("/desk/board", STAFF, face_desk_board),
    GET("/desk/board/live", WHO_AGENT | WHO_UNATTENDED, live_board),
    GET("/desk/welcome", WHO_ANYONE | WHO_PAGE, face_desk_welcome),
    GET("/desk/account", STAFF, face_desk_account),
    POST("/desk/account/passkeys/{id}/remove", STAFF, face_passkey_remove_post),
    GET("/desk/agents", OF_ALL | WHO_PAGE, face_agents),
    POST("/desk/agents", OF_ALL | WHO_PAGE, face_agent_post),
    POST("/desk/agents/{id}/role", OF_ALL | WHO_PAGE, face_agent_role_post),
    POST("/desk/agents/{id}/reset", OF_ALL | WHO_PAGE, face_agent_reset_post),
    POST("/desk/agents/{id}/disable", OF_ALL | WHO_PAGE, face_agent_disable_post),
    GET("/desk/complaints", SUPPORT | WHO_PAGE, face_complaints),
    GET("/desk/complaints/{id}", SUPPORT | WHO_PAGE, face_complaint),
    POST("/desk/complaints/{id}/messages", SUPPORT | WHO_PAGE, face_complaint_answer_post),
    POST("/desk/complaints/{id}/match", SUPPORT | WHO_PAGE, face_complaint_match_post),
    POST("/desk/complaints/{id}/resolve", SUPPORT | WHO_PAGE, face_complaint_resolve_post),
    GET("/desk/drivers", DISPATCH | WHO_PAGE, face_drivers),
    GET("/desk/import", DISPATCH | WHO_PAGE, face_desk_import),
    {HTTP_POST, "/desk/import", DISPATCH | WHO_PAGE, face_desk_import_post, HTTP_BODY_BUFFERED,
     NULL, 0, IMPORT_BODY_LIMIT},
    GET("/desk/rounds/{id}", DISPATCH | WHO_PAGE, face_desk_round),
    POST("/desk/rounds/{id}", DISPATCH | WHO_PAGE, face_desk_round_post),
    POST("/desk/drivers", DISPATCH | WHO_PAGE, face_driver_post),
    POST("/desk/drivers/{id}/pairing-code", DISPATCH | WHO_PAGE, face_driver_pairing_post),
    POST("/desk/drivers/{id}/revoke", DISPATCH | WHO_PAGE, face_driver_revoke_post),
    POST("/desk/drivers/{id}/devices/{device_id}/revoke", DISPATCH | WHO_PAGE,
         face_device_revoke_post),
};
const size_t api_route_count = ARRAY_LEN(api_routes);
