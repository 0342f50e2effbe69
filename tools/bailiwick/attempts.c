/* SPDX-License-Identifier: BSD-2-Clause */
/* Who could attempt what towards whom. */
#include "tools/bailiwick/attempts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/bailiwick/attempt.h"
#include "tools/bailiwick/attempts_list.h"

/* Labels that every policy has, to be given. */
static const struct {
    const char *name;
    xsm_sid sid;
} labels[] = {{"dom0", XSM_INITIAL_DOM0}, {"domU", XSM_INITIAL_DOMU}};
#define NR_LABELS (sizeof(labels) / sizeof(labels[0]))

static void add(struct attempts *all, struct attempt one)
{
    if (all->count == all->room) {
        size_t room = all->room ? 2 * all->room : 1024;
        struct attempt *more = realloc(all->one, room * sizeof(*more));

        if (!more) {
            fprintf(stderr, "bailiwick: not enough memory\n");
            exit(EXIT_FAILURE);
        }
        all->one = more;
        all->room = room;
    }
    one.lines = json_must(json_array());
    all->one[all->count++] = one;
}

static void add_for_labels(struct attempts *all, struct attempt one)
{
    for (size_t i = 0; i < NR_LABELS; i++) {
        one.label = labels[i].sid;
        one.object = labels[i].name;
        one.number = (int)labels[i].sid;
        add(all, one);
    }
}

static void add_for_domains(struct attempts *all, struct attempt one)
{
    const struct expect *expect = all->expect;
    bool gives_label = expect_has_party(&xsm_rows[one.hook], XSM_PARTY_label);

    for (unsigned int i = 0; i < expect->nr_parties; i++) {
        int domain = expect->party[i].domain;

        if (domain < 0 || (gives_label && i == one.subject)) /* its own is another operation */
            continue;
        one.party = (int)i;
        one.object = expect->asked->system->lcm.domain[domain].name;
        one.number = one.target = expect_domid(expect, &expect->party[i]);
        one.index = domain;
        if (gives_label)
            add_for_labels(all, one);
        else
            add(all, one);
    }
}

/* Of a number in the boot menu. */
static xsm_sid module_sid(const struct asked *asked, unsigned int boot_module)
{
    const struct lcm *lcm = &asked->system->lcm;
    xsm_sid sid = boot_module == 0 ? XSM_INITIAL_BW_LCM : XSM_INITIAL_UNLABELED;

    for (unsigned int i = 0; i < lcm->nr_modules; i++)
        if (lcm->module[i].boot_module == (int)boot_module)
            flask_context_sid(asked->policy, expect_module_context(asked, &lcm->module[i]), &sid);
    return sid;
}

static void add_for_modules(struct attempts *all, struct attempt one)
{
    const struct asked *asked = all->expect->asked;

    for (unsigned int i = 0; i <= asked->system->nr_files; i++) {
        one.module = module_sid(asked, i);
        one.object = i == 0 ? "lcm" : asked->system->module[i - 1].name;
        one.number = (int)i;
        add(all, one);
    }
}

/* A port of its own that doesn't exist, and one to each domain. */
static void add_for_channels(struct attempts *all, struct attempt one)
{
    add(all, one);
    one.channel = true;
    add_for_domains(all, one);
}

static void add_row(struct attempts *all, unsigned int subject, enum attempt_time when,
                    enum xsm_hook hook)
{
    const struct xsm_row *row = &xsm_rows[hook];
    struct attempt one = {.subject = subject,
                          .party = -1,
                          .time = when,
                          .hook = hook,
                          .object = "",
                          .number = -1,
                          .index = -1,
                          .target = -1};

    if (row->alone == XSM_ROLE_HYPERVISOR)
        return; /* the launch itself is asked, and nobody can attempt it */
    if (expect_has_party(row, XSM_PARTY_target) || expect_has_party(row, XSM_PARTY_peer))
        add_for_domains(all, one);
    else if (expect_has_party(row, XSM_PARTY_module))
        add_for_modules(all, one);
    else if (expect_has_party(row, XSM_PARTY_channel))
        add_for_channels(all, one);
    else if (expect_has_party(row, XSM_PARTY_label))
        add_for_labels(all, one);
    else
        add(all, one);
}

static void add_rows(struct attempts *all, unsigned int subject, enum attempt_time when)
{
    for (unsigned int hook = 0; hook < XSM_NR_HOOKS; hook++)
        add_row(all, subject, when, (enum xsm_hook)hook);
}

static bool may_seal(const struct expect *expect, unsigned int subject)
{
    struct attempt one = {
        .subject = subject, .party = -1, .time = ATTEMPT_AFTER, .hook = XSM_HOOK_policy_seal};

    return attempt_is_allowed(expect, &one);
}

static bool has_boot_domain(const struct expect *expect)
{
    for (unsigned int i = 0; i < expect->nr_parties; i++)
        if (expect->party[i].domain >= 0 &&
            (expect_roles(expect, &expect->party[i]) & XSM_ROLE_BOOT) != 0)
            return true;
    return false;
}

/* At each time at which it runs. */
static void add_domain(struct attempts *all, unsigned int subject)
{
    const struct expect *expect = all->expect;
    uint32_t roles = expect_roles(expect, &expect->party[subject]);

    if ((roles & XSM_ROLE_BOOT) != 0) {
        add_rows(all, subject, ATTEMPT_BEFORE);
        return;
    }
    if (roles != XSM_ROLE_CRASH)
        add_rows(all, subject, ATTEMPT_AFTER);
    if (roles != XSM_ROLE_CRASH && !expect_launch_seals(expect) && may_seal(expect, subject))
        add_rows(all, subject, ATTEMPT_SEALED);
    if ((roles & XSM_ROLE_CRASH) != 0 && has_boot_domain(expect))
        add_rows(all, subject, ATTEMPT_FAILED);
}

struct attempts *attempts_new(struct expect *expect)
{
    struct attempts *all = calloc(1, sizeof(*all));

    if (!all) {
        fprintf(stderr, "bailiwick: not enough memory\n");
        return NULL;
    }
    all->expect = expect;
    all->lines = json_must(json_array());
    for (unsigned int i = 0; i < expect->nr_parties; i++)
        if (expect->party[i].domain >= 0)
            add_domain(all, i);
    return all;
}

void attempts_free(struct attempts *all)
{
    if (!all)
        return;
    for (size_t i = 0; i < all->count; i++)
        json_decref(all->one[i].lines);
    json_decref(all->lines);
    free(all->one);
    free(all);
}

json_t *attempts_json(const struct attempts *all, bool all_attempts)
{
    json_t *list = json_must(json_array());

    for (size_t i = 0; i < all->count; i++)
        if (all_attempts || json_array_size(all->one[i].lines) > 0)
            json_array_append_new(list, attempt_json(all->expect, &all->one[i]));
    return json_must(json_pack("{s:O, s:o}", "lines", all->lines, "attempts", list));
}
