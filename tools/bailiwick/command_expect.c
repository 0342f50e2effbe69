/* SPDX-License-Identifier: BSD-2-Clause */
/* bailiwick expect: is everything as expected? */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tools/bailiwick/attempts.h"
#include "tools/bailiwick/command.h"
#include "tools/bailiwick/expect.h"

#define SEPARATION "policy/separation.exp"
#define MAX_FILES 16u

enum { POLICY = 256, ROOT, BOOLEANS, LINE, ATTEMPTS, JSON };

static const struct option option_table[] = {
    {"policy", required_argument, NULL, POLICY},
    {"root", required_argument, NULL, ROOT},
    {"booleans", required_argument, NULL, BOOLEANS},
    {"line", required_argument, NULL, LINE},
    {"attempts", no_argument, NULL, ATTEMPTS},
    {"json", no_argument, NULL, JSON},
    {NULL, 0, NULL, 0},
};

/* What is to be done. */
struct run {
    struct options options;
    const char *booleans, *line;
    bool json, list_attempts;
    struct attempts *attempts; /* if they are to be listed */
    unsigned int nr_files;
    char path[MAX_FILES][PATH_MAX]; /* the last is that of every system */
    const char *only_file;          /* with --line: how its name ends; NULL: the first one */
    unsigned int only_line;         /* 0: all of them */
    bool found;                     /* that line */
};

static void read_option(int option, struct run *run)
{
    if (option == POLICY)
        run->options.policy = optarg;
    if (option == ROOT)
        run->options.root = optarg;
    if (option == BOOLEANS)
        run->booleans = optarg;
    if (option == LINE)
        run->line = optarg;
    run->json |= option == JSON;
    run->list_attempts |= option == ATTEMPTS;
}

/* N, or FILE:N */
static bool read_line_number(struct run *run)
{
    char *text = (char *)(uintptr_t)run->line, *colon = strrchr(text, ':');
    const char *number = colon ? colon + 1 : text;
    char *end;
    unsigned long value = strtoul(number, &end, 10);

    if (number[0] < '0' || number[0] > '9' || *end || value == 0 || value > EXPECT_MAX_FILE) {
        fprintf(stderr, "bailiwick: --line takes N or FILE.exp:N, not \"%s\"\n", run->line);
        return false;
    }
    if (colon) {
        *colon = '\0';
        run->only_file = text;
    }
    run->only_line = (unsigned int)value;
    return true;
}

static bool add_file(struct run *run, const char *directory, const char *name)
{
    if (run->nr_files < MAX_FILES &&
        files_join(run->path[run->nr_files], PATH_MAX, directory, name) == 0) {
        run->nr_files++;
        return true;
    }
    fprintf(stderr, "bailiwick: %s: too many files, or too long a name\n", name);
    return false;
}

static bool read_options(int argc, char **argv, struct run *run)
{
    int option;

    while ((option = getopt_long(argc, argv, "", option_table, NULL)) != -1) {
        if (option < POLICY)
            return false;
        read_option(option, run);
    }
    if (optind == argc) {
        fprintf(stderr, "bailiwick: say which system\n");
        return false;
    }
    run->options.subject = argv[optind];
    for (int i = optind + 1; i < argc; i++)
        if (!add_file(run, NULL, argv[i]))
            return false;
    return !run->line || read_line_number(run);
}

/* policy/systems/NAME/system.exp, where NAME is that of a file without its folder and ending. */
static bool add_of_name(struct run *run, const char *file)
{
    char name[PATH_MAX], path[PATH_MAX];
    const char *base = files_basename(file);

    if (snprintf(name, sizeof(name), "policy/systems/%.*s/system.exp", (int)strcspn(base, "."),
                 base) >= (int)sizeof(name) ||
        files_join(path, sizeof(path), run->options.root, name) != 0 || access(path, R_OK) != 0)
        return false;
    return add_file(run, NULL, path);
}

/* system.exp beside a system's source. */
static bool add_beside(struct run *run, const char *file)
{
    char path[PATH_MAX];
    int length = (int)(files_basename(file) - file);

    if (snprintf(path, sizeof(path), "%.*ssystem.exp", length, file) >= (int)sizeof(path) ||
        access(path, R_OK) != 0)
        return false;
    return add_file(run, NULL, path);
}

/* The files that weren't named. */
static bool find_files(struct run *run, const struct asked *asked)
{
    const char *source = asked->system ? asked->system->file : asked->path;

    if (run->nr_files == 0 && !add_of_name(run, source) && !add_beside(run, source) &&
        !add_of_name(run, asked->path)) {
        fprintf(stderr,
                "bailiwick: %s has no expectations: expected policy/systems/NAME/system.exp, "
                "system.exp beside it, or the name of a file\n",
                source);
        return false;
    }
    return add_file(run, asked->system ? asked->system->root : run->options.root, SEPARATION);
}

static bool has_ending(const char *path, const char *ending)
{
    size_t length = strlen(path), end = strlen(ending);

    return length >= end && strcmp(path + length - end, ending) == 0 &&
           (length == end || path[length - end - 1] == '/');
}

static bool is_wanted(const struct run *run, unsigned int file, unsigned int number)
{
    if (run->only_line == 0)
        return true;
    return number == run->only_line &&
           (run->only_file ? has_ending(run->path[file], run->only_file) : file == 0);
}

static bool check_line(const struct run *run, struct expect *expect, struct expect_file *file,
                       const struct expect_line *line)
{
    bool done;

    if (run->attempts)
        return attempts_add_line(run->attempts, file, line);
    expect->line_checks = expect->line_failures = 0;
    done = line->verb == EXPECT_NEVER_FLOW ? expect_check_flow(expect, file, line)
                                           : expect_check(expect, file, line);
    expect_end_line(expect, file, line);
    return done;
}

static bool check_file(struct run *run, unsigned int number, struct expect *expect)
{
    struct expect_file file;
    bool done = expect_read(run->path[number], &file) == 0;

    for (unsigned int i = 0; done && i < file.count; i++) {
        if (file.line[i].verb == EXPECT_SECTION || !is_wanted(run, number, file.line[i].number))
            continue;
        run->found = true;
        check_line(run, expect, &file, &file.line[i]);
    }
    done = file.errors == 0;
    expect_free(&file);
    return done;
}

static bool check_files(struct run *run, struct expect *expect)
{
    bool done = true;

    for (unsigned int i = 0; i < run->nr_files; i++)
        done &= check_file(run, i, expect);
    if (done && run->only_line != 0 && !run->found) {
        fprintf(stderr, "bailiwick: there is no expectation on line %u of %s\n", run->only_line,
                run->only_file ? run->only_file : run->path[0]);
        return false;
    }
    return done;
}

static int sum_up(const struct run *run, const struct asked *asked, struct expect *expect)
{
    bool lacking = expect_check_domains(asked) != 0;

    if (run->json)
        expect_json_print(expect);
    else
        printf("%s: %u lines, %u checks, %u failed\n", run->options.subject, expect->lines,
               expect->checks, expect->failures);
    return expect->failures != 0 || lacking ? EXIT_ERRORS : EXIT_SUCCESS;
}

/* What the lines could be tried by; without --line everything. */
static int list_attempts(struct run *run, const struct asked *asked, struct expect *expect)
{
    int status = EXIT_USAGE;

    if (!asked->system) {
        fprintf(stderr, "bailiwick: %s: is a policy alone, and has no domains\n", asked->path);
        return EXIT_USAGE;
    }
    run->attempts = attempts_new(expect);
    if (run->attempts && check_files(run, expect)) {
        json_print(json_must(attempts_json(run->attempts, run->only_line == 0)));
        status = EXIT_SUCCESS;
    }
    attempts_free(run->attempts);
    return status;
}

static int check_all(struct run *run, const struct asked *asked)
{
    static struct expect expect;
    int status = EXIT_USAGE;

    if (expect_open(&expect, asked, run->json) == 0 && find_files(run, asked)) {
        if (run->list_attempts)
            status = list_attempts(run, asked, &expect);
        else if (check_files(run, &expect))
            status = sum_up(run, asked, &expect);
    }
    expect_close(&expect);
    return status;
}

int command_expect(int argc, char **argv)
{
    static struct asked asked;
    static struct run run;
    int status = EXIT_USAGE;

    run = (struct run){.options = {.machine_kib = (uint64_t)CONFIG_MACHINE_MEMORY * 1024,
                                   .nr_cpus = CONFIG_MACHINE_CPUS}};
    if (!read_options(argc, argv, &run))
        return EXIT_USAGE;
    if (asked_open_as(&asked, &run.options, run.booleans, true) == 0)
        status = check_all(&run, &asked);
    asked_close(&asked);
    return status;
}
