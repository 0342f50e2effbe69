/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The commands of bailiwick, each with its own arguments: argv[0] is the command's name. They
 * return the exit status.
 */
#ifndef BAILIWICK_COMMAND_H
#define BAILIWICK_COMMAND_H

#define EXIT_ERRORS 1 /* what was asked about has errors, or isn't so */
#define EXIT_USAGE 2  /* what is wrong has been said */

int command_check(int argc, char **argv);
int command_build(int argc, char **argv);
int command_query(int argc, char **argv);
int command_why(int argc, char **argv);
int command_explain(int argc, char **argv);
int command_table(int argc, char **argv);
int command_dump(int argc, char **argv);
int command_expect(int argc, char **argv);
int command_try(int argc, char **argv);
/* command_author.c; run one of tools/author/ by its name, argv[0], and give its exit status */
int command_author_run(char **argv);
int command_new(int argc, char **argv);
int command_run(int argc, char **argv);
int command_test(int argc, char **argv);

#endif
