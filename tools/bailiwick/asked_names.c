/* SPDX-License-Identifier: BSD-2-Clause */
/* What people call labels, classes and permissions. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/bailiwick/asked.h"

#define MAX_NEAR 12u    /* names that are proposed in place of a wrong one */
#define NEAR_LETTERS 3u /* that they have in common at least */

/* As in policy/vocabulary/initial_sids; Xen's first. */
static const char *const initial_sids[XSM_INITIAL_END] = {
    [XSM_INITIAL_XENBOOT] = "xenboot",   [XSM_INITIAL_XEN] = "xen",
    [XSM_INITIAL_DOM0] = "dom0",         [XSM_INITIAL_DOMIO] = "domio",
    [XSM_INITIAL_DOMXEN] = "domxen",     [XSM_INITIAL_UNLABELED] = "unlabeled",
    [XSM_INITIAL_SECURITY] = "security", [XSM_INITIAL_IOPORT] = "ioport",
    [XSM_INITIAL_IOMEM] = "iomem",       [XSM_INITIAL_IRQ] = "irq",
    [XSM_INITIAL_DEVICE] = "device",     [XSM_INITIAL_DOMU] = "domU",
    [XSM_INITIAL_DOMDM] = "domDM",
};

static bool add(struct asked_labels *labels, struct flask_context context, bool certain)
{
    struct asked_label *label =
        realloc(labels->label, (labels->count + 1) * sizeof(*labels->label));

    if (!label)
        return false;
    labels->label = label;
    labels->label[labels->count++] = (struct asked_label){context, certain};
    return true;
}

struct asked_label asked_type_label(const struct asked *asked, unsigned int type)
{
    return (struct asked_label){asked->type[type - 1].context, asked->type[type - 1].certain};
}

struct asked_label asked_self(const struct asked *asked, const struct asked_label *label)
{
    struct asked_label self = *label;
    struct flask_context context;

    if (asked->policy->domain_class != 0 &&
        flask_new_context(asked->state[0].table, FLASK_NEW_TRANSITION, label->context,
                          label->context, asked->policy->domain_class, NULL, &context) == 0)
        self.context = context;
    return self;
}

int asked_domain(const struct asked *asked, const char *name)
{
    for (unsigned int i = 0; asked->system && i < asked->system->lcm.nr_domains; i++)
        if (strcmp(asked->system->lcm.domain[i].name, name) == 0)
            return (int)i;
    return -1;
}

/* All types that have this value, or all there are: value 0. */
static bool add_types(const struct asked *asked, unsigned int value, struct asked_labels *labels)
{
    const struct flask_policy *policy = asked->policy;

    for (unsigned int type = 1; type <= policy->nr_types; type++) {
        const struct asked_type *known = &asked->type[type - 1];

        if (policy->type[type - 1].attribute || (value != 0 && !flask_has(policy, type, value)))
            continue;
        if (!add(labels, known->context, known->certain))
            return false;
    }
    return true;
}

static bool is_near(const char *name, const char *wanted)
{
    size_t common = 0;

    while (name[common] != '\0' && name[common] == wanted[common])
        common++;
    return common >= NEAR_LETTERS || strstr(name, wanted) != NULL;
}

static void propose(const char *name, const char *wanted, unsigned int *near)
{
    if (name && is_near(name, wanted) && *near < MAX_NEAR)
        fprintf(stderr, "%s%s", (*near)++ == 0 ? ": did you mean " : ", ", name);
}

static int no_name(const struct asked *asked, const char *name)
{
    unsigned int near = 0;

    fprintf(stderr, "bailiwick: %s is no %stype, attribute or initial SID of %s", name,
            asked->system ? "domain of the system, nor a " : "", asked->path);
    for (unsigned int i = 0; asked->system && i < asked->system->lcm.nr_domains; i++)
        propose(asked->system->lcm.domain[i].name, name, &near);
    for (unsigned int i = 0; i < asked->policy->nr_types; i++)
        propose(asked->policy->type[i].name, name, &near);
    fputc('\n', stderr);
    return -EINVAL;
}

static int add_context(const struct asked *asked, const char *text, struct asked_labels *labels)
{
    struct xsm_error error = {0};
    struct flask_context context;
    xsm_sid sid;

    if (flask_parse_context(asked->policy, text, strlen(text), true, &context) == 0)
        return add(labels, context, true) ? 0 : -ENOMEM;
    xsm_label_to_sid(asked->engine, text, &sid, &error);
    fprintf(stderr, "bailiwick: %s: %s\n", text, error.text);
    return -EINVAL;
}

xsm_sid asked_initial_sid(const char *name)
{
    for (unsigned int sid = 1; sid < XSM_INITIAL_END; sid++)
        if (initial_sids[sid] && strcmp(initial_sids[sid], name) == 0)
            return sid;
    return XSM_SID_NONE;
}

static int find_labels(const struct asked *asked, const char *name, struct asked_labels *labels)
{
    const struct flask_policy *policy = asked->policy;
    int domain = asked_domain(asked, name);
    unsigned int attribute = flask_find_attribute(policy, name, strlen(name));
    unsigned int type = flask_find_type(policy, name, strlen(name));
    xsm_sid sid = asked_initial_sid(name);
    bool added;

    if (strcmp(name, "any") == 0)
        added = add_types(asked, 0, labels);
    else if (strchr(name, ':'))
        return add_context(asked, name, labels);
    else if (domain >= 0 && asked->system->assignment[domain].sid != XSM_SID_NONE)
        added = add(labels, flask_sid_context(policy, asked->system->assignment[domain].sid), true);
    else if (type != 0)
        added = add(labels, asked->type[type - 1].context, asked->type[type - 1].certain);
    else if (attribute != 0)
        added = add_types(asked, attribute, labels);
    else if (sid != XSM_SID_NONE)
        added = add(labels, flask_sid_context(policy, sid), true);
    else
        return no_name(asked, name);
    if (!added)
        fprintf(stderr, "bailiwick: not enough memory\n");
    return added ? 0 : -ENOMEM;
}

int asked_labels(const struct asked *asked, const char *name, struct asked_labels *labels)
{
    int error;

    *labels = (struct asked_labels){0};
    error = find_labels(asked, name, labels);
    if (error) {
        free(labels->label);
        *labels = (struct asked_labels){0};
    }
    return error;
}

int asked_label(const struct asked *asked, const char *name, struct asked_label *label)
{
    bool several =
        strcmp(name, "any") == 0 || (flask_find_attribute(asked->policy, name, strlen(name)) != 0 &&
                                     asked_domain(asked, name) < 0);
    struct asked_labels labels;
    int error;

    if (several) {
        fprintf(stderr, "bailiwick: %s is more than one label: `bailiwick query` takes it\n", name);
        return -EINVAL;
    }
    error = asked_labels(asked, name, &labels);
    if (labels.label)
        *label = labels.label[0];
    free(labels.label);
    return error;
}

static void list(const char *const *names, unsigned int count)
{
    for (unsigned int i = 0; i < count; i++)
        if (names[i])
            fprintf(stderr, " %s", names[i]);
    fputc('\n', stderr);
}

static int no_class(const struct asked *asked, const char *name)
{
    fprintf(stderr, "bailiwick: %s has no class %s; it has", asked->path, name);
    for (unsigned int i = 0; i < asked->policy->nr_classes; i++)
        if (asked->policy->class[i].name)
            fprintf(stderr, " %s", asked->policy->class[i].name);
    fputc('\n', stderr);
    return -ENOENT;
}

/* Names with commas between them. */
static int read_permissions(const struct asked *asked, const char *names, struct asked_class *class)
{
    const struct flask_class *of = &asked->policy->class[class->value - 1];

    class->permissions = 0;
    do {
        size_t length = strcspn(names, ",");
        char name[XSM_MAX_CONTEXT];
        uint32_t bit;

        snprintf(name, sizeof(name), "%.*s", (int)length, names);
        bit = flask_find_permission(of, name);
        if (bit == 0) {
            fprintf(stderr, "bailiwick: class %s of %s has no permission %s; it has", of->name,
                    asked->path, name);
            list(of->permission, FLASK_PERMISSIONS);
            return -ENOENT;
        }
        class->permissions |= bit;
        names += length + (names[length] == ',');
    } while (*names);
    return 0;
}

int asked_class(const struct asked *asked, const char *name, struct asked_class *class)
{
    size_t length = strcspn(name, ":");
    char only[XSM_MAX_CONTEXT];

    *class = (struct asked_class){.permissions = UINT32_MAX};
    if (strcmp(name, "any") == 0)
        return 0;
    class->value = flask_find_class(asked->policy, name, length);
    if (class->value == 0) {
        snprintf(only, sizeof(only), "%.*s", (int)length, name);
        return no_class(asked, only);
    }
    return name[length] == ':' ? read_permissions(asked, name + length + 1, class) : 0;
}
