/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A plugin for QEMU that counts instructions, and says at certain addresses how many there were:
 *
 *   -plugin count.so,output=PATH[,mark=NAME:ADDRESS]...[,part=NAME:START:END]...
 *
 * Each time a marked instruction is about to be executed a line goes to the file: the mark, how
 * many instructions all CPUs have executed until then, and for each part how many of these lie in
 * it. Each repetition of a string instruction counts, as it does with -icount.
 *
 * QEMU's documentation, docs/devel/tcg-plugins.rst, describes the interface; Debian has no header
 * of it, so what is used is declared here.
 */
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EXPORT __attribute__((visibility("default")))
#define MAX_PLACES 64u
#define MAX_NAME 32

struct qemu_plugin_tb;
struct qemu_plugin_insn;
struct qemu_info_t;

enum callback_flags { QEMU_PLUGIN_CB_NO_REGS };

typedef void execute_callback(unsigned int cpu, void *data);

void qemu_plugin_register_vcpu_tb_trans_cb(uint64_t id,
                                           void (*callback)(uint64_t, struct qemu_plugin_tb *));
void qemu_plugin_register_vcpu_insn_exec_cb(struct qemu_plugin_insn *insn,
                                            execute_callback *callback, enum callback_flags flags,
                                            void *data);
size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *tb);
struct qemu_plugin_insn *qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *tb, size_t index);
uint64_t qemu_plugin_insn_vaddr(const struct qemu_plugin_insn *insn);

EXPORT int qemu_plugin_version = 1;
EXPORT int qemu_plugin_install(uint64_t id, const struct qemu_info_t *info, int argc, char **argv);

/* A mark is a part of one address. */
struct place {
    char name[MAX_NAME];
    uint64_t start, end;
    uint64_t executed; /* of a part's instructions */
};

struct places {
    struct place place[MAX_PLACES];
    unsigned int n;
};

static struct places marks, parts;
static uint64_t executed;
static FILE *file;

static void on_any(unsigned int cpu, void *data)
{
    (void)cpu;
    (void)data;
    executed++;
}

static void on_part(unsigned int cpu, void *data)
{
    struct place *part = data;

    (void)cpu;
    part->executed++;
}

static void on_mark(unsigned int cpu, void *data)
{
    const struct place *mark = data;

    (void)cpu;
    (void)fprintf(file, "%s %" PRIu64, mark->name, executed);
    for (unsigned int i = 0; i < parts.n; i++)
        (void)fprintf(file, " %s=%" PRIu64, parts.place[i].name, parts.place[i].executed);
    (void)fprintf(file, "\n");
    (void)fflush(file);
}

static struct place *find(struct places *all, uint64_t address)
{
    for (unsigned int i = 0; i < all->n; i++) {
        if (address >= all->place[i].start && address < all->place[i].end)
            return &all->place[i];
    }
    return NULL;
}

static void translated(uint64_t id, struct qemu_plugin_tb *tb)
{
    (void)id;
    for (size_t i = 0; i < qemu_plugin_tb_n_insns(tb); i++) {
        struct qemu_plugin_insn *insn = qemu_plugin_tb_get_insn(tb, i);
        uint64_t address = qemu_plugin_insn_vaddr(insn);
        struct place *mark = find(&marks, address), *part = find(&parts, address);

        if (mark != NULL)
            qemu_plugin_register_vcpu_insn_exec_cb(insn, on_mark, QEMU_PLUGIN_CB_NO_REGS, mark);
        if (part != NULL)
            qemu_plugin_register_vcpu_insn_exec_cb(insn, on_part, QEMU_PLUGIN_CB_NO_REGS, part);
        qemu_plugin_register_vcpu_insn_exec_cb(insn, on_any, QEMU_PLUGIN_CB_NO_REGS, NULL);
    }
}

/* NAME:START or NAME:START:END */
static bool add(struct places *all, const char *text)
{
    struct place *p = &all->place[all->n];
    const char *colon = strchr(text, ':');
    char *end;

    if (all->n == MAX_PLACES || colon == NULL || colon - text >= MAX_NAME)
        return false;
    memcpy(p->name, text, (size_t)(colon - text));
    p->start = strtoull(colon + 1, &end, 0);
    p->end = *end == ':' ? strtoull(end + 1, &end, 0) : p->start + 1;
    all->n++;
    return *end == '\0';
}

static bool take(const char *argument)
{
    if (strncmp(argument, "mark=", 5) == 0)
        return add(&marks, argument + 5);
    if (strncmp(argument, "part=", 5) == 0)
        return add(&parts, argument + 5);
    if (strncmp(argument, "output=", 7) != 0)
        return false;
    file = fopen(argument + 7, "w");
    return file != NULL;
}

EXPORT int qemu_plugin_install(uint64_t id, const struct qemu_info_t *info, int argc, char **argv)
{
    (void)info;
    for (int i = 0; i < argc; i++) {
        if (!take(argv[i])) {
            (void)fprintf(stderr, "count: not understood: %s\n", argv[i]);
            return 1;
        }
    }
    if (file == NULL)
        return 1;
    qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
    return 0;
}
