/* SPDX-License-Identifier: BSD-2-Clause */
/* What the hypervisor shows of the launch: its domains, its boot modules, what they should be. */
#ifndef BW_BOOT_SCENE_H
#define BW_BOOT_SCENE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hv/public/bailiwick_op.h"
#include "tools/guests/bw-boot/report.h"

/* What the hypervisor was built for (lcm/lcm.h). */
#define BOOT_MAX_DOMAINS 64
#define BOOT_MAX_MODULES 64
#define BOOT_DOMAIN_NAME 32
#define BOOT_LABEL 128
#define BOOT_LINE 512
#define BOOT_MAX_LCM (256u * 1024)

#define BOOT_NO_MODULE (-1)

struct boot_domain {
    int error; /* why it isn't shown; 0: it is */
    char name[BOOT_DOMAIN_NAME];
    char label[BOOT_LABEL];
    uint64_t memory_kib;
    uint32_t roles; /* BW_ROLE_* */
    uint32_t nr_vcpus;
    int32_t config; /* the number of its module of type config, or BOOT_NO_MODULE */
    uint16_t domid;
    uint8_t state; /* BW_STATE_* */
    bool starts;   /* or only when the launch fails */
};

struct boot_module {
    int error;            /* why it isn't shown; 0: it is */
    char line[BOOT_LINE]; /* of the boot menu; its first word is the name */
    char label[BOOT_LABEL];
    uint64_t size;
    uint32_t type; /* BW_MODULE_* */
    uint8_t digest[BW_DIGEST_SIZE];
    bool has_wanted; /* the LCM says what its digest should be */
    uint8_t wanted[BW_DIGEST_SIZE];
};

struct boot_scene {
    uint64_t time_left_ns;
    unsigned int nr_domains, nr_modules;
    struct boot_domain domain[BOOT_MAX_DOMAINS];
    struct boot_module module[BOOT_MAX_MODULES];
    int32_t config;  /* the number of the launch's own module of type config, or BOOT_NO_MODULE */
    size_t lcm_size; /* bytes */
    _Alignas(8) uint8_t lcm[BOOT_MAX_LCM];
};

/* Ask for all of it. What the policy doesn't show is no fault. */
void boot_look(struct boot_scene *scene, struct boot_report *report);

/*
 * Read from the LCM which digests the modules should have, and which is the configuration; compare
 * the digests. (lcm.c)
 */
void boot_read_lcm(struct boot_scene *scene, struct boot_report *report);

/* NULL: there is no such domain, or the policy doesn't show it. */
const struct boot_domain *boot_find_domain(const struct boot_scene *scene, const char *name);
/* The domain that this program runs in. NULL: the policy doesn't show it. */
const struct boot_domain *boot_self(const struct boot_scene *scene);
/* The number of the module of this name, or BOOT_NO_MODULE. */
int32_t boot_find_module(const struct boot_scene *scene, const char *name);
bool boot_module_is_as_wanted(const struct boot_module *module);

/* Tell people, a line each. (show.c) */
void boot_show_scene(const struct boot_scene *scene);

#endif
