/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The way to the hypervisor. What isn't the same for every guest is in linux.c or bare.c, one of
 * which is linked.
 */
#ifndef BW_BOOT_CALL_H
#define BW_BOOT_CALL_H

#include <stddef.h>
#include <stdint.h>

#include "hv/public/bailiwick_op.h"

/*
 * Where structures, text and data lie that the hypervisor reads or writes: one for all, since one
 * call is made at a time.
 */
struct boot_place {
    union {
        struct bw_launch_info info;
        struct bw_module_stat module_stat;
        struct bw_module_read module_read;
        struct bw_staged_stat staged_stat;
        struct bw_staged_memory memory;
        struct bw_staged_vcpu vcpu;
        struct bw_staged_param param;
        struct bw_staged_unpause unpause;
        struct bw_launch_fail fail;
    };
    struct bw_vcpu_state state;
    uint8_t digest[BW_DIGEST_SIZE];
    char name[512], label[512];
    uint8_t bytes[BW_MOST_BYTES];
};

/* Memory that the hypervisor can reach, always the same. NULL: there is no way to it, as was said.
 */
struct boot_place *boot_place(void);

/* BW_OP_*, with its structure in boot_place(), or NULL. Returns 0 or -XEN_E*. */
int boot_call(unsigned int operation, void *structure);

/* Offer a domain an event channel. Returns 0 or -XEN_E*. */
int boot_offer(uint16_t domid, uint32_t *port);
/* Wait for an event of such a channel, and take it. Returns 0, -XEN_ETIMEDOUT or another -XEN_E*.
 */
int boot_wait(uint32_t port, uint32_t ms);

/* Print a line, for people. */
void boot_say(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
