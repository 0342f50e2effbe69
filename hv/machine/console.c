/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>
#include <xen/io/console.h>

#include "hv/arch/arch.h"
#include "hv/domain/console_ring.h"
#include "hv/machine/console.h"
#include "hv/machine/console_line.h"
#include "hv/machine/log.h"

/* How far into a terminal's escape sequence a domain's output is (ECMA-48, 5.3 and 5.4). */
enum { ESCAPE_NONE, ESCAPE_BEGUN, ESCAPE_CSI };

#define ESC '\x1b'

static struct domain *focus;
static struct domain *shown; /* whose unfinished line is on the screen; NULL: nobody's */

static void put_text(const char *text, size_t size)
{
    for (size_t i = 0; i < size; i++)
        arch_serial_put(text[i]);
}

static void put_prefix(const char *speaker)
{
    arch_serial_put('[');
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
}

static void show_again(void)
{
    if (shown == NULL)
        return;
    put_prefix(shown->name);
    put_text(shown->line.text, shown->line.length);
}

static void put_whole_line(const char *speaker, const char *text, size_t size)
{
    leave_shown();
    put_prefix(speaker);
    put_text(text, size);
    put_new_line();
    show_again();
}

void console_put_line(const char *speaker, const char *text)
{
    put_whole_line(speaker, text, strlen(text));
}

void console_init(void)
{
    arch_serial_init();
}

static void end_line(struct domain *d)
{
    struct console_line *line = &d->line;
    unsigned int length = line->length;

    line->length = 0;
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

    if (line->length == sizeof(line->text))
        end_line(d);
    line->text[line->length++] = c;
    if (d != focus)
        return;
    if (shown == d) {
        arch_serial_put(c);
        return;
    }
    leave_shown();
    shown = d;
    show_again();
}

/* A carriage return without a newline: the line begins anew, its prefix too. */
static void restart_line(struct domain *d)
{
    d->line.length = 0;
    if (shown == d) {
        arch_serial_put('\r');
        put_prefix(d->name);
    }
}

static void erase_one(struct domain *d)
{
    if (d->line.length == 0)
        return;
    d->line.length--;
    if (shown == d)
        arch_serial_put('\b');
}

/*
 * Of a control sequence only what stays in its line and in its own part of it reaches the
 * terminal: erase to the end (K, J), colours (m) and the question where the cursor is (n).
 */
static void put_sequence_end(const struct domain *d, char c)
{
    static const char allowed[] = "KJmn";
    static const char *const sequence[] = {"\x1b[K", "\x1b[J", "\x1b[m", "\x1b[6n"};
    const char *found = strchr(allowed, c);

    if (found != NULL && c != '\0' && shown == d)
        put_text(sequence[found - allowed], strlen(sequence[found - allowed]));
}

/* Returns whether the character was part of an escape sequence. */
static bool in_escape(struct domain *d, char c)
{
    struct console_line *line = &d->line;

    switch (line->escape) {
    case ESCAPE_BEGUN:
        line->escape = c == '[' ? ESCAPE_CSI : ESCAPE_NONE;
        return true;
    case ESCAPE_CSI:
        if (c >= 0x40 && c <= 0x7e) {
            line->escape = ESCAPE_NONE;
            put_sequence_end(d, c);
        }
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
        erase_one(d);
    else if (c == '\t')
        add_text(d, ' ');
    else if (c >= ' ' && c <= '~')
        add_text(d, c);
    else if (c != '\r' && c != '\a')
        add_text(d, '?');
}

void console_domain_write(struct domain *d, const char *text, size_t size)
{
    for (size_t i = 0; i < size; i++)
        put_char(d, text[i]);
}

void console_focus(struct domain *d)
{
    if (d == focus)
        return;
    leave_shown();
    shown = NULL;
    focus = d;
    if (d != NULL && d->line.length > 0) {
        shown = d;
        show_again();
    }
}

/* Move the focus, and say so. */
static void switch_focus(struct domain *d)
{
    if (d == NULL || d == focus)
        return;
    console_focus(d);
    hv_log("input goes to %s", d->name);
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

        if (d != NULL && d->state == DOMAIN_RUNNING)
            return d;
    }
    return NULL;
}

void console_domain_gone(struct domain *d)
{
    if (d->line.length > 0)
        end_line(d);
    if (shown == d)
        shown = NULL;
    if (focus == d) {
        console_focus(NULL);
        switch_focus(next_running(d));
    }
}

void console_poll_input(void)
{
    for (unsigned int i = 0; i < 64; i++) {
        int c = arch_serial_get();

        if (c < 0)
            return;
        if (c == CONFIG_CONSOLE_SWITCH_KEY)
            switch_focus(next_running(focus));
        else if (focus != NULL)
            console_ring_input(focus, (char)c);
    }
}
