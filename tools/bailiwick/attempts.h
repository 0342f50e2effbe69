/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Everything that the domains of a system could attempt, what should come of each attempt, and
 * which expectations it tries: for programs that attempt it (tools/author/live.py).
 */
#ifndef BAILIWICK_ATTEMPTS_H
#define BAILIWICK_ATTEMPTS_H

#include "tools/bailiwick/expect.h"

struct attempts;

/* Everything that each domain could attempt; NULL: there is no memory for it, which is said. */
struct attempts *attempts_new(struct expect *expect);
void attempts_free(struct attempts *all);

/* Which of them try a line. false: it can't be, and it is said why. */
bool attempts_add_line(struct attempts *all, struct expect_file *file,
                       const struct expect_line *line);

/*
 * {"lines": [...], "attempts": [...]}. A line that has been added is {"at": "FILE:LINE", "text":
 * what it says}. Of the attempts, those that try one of the lines, or with `all_attempts` all:
 *   subject, domid     the domain; what it attempts before the launch is finalised, if it has the
 *                      role boot, and else afterwards
 *   when               "before" or "after"; "sealed": after it has sealed the policy, too;
 *                      "failed": as the crash domain, after the boot domain has given up the launch
 *   sealed             is the policy sealed then? Also "after", if the LCM has the launch seal it
 *   operation          a row of xsm/hooks.def
 *   object, number     "" and -1 where the operation has none; a domain's name and domid; the label
 *                      of a boot module and its place in the boot menu; an initial SID's name and
 *                      number, for labels that are given
 *   item               the object as an item of the language of expectations
 *   index              of a domain: its place in the LCM, from 0; or -1
 *   target             the domid of the domain that it is about, or -1
 *   channel            true: it is done by the subject's end of a channel to the object
 *   gone               true: the object has ended when it is attempted
 *   allowed            a boolean
 *   keys               which deny it: "flask", "role", "phase"
 *   records            the audit records, as the hypervisor writes them
 *   checks             what the policy is asked and answers (whatever the other keys say): source,
 *                      target, class, permission, allowed
 *   lines              numbers from 0 of those that it tries
 */
json_t *attempts_json(const struct attempts *all, bool all_attempts);

#endif
