/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The decision: may this caller do this operation on these objects?
 *
 * Two keys are asked for every operation (hooks.def): the discretionary key is the role bits that
 * the launch gave the caller, the mandatory key is the Flask policy on labels. Both are always
 * evaluated. Without a policy the role engine decides alone.
 *
 * Nothing here knows a domain, a page or a CPU: the hypervisor, the host tool and the tests link
 * the same objects. Asking takes no lock and allocates nothing.
 *
 * Functions return 0 or a negative errno of <errno.h>.
 */
#ifndef XSM_ENGINE_H
#define XSM_ENGINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A security identifier: the number of a context. 0 is no SID. */
typedef uint32_t xsm_sid;
#define XSM_SID_NONE 0u

/*
 * Initial SIDs. 1 to 13 have Xen's numbers (tools/flask/policy/policy/initial_sids of Xen 4.17);
 * the rest are ours, and a policy that lacks them has `unlabeled` in their place.
 */
enum xsm_initial_sid {
    XSM_INITIAL_XENBOOT = 1,
    XSM_INITIAL_XEN,
    XSM_INITIAL_DOM0,
    XSM_INITIAL_DOMIO,
    XSM_INITIAL_DOMXEN,
    XSM_INITIAL_UNLABELED,
    XSM_INITIAL_SECURITY,
    XSM_INITIAL_IOPORT,
    XSM_INITIAL_IOMEM,
    XSM_INITIAL_IRQ,
    XSM_INITIAL_DEVICE,
    XSM_INITIAL_DOMU,
    XSM_INITIAL_DOMDM,
    XSM_INITIAL_BW_KERNEL, /* boot modules without a security-id, by their type */
    XSM_INITIAL_BW_RAMDISK,
    XSM_INITIAL_BW_DEVICE_TREE,
    XSM_INITIAL_BW_MICROCODE,
    XSM_INITIAL_BW_POLICY,
    XSM_INITIAL_BW_CONFIG,
    XSM_INITIAL_BW_LCM,
    XSM_INITIAL_END
};

/* Role bits of the discretionary key. roles/roles.def says which LCM bit gives which. */
#define XSM_ROLE_CONTROL (1u << 0)
#define XSM_ROLE_HARDWARE (1u << 1)
#define XSM_ROLE_BOOT (1u << 2)
#define XSM_ROLE_CRASH (1u << 3)
#define XSM_ROLE_CONSOLE (1u << 4)
#define XSM_ROLE_XENSTORE (1u << 5)
#define XSM_ROLE_HYPERVISOR (1u << 31) /* the launch itself; no domain ever has it */

enum xsm_hook {
#define HOOK(name, kind, phase, roles, alone, holds, ...) XSM_HOOK_##name,
#include "xsm/hooks.def"
#undef HOOK
    XSM_NR_HOOKS
};

/* Who and what a check is about. */
enum xsm_party {
    XSM_PARTY_caller,      /* who asks: xsm_query.caller */
    XSM_PARTY_target,      /* the domain acted on */
    XSM_PARTY_peer,        /* the domain at the other end of a channel */
    XSM_PARTY_channel,     /* the caller's end of a channel */
    XSM_PARTY_far_channel, /* the other end of a channel */
    XSM_PARTY_label,       /* the label that is to be given */
    XSM_PARTY_module,      /* a boot module */
    /* Always the same, and filled in: */
    XSM_PARTY_xen,      /* the hypervisor */
    XSM_PARTY_security, /* the policy itself */
    XSM_NR_PARTIES
};

/* The most checks that one row of hooks.def has. */
#define XSM_MAX_CHECKS 4

#define XSM_DOMID_NONE 0xffffu

/* The text of a context, with its NUL, never needs more. */
#define XSM_MAX_CONTEXT 256
/* One audit line, with its NUL, never needs more. */
#define XSM_MAX_AUDIT 768

/* Who asks. */
struct xsm_subject {
    uint16_t domid; /* XSM_DOMID_NONE: the hypervisor itself */
    xsm_sid sid;
    uint32_t roles; /* XSM_ROLE_* */
};

struct xsm_query {
    enum xsm_hook hook;
    struct xsm_subject caller;
    xsm_sid sid[XSM_NR_PARTIES]; /* XSM_SID_NONE where there is no such party: asked as unlabeled */
    uint16_t target_domid;       /* for the audit record; XSM_DOMID_NONE where there is none */
    bool self;                   /* the target is the calling domain */
    bool finalised;              /* the launch is over */
    bool sealed;                 /* the policy is sealed */
};

/* A query of nothing but who asks for what; each field by itself, which takes no time. */
static inline void xsm_start_query(struct xsm_query *query, enum xsm_hook hook,
                                   struct xsm_subject caller)
{
    query->hook = hook;
    query->caller = caller;
    query->sid[XSM_PARTY_caller] = caller.sid;
    for (unsigned int i = XSM_PARTY_target; i <= XSM_PARTY_module; i++)
        query->sid[i] = XSM_SID_NONE;
    query->sid[XSM_PARTY_xen] = XSM_INITIAL_XEN;
    query->sid[XSM_PARTY_security] = XSM_INITIAL_SECURITY;
    query->target_domid = XSM_DOMID_NONE;
    query->self = false;
    query->finalised = false;
    query->sealed = false;
}

enum xsm_key { XSM_KEY_FLASK, XSM_KEY_ROLE, XSM_KEY_PHASE };

/* One line of audit: one check that was denied, or granted under auditallow. */
struct xsm_record {
    enum xsm_hook hook;
    enum xsm_key key;
    bool denied;
    bool permissive; /* denied by policy, granted all the same */
    uint16_t domid;
    uint16_t target_domid;
    uint32_t roles; /* of the caller */
    xsm_sid subject, object;
    uint8_t check; /* which check of the row */
};

struct xsm_verdict {
    bool allowed;
    bool denied_by[3]; /* by enum xsm_key; several may have denied */
    unsigned int nr_records;
    struct xsm_record record[XSM_MAX_CHECKS + 2];
};

/* What is wrong with a policy or a label, for people. */
struct xsm_error {
    size_t offset; /* byte of the policy file, or SIZE_MAX */
    char text[320];
};

struct flask_table;
struct xsm_coverage;

struct xsm_engine {
    struct flask_table *flask; /* NULL: the role engine decides alone */
    bool permissive;           /* what the policy denies is done and recorded; see xsm_enforce() */
    struct xsm_coverage *coverage; /* NULL: nobody wants to know what is decided (coverage.h) */
};

/* No policy: the role engine decides alone. */
void xsm_init_roles_engine(struct xsm_engine *engine);

/*
 * Read, validate and compile a binary policy (checkpolicy -t xen -c 30 or 24) for the state that
 * its booleans have in the file: all steps of policy.h in one, for those who never replace it.
 * `arena` is memory for everything that is kept, 16-byte aligned; xsm_arena_size() says how much
 * is enough for an image of `size` bytes, unless its rules make unusually large tables. The image
 * is not needed afterwards; the first xsm_arena_kept() bytes of the arena are, as long as the
 * engine is. -EINVAL: not a policy that this engine understands; -ENOMEM: the arena is too small.
 * Either way `error` says what and where, and the engine is as it was.
 */
size_t xsm_arena_size(size_t size);
int xsm_load_policy(struct xsm_engine *engine, const void *image, size_t size, void *arena,
                    size_t arena_size, struct xsm_error *error);
/*
 * Enforce the policy, or only record what it denies. Roles are needed and phases hold all the same,
 * and what the policy has no word for stays denied: no rule could ever allow it.
 * -EOPNOTSUPP: builds with RELEASE always enforce.
 */
int xsm_enforce(struct xsm_engine *engine, bool enforce);
bool xsm_enforces(const struct xsm_engine *engine);
/* Is everything that the policy denies refused: is it enforced, without permissive types? */
bool xsm_refuses_all(const struct xsm_engine *engine);

/* With a policy: bytes. */
size_t xsm_arena_kept(const struct xsm_engine *engine);

/* One line on what was loaded: "version 30: 30 types, 12 classes, ...". */
int xsm_describe_policy(const struct xsm_engine *engine, char *text, size_t size);
/* Note number `index` from 0 about what the policy lacks or has too much; -ENOENT: no more. */
int xsm_policy_note(const struct xsm_engine *engine, unsigned int index, char *text, size_t size);

/*
 * The SID of a label: a full context (user:role:type, and :range under MLS) or a bare type, which
 * takes the rest from the initial SID domU's context, else dom0's. -EINVAL: `error` says why and
 * lists what would complete it. -ENOSPC: no SID is left. Without a policy: -ENOENT.
 */
int xsm_label_to_sid(struct xsm_engine *engine, const char *label, xsm_sid *sid,
                     struct xsm_error *error);
/* What a domain without a security-id gets: type domu_t if the policy has it, else initial domU. */
int xsm_default_domain_sid(struct xsm_engine *engine, xsm_sid *sid, struct xsm_error *error);

/* The context of a SID as text, which XSM_MAX_CONTEXT bytes hold. Without a policy: "". */
int xsm_sid_to_context(const struct xsm_engine *engine, xsm_sid sid, char *text, size_t size);

/*
 * To be called when a domain is given a label, before it or anybody else makes a channel between
 * the two: makes the SIDs of all channels between this label and those of all domains so far, in
 * both directions, and that of the domain when it is asked about itself. -ENOSPC: no SID is left
 * for them. Without a policy: 0.
 */
int xsm_prepare_domain(struct xsm_engine *engine, xsm_sid sid);
/* The same again for every label that a domain has: under another policy, or other booleans. */
int xsm_prepare_domains(struct xsm_engine *engine);

/*
 * The label by which a domain is asked about itself: that of a type transition of class domain from
 * its label to its label, as policies for Xen have one (T_self), or else its own. Only looks it up:
 * what xsm_prepare_domain() hasn't made is unlabeled. Without a policy: XSM_SID_NONE.
 */
xsm_sid xsm_self_sid(const struct xsm_engine *engine, xsm_sid sid);

/*
 * The label of the end that a domain `owner` makes of a channel to `peer` (a type transition). Only
 * looks it up: what xsm_prepare_domain() hasn't made is unlabeled. -EINVAL: the policy leads to no
 * valid context, and `sid` is XSM_SID_NONE. Without a policy: 0 and XSM_SID_NONE.
 */
int xsm_channel_sid(const struct xsm_engine *engine, xsm_sid owner, xsm_sid peer, xsm_sid *sid);

/*
 * Answer a query. Returns 0 (allowed) or -EPERM; `verdict` has every record that is to be written,
 * of all keys and all checks.
 */
int xsm_ask(const struct xsm_engine *engine, const struct xsm_query *query,
            struct xsm_verdict *verdict);

/*
 * A record as one line of text, in the form audit2allow reads:
 *   avc:  denied  { bind } for domid=1 target=2 hook=evtchn_alloc_unbound key=flask
 *   scontext=... tcontext=... tclass=event permissive=0
 * The hypervisor itself is domid=xen, and target= is left out where there is none. A line ends with
 * unknown=PERMISSION when it was denied because the policy lacks the permission or its class. What
 * auditallow asks for is "avc:  granted". Denials by the role key or the phase begin otherwise,
 * since no rule could help:
 *   role:  denied  { HOOK } for domid=1 hook=HOOK key=role holds=crash,console needs=control
 *   phase:  denied  { HOOK } for domid=1 hook=HOOK key=phase
 * each with scontext=... at its end while a policy is loaded. Returns the length without the NUL;
 * what doesn't fit is cut off.
 */
size_t xsm_format_record(const struct xsm_engine *engine, const struct xsm_record *record,
                         char *text, size_t size);

/* What a rule is about that would change the answer to one check. */
struct xsm_rule {
    const char *class_name, *permission;
    char subject[XSM_MAX_CONTEXT], object[XSM_MAX_CONTEXT];
};

/*
 * The rule that decided: what the policy was asked, which is the row's second way of asking if it
 * lacks the class of the first. -ENOENT: no rule did, since the record isn't Flask's.
 */
int xsm_record_rule(const struct xsm_engine *engine, const struct xsm_record *record,
                    struct xsm_rule *rule);

const char *xsm_hook_name(enum xsm_hook hook);

#endif
