/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Nonces: a random word in each domain's boot arguments, different in every build. A test that sees
 * it answered on the console knows that this domain, of this build, has answered.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "tools/bailiwick/system.h"

#define PLACEHOLDER "@NONCE@"

static bool make_nonce(struct nonce *nonce)
{
    uint64_t number;

    if (getrandom(&number, sizeof(number), 0) != (ssize_t)sizeof(number))
        return false;
    snprintf(nonce->text, sizeof(nonce->text), "%016" PRIx64, number);
    return true;
}

/* The name of the domain that the module at `path` belongs to. */
static void domain_of(const char *path, char name[LCM_MAX_NAME])
{
    const char *end = strrchr(path, '/');
    const char *start = end;

    while (start > path && start[-1] != '/')
        start--;
    snprintf(name, LCM_MAX_NAME, "%.*s", (int)(end - start), start);
}

/* `text` with each placeholder replaced; from malloc. */
static char *replace(const char *text, const char *nonce)
{
    size_t size = strlen(text) * SYSTEM_NONCE_SIZE + 1;
    char *replaced = malloc(size);
    char *at = replaced;
    const char *found;

    if (!replaced)
        return NULL;
    while ((found = strstr(text, PLACEHOLDER)) != NULL) {
        at += sprintf(at, "%.*s%s", (int)(found - text), text, nonce);
        text = found + strlen(PLACEHOLDER);
    }
    memcpy(at, text, strlen(text) + 1);
    return replaced;
}

static bool fill(struct system *system, const char *path, const char *bootargs)
{
    struct nonce *nonce = &system->nonce[system->nr_nonces];
    char *replaced;
    bool done;

    if (system->nr_nonces == LCM_MAX_DOMAINS || !make_nonce(nonce))
        return false;
    domain_of(path, nonce->domain);
    replaced = replace(bootargs, nonce->text);
    done = replaced && tree_set(&system->tree, path, "bootargs", replaced, strlen(replaced) + 1);
    free(replaced);
    if (done)
        system->nr_nonces++;
    return done;
}

/* A domain has one kernel, so there is one nonce for each domain. */
void system_fill_nonces(struct system *system)
{
    for (unsigned int i = 0; i < system->nr_nodes; i++) {
        const struct tree_module *node = &system->node[i];
        const char *bootargs = tree_string(&system->tree, node->path, "bootargs");

        if (node->type != LCM_KERNEL || !bootargs || !strstr(bootargs, PLACEHOLDER))
            continue;
        if (!fill(system, node->path, bootargs))
            lcm_find(&system->report, LCM_ERROR, NULL, node->path,
                     "no nonce could be put into its bootargs");
    }
}
