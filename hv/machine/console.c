/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>
#include <xen/io/console.h>

#include "hv/arch/arch.h"
#include "hv/domain/console_ring.h"
#include "hv/domain/evtchn.h"
#include "hv/machine/console.h"
#include "hv/machine/console_line.h"
#include "hv/machine/cpu.h"
#include "hv/machine/serial.h"

/* How far into a terminal's escape sequence a domain's output is (ECMA-48, 5.3 and 5.4). */
enum { ESCAPE_NONE, ESCAPE_BEGUN, ESCAPE_CSI };

/* What one character of a domain can make of the output: a carriage return, a prefix again. */
#define LARGEST_EXPANSION (DOMAIN_NAME_SIZE + 4)

#define ESC '\x1b'

static struct lock lock = LOCK_INITIAL(LOCK_CONSOLE); /* for everything below, and serial.c */
static struct domain *focus;
static struct domain *shown; /* whose unfinished line is on the screen; NULL: nobody's */
static bool interrupted;     /* a line of the focus's was left for other lines: show it again */
static bool quiet;           /* nothing was printed since console_poll_input() last looked */

static void put_text(const char *text, size_t size)
{
    for (size_t i = 0; i < size; i++)
        serial_put(text[i]);
}

static void put_repeated(char c, unsigned int n)
{
    while (n-- > 0)
        serial_put(c);
}

static void put_prefix(const char *speaker)
{
    serial_put('[');
    put_text(speaker, strlen(speaker));
    put_text("] ", 2);
}

static void put_new_line(void)
{
    put_text("\r\n", 2);
}

/* Leave the unfinished line that is on the screen, if any. */
static void leave_shown(void)
{
    if (shown != NULL)
        put_new_line();
    shown = NULL;
}

/* Show the focus's unfinished line, from its beginning. */
static void show_line(void)
{
    interrupted = false;
    shown = focus;
    put_prefix(focus->name);
    put_text(focus->line.text, focus->line.length);
    put_repeated('\b', focus->line.length - focus->line.cursor);
}

/* Once others have been silent for a while, what the focus had begun is shown again. */
static void show_again(void)
{
    if (interrupted && quiet && focus != NULL && focus->line.length > 0)
        show_line();
    quiet = true;
    (void)serial_pump();
}

static void put_whole_line(const char *speaker, const char *text, size_t size)
{
    interrupted = interrupted || shown != NULL;
    quiet = false;
    leave_shown();
    put_prefix(speaker);
    put_text(text, size);
    put_new_line();
    (void)serial_pump();
}

void console_put_line(const char *speaker, const char *text)
{
    lock_take(&lock);
    put_whole_line(speaker, text, strlen(text));
    lock_release(&lock);
}

bool console_put_line_if_room(const char *speaker, const char *text)
{
    size_t size = strlen(text);
    bool fits;

    lock_take(&lock);
    fits = serial_free() >= size + LARGEST_EXPANSION + DOMAIN_NAME_SIZE;
    if (fits)
        put_whole_line(speaker, text, size);
    lock_release(&lock);
    return fits;
}

void console_init(void)
{
    serial_init();
}

bool console_pump(void)
{
    bool left;

    lock_take(&lock);
    left = serial_pump();
    lock_release(&lock);
    return left;
}

void console_flush(void)
{
    lock_take(&lock);
    serial_flush();
    lock_release(&lock);
}

void console_take_over(void)
{
    this_cpu()->held = 0;
    lock_init(&lock, LOCK_CONSOLE);
}

static void end_line(struct domain *d)
{
    struct console_line *line = &d->line;
    unsigned int length = line->length;

    line->length = line->cursor = 0;
    if (shown == d) {
        shown = NULL;
        put_new_line();
    } else {
        put_whole_line(d->name, line->text, length);
    }
}

static void add_text(struct domain *d, char c)
{
    struct console_line *line = &d->line;

    if (line->cursor == sizeof(line->text))
        end_line(d);
    line->text[line->cursor++] = c;
    if (line->length < line->cursor)
        line->length = line->cursor;
    if (d != focus)
        return;
    if (shown == d) {
        serial_put(c);
        return;
    }
    show_line();
}

/* A carriage return without a newline: the line begins anew, its prefix too. */
static void restart_line(struct domain *d)
{
    d->line.length = d->line.cursor = 0;
    if (shown == d) {
        serial_put('\r');
        put_prefix(d->name);
    }
}

static void move_left(struct domain *d, unsigned int n)
{
    n = (unsigned int)min_u64(n, d->line.cursor);
    d->line.cursor -= n;
    if (shown == d)
        put_repeated('\b', n);
}

static void move_right(struct domain *d, unsigned int n)
{
    struct console_line *line = &d->line;

    n = (unsigned int)min_u64(n, line->length - line->cursor);
    if (shown == d)
        put_text(line->text + line->cursor, n);
    line->cursor += n;
}

static void erase_to_end(struct domain *d)
{
    d->line.length = d->line.cursor;
    if (shown == d)
        put_text("\x1b[K", 3);
}

/*
 * Of the control sequences only those reach the terminal that stay in the line, behind its prefix:
 * a domain can't write over what others have said.
 */
static void end_sequence(struct domain *d, char c)
{
    unsigned int n = d->line.parameter == 0 ? 1 : d->line.parameter;

    switch (c) {
    case 'C':
        move_right(d, n);
        break;
    case 'D':
        move_left(d, n);
        break;
    case 'J':
    case 'K':
        erase_to_end(d);
        break;
    case 'n': /* where is the cursor? The terminal answers. */
        if (shown == d)
            put_text("\x1b[6n", 4);
        break;
    default:
        break;
    }
}

static void continue_sequence(struct domain *d, char c)
{
    struct console_line *line = &d->line;

    if (c >= '0' && c <= '9') {
        line->parameter = (unsigned int)min_u64(line->parameter * 10u + (unsigned int)(c - '0'),
                                                CONSOLE_LINE_MAX);
    } else if (c >= '@' && c <= '~') {
        line->escape = ESCAPE_NONE;
        end_sequence(d, c);
    }
}

/* Returns whether the character was part of an escape sequence. */
static bool in_escape(struct domain *d, char c)
{
    struct console_line *line = &d->line;

    switch (line->escape) {
    case ESCAPE_BEGUN:
        line->escape = c == '[' ? ESCAPE_CSI : ESCAPE_NONE;
        line->parameter = 0;
        return true;
    case ESCAPE_CSI:
        continue_sequence(d, c);
        return true;
    default:
        if (c == ESC)
            line->escape = ESCAPE_BEGUN;
        return c == ESC;
    }
}

static void put_char(struct domain *d, char c)
{
    if (in_escape(d, c))
        return;
    if (d->line.after_return && c != '\n')
        restart_line(d);
    d->line.after_return = c == '\r';
    if (c == '\n')
        end_line(d);
    else if (c == '\b')
        move_left(d, 1);
    else if (c == '\t')
        add_text(d, ' ');
    else if (c >= ' ' && c <= '~')
        add_text(d, c);
    else if (c != '\r' && c != '\a')
        add_text(d, '?');
}

static bool has_room(size_t size)
{
    return serial_room() >= size * LARGEST_EXPANSION;
}

static bool write_locked(struct domain *d, const char *text, size_t size)
{
    if (!has_room(size))
        return false;
    for (size_t i = 0; i < size; i++)
        put_char(d, text[i]);
    (void)serial_pump();
    return true;
}

bool console_domain_write(struct domain *d, const char *text, size_t size)
{
    bool written;

    lock_take(&lock);
    written = write_locked(d, text, size);
    lock_release(&lock);
    return written;
}

/*
 * The lock is held only for a part of what may be in the ring: who floods the console keeps nobody
 * waiting for longer.
 */
bool console_drain(struct domain *d)
{
    bool left;

    lock_take(&lock);
    left = console_ring_drain(d, write_locked);
    lock_release(&lock);
    return left;
}

void console_drain_last(struct domain *d)
{
    for (unsigned int i = 0; i < CONSOLE_RING_MOST_DRAINS && console_drain(d); i++)
        continue;
}

static void set_focus(struct domain *d)
{
    if (d == focus)
        return;
    leave_shown();
    focus = d;
    interrupted = d != NULL && d->line.length > 0;
}

void console_focus(struct domain *d)
{
    lock_take(&lock);
    set_focus(d);
    lock_release(&lock);
}

/* Move the focus, and say so. */
static void switch_focus(struct domain *d)
{
    static const char said[] = "input goes to ";
    char text[sizeof(said) + DOMAIN_NAME_SIZE];
    size_t size;

    if (d == NULL || d == focus)
        return;
    size = strlen(d->name);
    memcpy(text, said, sizeof(said) - 1);
    memcpy(text + sizeof(said) - 1, d->name, size);
    put_whole_line("bailiwick", text, sizeof(said) - 1 + size);
    set_focus(d);
}

static struct domain *next_running(const struct domain *after)
{
    unsigned int at = 0;

    for (unsigned int i = 0; i < DOMAIN_SLOTS; i++) {
        if (domain_in_slot(i) == after)
            at = i;
    }
    for (unsigned int i = 1; i <= DOMAIN_SLOTS; i++) {
        struct domain *d = domain_in_slot((at + i) % DOMAIN_SLOTS);

        if (d != NULL && __atomic_load_n(&d->state, __ATOMIC_SEQ_CST) == DOMAIN_RUNNING)
            return d;
    }
    return NULL;
}

void console_domain_gone(struct domain *d)
{
    lock_take(&lock);
    if (d->line.length > 0)
        end_line(d);
    if (shown == d)
        shown = NULL;
    if (focus == d) {
        set_focus(NULL);
        switch_focus(next_running(d));
    }
    lock_release(&lock);
}

/* A domain that has bound VIRQ_CONSOLE reads by hypercall, every other in its ring. */
static void give_input(char c)
{
    struct console_typed *typed = &focus->typed;

    if (!evtchn_raise_virq(domain_vcpu(focus, 0), VIRQ_CONSOLE))
        console_ring_input(focus, c);
    else if (typed->length < sizeof(typed->text))
        typed->text[typed->length++] = c;
}

size_t console_domain_read(struct domain *d, char *text, size_t size)
{
    struct console_typed *typed = &d->typed;

    lock_take(&lock);
    size = min_u64(size, typed->length);
    memcpy(text, typed->text, size);
    typed->length -= (unsigned int)size;
    memmove(typed->text, typed->text + size, typed->length);
    lock_release(&lock);
    return size;
}

static void poll_input(void)
{
    show_again();
    for (unsigned int i = 0; i < 64; i++) {
        int c = arch_serial_get();

        if (c < 0)
            return;
        if (c == CONFIG_CONSOLE_SWITCH_KEY)
            switch_focus(next_running(focus));
        else if (focus != NULL)
            give_input((char)c);
    }
}

void console_poll_input(void)
{
    lock_take(&lock);
    poll_input();
    lock_release(&lock);
}
