/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdio.h>

#include "roles/roles.h"

static const struct {
    const char *name;
    uint32_t role;
} roles[] = {
#define ROLE(name, NAME, source, bit) {#name, XSM_ROLE_##NAME},
#include "roles/roles.def"
#undef ROLE
};

const char *roles_names(uint32_t mask, char *text, size_t size)
{
    size_t used = 0;

    snprintf(text, size, "none");
    for (size_t i = 0; i < sizeof(roles) / sizeof(roles[0]) && used < size; i++) {
        int length;

        if (!(mask & roles[i].role))
            continue;
        length = snprintf(text + used, size - used, "%s%s", used ? ", " : "", roles[i].name);
        if (length < 0)
            break;
        used += (size_t)length;
    }
    return text;
}
