/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A system: an LCM's source, the files that its modules come from, and what the hypervisor would
 * say to them. What is checked is the very blob that would be booted, by the hypervisor's own code.
 */
#ifndef BAILIWICK_SYSTEM_H
#define BAILIWICK_SYSTEM_H

#include <limits.h>
#include <stdbool.h>

#include "lcm/lcm.h"
#include "roles/roles.h"
#include "tools/bailiwick/files.h"
#include "tools/bailiwick/policy_memory.h"
#include "tools/bailiwick/tree.h"

#define SYSTEM_MAX_NAME 128
#define SYSTEM_NONCE_SIZE 17 /* 16 hexadecimal digits and a NUL */

/* What the command line says; NULL and 0 where it says nothing. */
struct options {
    const char *subject;    /* the name of a system, a file, or a folder */
    const char *root;       /* where relative sources are */
    const char *modules;    /* where module files are, instead of their sources */
    const char *policy;     /* instead of the LCM's xsm-policy module */
    const char *hypervisor; /* to put into the image */
    const char *output;     /* directory to write to */
    uint64_t machine_kib;   /* memory of the machine; the default is CONFIG_MACHINE_MEMORY */
    unsigned int nr_cpus;   /* that the machine has; the default is CONFIG_MACHINE_CPUS */
    bool no_iso;
};

/* A file that the bootloader loads: number N here is boot module N + 1, since the LCM is 0. */
struct module_file {
    char name[SYSTEM_MAX_NAME]; /* in the module line and in the output */
    char path[PATH_MAX];        /* where it comes from */
    bool kernel;                /* a bzImage is unpacked */
    bool unreadable;            /* it is reported why; `content` is empty */
    struct bytes content;
};

struct nonce {
    char domain[LCM_MAX_NAME];
    char text[SYSTEM_NONCE_SIZE];
};

struct system {
    const struct options *options;
    char file[PATH_MAX];   /* the LCM's source */
    char folder[PATH_MAX]; /* of a system outside of the tree (folder.h), or "" */
    const char *root;      /* as in the options, or for a folder the tree */
    char tree_path[PATH_MAX];
    char modules[PATH_MAX]; /* as in the options, or where a built LCM is; "" if neither */
    struct bytes tree;      /* the LCM as it will be booted */
    unsigned int nr_nodes, nr_files, nr_nonces;
    struct tree_module node[LCM_MAX_MODULES];
    struct module_file module[LCM_MAX_MODULES];
    struct nonce nonce[LCM_MAX_DOMAINS];

    uint64_t memory_kib; /* of the machine's, for all domains together */
    struct lcm lcm;
    struct lcm_report report;
    struct xsm_engine engine;
    struct policy_memory memory; /* the engine's */
    struct roles_assignment assignment[LCM_MAX_DOMAINS];
};

/* Find the source, and read it and its modules. Negative: it is reported on stderr. */
struct system *system_new(const struct options *options);
int system_load(struct system *system);
void system_free(struct system *system);

/*
 * Find the modules of the tree, read their files and write into the tree how to find each of them
 * (system_modules.c), and replace @NONCE@ in boot arguments (nonces.c). Faults go to the report.
 * Negative: what was built needs its folder, and nobody said where that is; reported on stderr.
 */
int system_load_modules(struct system *system);
void system_fill_nonces(struct system *system);

/* Everything that the hypervisor checks, and what only a builder can check. To the report. */
void system_check(struct system *system);
/* Are there findings that are more than notices? */
bool system_has_errors(const struct system *system);
/* Findings on stderr; if there are no errors, what will be launched on stdout. */
void system_print(const struct system *system);

#endif
