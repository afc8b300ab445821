/* SPDX-License-Identifier: Apache-2.0
 *
 * porchlight: one program, its subcommands in one table.
 */
#include <malloc.h>
#include <signal.h>

#include "base/base.h"
#include "cli/cli.h"
#include "cli/commands.h"
#include "crypto/crypto.h"

static int help_run(int argc, char **argv);
static int settings_run(int argc, char **argv);
static int version_run(int argc, char **argv);

static const struct command {
    const char *name, *words, *help;
    int (*run)(int argc, char **argv);
    bool explains; /* run without a word it lists what there is: its --help is that */
} commands[] = {
    {"serve", "--data FOLDER", "run the server", serve_run, false},
    {"demo", "[--once]", "a delivery end to end on this machine, told as it happens", demo_run,
     false},
    {"doctor", "[--data FOLDER]", "look whether all that a server needs is there", doctor_run,
     false},
    {"admin", "--data FOLDER ACTION", "shippers, drivers, agents, keys; `admin` alone lists them",
     admin_run, true},
    {"verify", "FILE.zip --key KEY", "check evidence of a photo, offline", verify_run, false},
    {"backup", "FOLDER --data FOLDER", "copy the data folder; the server may run", backup_run,
     false},
    {"backup-keys", "FOLDER --data FOLDER", "copy the key folder, apart and for days only",
     backup_keys_run, false},
    {"restore", "FOLDER --data FOLDER", "put a backup back, and erase again what was erased",
     restore_run, false},
    {"settings", "", "print every setting with its help and value", settings_run, false},
    {"version", "", "print the version", version_run, false},
    {"help", "", "these lines", help_run, false},
};

static int help_run(int argc, char **argv)
{
    puts("Porchlight: photo-on-delivery, and the photo belongs to the recipient.\n");
    for (size_t i = 0; i < ARRAY_LEN(commands); i++)
        printf("  porchlight %-11s %-21s %s\n", commands[i].name, commands[i].words,
               commands[i].help);
    puts(
        "\nEvery setting is also a flag; --config FILE reads them from a file. See porchlight(1).");
    return 0;
}

static int settings_run(int argc, char **argv)
{
    struct settings settings;
    int result = cli_load(&settings, &argc, argv, NULL);
    if (result == 0)
        result = cli_no_words(argc, argv);
    if (result == 0)
        settings_print(&settings, stdout);
    return result;
}

static int version_run(int argc, char **argv)
{
    if (argc > 1)
        return cli_no_words(argc, argv);
    puts("porchlight " PORCHLIGHT_VERSION);
    return 0;
}

static const struct command *command_named(const char *name)
{
    static const struct {
        const char *flag, *name;
    } also[] = {{"--help", "help"}, {"-h", "help"}, {"--version", "version"}};
    for (size_t i = 0; i < ARRAY_LEN(also); i++)
        if (strcmp(name, also[i].flag) == 0)
            name = also[i].name;
    for (size_t i = 0; i < ARRAY_LEN(commands); i++)
        if (strcmp(name, commands[i].name) == 0)
            return &commands[i];
    return NULL;
}

int main(int argc, char **argv)
{
    /* Many threads that allocate little: two arenas hold them, and an idle server stays small. */
    mallopt(M_ARENA_MAX, 2);
    signal(SIGPIPE, SIG_IGN);
    if (argc < 2) {
        help_run(argc, argv);
        return CLI_USAGE;
    }
    const struct command *command = command_named(argv[1]);
    if (!command)
        return cli_usage("there is no `porchlight %s`; `porchlight help` lists what there is",
                         argv[1]);
    if (argc > 2 && command_named(argv[2]) == command_named("help") && argv[2][0] == '-')
        return command->explains ? command->run(1, argv + 1) : help_run(argc, argv);
    if (crypto_init() != 0)
        return cli_fail("the cryptographic libraries cannot be used; the line above says why");
    int status = command->run(argc - 1, argv + 1);
    if (fflush(stdout) != 0 && status == 0)
        status = cli_fail("cannot write to standard output");
    return status;
}
