/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The Launch Control Module: a device tree that names every domain of a launch.
 * The binding is in binding.md; this is its parsed form, and the checks that need no policy.
 *
 * Strings and node paths point into the LCM blob or into struct lcm: both must stay.
 * Functions return 0 or a negative errno of <errno.h>; a report has the findings for people.
 */
#ifndef LCM_LCM_H
#define LCM_LCM_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LCM_MAX_DOMAINS 64
#define LCM_MAX_MODULES 256
#define LCM_MAX_FINDINGS 64
#define LCM_MAX_PATH 96
#define LCM_MAX_NAME 32
#define LCM_MAX_CPUS 32 /* for lcm_environment.max_cpus: Xen's shared_info has room for 32 */
#define LCM_MAX_BOOT_MODULES 64 /* for lcm_environment.max_modules */
#define LCM_MAX_LINE 512        /* for lcm_environment.max_line */
#define LCM_DIGEST_SIZE 32      /* SHA-256 */
#define LCM_MAX_PUBLISHED 65535 /* bytes of a module that is published; with a NUL 64 KiB */
#define LCM_UUID_SIZE 16
#define LCM_DEFAULT_WEIGHT 256
#define LCM_MAX_WEIGHT 65535
#define LCM_DEFAULT_FINALISE 120 /* seconds */
#define LCM_LONGEST_FINALISE 86400
#define LCM_CAP_OF_CPU 100 /* lcm_domain.cap counts in parts of a CPU: percent */

#define LCM_PERMISSION_CONTROL (1u << 0)
#define LCM_PERMISSION_HARDWARE (1u << 1)
#define LCM_FUNCTION_BOOT (1u << 0)
#define LCM_FUNCTION_CRASH (1u << 1)
#define LCM_FUNCTION_CONSOLE (1u << 2)
#define LCM_FUNCTION_XENSTORE (1u << 30)
#define LCM_FUNCTION_LEGACY_DOM0 (1u << 31)
#define LCM_MODE_PARAVIRTUALIZED (1u << 0)
#define LCM_MODE_ENABLE_DEVICE_MODEL (1u << 1)
#define LCM_MODE_LONG (1u << 2)

#define LCM_BOOT_DOMID 0x7ff5u
#define LCM_FIRST_RESERVED_DOMID 0x7ff0u

enum lcm_module_type {
    LCM_KERNEL,
    LCM_RAMDISK,
    LCM_DEVICE_TREE,
    LCM_MICROCODE,
    LCM_XSM_POLICY,
    LCM_CONFIG,
    LCM_NR_MODULE_TYPES
};

/* LCM_NOWHERE: its node has no usable locator, which is reported. */
enum lcm_locator { LCM_BY_INDEX, LCM_BY_ADDRESS, LCM_BY_NAME, LCM_NOWHERE };

/* LCM_SHARED: time slices by weight. LCM_DEDICATED: each vCPU has a CPU for itself. */
enum lcm_scheduling { LCM_SHARED, LCM_DEDICATED };

struct lcm_domain;

struct lcm_module {
    char path[LCM_MAX_PATH];   /* of its node */
    int offset;                /* of its node, in the blob */
    struct lcm_domain *domain; /* whose it is; NULL: the launch's own (config node) */
    enum lcm_module_type type;
    enum lcm_locator locator;
    uint32_t index;          /* LCM_BY_INDEX: in the bootloader's list; the LCM is 0 */
    uint64_t address, size;  /* LCM_BY_ADDRESS, bytes */
    const char *name;        /* first word of the bootloader's module line; must match if given */
    const char *bootargs;    /* NULL: the rest of the bootloader's module line */
    const char *security_id; /* NULL: the initial SID of its type */
    bool publish;            /* a domain's config: readable in hypfs after the launch */
    bool seal;               /* the policy: sealed when the launch is finalised */
    bool has_digest;
    uint8_t digest[LCM_DIGEST_SIZE];
    int boot_module; /* set by lcm_check: its place in the list of boot modules, or -1 */
    bool verified;   /* set by lcm_check: has a digest, and it matches */
};

struct lcm_domain {
    char path[LCM_MAX_PATH]; /* of its node */
    int offset;              /* of its node, in the blob */
    char name[LCM_MAX_NAME]; /* the node's name: what people call the domain */
    uint32_t domid;          /* 0: next free, unless functions has LEGACY_DOM0 */
    uint32_t permissions;    /* LCM_PERMISSION_* */
    uint32_t functions;      /* LCM_FUNCTION_* */
    uint32_t mode;           /* LCM_MODE_* */
    uint32_t cpus;
    enum lcm_scheduling scheduling;
    uint32_t weight; /* LCM_SHARED: its share of the CPUs, against the others' weights */
    uint32_t cap;    /* LCM_SHARED: the most it gets, in percent of one CPU; 0: no cap */
    uint64_t memory_kib;
    uint8_t uuid[LCM_UUID_SIZE];
    const char *security_id;   /* NULL: the default */
    bool has_label_of_dom0;    /* without security_id: the initial SID dom0 (classic.h) */
    bool required;             /* its failure fails the launch (default) */
    bool initial_domain_hint;  /* Linux is told that it is the initial domain */
    uint32_t finalise_within;  /* seconds, for a boot domain */
    bool failed;               /* lcm_check or a later step found it can't be built */
    struct lcm_module *kernel; /* NULL: none named */
    struct lcm_module *ramdisk;
    struct lcm_module *device_tree;
    struct lcm_module *config;
};

struct lcm {
    const void *blob;
    size_t blob_size; /* bytes */
    bool dom0less;    /* by Xen's dom0less binding: domains and modules directly under /chosen */
    struct lcm_module *policy; /* NULL: none */
    struct lcm_module *microcode;
    struct lcm_module *config; /* the config node's own module of type config */
    unsigned int nr_domains, nr_modules;
    struct lcm_domain domain[LCM_MAX_DOMAINS];
    struct lcm_module module[LCM_MAX_MODULES];
};

/* A fault of the whole LCM refuses the launch; a fault of one domain fails that domain. */
enum lcm_severity { LCM_NOTICE, LCM_DOMAIN_ERROR, LCM_ERROR };

struct lcm_finding {
    enum lcm_severity severity;
    const struct lcm_domain *domain; /* of LCM_DOMAIN_ERROR */
    char path[LCM_MAX_PATH];         /* the node, or "" for the file as a whole */
    char text[240];
};

struct lcm_report {
    unsigned int nr_findings;
    unsigned int nr_dropped; /* found, but there was no room to keep them */
    unsigned int nr_errors;  /* LCM_ERROR only */
    struct lcm_finding finding[LCM_MAX_FINDINGS];
};

/*
 * Add a finding. For LCM_DOMAIN_ERROR, `domain` is marked as failed. In a full report an error
 * takes the place of a notice. What can't be printed is replaced by '?': the text goes to a
 * terminal, and parts of it come from the blob.
 */
void lcm_find(struct lcm_report *report, enum lcm_severity severity, struct lcm_domain *domain,
              const char *path, const char *format, ...) __attribute__((format(printf, 5, 6)));
void lcm_vfind(struct lcm_report *report, enum lcm_severity severity, struct lcm_domain *domain,
               const char *path, const char *format, va_list arguments)
    __attribute__((format(printf, 5, 0)));
/* "error", "domain error", "notice". */
const char *lcm_severity_name(enum lcm_severity severity);

/* Does this look like an LCM at all (the magic of a flattened device tree)? */
bool lcm_is_lcm(const void *blob, size_t size);

/*
 * Parse and check a blob, which must be 8-byte aligned. Everything that is wrong with it is added
 * to the report (which the caller sets to zero at first), not only the first thing. -EINVAL: the
 * report has at least one LCM_ERROR; `lcm` is still good enough for lcm_check to find more.
 */
int lcm_parse(const void *blob, size_t size, struct lcm *lcm, struct lcm_report *report);

/*
 * In a copy of the LCM's blob, replace what was hidden by FDT_NOP (Devicetree Specification 0.4,
 * 5.4.1): the nodes of these domains, with the modules in them, and of these modules. -EINVAL: a
 * node isn't where it was parsed, and the copy isn't to be shown. If anything is hidden, so are the
 * tables of other names for nodes, /__symbols__ and /aliases; names of properties stay.
 */
int lcm_redact(void *copy, const struct lcm *lcm, const bool hidden_domain[LCM_MAX_DOMAINS],
               const bool hidden_module[LCM_MAX_MODULES]);

/* What the bootloader loaded, in its order; the LCM itself is number 0. */
struct lcm_boot_module {
    const void
        *data; /* NULL: it couldn't be read, which is reported; nothing is compared with it */
    uint64_t address; /* physical, bytes */
    uint64_t size;    /* bytes */
    const char *line; /* the bootloader's module line, "" if none */
};

/* What a launch has to work with. */
struct lcm_environment {
    const struct lcm_boot_module *module;
    unsigned int nr_modules;
    uint64_t memory_kib;      /* for all domains together; 0: not known, not checked */
    unsigned int nr_cpus;     /* of the machine; 0: not known, not checked */
    unsigned int max_cpus;    /* a domain's vCPUs */
    unsigned int max_domains; /* at once; 0: not checked */
    unsigned int max_modules; /* that the hypervisor takes, with the LCM; 0: not checked */
    unsigned int max_line;    /* bytes of a module line with its NUL; 0: not checked */
    bool domains_only_pvh;    /* always true today: modes other than 64-bit PVH are refused */
};

/*
 * For lcm_environment.memory_kib: what the launch has for domains when `free_kib` are free after
 * the bootloader's modules. At least 1.
 */
uint64_t lcm_memory_for_domains(uint64_t free_kib);
/*
 * What is free then, estimated from below: a machine with this much memory, less these modules and
 * what the hypervisor takes for itself.
 */
uint64_t lcm_memory_after_loading(uint64_t machine_kib, const struct lcm_boot_module *module,
                                  unsigned int nr_modules);

/*
 * Find each module in the environment and compare digests, domids, modes, sizes and CPUs.
 * Sets lcm_module.boot_module, and lcm_domain.domid of those that left it open.
 * -EINVAL: the report has at least one LCM_ERROR.
 */
int lcm_check(struct lcm *lcm, const struct lcm_environment *environment,
              struct lcm_report *report);

/* The name in a module line: its first word. Returns its length. */
size_t lcm_module_name(const char *line);
/* The rest of a module line after the name and blanks. */
const char *lcm_module_arguments(const char *line);

const char *lcm_module_type_name(enum lcm_module_type type);

/* SHA-256 (FIPS 180-4) of `size` bytes. */
void lcm_sha256(const void *data, size_t size, uint8_t digest[LCM_DIGEST_SIZE]);

#endif
