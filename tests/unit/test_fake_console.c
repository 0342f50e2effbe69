/* SPDX-License-Identifier: BSD-2-Clause */
/* The console that domains share: who said what can't be forged, and rings can't hurt. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <xen/io/console.h>

#include <cmocka.h>

#include "hv/domain/console_ring.h"
#include "hv/machine/log.h"
#include "hv/machine/time.h"
#include "hv_invariants.h"
#include "hv_machine.h"
#include "hv_scene.h"

#define CONSOLE_PORT 1
#define RANDOM_WRITES 20000u

static struct domain *a, *b;

static int start(void **state)
{
    (void)state;
    scene_start(SCENE_POLICY);
    a = scene_domain(1, "all_t", 512);
    b = scene_domain(2, "all_t", 512);
    fake_clear_output();
    return 0;
}

static void print(struct domain *d, const char *text, size_t size)
{
    assert_true(size <= ARGUMENTS_END - ARGUMENTS);
    for (size_t at = 0, n; at < size; at += n) {
        n = min_u64(size - at, PAGE_SIZE);
        memcpy(scene_memory(d, ARGUMENTS), text + at, n);
        assert_int_equal(scene_call(d, __HYPERVISOR_console_io, CONSOLEIO_write, n, ARGUMENTS), 0);
    }
}

static void print_text(struct domain *d, const char *text)
{
    print(d, text, strlen(text));
}

#define EXPECT_OUTPUT(text) assert_string_equal(fake.output, text)

static void lines_are_whole_and_have_their_speaker(void **state)
{
    (void)state;
    print_text(a, "one ");
    print_text(b, "three\nfo");
    print_text(a, "two\n");
    print_text(b, "ur\n");
    EXPECT_OUTPUT("[d2] three\r\n[d1] one two\r\n[d2] four\r\n");
}

static void who_has_the_input_is_shown_as_it_comes(void **state)
{
    (void)state;
    console_focus(a);
    print_text(a, "login: ");
    EXPECT_OUTPUT("[d1] login: ");
    fake_clear_output();
    print_text(b, "hello\n");
    hv_log("%s", "a line");
    EXPECT_OUTPUT("\r\n[d2] hello\r\n[bailiwick] a line\r\n");
    fake_clear_output();
    console_poll_input();
    EXPECT_OUTPUT("");
    console_poll_input(); /* nothing was said between the two: it is quiet */
    EXPECT_OUTPUT("[d1] login: ");
}

static void a_carriage_return_keeps_the_prefix(void **state)
{
    (void)state;
    print_text(a, "x\r[bailiwick] forged\n");
    EXPECT_OUTPUT("[d1] [bailiwick] forged\r\n");
    fake_clear_output();
    console_focus(a);
    print_text(a, "x\r[bailiwick] forged\n");
    EXPECT_OUTPUT("[d1] x\r[d1] [bailiwick] forged\r\n");
    fake_clear_output();
    print_text(a, "windows line\r\n");
    EXPECT_OUTPUT("[d1] windows line\r\n");
}

static void escape_sequences_do_not_leave_the_line(void **state)
{
    (void)state;
    console_focus(a);
    print_text(a, "a\x1b[2J\x1b[H\x1b[5A\x1b]0;title\x07"
                  "b\x1b"
                  "c\x1b[31mred\x1b[m\n");
    assert_null(strstr(fake.output, "\x1b[2J"));
    assert_null(strstr(fake.output, "\x1b[H"));
    assert_null(strstr(fake.output, "\x1b[5A"));
    assert_null(strstr(fake.output, "\x1b]"));
    assert_non_null(strstr(fake.output, "red"));
}

static void backspaces_stop_at_the_prefix(void **state)
{
    (void)state;
    console_focus(a);
    print_text(a, "ab\b\b\b\b\b\b\bx\n");
    EXPECT_OUTPUT("[d1] ab\b\bx\r\n");
}

static void a_long_line_becomes_several(void **state)
{
    char text[3 * CONSOLE_LINE_MAX + 1];
    unsigned int lines = 0;

    (void)state;
    memset(text, 'y', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\n';
    print(a, text, sizeof(text));
    for (const char *at = fake.output; (at = strstr(at, "[d1] yyy")) != NULL; at++)
        lines++;
    assert_int_equal(lines, 3);
}

static void who_stops_is_heard_to_the_end(void **state)
{
    (void)state;
    console_focus(a);
    print_text(a, "last wor");
    domain_stop(a, SHUTDOWN_crash);
    assert_true(machine_said("last wor"));
    assert_true(machine_said("[bailiwick] input goes to d2"));
    fake_clear_output();
    print_text(b, "begun");
    EXPECT_OUTPUT("[d2] begun");
}

/*
 * A terminal as far as what is printed needs one. Whatever domains print, each row that is complete
 * begins with a speaker's name, and no domain's row with another's.
 */
struct terminal {
    char row[512];
    size_t column, length;
    unsigned int escape;
};

static bool row_is_good(const struct terminal *t)
{
    static const char *const speakers[] = {"[d1] ", "[d2] ", "[bailiwick] "};

    for (unsigned int i = 0; i < ARRAY_SIZE(speakers); i++) {
        if (strncmp(t->row, speakers[i], strlen(speakers[i])) == 0)
            return true;
    }
    return t->length == 0;
}

static void terminal_escape(struct terminal *t, char c)
{
    if (t->escape == 1) {
        assert_int_equal(c, '[');
        t->escape = 2;
    } else if (c >= '@') {
        assert_non_null(strchr("KJmn", c));
        t->length = c == 'K' || c == 'J' ? t->column : t->length;
        t->escape = 0;
    }
}

static void terminal_put(struct terminal *t, char c)
{
    if (t->escape > 0) {
        terminal_escape(t, c);
    } else if (c == '\x1b') {
        t->escape = 1;
    } else if (c == '\n') {
        t->row[t->length] = '\0';
        assert_true(row_is_good(t));
        t->column = t->length = 0;
    } else if (c == '\r') {
        t->column = 0;
    } else if (c == '\b') {
        assert_true(t->column > strlen("[d1] "));
        t->column--;
    } else {
        assert_true(c >= ' ' && c <= '~');
        assert_true(t->column < sizeof(t->row) - 1);
        t->row[t->column++] = c;
        t->length = t->column > t->length ? t->column : t->length;
    }
}

static uint64_t random_word(void)
{
    static uint64_t word = 42;

    word ^= word << 13;
    word ^= word >> 7;
    word ^= word << 17;
    return word;
}

static size_t random_text(char *text, size_t most)
{
    static const char interesting[] = "\r\n\b\x1b[[];KJmnHA2d1] bailwck\x7f\x80\xff\t\a\x00\x9b";
    size_t n = random_word() % most;

    for (size_t i = 0; i < n; i++) {
        uint64_t word = random_word();

        text[i] = (char)(word >> 32);
        if (word % 4)
            text[i] = interesting[word / 4 % sizeof(interesting)];
    }
    return n;
}

static void random_output_forges_nothing(void **state)
{
    struct domain *const focus[] = {a, b, NULL};
    struct terminal terminal = {0};
    char text[300];

    (void)state;
    for (unsigned int i = 0; i < RANDOM_WRITES; i++) {
        size_t n = random_text(text, sizeof(text));

        print(random_word() % 2 ? a : b, text, n);
        if (random_word() % 64 == 0)
            console_focus(focus[random_word() % 3]);
        if (random_word() % 64 == 0)
            hv_log("line %u", i);
        for (size_t at = 0; at < fake.output_length; at++)
            terminal_put(&terminal, fake.output[at]);
        fake_clear_output();
    }
}

static uint32_t send_ring(struct domain *d, uint32_t cons, uint32_t prod)
{
    d->console_ring->out_cons = cons;
    d->console_ring->out_prod = prod;
    assert_int_equal(scene_send(d, CONSOLE_PORT), 0);
    return d->console_ring->out_cons;
}

static void a_ring_is_printed_and_told(void **state)
{
    (void)state;
    memcpy(a->console_ring->out + 2046, "he", 2);
    memcpy(a->console_ring->out, "llo\n", 4);
    assert_int_equal(send_ring(a, 2046, 2052), 2052);
    EXPECT_OUTPUT("[d1] hello\r\n");
    assert_true(evtchn_is_pending(a, CONSOLE_PORT));
}

/* However the indices lie, no more than a part of one ring is printed at once. */
#define MOST_AT_ONCE 512ul /* bytes, of console_ring.c */

static void hostile_ring_indices_are_bounded(void **state)
{
    static const uint32_t indices[] = {0,    1,          2047,       2048,       2049,
                                       4096, 0x7fffffff, 0x80000000, 0xfffff800, 0xffffffff};

    (void)state;
    memset(a->console_ring->out, 'z', sizeof(a->console_ring->out));
    for (unsigned int i = 0; i < ARRAY_SIZE(indices); i++) {
        for (unsigned int n = 0; n < ARRAY_SIZE(indices); n++) {
            uint64_t distance = (uint32_t)(indices[n] - indices[i]);

            fake_clear_output();
            if (distance > MOST_AT_ONCE)
                distance = MOST_AT_ONCE;
            assert_int_equal(send_ring(a, indices[i], indices[n]),
                             (uint32_t)(indices[i] + distance));
            assert_true(fake.output_length < 2 * MOST_AT_ONCE);
        }
    }
}

static void input_goes_to_the_focus_and_stops_when_full(void **state)
{
    static const uint32_t hostile[] = {1, 1023, 1024, 1025, 0x80000000, UINT32_MAX};
    struct xencons_interface *ring = a->console_ring;

    (void)state;
    console_focus(a);
    fake_type("ls\r", 3);
    time_poll();
    assert_int_equal(ring->in_prod, 3);
    assert_memory_equal(ring->in, "ls\r", 3);
    assert_true(evtchn_is_pending(a, CONSOLE_PORT));
    assert_int_equal(b->console_ring->in_prod, 0);
    for (unsigned int i = 0; i < ARRAY_SIZE(hostile); i++) {
        ring->in_cons = 100;
        ring->in_prod = 100 + hostile[i];
        console_ring_input(a, 'x');
        assert_int_equal(ring->in_prod - 100, hostile[i] + (hostile[i] < 1024 ? 1 : 0));
    }
}

static int64_t read_typed(struct domain *d, uint64_t most)
{
    return scene_call(d, __HYPERVISOR_console_io, CONSOLEIO_read, most, ARGUMENTS);
}

static void type_for(struct domain *d, const char *text, size_t size)
{
    console_focus(d);
    fake_type(text, size);
    while (fake.input_taken < fake.input_length)
        console_poll_input();
}

/* As an initial domain does: it is told by a VIRQ, and nothing of it is in the ring. */
static void who_has_the_virq_reads_by_hypercall(void **state)
{
    int64_t port = scene_bind_virq(a, VIRQ_CONSOLE);

    (void)state;
    a->roles = b->roles = XSM_ROLE_CONSOLE;
    type_for(a, "ls\r", 3);
    assert_true(evtchn_is_pending(a, (uint32_t)port));
    assert_int_equal(a->console_ring->in_prod, 0);
    type_for(b, "x", 1); /* has no VIRQ: it goes to its ring */
    assert_int_equal(b->console_ring->in_prod, 1);
    assert_int_equal(read_typed(b, 8), 0);
    assert_int_equal(read_typed(a, 2), 2); /* also when others have the input */
    assert_memory_equal(scene_memory(a, ARGUMENTS), "ls", 2);
    assert_int_equal(read_typed(a, 8), 1);
    assert_memory_equal(scene_memory(a, ARGUMENTS), "\r", 1);
    assert_int_equal(read_typed(a, 8), 0);
    a->roles = 0;
    assert_int_equal(read_typed(a, 8), -EPERM);
    assert_int_equal(scene_close(a, port), 0);
    type_for(a, "y", 1);
    assert_int_equal(a->console_ring->in_prod, 1);
}

static void what_is_typed_beyond_the_room_is_dropped(void **state)
{
    char text[FAKE_INPUT_SIZE];
    const size_t most = sizeof(a->typed.text);

    (void)state;
    a->roles = XSM_ROLE_CONSOLE;
    assert_true(scene_bind_virq(a, VIRQ_CONSOLE) > 0);
    for (size_t i = 0; i < sizeof(text); i++)
        text[i] = (char)('a' + i % 26);
    for (size_t typed = 0; typed < 2 * most; typed += sizeof(text))
        type_for(a, text, sizeof(text));
    assert_int_equal(a->typed.length, most);
    assert_int_equal(scene_call(a, __HYPERVISOR_console_io, CONSOLEIO_read, 8, UINT64_MAX),
                     -EFAULT);
    assert_int_equal(a->typed.length, most); /* nothing is lost by a bad address */
    assert_int_equal(read_typed(a, UINT32_MAX), most);
    assert_int_equal(((const char *)scene_memory(a, ARGUMENTS))[0], 'a');
    assert_int_equal(a->typed.length, 0);
}

static void the_switch_key_moves_the_input(void **state)
{
    static const char key[] = {CONFIG_CONSOLE_SWITCH_KEY, 'x'};

    (void)state;
    console_focus(a);
    fake_type(key, sizeof(key));
    time_poll();
    assert_true(machine_said("[bailiwick] input goes to d2"));
    assert_int_equal(a->console_ring->in_prod, 0);
    assert_int_equal(b->console_ring->in_prod, 1);
    assert_int_equal(b->console_ring->in[0], 'x');
}

static void a_closed_console_port_is_no_way_to_others(void **state)
{
    int64_t ipi;

    (void)state;
    assert_int_equal(scene_close(a, CONSOLE_PORT), 0);
    ipi = scene_bind_ipi(a);
    assert_int_equal(ipi, CONSOLE_PORT);
    a->console_ring->out_prod = 5;
    assert_int_equal(scene_send(a, ipi), 0); /* an IPI now: nothing is printed */
    EXPECT_OUTPUT("");
}

#define CONSOLE_TEST(name) cmocka_unit_test_setup(name, start)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CONSOLE_TEST(lines_are_whole_and_have_their_speaker),
        CONSOLE_TEST(who_has_the_input_is_shown_as_it_comes),
        CONSOLE_TEST(a_carriage_return_keeps_the_prefix),
        CONSOLE_TEST(escape_sequences_do_not_leave_the_line),
        CONSOLE_TEST(backspaces_stop_at_the_prefix),
        CONSOLE_TEST(a_long_line_becomes_several),
        CONSOLE_TEST(who_stops_is_heard_to_the_end),
        CONSOLE_TEST(random_output_forges_nothing),
        CONSOLE_TEST(a_ring_is_printed_and_told),
        CONSOLE_TEST(hostile_ring_indices_are_bounded),
        CONSOLE_TEST(input_goes_to_the_focus_and_stops_when_full),
        CONSOLE_TEST(who_has_the_virq_reads_by_hypercall),
        CONSOLE_TEST(what_is_typed_beyond_the_room_is_dropped),
        CONSOLE_TEST(the_switch_key_moves_the_input),
        CONSOLE_TEST(a_closed_console_port_is_no_way_to_others),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
