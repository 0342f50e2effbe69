/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The matrix of a system. A row is a domain, a column is a domain or something else that every
 * system has. Cells of the same content have the same letters, which the legend explains.
 */
#include "tools/bailiwick/matrix.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/bailiwick/command.h"
#include "tools/bailiwick/decisions.h"
#include "tools/bailiwick/json.h"

#define NR_OTHERS 2u
#define MAX_COLUMNS (LCM_MAX_DOMAINS + NR_OTHERS)
#define LETTERS 26u
#define LETTERS_SIZE 4u

static const struct {
    const char *name;
    xsm_sid sid;
} others[NR_OTHERS] = {{"xen", XSM_INITIAL_XEN}, {"policy", XSM_INITIAL_SECURITY}};

/* What a row may do to a column: of each class, which permissions; and by its end of a channel. */
struct cell {
    uint32_t permissions[FLASK_MAX_CLASSES];
    uint32_t channel;
};

struct matrix {
    const struct asked *asked;
    unsigned int rows, columns;
    struct cell *cell;    /* row after row */
    unsigned int *letter; /* of each cell: 0 nothing, else number of its content from 1 */
    unsigned int letters;
};

static const char *column_name(const struct matrix *matrix, unsigned int column)
{
    return column < matrix->rows ? matrix->asked->system->lcm.domain[column].name
                                 : others[column - matrix->rows].name;
}

static xsm_sid column_sid(const struct matrix *matrix, unsigned int column)
{
    return column < matrix->rows ? matrix->asked->system->assignment[column].sid
                                 : others[column - matrix->rows].sid;
}

/* In any of the states. */
static uint32_t allowed(const struct asked *asked, xsm_sid source, xsm_sid target,
                        unsigned int class_value)
{
    struct flask_context from = flask_sid_context(asked->policy, source);
    struct flask_context to = flask_sid_context(asked->policy, target);
    uint32_t any = 0;

    for (unsigned int n = 0; n < asked->nr_states; n++)
        any |= flask_decide(asked->state[n].table, from, to, class_value).allowed;
    return any;
}

static void fill_cell(const struct matrix *matrix, unsigned int row, unsigned int column,
                      struct cell *cell)
{
    const struct asked *asked = matrix->asked;
    xsm_sid source = column_sid(matrix, row), target = column_sid(matrix, column), channel;
    xsm_sid named = row == column ? xsm_self_sid(asked->engine, target) : target;

    for (unsigned int value = 1; value <= asked->policy->nr_classes; value++)
        if (asked->policy->class[value - 1].name)
            cell->permissions[value - 1] = allowed(asked, source, named, value);
    if (column < matrix->rows && asked->policy->event_class != 0 &&
        xsm_channel_sid(asked->engine, source, target, &channel) == 0)
        cell->channel = allowed(asked, channel, target, asked->policy->event_class);
}

static bool is_same(const struct cell *a, const struct cell *b)
{
    return memcmp(a, b, sizeof(*a)) == 0;
}

/* The number of the same content above or before it, or a new one. */
static unsigned int letter_of(struct matrix *matrix, unsigned int index)
{
    static const struct cell nothing;
    const struct cell *cell = &matrix->cell[index];

    if (is_same(cell, &nothing))
        return 0;
    for (unsigned int i = 0; i < index; i++)
        if (is_same(cell, &matrix->cell[i]))
            return matrix->letter[i];
    return ++matrix->letters;
}

static bool fill(struct matrix *matrix)
{
    unsigned int cells = matrix->rows * matrix->columns;

    matrix->cell = calloc(cells + 1, sizeof(*matrix->cell));
    matrix->letter = calloc(cells + 1, sizeof(*matrix->letter));
    if (!matrix->cell || !matrix->letter)
        return false;
    for (unsigned int i = 0; i < cells; i++) {
        fill_cell(matrix, i / matrix->columns, i % matrix->columns, &matrix->cell[i]);
        matrix->letter[i] = letter_of(matrix, i);
    }
    return true;
}

/* a to z, then aa, ab, ... */
static void letters(unsigned int number, char text[LETTERS_SIZE])
{
    if (number == 0)
        snprintf(text, LETTERS_SIZE, ".");
    else if (number <= LETTERS)
        snprintf(text, LETTERS_SIZE, "%c", 'a' + (int)(number - 1));
    else
        snprintf(text, LETTERS_SIZE, "%c%c", 'a' + (int)((number - 1) / LETTERS - 1) % 26,
                 'a' + (int)((number - 1) % LETTERS));
}

static void print_legend(const struct matrix *matrix, unsigned int number, const struct cell *cell)
{
    const struct flask_policy *policy = matrix->asked->policy;
    char text[LETTERS_SIZE];

    letters(number, text);
    for (unsigned int i = 0; i < policy->nr_classes; i++) {
        if (cell->permissions[i] == 0)
            continue;
        printf("%-3s %s ", text, policy->class[i].name);
        decisions_print_permissions(stdout, &policy->class[i], cell -> permissions[i]);
        printf("\n");
        text[0] = '\0';
    }
    if (cell->channel == 0)
        return;
    printf("%-3s %s ", text, policy->class[policy->event_class - 1].name);
    decisions_print_permissions(stdout, &policy->class[policy->event_class - 1], cell -> channel);
    printf(", by its end of a channel\n");
}

static int name_width(const struct matrix *matrix)
{
    size_t width = 0;

    for (unsigned int i = 0; i < matrix->rows; i++)
        if (strlen(column_name(matrix, i)) > width)
            width = strlen(column_name(matrix, i));
    return (int)width;
}

static void print_table(const struct matrix *matrix)
{
    int width = name_width(matrix);

    printf("%*s", width + 4, "");
    for (unsigned int column = 0; column < matrix->rows; column++)
        printf(" %3u", column + 1);
    for (unsigned int i = 0; i < NR_OTHERS; i++)
        printf("  %s", others[i].name);
    printf("\n");
    for (unsigned int i = 0; i < matrix->rows * matrix->columns; i++) {
        unsigned int row = i / matrix->columns, column = i % matrix->columns;
        char text[LETTERS_SIZE];

        if (column == 0)
            printf("%3u %-*s", row + 1, width, column_name(matrix, row));
        letters(matrix->letter[i], text);
        if (column < matrix->rows)
            printf(" %3s", text);
        else
            printf("  %*s", (int)strlen(column_name(matrix, column)), text);
        if (column + 1 == matrix->columns)
            printf("\n");
    }
}

static void print_text(const struct matrix *matrix)
{
    unsigned int seen = 0;

    printf("What each domain (row) may do to each (column):\n\n");
    print_table(matrix);
    printf("\n.   nothing\n");
    for (unsigned int i = 0; i < matrix->rows * matrix->columns; i++) {
        if (matrix->letter[i] <= seen)
            continue;
        seen = matrix->letter[i];
        print_legend(matrix, seen, &matrix->cell[i]);
    }
}

static json_t *cell_json(const struct matrix *matrix, unsigned int index)
{
    const struct flask_policy *policy = matrix->asked->policy;
    const struct cell *cell = &matrix->cell[index];
    json_t *classes = json_must(json_object());

    for (unsigned int i = 0; i < policy->nr_classes; i++)
        if (cell->permissions[i] != 0)
            json_object_set_new(
                classes, policy->class[i].name,
                decisions_permissions_json(&policy->class[i], cell -> permissions[i]));
    return json_must(json_pack(
        "{s:s, s:s, s:o, s:o}", "source", column_name(matrix, index / matrix->columns), "target",
        column_name(matrix, index % matrix->columns), "permissions", classes, "channel",
        cell->channel == 0 ? json_must(json_array())
                           : decisions_permissions_json(&policy->class[policy->event_class - 1],
                                                        cell -> channel)));
}

static void print_json(const struct matrix *matrix)
{
    json_t *cells = json_must(json_array());

    for (unsigned int i = 0; i < matrix->rows * matrix->columns; i++)
        json_array_append_new(cells, cell_json(matrix, i));
    json_print(cells);
}

int matrix_print(const struct asked *asked, bool json)
{
    struct matrix matrix = {.asked = asked};

    if (!asked->system) {
        fprintf(stderr, "bailiwick: %s is a policy alone: --matrix needs a system\n", asked->path);
        return EXIT_USAGE;
    }
    matrix.rows = asked->system->lcm.nr_domains;
    matrix.columns = matrix.rows + NR_OTHERS;
    if (!fill(&matrix))
        fprintf(stderr, "bailiwick: not enough memory\n");
    else if (json)
        print_json(&matrix);
    else
        print_text(&matrix);
    free(matrix.cell);
    free(matrix.letter);
    return matrix.letter ? EXIT_SUCCESS : EXIT_ERRORS;
}
