/* SPDX-License-Identifier: BSD-2-Clause */
/* Scripted domains: a test calls the hypervisor for them, with arguments in their memory. */
#ifndef TESTS_HV_SCENE_H
#define TESTS_HV_SCENE_H

#include "hv/gate/ops.h"

#define SCENE_POLICY FAKE_BUILD "/tests/fake/subjects.30"

/*
 * Guest memory for arguments and results. Digests leave it out: what is in it is the caller's.
 */
#define ARGUMENTS 0x10000ul
#define ARGUMENTS_END 0x14000ul

/* A machine with this policy (NULL: the role engine alone) and no domains. */
void scene_start(const char *policy);
/* The same with this much memory. */
void scene_start_sized(const char *policy, uint64_t memory_size);
/* A domain with `kib` of memory whose vCPU has the CPU. The label is a type of the policy, or "".
 */
struct domain *scene_domain(uint16_t domid, const char *label, uint64_t kib);
/* The same with several vCPUs; all but the first are offline. */
struct domain *scene_domain_with(uint16_t domid, const char *label, uint64_t kib,
                                 unsigned int vcpus);
/* Give the domain another label, and all its ends of channels those that it would have made. */
void scene_relabel(struct domain *d, const char *label);
/* Stop it, and give everything back. */
void scene_end(struct domain *d);
/* The same, and start another with its domid and its labels, which are prepared already. */
struct domain *scene_restart(struct domain *d, uint64_t kib);
/* The domain's vCPU takes the CPU, whatever it did before. */
void scene_schedule(struct domain *d);

/* The domain's memory at this guest physical address, up to the end of the page. */
void *scene_memory(struct domain *d, uint64_t address);
/* Put the policy's file into its memory at this guest physical address. Returns bytes. */
uint32_t scene_put_policy(struct domain *d, uint64_t address);
/* Call with these arguments. */
int64_t scene_call(struct domain *d, uint64_t number, uint64_t first, uint64_t second,
                   uint64_t third);
/* Call with a header of `size` bytes, put at ARGUMENTS and read back from there. */
int64_t scene_call_header(struct domain *d, uint64_t number, uint64_t sub, void *header,
                          size_t size);

/* Event channel operations: a port, or -errno. */
int64_t scene_alloc_unbound(struct domain *d, const struct domain *remote);
int64_t scene_bind_interdomain(struct domain *d, const struct domain *remote, int64_t port);
int64_t scene_bind_ipi(struct domain *d);
int64_t scene_bind_virq(struct domain *d, uint32_t virq);
int64_t scene_send(struct domain *d, int64_t port);
int64_t scene_unmask(struct domain *d, int64_t port);
int64_t scene_close(struct domain *d, int64_t port);

#endif
