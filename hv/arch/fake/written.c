/* SPDX-License-Identifier: BSD-2-Clause */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "arch_layout.h"
#include "hv/arch/fake/written.h"
#include "hv/machine/panic.h"

/* All of the machine's memory, and as much again for its variables. */
#define MAX_PIECES (2 * DIRECT_MAP_SIZE / PAGE_SIZE)
#define MAX_RANGES 1024u

/* Whole pages that are watched, written to or not. */
struct range {
    uint8_t *start, *end;
};

/* What is put back: a page that was written to, or a part of one that isn't watched as a whole. */
struct piece {
    uint8_t *at;
    size_t size;
};

KEPT static struct range *ranges = NULL;
KEPT static size_t nr_ranges = 0;
KEPT static struct piece *pieces = NULL;
KEPT static uint8_t *copies = NULL; /* a page for each piece */
KEPT static size_t nr_pieces = 0;
KEPT static struct sigaction others = {.sa_flags = 0}; /* who had the signal before */

void *must(void *allocated)
{
    if (allocated == NULL || allocated == MAP_FAILED) {
        perror("fake machine");
        abort();
    }
    return allocated;
}

/* Volatile, or it is compiled to a call of the sanitizers' memcpy(). */
__attribute__((no_sanitize("address", "thread", "undefined"))) void
copy_raw(void *to, const void *from, size_t size)
{
    volatile uint64_t *to_word = to;
    const volatile uint64_t *from_word = from;

    for (size_t i = 0; i < size / sizeof(*to_word); i++)
        to_word[i] = from_word[i];
}

static void *allocate(size_t size)
{
    return must(mmap(NULL, size, PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0));
}

static void protect(void *start, size_t size, int protection)
{
    if (mprotect(start, size, protection) != 0)
        must(NULL);
}

static void add_piece(uint8_t *at, size_t size)
{
    assert(nr_pieces < MAX_PIECES);
    copy_raw(copies + nr_pieces * PAGE_SIZE, at, size);
    pieces[nr_pieces++] = (struct piece){at, size};
}

static bool is_piece(const uint8_t *page)
{
    for (size_t i = 0; i < nr_pieces; i++) {
        if (pieces[i].at == page)
            return true;
    }
    return false;
}

static bool is_watched(const uint8_t *page)
{
    for (size_t i = 0; i < nr_ranges; i++) {
        if (page >= ranges[i].start && page < ranges[i].end)
            return true;
    }
    return false;
}

/* What isn't the first write to a watched page comes again, and goes to the others. */
static void on_fault(int signal, siginfo_t *info, void *context)
{
    uint8_t *page = (uint8_t *)info->si_addr - ((uintptr_t)info->si_addr & PAGE_MASK);

    (void)context;
    if (!is_watched(page) || is_piece(page)) {
        (void)sigaction(signal, &others, NULL);
        return;
    }
    add_piece(page, PAGE_SIZE);
    protect(page, PAGE_SIZE, PROT_READ | PROT_WRITE);
}

static void start_watching(void)
{
    struct sigaction action = {.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO | SA_ONSTACK};

    ranges = allocate(MAX_RANGES * sizeof(*ranges));
    pieces = allocate(MAX_PIECES * sizeof(*pieces));
    copies = allocate(MAX_PIECES * PAGE_SIZE);
    /* At the end the address sanitizer writes to its own variables among ours. */
    if (sigaction(SIGSEGV, &action, &others) != 0 || atexit(written_forget) != 0)
        must(NULL);
}

static void watch_pages(uint8_t *start, uint8_t *end)
{
    protect(start, (size_t)(end - start), PROT_READ);
    if (nr_ranges > 0 && ranges[nr_ranges - 1].end == start) {
        ranges[nr_ranges - 1].end = end;
        return;
    }
    assert(nr_ranges < MAX_RANGES);
    ranges[nr_ranges++] = (struct range){start, end};
}

void written_watch(void *start, size_t size)
{
    uint8_t *first = start, *last = first + size;
    uint8_t *from = first + (-(uintptr_t)first & PAGE_MASK);
    uint8_t *to = last - ((uintptr_t)last & PAGE_MASK);

    if (pieces == NULL)
        start_watching();
    assert(from <= to);
    if (first < from)
        add_piece(first, (size_t)(from - first));
    if (to < last)
        add_piece(to, (size_t)(last - to));
    if (from < to)
        watch_pages(from, to);
}

void written_undo(void)
{
    for (size_t i = 0; i < nr_pieces; i++)
        copy_raw(pieces[i].at, copies + i * PAGE_SIZE, pieces[i].size);
}

void written_forget(void)
{
    for (size_t i = 0; i < nr_ranges; i++)
        protect(ranges[i].start, (size_t)(ranges[i].end - ranges[i].start), PROT_READ | PROT_WRITE);
    nr_ranges = nr_pieces = 0;
}
