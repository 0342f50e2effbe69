/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The policy that decides: its memory, putting another in its place while CPUs decide, its
 * booleans, and the seal.
 *
 * Whoever changes any of it, or makes labels, does so between policy_begin() and policy_end(): one
 * CPU at a time. The launch is alone and need not. Functions return 0 or a negative errno.
 */
#ifndef HV_GATE_POLICY_H
#define HV_GATE_POLICY_H

#include "hv/types.h"
#include "xsm/policy.h"

/* Policies have tens of KiB; a larger file is something else. */
#define LARGEST_POLICY (4 * MIB)

/* false: somebody else is at it; try again later. */
bool policy_begin(void);
void policy_end(void);
/* policy_begin() as soon as nobody else is at it. The caller holds no lock, and no vCPU. */
void policy_take_turn(void);

/* Or does the role engine decide alone? */
bool policy_is_loaded(void);

/*
 * Decide by this file from now on. Booleans that the present policy has too keep their values, and
 * labels that are in use their SIDs. When it returns, no CPU decides by the old policy any more,
 * and its memory is free. The caller holds no lock, and has nothing looked up (quiesce.h).
 *   -EINVAL  it is no policy that this hypervisor takes, or a domain has a label that it lacks
 *   -ENOMEM  no memory, or a bound on its size
 *   -ENOSPC  too many labels
 * `error` says what and where; then the present policy goes on to decide.
 */
int policy_load(const void *image, size_t size, struct xsm_error *error);

/*
 * Note which labels domains have now, since a label that none has any more need not be valid under
 * another policy. Under policy_begin(), once the launch is over.
 */
void policy_note_labels(void);

/* The booleans as they take effect with policy_commit(); -ENOENT: there is no such boolean. */
bool policy_pending(unsigned int boolean);
int policy_set_pending(unsigned int boolean, bool value);
/* Have the booleans have these values, XSM_BOOLEAN_WORDS words, from now on. Waits as above. */
int policy_set_booleans(const uint64_t *booleans, struct xsm_error *error);
/* The same with all that are pending. */
int policy_commit(struct xsm_error *error);

/*
 * A boolean of this name says whether the launch is over: the hypervisor alone sets it, so that
 * conditional rules can hold for the launch only, or after it.
 */
#define POLICY_OWN_BOOLEAN "launch_finalised"
bool policy_is_own(unsigned int boolean);
/*
 * The launch is over: rows of phase LAUNCH are refused from now on, and the boolean is on. -ENOMEM,
 * -ENOSPC: its table can't be made. Waits as above.
 */
int policy_finalise(struct xsm_error *error);

/*
 * Forget which decisions were made, and collect them from now on (xsm/coverage.h). -ENOMEM;
 * -EOPNOTSUPP: not in builds with RELEASE. Waits as above.
 */
int policy_collect(struct xsm_error *error);
/* In builds with COVERAGE print them, a line each as xsm_format_covered() has it. */
#ifdef CONFIG_COVERAGE
void policy_print_collected(void);
#else
static inline void policy_print_collected(void)
{
}
#endif

/*
 * Seal it, until the machine is started again: rows of phase UNSEALED are refused from now on.
 * -EBUSY: not all that the policy denies is refused; -EEXIST.
 */
int policy_seal(void);

/*
 * The SHA-256 digest of the file that decides, LCM_DIGEST_SIZE bytes; NULL: there is none. It stays
 * until the CPU enters a guest or waits (quiesce.h).
 */
const uint8_t *policy_digest(void);

/* How often decisions have changed: by another policy, by booleans. */
uint32_t policy_changes(void);

/* How many frames of memory the policy, its tables and what is collected take. */
size_t policy_frames(void);

/* Memory for `size` bytes, zeroed, or NULL; 16-byte aligned. */
struct policy_block {
    void *memory;
    size_t frames;
};
bool policy_block_make(struct policy_block *block, size_t size);
void policy_block_free(struct policy_block *block);

#endif
