/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Roles: what the LCM asks for a domain, and what the policy lets it have.
 * The subject of every question here is the launch itself, under the initial SID xenboot.
 */
#ifndef ROLES_ROLES_H
#define ROLES_ROLES_H

#include "lcm/lcm.h"
#include "xsm/engine.h"

/* What a domain is given. */
struct roles_assignment {
    xsm_sid sid;    /* XSM_SID_NONE without a policy */
    uint32_t roles; /* XSM_ROLE_* */
};

/* The most audit records that assigning one domain makes. */
#define ROLES_MAX_RECORDS 24

struct roles_records {
    unsigned int nr_records;
    struct xsm_record record[ROLES_MAX_RECORDS];
};

/*
 * Does the LCM need a policy: does it name a label or a policy module anywhere? Then a launch
 * without one is refused.
 */
bool roles_need_policy(const struct lcm *lcm);

/*
 * With a policy loaded: does it have the labels of the launch's own modules (those of the config
 * node)? -EINVAL: not all of them; each that it lacks is an LCM_ERROR in `report`. The labels of
 * domains' modules are looked at by roles_assign.
 */
int roles_check_labels(struct xsm_engine *engine, const struct lcm *lcm, struct lcm_report *report);

/*
 * With a policy loaded: can it be sealed, if the LCM asks for that? -EINVAL: it can't, and
 * `report` says why.
 */
int roles_check_seal(const struct xsm_engine *engine, const struct lcm *lcm,
                     struct lcm_report *report);

/*
 * Ask whether the domain's label may be created, may hold each role bit that the LCM names, and
 * may run its kernel; and make the labels of its channels to those before it. 0: `assignment` is
 * what to give it. -EPERM, -EINVAL, -ENOSPC: the domain has failed; findings (with the node, the
 * label and what was refused) are in `report`, and what is to be audited is in `records`.
 */
int roles_assign(struct xsm_engine *engine, struct lcm_domain *domain,
                 struct roles_assignment *assignment, struct roles_records *records,
                 struct lcm_report *report);

/*
 * A domain that holds these roles is to have another label: may `caller` give each of them to it,
 * now that the launch is or isn't finalised, and the policy sealed? 0 or -EPERM; what is to be
 * audited is in `records`.
 */
int roles_ask_again(const struct xsm_engine *engine, struct xsm_subject caller, uint16_t domid,
                    uint32_t held, xsm_sid label, bool finalised, bool sealed,
                    struct roles_records *records);

/* Add a verdict's records, as far as there is room. */
void roles_keep_records(struct roles_records *records, const struct xsm_verdict *verdict);

/* Is the domain started by the launch? Not if it has failed, or if its only role is crash. */
bool roles_starts(const struct lcm_domain *domain);

/* The number of the LCM's domain with the boot role, or -1: none, or it has failed. */
int roles_find_boot(const struct lcm *lcm);

/*
 * The labels of the first `count` boot modules, by their numbers, as the nodes of the LCM that name
 * them say: without a security-id the initial SID of the type; of those that none names that of
 * `unlabeled`; and XSM_SID_NONE for all without a policy. -EINVAL: two nodes say different things
 * of one module, or the policy lacks a label; `report` says where.
 */
int roles_label_modules(struct xsm_engine *engine, const struct lcm *lcm, unsigned int count,
                        xsm_sid *sid, struct lcm_report *report);

/* The number of the LCM's domain with the crash role, or -1. */
int roles_find_crash(const struct lcm *lcm);
/*
 * The launch has failed: what the LCM asks for domain `number` is the role crash and no other from
 * now on, and without a policy (`with_labels` is false) no label for it or its modules either. Then
 * roles_assign() asks.
 */
void roles_leave_only_crash(struct lcm *lcm, unsigned int number, bool with_labels);

/*
 * The number of the LCM's domain that the console's input goes to when the launch is over, or -1 if
 * none is left; `why` says by which rule. It is the one with the function console, else the first
 * with the permission control, as in Xen, else the first with the permission hardware, else the
 * first of all: of those that start and that are still `there`, which has a bit for each number.
 */
int roles_find_console(const struct lcm *lcm, uint64_t there, const char **why);

/* "control, console": the names of role bits, for people; "none" for 0. Returns `text`. */
const char *roles_names(uint32_t mask, char *text, size_t size);

#endif
