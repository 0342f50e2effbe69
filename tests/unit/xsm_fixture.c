/* SPDX-License-Identifier: BSD-2-Clause */
#include "xsm_fixture.h"

#include <errno.h>
#include <sys/stat.h>

char *test_path(const char *name)
{
    size_t size = strlen(TEST_POLICIES) + strlen(name) + 2;
    char *path = malloc(size);

    assert_non_null(path);
    snprintf(path, size, "%s/%s", TEST_POLICIES, name);
    return path;
}

char *read_text(const char *path, size_t *size)
{
    FILE *file = fopen(path, "rb");
    char *text = calloc(1, MAX_TEXT);

    if (file == NULL)
        fail_msg("%s: %s", path, strerror(errno));
    assert_non_null(text);
    *size = fread(text, 1, MAX_TEXT - 1, file);
    fclose(file);
    return text;
}

void write_text(const char *path, const char *text)
{
    FILE *file = fopen(path, "wb");

    if (file == NULL)
        fail_msg("%s: %s", path, strerror(errno));
    assert_int_equal(fwrite(text, 1, strlen(text), file), strlen(text));
    assert_int_equal(fclose(file), 0);
}

static int load_image(struct policy *policy, const char *path, struct xsm_error *error)
{
    size_t arena_size, kept;
    int error_code;

    policy->image = (unsigned char *)read_text(path, &policy->size);
    arena_size = (xsm_arena_size(policy->size) + 15) & ~(size_t)15;
    policy->arena = aligned_alloc(16, arena_size);
    assert_non_null(policy->arena);
    xsm_init_roles_engine(&policy->engine);
    error_code = xsm_load_policy(&policy->engine, policy->image, policy->size, policy->arena,
                                 arena_size, error);
    if (error_code != 0)
        return error_code;
    /* What isn't kept belongs to others from now on. */
    kept = xsm_arena_kept(&policy->engine);
    memset((unsigned char *)policy->arena + kept, 0xa5, arena_size - kept);
    return 0;
}

void load_policy(struct policy *policy, const char *path)
{
    struct xsm_error error;

    if (load_image(policy, path, &error) != 0)
        fail_msg("%s: %s", path, error.text);
}

void free_policy(struct policy *policy)
{
    free(policy->image);
    free(policy->arena);
    memset(policy, 0, sizeof(*policy));
}

/* Returns the path of the binary policy. */
static char *run_checkpolicy(const char *name, int version, const char *options, const char *conf)
{
    char file[64], *source, *binary, command[1024];

    mkdir(TEST_POLICIES, 0777);
    snprintf(file, sizeof(file), "unit-%s.conf", name);
    source = test_path(file);
    snprintf(file, sizeof(file), "unit-%s.%d", name, version);
    binary = test_path(file);
    write_text(source, conf);
    remove(binary);
    snprintf(command, sizeof(command), "checkpolicy -t xen -c %d %s -o %s %s >%s.log 2>&1", version,
             options, binary, source, binary);
    if (system(command) != 0)
        fail_msg("%s.log has why this failed: %s", binary, command);
    free(source);
    return binary;
}

int try_policy(const char *name, int version, const char *options, const char *conf,
               struct xsm_error *error)
{
    char *path = run_checkpolicy(name, version, options, conf);
    struct policy policy = {0};
    int status = load_image(&policy, path, error);

    free_policy(&policy);
    free(path);
    return status;
}

void compile_policy(struct policy *policy, const char *name, int version, const char *conf)
{
    char *path = run_checkpolicy(name, version, "", conf);

    load_policy(policy, path);
    free(path);
}

void compile_policy_with(struct policy *policy, const char *name, const char *options,
                         const char *conf)
{
    char *path = run_checkpolicy(name, 30, options, conf);

    load_policy(policy, path);
    free(path);
}

void expect_context(const struct policy *policy, xsm_sid sid, const char *expected)
{
    char text[XSM_MAX_CONTEXT];

    assert_int_equal(xsm_sid_to_context(&policy->engine, sid, text, sizeof(text)), 0);
    assert_string_equal(text, expected);
}

xsm_sid sid_of(struct policy *policy, const char *label)
{
    struct xsm_error error;
    xsm_sid sid = XSM_SID_NONE;

    if (xsm_label_to_sid(&policy->engine, label, &sid, &error) != 0)
        fail_msg("%s: %s", label, error.text);
    assert_string_equal(error.text, "");
    return sid;
}

void append(char *conf, const char *format, ...)
{
    size_t used = strlen(conf);
    va_list arguments;

    va_start(arguments, format);
    assert_in_range(vsnprintf(conf + used, MAX_TEXT - used, format, arguments), 0,
                    MAX_TEXT - used - 1);
    va_end(arguments);
}

void append_file(char *conf, const char *path)
{
    size_t size;
    char *text = read_text(path, &size);

    append(conf, "%s", text);
    free(text);
}

/* Xen's part of our vocabulary: everything before the first class of ours. */
static void append_xen_vocabulary(char *conf)
{
    static const char *const files[] = {"policy/vocabulary/security_classes",
                                        "policy/vocabulary/initial_sids",
                                        "policy/vocabulary/access_vectors"};
    static const char *const ends[] = {"class bw_role", "sid bw_kernel", "class bw_role"};
    size_t size;

    for (unsigned int i = 0; i < 3; i++) {
        char *text = read_text(files[i], &size), *end = strstr(text, ends[i]);

        assert_non_null(end);
        *end = '\0';
        append(conf, "%s", text);
        free(text);
    }
}

static void append_xen_sids(char *conf)
{
    static const char *const sids[] = {"xenboot", "xen",       "dom0",     "domio",
                                       "domxen",  "unlabeled", "security", "ioport",
                                       "iomem",   "irq",       "device"};

    append(conf, "sid domU u:r:a_t\nsid domDM u:r:a_t\n");
    for (unsigned int i = 0; i < sizeof(sids) / sizeof(sids[0]); i++)
        append(conf, "sid %s u:r:boot_t\n", sids[i]);
}

char *make_conf(const char *rules, const char *constraints)
{
    char *conf = calloc(1, MAX_TEXT);

    assert_non_null(conf);
    append_xen_vocabulary(conf);
    append(conf,
           "attribute all;\ntype boot_t, all;\ntype a_t, all;\ntype b_t, all;\n"
           "role r;\nrole r types all;\n%s\nuser u roles r;\n%s\n",
           rules, constraints);
    append_xen_sids(conf);
    return conf;
}

void make_policy(struct policy *policy, const char *name, const char *rules)
{
    char *conf = make_conf(rules, "");

    compile_policy(policy, name, 30, conf);
    free(conf);
}
