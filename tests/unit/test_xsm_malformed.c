/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Files that are no policies, or not of the kind that we support: each is refused with its reason
 * and place, or loads and can be asked anything; nothing ever reads or writes beyond what is its
 * own. Built with the address and undefined behaviour sanitizers.
 */
#include <errno.h>

#include "xsm_fixture.h"

/* Where a refusal left the engine as it was. */
static struct flask_table *const before = NULL;

struct trial {
    unsigned char *image; /* exactly `size` bytes, so that a sanitizer sees a read beyond them */
    size_t size;
    void *arena;
    size_t arena_size;
};

static struct trial start_trial(const char *name)
{
    char *path = test_path(name);
    struct trial trial;
    char *text = read_text(path, &trial.size);

    trial.image = malloc(trial.size);
    assert_non_null(trial.image);
    memcpy(trial.image, text, trial.size);
    trial.arena_size = (xsm_arena_size(trial.size) + 15) & ~(size_t)15;
    trial.arena = aligned_alloc(16, trial.arena_size);
    assert_non_null(trial.arena);
    free(text);
    free(path);
    return trial;
}

static void end_trial(struct trial *trial)
{
    free(trial->image);
    free(trial->arena);
}

/* Everything that can be asked of a policy that did load. */
static void use_engine(struct xsm_engine *engine)
{
    char text[XSM_MAX_AUDIT];
    struct xsm_error error;
    struct xsm_verdict verdict;
    xsm_sid sid, channel;

    xsm_describe_policy(engine, text, sizeof(text));
    for (unsigned int i = 0; xsm_policy_note(engine, i, text, sizeof(text)) == 0; i++)
        assert_true(text[0] != '\0');
    if (xsm_label_to_sid(engine, "guest_a_t", &sid, &error) != 0)
        sid = XSM_INITIAL_DOM0;
    xsm_prepare_domain(engine, sid);
    xsm_prepare_domain(engine, XSM_INITIAL_XEN);
    if (xsm_channel_sid(engine, sid, XSM_INITIAL_XEN, &channel) != 0)
        channel = XSM_INITIAL_SECURITY;
    for (unsigned int hook = 0; hook < XSM_NR_HOOKS; hook++) {
        struct xsm_query query = {.hook = (enum xsm_hook)hook, .caller = {.sid = sid}};

        for (unsigned int i = 0; i < XSM_NR_PARTIES; i++)
            query.sid[i] = i % 2 == 0 ? channel : i;
        xsm_ask(engine, &query, &verdict);
        for (unsigned int i = 0; i < verdict.nr_records; i++)
            xsm_format_record(engine, &verdict.record[i], text, sizeof(text));
    }
}

/* Parts of the refusals that a cut or one changed byte must bring about, in some file. */
static const char *const refusals[] = {
    "not a binary policy",
    "not a policy for Xen",
    "is not supported; compile with",
    "a sensitivity is",
    "sensitivities and their aliases",
    "categories and their aliases",
    "a range's high level does not dominate",
    "is sensitivity",
    "has a category that is missing",
    "the range or level of user",
    "the levels of a range",
    "the range of a range transition",
    "handle_unknown=reject, and permission",
    "unknown configuration bits",
    "is no type that could be permissive",
    "don't fit in the rest of the file",
    "the file ends here",
    "at most",
    "in a name",
    "a name of 0 characters",
    "stands twice",
    "have the same value",
    "are missing",
    "is missing",
    "unknown common",
    "a value below",
    "a permission's value is",
    "a class's value is",
    "validatetrans rules",
    "a constraint of class",
    "a constraint compares",
    "a constraint names",
    "operands don't match",
    "has operands of its own",
    "a constraint ends with",
    "has a set of types",
    "type set names type",
    "names a user, role or type that is missing",
    "role 1 is not object_r",
    "has a type that is missing",
    "dominates one that is missing",
    "has a role that is missing",
    "circular",
    "neither a type, an attribute nor an alias",
    "a bitmap's map size",
    "a bitmap ends at bit",
    "misplaced or out of order",
    "a bitmap has a bit that should be below",
    "a rule of kind",
    "extended permissions are not supported",
    "a rule from type 0 to",
    "to type 0, of",
    "a rule from type",
    "a rule on class 0 of",
    "a rule on class",
    "two rules of kind",
    "which are not all types",
    "a condition on boolean",
    "has a boolean of its own",
    "a condition ends with",
    "a context's user is",
    "make no valid context",
    "an initial SID is",
    "has two contexts",
    "two labels cover",
    "ends before it begins",
    "file name transitions",
    "genfs contexts are not supported",
    "range transitions",
    "is no attribute that",
};
static bool seen[sizeof(refusals) / sizeof(refusals[0])];

static void note_refusal(const char *text)
{
    for (unsigned int i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++)
        if (strstr(text, refusals[i]) != NULL)
            seen[i] = true;
}

static int attempt(const struct trial *trial, const void *image, size_t size,
                   struct xsm_error *error)
{
    struct xsm_engine engine = {.flask = before};
    int status;

    memset(error, 0xaa, sizeof(*error));
    status = xsm_load_policy(&engine, image, size, trial->arena, trial->arena_size, error);
    if (status == 0) {
        use_engine(&engine);
        return 0;
    }
    note_refusal(error->text);
    assert_ptr_equal(engine.flask, before);
    assert_true(status == -EINVAL || status == -ENOMEM);
    assert_non_null(memchr(error->text, '\0', sizeof(error->text)));
    assert_non_null(strstr(error->text, "byte "));
    assert_true(error->offset <= size);
    return status;
}

static void truncate_everywhere(const char *name)
{
    struct trial trial = start_trial(name);
    struct xsm_error error;

    assert_int_equal(attempt(&trial, trial.image, trial.size, &error), 0);
    for (size_t size = 0; size < trial.size; size++) {
        unsigned char *cut = malloc(size + 1);

        assert_non_null(cut);
        /* The end of the copy is the end of its memory. */
        memcpy(cut + 1, trial.image, size);
        assert_int_not_equal(attempt(&trial, cut + 1, size, &error), 0);
        free(cut);
    }
    end_trial(&trial);
}

static void test_truncated(void **state)
{
    (void)state;
    truncate_everywhere("two-guests.30");
    truncate_everywhere("stress-true-false.24");
    truncate_everywhere("stress-true-false.30");
    truncate_everywhere("levels.30");
}

static void flip_everywhere(const char *name)
{
    static const unsigned char flips[] = {1, 2, 4, 8, 16, 32, 64, 128, 255};
    struct trial trial = start_trial(name);
    unsigned long refused = 0;
    struct xsm_error error;

    for (size_t i = 0; i < trial.size; i++)
        for (unsigned int j = 0; j < sizeof(flips); j++) {
            trial.image[i] ^= flips[j];
            refused += attempt(&trial, trial.image, trial.size, &error) != 0;
            trial.image[i] ^= flips[j];
        }
    /* The rest are names and permissions: another policy, but a policy. */
    assert_true(refused > 3 * trial.size);
    end_trial(&trial);
}

static void test_flipped(void **state)
{
    (void)state;
    flip_everywhere("two-guests.30");
    flip_everywhere("stress-true-false.30");
    flip_everywhere("stress-true-false.24");
    flip_everywhere("levels.30");
    for (unsigned int i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++)
        if (!seen[i])
            fail_msg("nothing was refused with \"%s\"", refusals[i]);
}

static void test_trailing_bytes(void **state)
{
    struct trial trial = start_trial("two-guests.30");
    unsigned char *longer = calloc(1, trial.size + 1);
    struct xsm_error error;
    char expected[64];

    (void)state;
    assert_non_null(longer);
    memcpy(longer, trial.image, trial.size);
    assert_int_equal(attempt(&trial, longer, trial.size + 1, &error), -EINVAL);
    snprintf(expected, sizeof(expected), "end, byte %zu: 1 bytes follow the last section",
             trial.size);
    assert_string_equal(error.text, expected);
    free(longer);
    end_trial(&trial);
}

/* Any size of arena does, or is refused as too small. */
static void test_small_arenas(void **state)
{
    struct trial trial = start_trial("two-guests.30");
    size_t whole = trial.arena_size, enough = 0;
    struct xsm_error error;

    (void)state;
    free(trial.arena);
    for (size_t size = 0; size < 64ul * 1024; size += 40) {
        int status;

        trial.arena_size = size;
        trial.arena = aligned_alloc(16, (size + 15) & ~(size_t)15);
        status = attempt(&trial, trial.image, trial.size, &error);
        assert_true(status == -ENOMEM || status == 0);
        assert_false(status != 0 && enough != 0);
        if (status == 0 && enough == 0)
            enough = size;
        free(trial.arena);
    }
    assert_in_range(enough, 1024, whole);
    assert_true(xsm_arena_size(60ul * 1024) < 4ul * 1024 * 1024);
    trial.arena = NULL;
    end_trial(&trial);
}

/* A byte of the file that is set wrong, and what is said of it. */
static void expect_refusal(size_t offset, unsigned char value, const char *expected)
{
    struct trial trial = start_trial("two-guests.30");
    struct xsm_error error;

    trial.image[offset] = value;
    assert_int_equal(attempt(&trial, trial.image, trial.size, &error), -EINVAL);
    assert_string_equal(error.text, expected);
    end_trial(&trial);
}

static void test_messages(void **state)
{
    (void)state;
    expect_refusal(0, 0, "header, byte 0: not a binary policy: it doesn't begin with 0xf97cff8c");
    expect_refusal(8, 'Y',
                   "header, byte 8: not a policy for Xen; compile it with checkpolicy -t xen");
    expect_refusal(16, 31,
                   "header, byte 16: version 31 is not supported; compile with checkpolicy -c 30");
    expect_refusal(20, 6, "header, byte 20: handle_unknown is both allow and reject");
    expect_refusal(20, 8, "header, byte 20: unknown configuration bits 0x00000008");
    expect_refusal(24, 9, "header, byte 24: the number of symbol tables is 9, must be 8 to 8");
}

/* What checkpolicy can make beyond what most policies have: the smallest that has it. */
static const char minimal[] =
    "class domain\nclass event\n%s"
    "sid xenboot\nsid xen\nsid dom0\nsid domio\nsid domxen\nsid unlabeled\nsid security\n"
    "sid ioport\nsid iomem\nsid irq\nsid device\nsid domU\n%s"
    "class domain { create transition }\nclass event { bind send }\n%s"
    "type a_t;\nrole r;\nrole r types a_t;\nallow a_t a_t:domain create;\n%s"
    "user u roles r;\n%s"
    "sid xenboot u:r:a_t\nsid xen u:r:a_t\nsid dom0 u:r:a_t\nsid domio u:r:a_t\n"
    "sid domxen u:r:a_t\nsid unlabeled u:r:a_t\nsid security u:r:a_t\nsid ioport u:r:a_t\n"
    "sid iomem u:r:a_t\nsid irq u:r:a_t\nsid device u:r:a_t\nsid domU u:r:a_t\n%s";

static void expect_answer(const char *options, const char *rules, const char *constraints,
                          const char *expected)
{
    struct xsm_error error;
    char conf[4096];

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    snprintf(conf, sizeof(conf), minimal, "", "sid domDM\n", "", rules, constraints,
             "sid domDM u:r:a_t\n");
#pragma GCC diagnostic pop
    assert_int_equal(try_policy("minimal", 30, options, conf, &error),
                     expected == NULL ? 0 : -EINVAL);
    if (expected != NULL && strstr(error.text, expected) == NULL)
        fail_msg("\"%s\" doesn't say \"%s\"", error.text, expected);
}

static void test_minimal(void **state)
{
    struct xsm_error error;
    char conf[4096];

    (void)state;
    expect_answer("", "", "", NULL);
    expect_answer("-U allow", "", "", NULL);
    expect_answer(
        "-U reject", "", "",
        "handle_unknown=reject, and permission bw_launch:read_failure, which failure_read "
        "asks, is missing");
    expect_answer("", "policycap open_perms;\n", "", NULL);
    expect_answer("", "type_transition a_t a_t:event a_t \"name\";\n", "", NULL);
    expect_answer("", "", "validatetrans event (u1 == u2);\n", NULL);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    snprintf(conf, sizeof(conf), minimal, "", "", "", "", "", "");
#pragma GCC diagnostic pop
    assert_int_equal(try_policy("no-domdm", 30, "", conf, &error), -EINVAL);
    assert_non_null(strstr(error.text, "initial SID 13 is missing"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_truncated),      cmocka_unit_test(test_flipped),
        cmocka_unit_test(test_trailing_bytes), cmocka_unit_test(test_small_arenas),
        cmocka_unit_test(test_messages),       cmocka_unit_test(test_minimal),
    };

    return cmocka_run_group_tests_name("malformed policies", tests, NULL, NULL);
}
