/* SPDX-License-Identifier: BSD-2-Clause */
/* What a line of a script can do, and what comes of it. */
#ifndef PROBE_COMMAND_H
#define PROBE_COMMAND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MAX_WORDS 24
#define MAX_NOTES 6

struct note { /* printed behind the result: name=value */
    const char *name;
    uint64_t value;
};

struct result {
    int64_t value;
    bool hex;           /* print the value in hexadecimal */
    bool silent;        /* the command has printed all there is to print */
    unsigned int fault; /* 1 + vector of the exception that ended the command */
    const char *usage;  /* it was not given what it needs */
    unsigned int nr_notes;
    struct note note[MAX_NOTES];
    const char *text; /* printed in quotes; NULL: none */
};

/* The words behind a command's name, and their values. */
struct arguments {
    unsigned int nr;
    const char *word[MAX_WORDS];
    uint64_t value[MAX_WORDS];
    bool is_number[MAX_WORDS];
    char *text; /* all of them as they stand in the script */
};

/* How a command reads its words. */
enum words {
    NUMBERS, /* each must have a value */
    WORDS,   /* some are words of the command's own */
    TEXT     /* it takes the rest of the line as it stands */
};

struct command {
    const char *name;
    enum words words;
    unsigned int min, max; /* how many */
    void (*run)(const struct arguments *arguments, struct result *result);
    const char *usage;
    bool announce; /* doesn't come back: printed before it runs */
};

/* NULL: there is no such command. */
const struct command *find_command(const char *name);

void result_note(struct result *result, const char *name, uint64_t value);

/* A hypercall by name (calls.c). False: there is no such hypercall. */
bool named_call(const char *name, const struct arguments *arguments, struct result *result);
bool is_named_call(const char *name);

/* The memory that `buffer` fills. */
#define BUFFER_SIZE 4096
uint8_t *command_buffer(void);

/* Where launch operations put what they read: BW_MOST_BYTES. */
uint8_t *launch_transfer(void);

/* FNV-1a of 64 bits, the command `checksum`. */
uint64_t fnv1a(const volatile uint8_t *bytes, uint64_t size);

/* What the PVH protocol has handed over. */
struct hvm_start_info;
void set_start_info(const struct hvm_start_info *info);

/* NAME=VALUE of the domain's command line; "" without one. */
void set_command_line(const char *line);
const char *command_line_value(const char *name);

/* Words that stand for a number in every script (self, buffer, console_port, ...). */
bool constant_value(const char *word, uint64_t *value);

/* True once the script has said `stay`. */
bool wants_to_stay(void);

#define COMMAND(name) void command_##name(const struct arguments *arguments, struct result *result)
COMMAND(cpuid);
COMMAND(rdmsr);
COMMAND(wrmsr);
COMMAND(in);
COMMAND(out);
COMMAND(read);
COMMAND(write);
COMMAND(checksum);
COMMAND(ud2);
COMMAND(int3);
COMMAND(hlt);
COMMAND(spin);
COMMAND(triple_fault);
COMMAND(buffer_fill);
COMMAND(buffer_text);
COMMAND(hypercall);
COMMAND(hypercall_page);
COMMAND(console_write);
COMMAND(console_read);
COMMAND(wait_event);
COMMAND(bind_any);
COMMAND(upcalls_on);
COMMAND(upcalls);
COMMAND(wait_upcall);
COMMAND(crash);
COMMAND(shutdown);
COMMAND(reboot);
COMMAND(say);
COMMAND(print);
COMMAND(value);
COMMAND(sleep);
COMMAND(counter);
COMMAND(flood);
COMMAND(nonce);
COMMAND(arguments);
COMMAND(stay);
COMMAND(watch);
COMMAND(storm_memory);
COMMAND(storm_ports);
COMMAND(storm_msrs);
COMMAND(storm_hypercalls);
COMMAND(storm_random);
COMMAND(storm_physmap);
COMMAND(storm_tables);
COMMAND(storm_control);
COMMAND(storm_opcodes);
COMMAND(storm_breakpoints);
COMMAND(storm_steps);
COMMAND(storm_timer);
COMMAND(lose);
COMMAND(keep_state);
COMMAND(keep_registers);
COMMAND(vcpu_boot);
COMMAND(vcpu_reset);
COMMAND(vcpu_work);
COMMAND(vcpu_done);
COMMAND(sleep_until);
COMMAND(work_until);
COMMAND(measure);
COMMAND(module_stat);
COMMAND(module_read);
COMMAND(staged_stat);
COMMAND(staged_read);
COMMAND(staged_write);
COMMAND(staged_get_vcpu);
COMMAND(staged_set_vcpu);
COMMAND(hypfs);
COMMAND(hypfs_version);
COMMAND(hypfs_write);
COMMAND(launch_finalise);
COMMAND(launch_fail);
COMMAND(pvh_module);
COMMAND(find);
#undef COMMAND

#endif
