/* SPDX-License-Identifier: Apache-2.0
 *
 * The subcommands, for the table in main.c. Each takes its own name as argv[0], checks every flag
 * and word, and returns the exit status: 0, CLI_FAILED after a line on stderr that says why, or
 * CLI_USAGE when the command line or a setting is not right.
 */
#ifndef PORCHLIGHT_COMMANDS_H
#define PORCHLIGHT_COMMANDS_H

int serve_run(int argc, char **argv);
int demo_run(int argc, char **argv);
int doctor_run(int argc, char **argv);
int admin_run(int argc, char **argv);
int verify_run(int argc, char **argv);
int backup_run(int argc, char **argv);
int backup_keys_run(int argc, char **argv);
int restore_run(int argc, char **argv);

#endif
