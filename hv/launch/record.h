/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the launch leaves to be read of itself (hypfs_tree.h), when the LCM and the boot modules
 * are gone: names, measurements, and what domains asked to have published. Nothing in it points
 * into a boot module. What changes later, such as a domain's label, is asked of the domain itself.
 *
 * Only the launch writes; any CPU reads at any time, without a lock. An entry that is counted
 * doesn't change but for what `record_label()` and `record_generation()` read.
 */
#ifndef HV_LAUNCH_RECORD_H
#define HV_LAUNCH_RECORD_H

#include "hv/boot/boot_info.h"
#include "hv/types.h"
#include "xsm/engine.h"

/* Steps are numbered from 1 (plan.h). */
#define RECORD_STEPS 16

struct record_module {
    char name[BOOT_MAX_LINE]; /* first word of its line */
    uint64_t size;            /* bytes */
    uint8_t digest[LCM_DIGEST_SIZE];
    xsm_sid label;
};

struct record_domain {
    char name[LCM_MAX_NAME];
    uint8_t uuid[LCM_UUID_SIZE];
    uint64_t memory_kib;
    uint32_t nr_vcpus;
    uint16_t domid;
    xsm_sid label;       /* that it was built with */
    uint32_t generation; /* of struct domain; 0: it wasn't built */
    /* What its module of type config says, if that is published; NULL: it isn't. */
    const void *config;
    size_t config_size; /* bytes; behind them is a NUL */
    bool config_is_text;
    unsigned int config_module; /* its number */
};

/* Step `number` is done, now; the last time counts. */
void record_step(unsigned int number);
/* Take down modules and domains out of `plan`: once domains are built, and if others are then. */
void record_launch(void);

/* "hyperlaunch", "dom0less", "classic"; "" until it is known. */
const char *record_style(void);
/* When it was done, in ns since start; NEVER: it wasn't. */
uint64_t record_time_of_step(unsigned int number);
/* Entry `number`, in the order of the bootloader or the LCM; NULL: there are no more. */
const struct record_module *record_module(unsigned int number);
const struct record_domain *record_domain(unsigned int number);

static inline xsm_sid record_label(const xsm_sid *label)
{
    return __atomic_load_n(label, __ATOMIC_RELAXED);
}

static inline uint32_t record_generation(const struct record_domain *d)
{
    return __atomic_load_n(&d->generation, __ATOMIC_ACQUIRE);
}

#endif
