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
    uint8_t subject, object; /* enum xsm_party */
    const char *class_name, *permission;
};

struct xsm_check {
    struct xsm_question ask;
    const struct xsm_question *other; /* XSM_OR_OTHER: asked instead */
    uint8_t fallback;                 /* enum xsm_fallback */
};

/* The members are small: there are many rows. */
struct xsm_row {
    const char *name;
    const struct xsm_check *check; /* [nr_checks]; one without a class is none */
    uint8_t nr_checks;
    uint8_t kind, phase, holds; /* enum xsm_kind, xsm_phase, xsm_holds */
    uint32_t roles;             /* while a policy is loaded */
    uint32_t alone;             /* without a policy */
};

extern const struct xsm_row xsm_rows[XSM_NR_HOOKS];

/* Check number `index` of a row, or NULL after its last. */
static inline const struct xsm_check *xsm_row_check(enum xsm_hook hook, unsigned int index)
{
    const struct xsm_row *row = &xsm_rows[hook];

    return index < row->nr_checks && row->check[index].ask.class_name != NULL ? &row->check[index]
                                                                              : NULL;
}

#endif
