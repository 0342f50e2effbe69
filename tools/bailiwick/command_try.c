/* SPDX-License-Identifier: BSD-2-Clause */
/* bailiwick try: one question, as people ask it: 'guest-a event:bind guest-b'. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/bailiwick/command.h"
#include "tools/bailiwick/expect.h"

#define MAX_QUESTION 800u
#define FORM "'SOURCE CLASS:PERMISSION TARGET' or 'SOURCE OPERATION TARGET'"

enum { POLICY = 256, ROOT, BOOLEANS, BEFORE, JSON, LIVE, OFFLINE };

static const struct option option_table[] = {
    {"policy", required_argument, NULL, POLICY},
    {"root", required_argument, NULL, ROOT},
    {"booleans", required_argument, NULL, BOOLEANS},
    {"before-finalise", no_argument, NULL, BEFORE},
    {"json", no_argument, NULL, JSON},
    {"live", no_argument, NULL, LIVE},
    {"offline", no_argument, NULL, OFFLINE},
    {NULL, 0, NULL, 0},
};

struct trying {
    struct options options;
    const char *booleans, *question;
    bool before, json, live, offline;
    char *word[3]; /* SOURCE RIGHT TARGET */
    char words[MAX_QUESTION / 2];
};

static bool read_options(int argc, char **argv, struct trying *trying)
{
    int option;

    while ((option = getopt_long(argc, argv, "", option_table, NULL)) != -1) {
        if (option < POLICY)
            return false;
        if (option == POLICY)
            trying->options.policy = optarg;
        if (option == ROOT)
            trying->options.root = optarg;
        if (option == BOOLEANS)
            trying->booleans = optarg;
        trying->before |= option == BEFORE;
        trying->json |= option == JSON;
        trying->live |= option == LIVE;
        trying->offline |= option == OFFLINE;
    }
    if (optind + 2 != argc) {
        fprintf(stderr, "bailiwick: try takes a system and one question: " FORM "\n");
        return false;
    }
    trying->options.subject = argv[optind];
    trying->question = argv[optind + 1];
    return true;
}

/* SOURCE RIGHT TARGET, as an expectation. */
static bool write_line(struct trying *trying, char text[MAX_QUESTION])
{
    char *rest = trying->words, **word = trying->word;
    unsigned int count = 0;

    if (snprintf(rest, sizeof(trying->words), "%s", trying->question) >=
            (int)sizeof(trying->words) ||
        strpbrk(rest, "\n#"))
        rest[0] = '\0';
    while (count < 3 && (word[count] = strtok_r(rest, " \t", &rest)) != NULL)
        count++;
    if (count < 3 || strtok_r(rest, " \t", &rest)) {
        fprintf(stderr, "bailiwick: expected " FORM ", not \"%s\"\n", trying->question);
        return false;
    }
    snprintf(text, MAX_QUESTION, "%s allow %s -> %s : %s", trying->before ? "before finalise" : "",
             word[0], word[2], word[1]);
    return true;
}

/* The question as a file of one line. */
static bool parse(const char *text, struct expect_file *file)
{
    struct bytes content = {.data = (uint8_t *)strdup(text), .size = strlen(text)};

    if (!content.data) {
        fprintf(stderr, "bailiwick: not enough memory\n");
        return false;
    }
    return expect_parse("question", content, file) == 0 && file->count == 1;
}

static int ask(const struct trying *trying, const struct asked *asked, struct expect_file *file)
{
    static struct expect expect;
    int status = EXIT_USAGE;

    if (expect_open(&expect, asked, trying->json) != 0)
        return EXIT_USAGE;
    expect.tell_all = true;
    if (expect_check(&expect, file, &file->line[0])) {
        expect_end_line(&expect, file, &file->line[0]);
        status = expect.failures != 0 ? EXIT_ERRORS : EXIT_SUCCESS;
    }
    if (status != EXIT_USAGE && trying->json)
        expect_json_print(&expect);
    expect_close(&expect);
    return status;
}

/* A folder's system is booted, unless somebody doesn't want that; others if somebody does. */
static bool wants_live(const struct trying *trying, const struct asked *asked)
{
    bool folder = asked->system && asked->system->folder[0] != '\0';

    return !trying->offline && !trying->json && !trying->booleans && !trying->options.policy &&
           (trying->live || folder);
}

static bool try_live(const struct trying *trying)
{
    char name[] = "try", before[] = "before";
    char *argv[] = {name,
                    (char *)(uintptr_t)trying->options.subject,
                    trying->word[0],
                    trying->word[1],
                    trying->word[2],
                    trying->before ? before : NULL,
                    NULL};

    return command_author_run(argv) == EXIT_SUCCESS;
}

int command_try(int argc, char **argv)
{
    static struct asked asked;
    struct trying trying = {.options = {.machine_kib = (uint64_t)CONFIG_MACHINE_MEMORY * 1024,
                                        .nr_cpus = CONFIG_MACHINE_CPUS}};
    struct expect_file file = {0};
    char text[MAX_QUESTION];
    int status = EXIT_USAGE;

    if (!read_options(argc, argv, &trying) || !write_line(&trying, text))
        return EXIT_USAGE;
    if (parse(text, &file) && asked_open_as(&asked, &trying.options, trying.booleans, true) == 0)
        status = ask(&trying, &asked, &file);
    if (status != EXIT_USAGE && wants_live(&trying, &asked) && !try_live(&trying))
        status = EXIT_USAGE;
    asked_close(&asked);
    expect_free(&file);
    return status;
}
