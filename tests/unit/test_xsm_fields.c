/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Each field of a compiled policy set wrong, one at a time, and what is said of it: which section,
 * which place, what is wrong there; or that the policy is taken, and whether it says the same.
 * fields.expected has all of that by kind of field, with the number of times that it was said.
 */
#include <errno.h>
#include <fcntl.h>

#include "policy_fields.h"
#include "xsm/flask/flask.h"
#include "xsm/policy.h"
#include "xsm_fixture.h"

#define MAX_OUTCOMES 4096u
#define MOST_OF_A_KIND 6u /* fields that are tried */
#define EXPECTED "tests/unit/fields.expected"

struct outcome {
    const struct field *field; /* the first of its kind */
    unsigned int times;
    char text[sizeof((struct xsm_error){0}.text) + 64];
};

struct trial {
    unsigned char *image;
    size_t size, room;
    void *memory;
    struct field field[MAX_FIELDS];
    unsigned int nr_fields;
    uint64_t says; /* the policy as it was compiled */
    struct outcome outcome[MAX_OUTCOMES];
    unsigned int nr_outcomes;
};

static uint64_t hash(uint64_t so_far, const void *data, size_t size)
{
    const unsigned char *byte = data;

    for (size_t i = 0; i < size; i++)
        so_far = (so_far ^ byte[i]) * 0x100000001b3u;
    return so_far;
}

static uint64_t hash_pair(const struct flask_table *table, xsm_sid source, xsm_sid target)
{
    static const enum flask_new kinds[] = {FLASK_NEW_TRANSITION, FLASK_NEW_MEMBER,
                                           FLASK_NEW_CHANGE};
    struct flask_context from = flask_sid_context(table->policy, source);
    struct flask_context to = flask_sid_context(table->policy, target), made;
    uint64_t says = 0;

    for (unsigned int class = 1; class <= table->policy->nr_classes; class ++) {
        struct flask_av av = flask_decide(table, from, to, class);
        bool may = flask_check_transition(table->policy, from, to, from, class) == 0;

        says = hash(hash(says, &av, sizeof(av)), &may, sizeof(may));
        for (unsigned int i = 0; i < 3; i++) {
            int status = flask_new_context(table, kinds[i], from, to, class, "f1", &made);

            says = hash(hash(says, &made, sizeof(made)), &status, sizeof(status));
        }
    }
    return says;
}

/* Everything that a policy says of its initial SIDs, objects and itself. */
static uint64_t what_it_says(const struct xsm_engine *engine)
{
    const struct flask_policy *policy = xsm_table(engine)->policy;
    char text[XSM_MAX_AUDIT];
    uint64_t says = 0;

    for (xsm_sid sid = 1; sid <= XSM_INITIAL_DOMDM; sid++) {
        xsm_sid_to_context(engine, sid, text, sizeof(text));
        says = hash(says, text, strlen(text));
        for (xsm_sid other = 1; other <= XSM_INITIAL_DOMDM; other++)
            says = says * 31 + hash_pair(xsm_table(engine), sid, other);
    }
    for (unsigned int i = 0; i < FLASK_NR_OBJECTS; i++)
        says = hash(says, policy->object_label[i],
                    policy->nr_object_labels[i] * sizeof(*policy->object_label[i]));
    xsm_describe_policy(engine, text, sizeof(text));
    says = hash(says, text, strlen(text));
    for (unsigned int i = 0; xsm_policy_note(engine, i, text, sizeof(text)) == 0; i++)
        says = hash(says, text, strlen(text));
    return says;
}

/* The same whatever the numbers are: # for each. */
static void leave_out_numbers(char *text)
{
    static const char decimal[] = "0123456789", hexadecimal[] = "0123456789abcdef";
    char *to = text;

    for (const char *from = text; *from != '\0';) {
        size_t length = strspn(from, decimal);

        if (from[0] == '0' && from[1] == 'x')
            length = 2 + strspn(from + 2, hexadecimal);
        if (length != 0)
            *to = '#';
        else
            *to = *from;
        to++;
        from += length != 0 ? length : 1;
    }
    *to = '\0';
}

/* What is another in version 24; the rest would only be said twice. */
static bool is_different(const struct field *field)
{
    static const char *const sections[] = {"header", "classes",          "role transitions",
                                           "memory", "role allows",      "devices",
                                           "SIDs",   "range transitions"};

    for (unsigned int i = 0; i < sizeof(sections) / sizeof(sections[0]); i++)
        if (strcmp(field->section, sections[i]) == 0)
            return true;
    return false;
}

/* The part that begins where the error is. */
static const char *place(const struct trial *trial, size_t offset)
{
    if (offset == trial->size)
        return "the end";
    for (unsigned int i = 0; i < trial->nr_fields; i++)
        if (trial->field[i].offset == offset)
            return trial->field[i].part;
    return offset == SIZE_MAX ? "none" : "inside";
}

static void note(struct trial *trial, const struct field *field, const char *text)
{
    struct outcome *outcome = trial->outcome;
    struct outcome *end = outcome + trial->nr_outcomes;

    while (outcome < end &&
           (strcmp(outcome->field->section, field->section) != 0 ||
            strcmp(outcome->field->part, field->part) != 0 || strcmp(outcome->text, text) != 0))
        outcome++;
    if (outcome == end) {
        assert_true(trial->nr_outcomes++ < MAX_OUTCOMES);
        *outcome = (struct outcome){.field = field};
        snprintf(outcome->text, sizeof(outcome->text), "%s", text);
    }
    outcome->times++;
}

static void attempt(struct trial *trial, const struct field *field, size_t size)
{
    struct xsm_engine engine = {0};
    struct xsm_error error = {0};
    char text[sizeof(error.text) + 64];
    /* It ends where its memory does, for the sanitizer. */
    unsigned char *copy = malloc(size + 1);
    int status;

    assert_non_null(copy);
    memcpy(copy + 1, trial->image, size);
    status = xsm_load_policy(&engine, copy + 1, size, trial->memory, trial->room, &error);
    free(copy);
    if (status == 0)
        snprintf(text, sizeof(text), "taken, and says %s",
                 what_it_says(&engine) == trial->says ? "the same" : "something else");
    else
        snprintf(text, sizeof(text), "%s at %s: %s", status == -EINVAL ? "bad" : "ENOMEM",
                 place(trial, error.offset), error.text);
    leave_out_numbers(text);
    note(trial, field, text);
}

static void try_number(struct trial *trial, const struct field *field)
{
    unsigned char *at = trial->image + field->offset, kept[8];
    uint64_t old = 0, tried[12];

    memcpy(kept, at, field->width);
    memcpy(&old, at, field->width);
    memcpy(tried,
           (uint64_t[]){0, 1, 2, 3, old + 1, old - 1, old + 64, old - 64, old | 1,
                        old | (uint64_t)1 << (8 * field->width - 1), old & (old - 1), UINT64_MAX},
           sizeof(tried));
    for (unsigned int i = 0; i < 12; i++) {
        memcpy(at, &tried[i], field->width);
        if (memcmp(at, kept, field->width) != 0)
            attempt(trial, field, trial->size);
    }
    memcpy(at, kept, field->width);
}

static void try_name(struct trial *trial, const struct field *field)
{
    static const char first[] = {' ', ':', '\0', 'x', '\x7f', '~'};
    unsigned char *at = trial->image + field->offset, *last = at + field->width - 1, kept = *at;

    for (unsigned int i = 0; i < sizeof(first); i++) {
        *at = (unsigned char)first[i];
        attempt(trial, field, trial->size);
    }
    *at = kept;
    /* Its neighbour's. */
    *last ^= 3u;
    attempt(trial, field, trial->size);
    *last ^= 3u;
}

static unsigned int nr_before(const struct trial *trial, const struct field *field)
{
    unsigned int count = 0;

    for (const struct field *other = trial->field; other < field; other++)
        count +=
            strcmp(other->section, field->section) == 0 && strcmp(other->part, field->part) == 0;
    return count;
}

static void write_outcomes(const struct trial *trial, const char *name, char *text)
{
    append(text, "%s: %zu bytes\n", name, trial->size);
    for (unsigned int i = 0; i < trial->nr_outcomes; i++) {
        const struct outcome *outcome = &trial->outcome[i], *other = trial->outcome;

        /* All of a kind of field together. */
        while (strcmp(other->field->section, outcome->field->section) != 0 ||
               strcmp(other->field->part, outcome->field->part) != 0)
            other++;
        if (other != outcome)
            continue;
        append(text, "%s, %s\n", outcome->field->section, outcome->field->part);
        for (; other < trial->outcome + trial->nr_outcomes; other++)
            if (strcmp(other->field->section, outcome->field->section) == 0 &&
                strcmp(other->field->part, outcome->field->part) == 0)
                append(text, "%6u %s\n", other->times, other->text);
    }
}

static void try_policy_of(const char *name, bool all, char *text)
{
    struct trial *trial = calloc(1, sizeof(*trial));
    struct xsm_engine engine = {0};
    struct xsm_error error;
    char *path = test_path(name);

    assert_non_null(trial);
    trial->image = (unsigned char *)read_text(path, &trial->size);
    trial->nr_fields = find_fields(trial->image, trial->size, trial->field);
    trial->room = (xsm_arena_size(trial->size) + 15) & ~(size_t)15;
    trial->memory = aligned_alloc(16, trial->room);
    assert_int_equal(
        xsm_load_policy(&engine, trial->image, trial->size, trial->memory, trial->room, &error), 0);
    trial->says = what_it_says(&engine);
    for (unsigned int i = 0; i < trial->nr_fields; i++) {
        const struct field *field = &trial->field[i];

        if (nr_before(trial, field) >= MOST_OF_A_KIND || !(all || is_different(field)))
            continue;
        attempt(trial, field, field->offset);
        if (field->is_name)
            try_name(trial, field);
        else
            try_number(trial, field);
    }
    write_outcomes(trial, name, text);
    free(trial->memory);
    free(trial->image);
    free(trial);
    free(path);
}

static void test_fields(void **state)
{
    char *said = calloc(1, MAX_TEXT), *path = test_path("unit-fields.said"), *expected;
    size_t size;

    (void)state;
    assert_non_null(said);
    try_policy_of("fields.30", true, said);
    try_policy_of("fields.24", false, said);
    write_text(path, said);
    expected = read_text(EXPECTED, &size);
    if (strcmp(said, expected) != 0)
        fail_msg("compare " EXPECTED " with %s", path);
    free(expected);
    free(path);
    free(said);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fields),
    };

    return cmocka_run_group_tests_name("fields of policies", tests, NULL, NULL);
}
