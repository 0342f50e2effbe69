/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * hooks.def as a table. A row with an unknown word, with no check or with too many doesn't compile.
 */
#include "xsm/hooks.h"

/* The words of hooks.def for who may; several role bits can be joined by `|`. */
#define ANYONE XSM_WHO_ANYONE
#define PEERS XSM_WHO_PEERS
#define SELF XSM_WHO_SELF
#define HYPERVISOR XSM_ROLE_HYPERVISOR
#define CONTROL XSM_ROLE_CONTROL
#define HARDWARE XSM_ROLE_HARDWARE
#define BOOT XSM_ROLE_BOOT
#define CRASH XSM_ROLE_CRASH
#define CONSOLE XSM_ROLE_CONSOLE
#define XENSTORE XSM_ROLE_XENSTORE

#define QUESTION(subject_, object_, class_, permission_)                                           \
    {                                                                                              \
        .subject = XSM_PARTY_##subject_, .object = XSM_PARTY_##object_, .class_name = #class_,     \
        .permission = #permission_                                                                 \
    }
#define ASK(subject, object, class, permission)                                                    \
    {.fallback = XSM_OR_DENY, .ask = QUESTION(subject, object, class, permission)},
#define ASK_OR_SELF(subject, object, class, permission)                                            \
    {.fallback = XSM_OR_SELF, .ask = QUESTION(subject, object, class, permission)},
#define ASK_OR(subject, object, class, permission, subject2, object2, class2, permission2)         \
    {.fallback = XSM_OR_OTHER,                                                                     \
     .ask = QUESTION(subject, object, class, permission),                                          \
     .other = &(const struct xsm_question)QUESTION(subject2, object2, class2, permission2)},
#define NO_CHECK {.fallback = XSM_OR_DENY},

#define HOOK(name_, kind_, phase_, roles_, alone_, holds_, ...)                                    \
    [XSM_HOOK_##name_] = {.name = #name_,                                                          \
                          .kind = XSM_##kind_,                                                     \
                          .phase = XSM_PHASE_##phase_,                                             \
                          .holds = XSM_HOLDS_##holds_,                                             \
                          .roles = (roles_),                                                       \
                          .alone = (alone_),                                                       \
                          .nr_checks = sizeof((struct xsm_check[]){__VA_ARGS__}) /                 \
                                       sizeof(struct xsm_check),                                   \
                          .check = (const struct xsm_check[]){__VA_ARGS__}},

const struct xsm_row xsm_rows[XSM_NR_HOOKS] = {
#include "xsm/hooks.def"
};

#undef HOOK
#undef ASK
#undef ASK_OR_SELF
#undef ASK_OR
#undef NO_CHECK

/* The same rows again, counted: one to XSM_MAX_CHECKS checks, or NO_CHECK and nothing else. */
/* NOLINTBEGIN(bugprone-macro-parentheses): terms of a sum */
#define ASK(...) +1
#define ASK_OR_SELF(...) +1
#define ASK_OR(...) +1
#define NO_CHECK +(XSM_MAX_CHECKS + 1)
/* NOLINTEND(bugprone-macro-parentheses) */

#define HOOK(name, kind, phase, roles, alone, holds, ...)                                          \
    _Static_assert((0 __VA_ARGS__) >= 1 && (0 __VA_ARGS__) <= XSM_MAX_CHECKS + 1,                  \
                   "hooks.def: " #name " needs 1 to XSM_MAX_CHECKS checks, or NO_CHECK alone");    \
    _Static_assert((roles) != 0 && (alone) != 0, "hooks.def: nobody could ever ask " #name);

#include "xsm/hooks.def"

const char *xsm_hook_name(enum xsm_hook hook)
{
    return (unsigned int)hook < XSM_NR_HOOKS ? xsm_rows[hook].name : "unknown";
}
