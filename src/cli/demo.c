/* SPDX-License-Identifier: Apache-2.0
 *
 * `porchlight demo`: a real server on this machine with a fresh data folder, played against by
 * clients through its own interface, and left up to be looked at. With --once it ends when the
 * story is told. Anything that does not go as it must ends it with status 1, so it is a test as
 * well.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <ftw.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "base/log.h"
#include "cli/cli.h"
#include "cli/commands.h"
#include "cli/demo_mail.h"
#include "cli/demo_say.h"
#include "cli/demo_story.h"
#include "cli/signals.h"

enum {
    FOLDER_ROOM = 200,
    LOOK_MS = 200,
    VERDICT_MS = 30000,
    CODE_MINUTES = 1440,
    OPEN_FOLDERS = 16
};

/* ---- where it all lies ---- */

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *ftw)
{
    return remove(path);
}

/* A folder for this run, in which data, keys and mail stand side by side; "" when --data names one
 * to keep. */
static int make_place(struct settings *settings, char folder[FOLDER_ROOM])
{
    const char *parent = getenv("TMPDIR");
    folder[0] = '\0';
    if (*settings->server.data) {
        if (access(settings->server.data, F_OK) == 0)
            return cli_usage("the demo wants a fresh data folder, and %s is there already",
                             settings->server.data);
        snprintf(settings->mail.folder, sizeof settings->mail.folder, "%.900s.mail",
                 settings->server.data);
    } else {
        snprintf(folder, FOLDER_ROOM, "%.150s/porchlight-demo-XXXXXX", parent ? parent : "/tmp");
        if (!mkdtemp(folder))
            return cli_fail("cannot make a folder in %s: %s", parent ? parent : "/tmp",
                            strerror(errno));
        snprintf(settings->server.data, sizeof settings->server.data, "%s/data", folder);
        snprintf(settings->server.keys, sizeof settings->server.keys, "%s/keys", folder);
        snprintf(settings->mail.folder, sizeof settings->mail.folder, "%s/mail", folder);
    }
    if (mkdir(settings->mail.folder, 0700) != 0 && errno != EEXIST)
        return cli_fail("cannot make the folder %s: %s", settings->mail.folder, strerror(errno));
    return 0;
}

/* ---- the settings of a demo ---- */

/* A port that nobody listens on, for port 0: the links are made before the server listens. */
static unsigned free_port(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof address;
    AUTO_CLOSE int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || bind(fd, (struct sockaddr *)&address, len) != 0 ||
        getsockname(fd, (struct sockaddr *)&address, &len) != 0)
        return 0;
    return ntohs(address.sin_port);
}

/* The public address follows the port, unless one was given. */
static void fit_address(struct settings *settings)
{
    struct settings defaults;
    settings_defaults(&defaults);
    char *port = strrchr(settings->server.listen, ':') + 1;
    if (strcmp(port, "0") == 0)
        snprintf(port, sizeof settings->server.listen - (size_t)(port - settings->server.listen),
                 "%u", free_port());
    if (strcmp(settings->server.public_url, defaults.server.public_url) == 0)
        snprintf(settings->server.public_url, sizeof settings->server.public_url,
                 "http://localhost:%s", port);
}

/* ---- after the story ---- */

/* The codes that people ask for on the pages, as they come. */
static void show_mail(const struct demo *demo)
{
    struct demo_mail mail;
    while (demo_mail_take(demo->settings->mail.folder, &mail))
        demo_say("  Mailed to %s: %s", mail.to, *mail.code ? mail.code : mail.subject);
}

/* False once there is nobody to press Enter. */
static bool show_agent_code(struct demo *demo)
{
    struct pollfd keyboard = {STDIN_FILENO, POLLIN, 0};
    char line[200], code[TOTP_DIGITS + 1];
    int wait;
    if (poll(&keyboard, 1, 0) <= 0)
        return true;
    if (read(STDIN_FILENO, line, sizeof line) <= 0)
        return false;
    if (demo_agent_code(&demo->agent, code, &wait))
        demo_say("  Authenticator code for %s: %s", demo->agent.email, code);
    else
        demo_say("  Each code counts once; the next one comes in %d seconds.", wait);
    return true;
}

static void stay(struct demo *demo)
{
    bool listening = true;
    demo_say("The server stays up until Ctrl-C.");
    demo_say("%s", "");
    while (signals_wait(LOOK_MS) == 0) {
        show_mail(demo);
        if (listening)
            listening = show_agent_code(demo);
    }
    signals_let_go();
    demo_say("%s", "");
}

/* ---- the command ---- */

enum stay_up { END_WHEN_TOLD, STAY_UP };

static int play(struct settings *settings, enum stay_up how)
{
    struct demo demo = {.settings = settings};
    int result = services_start(settings, &demo.services);
    if (result != 0)
        return result;
    result = demo_line_open(&demo.line, settings->server.listen, settings->server.public_url);
    if (result == 0) {
        demo_say("Porchlight on %s, with a fresh data folder. What follows happens now, between "
                 "this server and its clients; R and a number is a rule of docs/design.md.",
                 settings->server.public_url);
        if (demo_story(&demo)) {
            if (how == STAY_UP) {
                demo_story_pages(&demo);
                stay(&demo);
            }
        } else {
            result = cli_fail("the demo failed: %s", demo.failure);
        }
    }
    demo_answer_free(&demo.answer);
    demo_line_close(&demo.line);
    services_stop(&demo.services);
    return result;
}

int demo_run(int argc, char **argv)
{
    struct settings settings;
    bool once = false;
    char folder[FOLDER_ROOM];
    const struct cli_flag flags[] = {{"once", NULL, &once}, {NULL, NULL, NULL}};
    int result = cli_load(&settings, &argc, argv, flags);
    if (result == 0)
        result = cli_no_words(argc, argv);
    if (result == 0)
        result = make_place(&settings, folder);
    if (result != 0)
        return result;
    fit_address(&settings);
    settings.intake.verdict_wait_ms = VERDICT_MS; /* a slow machine tells the same story */
    settings.auth.pairing_minutes = CODE_MINUTES; /* the code stands there while it is up */
    if (settings.server.log_level == LOG_INFO)
        log_set_level(LOG_ERROR);
    signals_hold();
    result = play(&settings, once ? END_WHEN_TOLD : STAY_UP);
    if (*folder)
        nftw(folder, remove_one, OPEN_FOLDERS, FTW_DEPTH | FTW_PHYS);
    return result;
}
