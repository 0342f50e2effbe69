/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The configuration of a boot domain: what it does with the staged domains, and in which order it
 * starts them. A text of one statement a line, which docs/boot-domain.md describes.
 *
 * Nothing here asks the hypervisor: a host can read a configuration as well.
 */
#ifndef BW_BOOT_CONFIG_H
#define BW_BOOT_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tools/guests/bw-boot/report.h"
#include "tools/guests/bw-boot/words.h"

#define BOOT_MAX_STATEMENTS 256
#define BOOT_MAX_AFTER 8
#define BOOT_NAME_SIZE 32   /* of a domain, with its NUL (lcm/binding.md) */
#define BOOT_MODULE_SIZE 64 /* of a module's name, with its NUL */
#define BOOT_WITHIN_MS 30000u

enum boot_kind {
    BOOT_WRITE_HEX,    /* write NAME ADDRESS hex DIGITS... */
    BOOT_WRITE_MODULE, /* write NAME ADDRESS module MODULE */
    BOOT_PARAM,        /* param NAME PARAM VALUE */
    BOOT_REGISTER,     /* register NAME REGISTER VALUE [vcpu N] */
    BOOT_READY_PARAM,  /* ready NAME param PARAM */
    BOOT_READY_AT,     /* ready NAME at ADDRESS */
    BOOT_START,        /* start NAME [after ...]... */
    BOOT_FINALISE      /* finalise [after ...]... */
};

/* after NAME [ready [within TIME]] */
struct boot_after {
    char name[BOOT_NAME_SIZE];
    bool ready; /* it has said so; otherwise: it is started */
    uint32_t within_ms;
};

struct boot_statement {
    enum boot_kind kind;
    unsigned int line;
    char name[BOOT_NAME_SIZE]; /* of the domain; empty for BOOT_FINALISE */
    uint64_t address;          /* BOOT_WRITE_*, BOOT_READY_AT: guest physical */
    uint64_t value;            /* BOOT_PARAM, BOOT_REGISTER */
    uint32_t param;            /* HVM_PARAM_* */
    uint32_t vcpu;
    size_t reg;              /* where it is in struct bw_vcpu_state, bytes */
    struct boot_word digits; /* BOOT_WRITE_HEX: two for each byte, and blanks between some */
    char module[BOOT_MODULE_SIZE];
    unsigned int nr_after;
    struct boot_after after[BOOT_MAX_AFTER];
};

struct boot_config {
    unsigned int nr;
    struct boot_statement statement[BOOT_MAX_STATEMENTS];
};

/* All that is wrong with it is added to the report, with the line. The text must stay. */
void boot_read_config(const char *text, size_t size, struct boot_config *config,
                      struct boot_report *report);

/* NULL: it has none of this kind for the domain of this name. */
const struct boot_statement *boot_find_statement(const struct boot_config *config,
                                                 enum boot_kind kind, const char *name);
/* How a domain is told where to report ready: BOOT_READY_*. NULL: it isn't. */
const struct boot_statement *boot_find_ready(const struct boot_config *config, const char *name);

#endif
