/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * bailiwick_op: what a domain can ask of this hypervisor beyond Xen's interface. Public: guests'
 * programs include it, and nothing else of this tree.
 *
 * Hypercall number 55, which Xen leaves to architectures and uses on none. The first argument is an
 * operation BW_OP_*, the second the address of its structure. Each has its row in xsm/hooks.def; a
 * caller that may not gets -EPERM, and numbers that are none -ENOSYS.
 */
#ifndef HV_PUBLIC_BAILIWICK_OP_H
#define HV_PUBLIC_BAILIWICK_OP_H

#include <stdint.h>

#define HYPERVISOR_BAILIWICK_OP 55

/*
 * Seal the policy, until the machine is started again: no other policy, no booleans, no switching
 * off, no labels of resources. No structure. -EBUSY: it isn't enforced, or has permissive types;
 * -EEXIST: it is sealed; -ENOSYS: there is none.
 */
#define BW_OP_policy_seal 0

/* The next audit record, from a number on, of those whose subject the caller may see. */
#define BW_OP_audit_read 1
struct bw_audit_read {
    uint64_t sequence; /* IN: the first that is wanted; OUT: this one's, which count from 1 */
    uint64_t time;     /* OUT: ns since the start of the machine */
    uint64_t text;     /* IN: the address of `size` bytes for it as a line of text */
    uint32_t size;     /* OUT: of the text, without its NUL; longer ones are cut off. 0: none of
                        * those that were looked at may be seen; go on from `sequence` */
    uint32_t lost;     /* OUT: how many of this subject's were overwritten so far */
    uint32_t subject;  /* OUT: SIDs */
    uint32_t object;
    uint16_t domid; /* OUT: whose doing it was; 0xffff: the hypervisor's */
    uint16_t target;
    uint8_t kind; /* OUT: BW_AUDIT_* */
    uint8_t denied;
    uint8_t permissive;
    uint8_t pad;
};
/* -ENOENT: there are no more. */

#define BW_AUDIT_flask 0 /* denied by the policy, or granted under auditallow */
#define BW_AUDIT_role 1  /* denied by the role key */
#define BW_AUDIT_phase 2
/* Changes, which have room of their own, so that no denials push them out. */
#define BW_AUDIT_replaced 16 /* the policy */
#define BW_AUDIT_enforced 17
#define BW_AUDIT_unenforced 18
#define BW_AUDIT_booleans 19
#define BW_AUDIT_relabelled 20
#define BW_AUDIT_sealed 21
#define BW_AUDIT_revoked 22 /* a channel was closed, which may not be any more */
#define BW_AUDIT_object 23  /* a resource's label was given or taken */

/* Which decisions were made since the last reset, each once, in no order. */
#define BW_OP_coverage_read 2
struct bw_coverage_read {
    uint64_t next;    /* IN: 0 to begin, then what came OUT */
    uint64_t text;    /* as above */
    uint32_t size;    /* as above */
    uint32_t lost;    /* OUT: decisions for which there was no room */
    uint32_t subject; /* OUT: SIDs */
    uint32_t object;
    uint32_t verdict; /* OUT: 0 denied, 1 allowed, 2 denied and let pass */
    uint32_t pad;
};
/* -ENOENT: there are no more; -EAGAIN: nothing is collected, reset it to begin. */

/* Forget them, and collect from now on. No structure. -EOPNOTSUPP: not in builds with RELEASE. */
#define BW_OP_coverage_reset 3

/* What the launch failed of: for the crash domain, which is there because of it. */
#define BW_OP_failure_read 4
struct bw_failure_read {
    uint64_t text; /* as above */
    uint32_t size; /* as above */
    uint32_t pad;
};
/* -ENOENT: it hasn't failed. */

#endif
