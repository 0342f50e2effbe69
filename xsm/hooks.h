/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The rows of hooks.def as a table. Only the engines and the tests look at it.
 */
#ifndef XSM_HOOKS_H
#define XSM_HOOKS_H

#include "xsm/engine.h"

/* Who a row's masks let in, besides XSM_ROLE_* bits. */
#define XSM_WHO_SELF (1u << 28)   /* the target is the caller */
#define XSM_WHO_PEERS (1u << 29)  /* any domain, towards any domain */
#define XSM_WHO_ANYONE (1u << 30) /* whoever asks */

enum xsm_kind { XSM_CHECK, XSM_FILTER };
enum xsm_phase { XSM_PHASE_ANY, XSM_PHASE_LAUNCH, XSM_PHASE_UNSEALED };
enum xsm_holds { XSM_HOLDS_NOTHING, XSM_HOLDS_CHECKS };

/* What a check does under a policy that lacks its class or permission. */
enum xsm_fallback { XSM_OR_DENY, XSM_OR_SELF, XSM_OR_OTHER };

/* May `subject` do `permission` to `object`, which is of class `class_name`? */
struct xsm_question {
    enum xsm_party subject, object;
    const char *class_name, *permission;
};

struct xsm_check {
    enum xsm_fallback fallback;
    struct xsm_question ask;
    struct xsm_question other; /* XSM_OR_OTHER: asked instead */
};

struct xsm_row {
    const char *name;
    enum xsm_kind kind;
    enum xsm_phase phase;
    enum xsm_holds holds;
    uint32_t roles;                         /* while a policy is loaded */
    uint32_t alone;                         /* without a policy */
    struct xsm_check check[XSM_MAX_CHECKS]; /* ends at the first without a class */
};

extern const struct xsm_row xsm_rows[XSM_NR_HOOKS];

/* Check number `index` of a row, or NULL after its last. */
static inline const struct xsm_check *xsm_row_check(enum xsm_hook hook, unsigned int index)
{
    const struct xsm_check *check = &xsm_rows[hook].check[index];

    return index < XSM_MAX_CHECKS && check->ask.class_name != NULL ? check : NULL;
}

#endif
