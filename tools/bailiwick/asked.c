/* SPDX-License-Identifier: BSD-2-Clause */
#include "tools/bailiwick/asked.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "xsm/policy.h"

#define NR_TEXTS 4u

/* The first bytes of a compiled policy: SELINUX_MAGIC of libsepol's policydb.h. */
static const uint8_t magic[] = {0x8c, 0xff, 0x7c, 0xf9};

static bool has_ending(const char *name, const char *ending)
{
    size_t length = strlen(name), end = strlen(ending);

    return length > end && strcmp(name + length - end, ending) == 0;
}

/* A word without '/' and '.' is a system's name; of files, those of device trees are systems. */
static bool is_system(const char *subject)
{
    return !strpbrk(subject, "/.") || has_ending(subject, ".dts") || has_ending(subject, ".dtb");
}

static int refuse(const char *path, const char *why)
{
    fprintf(stderr, "bailiwick: %s: %s\n", path, why);
    return -EINVAL;
}

static int read_policy(struct asked *asked, const struct bytes *image)
{
    struct xsm_error error = {0};

    if (image->size < sizeof(magic) || memcmp(image->data, magic, sizeof(magic)) != 0)
        return refuse(asked->path, "is neither a compiled policy nor a system (.dts, .dtb)");
    if (policy_memory_load(&asked->own, image, &asked->memory, &error) != 0)
        return refuse(asked->path, error.text);
    lcm_sha256(image->data, image->size, asked->digest);
    asked->engine = &asked->own;
    return 0;
}

static int open_policy(struct asked *asked)
{
    struct bytes image;
    int error = files_join(asked->path, sizeof(asked->path), NULL, asked->options.subject);

    if (error == 0)
        error = files_read(asked->path, &image);
    if (error != 0)
        return refuse(asked->options.subject, strerror(-error));
    error = read_policy(asked, &image);
    bytes_free(&image);
    return error;
}

static bool is_about_policy(const struct system *system, const struct lcm_finding *finding)
{
    return system->lcm.policy && strcmp(finding->path, system->lcm.policy->path) == 0;
}

/* Why there is no policy to ask. What is wrong with the rest of the system doesn't matter here. */
static int refuse_system(const struct system *system)
{
    unsigned int said = 0;

    for (unsigned int i = 0; i < system->report.nr_findings; i++) {
        const struct lcm_finding *finding = &system->report.finding[i];

        if (finding->severity == LCM_NOTICE ||
            (system->lcm.policy && !is_about_policy(system, finding)))
            continue;
        fprintf(stderr, "%s: %s: %s%s%s\n", system->file, lcm_severity_name(finding->severity),
                finding->path, finding->path[0] ? ": " : "", finding->text);
        said++;
    }
    if (said == 0)
        fprintf(stderr, "bailiwick: %s: has no policy: there is nothing to ask\n", system->file);
    if (system->lcm.policy)
        fprintf(stderr, "bailiwick: `make policy SYSTEM=NAME` compiles a system's policy\n");
    return -EINVAL;
}

static int open_system(struct asked *asked)
{
    const struct module_file *file;
    int error;

    asked->system = system_new(&asked->options);
    error = asked->system ? system_load(asked->system) : -ENOMEM;
    if (error)
        return error;
    system_check(asked->system);
    if (!asked->system->engine.flask || !asked->system->lcm.policy)
        return refuse_system(asked->system);
    file = &asked->system->module[asked->system->lcm.policy->boot_module - 1];
    snprintf(asked->path, sizeof(asked->path), "%s", file->path);
    lcm_sha256(file->content.data, file->content.size, asked->digest);
    asked->engine = &asked->system->engine;
    return 0;
}

/* A context of the policy, or of the system, and not a guess. */
static void note_context(struct asked *asked, uint64_t packed)
{
    struct flask_context context = flask_unpack(packed);
    struct asked_type *type = &asked->type[context.type - 1];

    type->certain =
        type->context.type == 0 || (type->certain && flask_pack(type->context) == packed);
    if (type->context.type == 0)
        type->context = context;
}

/* What has no context in the policy: like a domain's, or else the first that there could be. */
static struct flask_context guess_context(const struct flask_policy *policy, unsigned int type)
{
    static const xsm_sid model[] = {XSM_INITIAL_DOMU, XSM_INITIAL_DOM0};
    struct flask_context context = {0};

    for (unsigned int i = 0; i < sizeof(model) / sizeof(model[0]); i++) {
        context = flask_sid_context(policy, model[i]);
        context.type = (uint16_t)type;
        if (flask_context_valid(policy, context))
            return context;
    }
    for (unsigned int user = 1; user <= policy->nr_users; user++) {
        context.user = (uint16_t)user;
        context.low = context.high = policy->user[user - 1].low;
        for (unsigned int role = policy->nr_roles; role >= FLASK_OBJECT_R; role--) {
            context.role = (uint16_t)role;
            if (flask_context_valid(policy, context))
                return context;
        }
    }
    return context; /* of the last user, as an object */
}

static int find_contexts(struct asked *asked)
{
    const struct flask_policy *policy = asked->policy;

    asked->type = calloc(policy->nr_types, sizeof(*asked->type));
    if (!asked->type)
        return refuse(asked->path, "not enough memory");
    for (unsigned int i = 0; i < FLASK_MAX_SIDS; i++)
        if (policy->sid[i] != 0)
            note_context(asked, policy->sid[i]);
    for (unsigned int kind = 0; kind < FLASK_NR_OBJECTS; kind++)
        for (unsigned int i = 0; i < policy->nr_object_labels[kind]; i++)
            note_context(asked, policy->object_label[kind][i].context);
    for (unsigned int type = 1; type <= policy->nr_types; type++)
        if (!policy->type[type - 1].attribute && asked->type[type - 1].context.type == 0)
            asked->type[type - 1].context = guess_context(policy, type);
    return 0;
}

int asked_open_as(struct asked *asked, const struct options *options, const char *booleans,
                  bool all_states)
{
    int error;

    memset(asked, 0, sizeof(*asked));
    asked->options = *options;
    error = is_system(options->subject) ? open_system(asked) : open_policy(asked);
    if (error)
        return error;
    asked->policy = xsm_table(asked->engine)->policy;
    error = find_contexts(asked);
    return error ? error : asked_open_states(asked, booleans, all_states);
}

int asked_open(struct asked *asked, const char *subject, const char *root, const char *booleans,
               bool all_states)
{
    struct options options = {.subject = subject,
                              .root = root,
                              .machine_kib = (uint64_t)CONFIG_MACHINE_MEMORY * 1024,
                              .nr_cpus = CONFIG_MACHINE_CPUS};

    return asked_open_as(asked, &options, booleans, all_states);
}

void asked_close(struct asked *asked)
{
    for (unsigned int i = 0; i < asked->nr_states; i++)
        bytes_free(&asked->state[i].memory);
    free(asked->type);
    policy_memory_free(&asked->memory);
    system_free(asked->system);
}

const char *asked_text(const struct asked *asked, struct flask_context context)
{
    static char texts[NR_TEXTS][XSM_MAX_CONTEXT];
    static unsigned int next;
    char *text = texts[next++ % NR_TEXTS];

    flask_context_text(asked->policy, context, text, XSM_MAX_CONTEXT);
    return text;
}
