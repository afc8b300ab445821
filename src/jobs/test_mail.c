/* SPDX-License-Identifier: Apache-2.0
 *
 * A sign-in code from the queued job to the message in the folder, and back into the database.
 */
#include "jobs/mail.h"

#include <dirent.h>

#include "base/clock.h"
#include "crypto/crypto.h"
#include "notify/letter.h"
#include "notify/mail.h"
#include "store/account.h"
#include "store/test_help.h"

static const char email[] = "ada@example.org";

struct office {
    char folder[TAP_FOLDER_ROOM];
    struct settings settings;
    struct db *db;
    struct mail_codes codes;
    struct job_kind kind;
    struct conveyor *conveyor;
};

static void open_office(struct office *office, bool with_folder)
{
    *office = (struct office){0};
    office->db = help_open(office->folder);
    if (crypto_init() != 0)
        abort();
    settings_defaults(&office->settings);
    if (with_folder)
        snprintf(office->settings.mail.folder, sizeof office->settings.mail.folder, "%s/out",
                 office->folder);
    office->codes = (struct mail_codes){.settings = &office->settings, .db = office->db};
    crypto_random(office->codes.code_secret, sizeof office->codes.code_secret);
    CHECK_INT(mailer_new(&office->settings, &office->codes.mailer), 0);
    CHECK_INT(letters_new(office->settings.server.public_url, &office->codes.letters), 0);
    office->kind = mail_kind(&office->codes);
    struct conveyor_config config = {.db = office->db,
                                     .boot = 1,
                                     .backoff_ms = 10,
                                     .backoff_max_ms = 20,
                                     .kinds = &office->kind,
                                     .kind_count = 1};
    CHECK_INT(conveyor_new(&config, &office->conveyor), 0);
}

static void close_office(struct office *office)
{
    conveyor_free(&office->conveyor);
    mailer_free(&office->codes.mailer);
    letters_free(&office->codes.letters);
    db_close(&office->db);
    tap_folder_remove(office->folder);
}

static int queue_in(struct db_tx *tx, void *arg)
{
    return mail_queue(tx, arg, clock_now());
}

/* Queues a code to an address, or to whatever stands for one, and waits until its job is over. */
static void have_mailed(struct office *office, const char *address, const struct lang *lang)
{
    struct mail_to to = {address, lang, LETTER_CODE};
    CHECK_INT(db_write(office->db, queue_in, &to), 0);
    conveyor_wake(office->conveyor, MAIL_KIND);
    int64_t left = 1;
    for (int i = 0; i < 1000 && left > 0; i++) {
        struct db_tx *tx = NULL;
        usleep(5000);
        if (db_read_begin(office->db, &tx) == 0)
            CHECK_INT(store_job_count(tx, MAIL_KIND, &left), 0);
        db_read_end(&tx);
    }
    CHECK_INT(left, 0);
}

static void ask(struct office *office)
{
    have_mailed(office, email, NULL);
}

/* Nothing of it is left, set aside or otherwise. */
static void check_dropped(struct office *office)
{
    struct db_tx *tx = NULL;
    struct store_jobs aside = {.count = -1};
    struct arena *arena = arena_new(100000);
    CHECK_INT(db_read_begin(office->db, &tx), 0);
    CHECK_INT(store_job_list_set_aside(tx, &(struct store_page){NULL, 10}, arena, &aside), 0);
    db_read_end(&tx);
    CHECK_INT(aside.count, 0);
    arena_free(&arena);
}

/* The code of the newest message, which is alone on its line; its whole text too. */
static int read_code(struct office *office, char code_out[16], char *text, size_t room)
{
    char newest[300] = "", path[1400];
    int count = 0;
    DIR *dir = opendir(office->settings.mail.folder);
    for (struct dirent *entry; dir && (entry = readdir(dir)) != NULL;)
        if (entry->d_name[0] != '.') {
            count++;
            if (strcmp(entry->d_name, newest) > 0)
                snprintf(newest, sizeof newest, "%s", entry->d_name);
        }
    if (dir)
        closedir(dir);
    snprintf(path, sizeof path, "%s/%s", office->settings.mail.folder, newest);
    AUTO_FCLOSE FILE *file = fopen(path, "re");
    size_t len = file ? fread(text, 1, room - 1, file) : 0;
    text[len] = '\0';
    code_out[0] = '\0';
    for (char *line = text; line && *line;
         line = strchr(line, '\n') ? strchr(line, '\n') + 1 : NULL)
        if (strspn(line, "0123456789") == MAIL_CODE_DIGITS && line[MAIL_CODE_DIGITS] == '\r')
            snprintf(code_out, 16, "%.8s", line);
    return count;
}

struct trying {
    uint8_t mac[32];
    enum store_code_answer answer;
};

static int try_in(struct db_tx *tx, void *arg)
{
    struct trying *trying = arg;
    return store_code_try(tx, email, trying->mac, clock_now(), &trying->answer);
}

static enum store_code_answer try_code(struct office *office, const char *code)
{
    struct trying trying;
    mail_code_mac(office->codes.code_secret, email, code, trying.mac);
    CHECK_INT(db_write(office->db, try_in, &trying), 0);
    return trying.answer;
}

TEST(a_code_is_mailed_and_signs_in_once)
{
    struct office office;
    char code[16], text[9000];
    open_office(&office, true);
    ask(&office);
    CHECK_INT(read_code(&office, code, text, sizeof text), 1);
    CHECK_INT(strlen(code), MAIL_CODE_DIGITS);
    char *subject = strstr(text, "\nSubject: ");
    CHECK(subject && strstr(subject, code) > strstr(subject, "\r\n")); /* not on a locked screen */
    CHECK_INT(try_code(&office, "00000000"), STORE_CODE_WRONG);
    CHECK_INT(try_code(&office, code), STORE_CODE_RIGHT);
    CHECK_INT(try_code(&office, code), STORE_CODE_NONE);
    close_office(&office);
}

TEST(a_second_code_replaces_the_first)
{
    struct office office;
    char first[16], second[16], text[9000];
    open_office(&office, true);
    ask(&office);
    read_code(&office, first, text, sizeof text);
    ask(&office);
    CHECK_INT(read_code(&office, second, text, sizeof text), 2);
    CHECK(strcmp(first, second) != 0);
    CHECK_INT(try_code(&office, first), STORE_CODE_WRONG);
    CHECK_INT(try_code(&office, second), STORE_CODE_RIGHT);
    close_office(&office);
}

TEST(letters_are_in_the_language_that_was_asked_for_else_the_servers)
{
    struct office office;
    char code[16], text[9000];
    open_office(&office, true);
    have_mailed(&office, email, lang_find("de"));
    CHECK_INT(read_code(&office, code, text, sizeof text), 1);
    CHECK(strstr(text, "\nSubject: Ihr Code zum Anmelden\r\n") != NULL);
    CHECK_INT(try_code(&office, code), STORE_CODE_RIGHT);
    snprintf(office.settings.server.language, sizeof office.settings.server.language, "es");
    ask(&office);
    CHECK_INT(read_code(&office, code, text, sizeof text), 2);
    CHECK(strstr(text, "=C3=A1lido durante 15 minutos") != NULL);
    close_office(&office);
}

TEST(where_mail_goes_nowhere_the_job_is_dropped_with_its_address)
{
    struct office office;
    open_office(&office, false);
    ask(&office);
    check_dropped(&office);
    close_office(&office);
}

TEST(what_cannot_be_mailed_is_dropped_with_its_address)
{
    static const char *const addresses[] = {"jos\xc3\xa9@example.org", "no address", "", NULL};
    struct office office;
    char code[16], text[9000];
    open_office(&office, true);
    for (size_t i = 0; i < ARRAY_LEN(addresses); i++)
        have_mailed(&office, addresses[i], NULL);
    check_dropped(&office);
    ask(&office); /* the next one is mailed */
    CHECK(read_code(&office, code, text, sizeof text) >= 1);
    CHECK(strstr(text, email) != NULL);
    close_office(&office);
}

TEST(what_fails_at_every_attempt_is_dropped_with_its_address)
{
    struct office office;
    open_office(&office, true);
    conveyor_free(&office.conveyor);
    mailer_free(&office.codes.mailer);
    office.settings.mail.folder[0] = '\0';
    snprintf(office.settings.mail.smtp_url, sizeof office.settings.mail.smtp_url,
             "smtp://127.0.0.1:1"); /* nobody answers there */
    CHECK_INT(mailer_new(&office.settings, &office.codes.mailer), 0);
    struct conveyor_config config = {.db = office.db,
                                     .boot = 2,
                                     .backoff_ms = 10,
                                     .backoff_max_ms = 20,
                                     .kinds = &office.kind,
                                     .kind_count = 1};
    CHECK_INT(conveyor_new(&config, &office.conveyor), 0);
    ask(&office);
    check_dropped(&office);
    close_office(&office);
}

TEST(a_codes_hash_depends_on_secret_address_and_code)
{
    uint8_t secret[32] = {1}, other[32] = {2}, a[32], b[32];
    mail_code_mac(secret, "ada@example.org", "12345678", a);
    mail_code_mac(other, "ada@example.org", "12345678", b);
    CHECK(memcmp(a, b, 32) != 0);
    mail_code_mac(secret, "ada@example.or", "g12345678", b);
    CHECK(memcmp(a, b, 32) != 0);
    mail_code_mac(secret, "ada@example.org", "12345679", b);
    CHECK(memcmp(a, b, 32) != 0);
    mail_code_mac(secret, "ada@example.org", "12345678", b);
    CHECK(memcmp(a, b, 32) == 0);
}

TAP_MAIN(TAP(a_code_is_mailed_and_signs_in_once), TAP(a_second_code_replaces_the_first),
         TAP(letters_are_in_the_language_that_was_asked_for_else_the_servers),
         TAP(where_mail_goes_nowhere_the_job_is_dropped_with_its_address),
         TAP(what_cannot_be_mailed_is_dropped_with_its_address),
         TAP(what_fails_at_every_attempt_is_dropped_with_its_address),
         TAP(a_codes_hash_depends_on_secret_address_and_code))
