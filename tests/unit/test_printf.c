/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * hv/lib/printf.c against the C library's, for everything that hv/lib/include/stdio.h promises. It
 * is compiled with its functions renamed, and with our own <stdio.h>.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define SIZE 256
#define GUARD '\x5a'

int hv_snprintf(char *restrict to, size_t size, const char *restrict format, ...)
    __attribute__((format(printf, 3, 4)));
_Noreturn void panic(const char *format, ...) __attribute__((format(printf, 1, 2)));

static jmp_buf panicked;

_Noreturn void panic(const char *format, ...)
{
    (void)format;
    longjmp(panicked, 1);
}

/* Both print the same, into buffers of every size up to what is needed; and not beyond them. */
static void expect_same(const char *format, const char *ours, int our_length, const char *theirs,
                        int their_length)
{
    if (our_length != their_length || strcmp(ours, theirs) != 0)
        fail_msg("%s: `%s` (%d), not `%s` (%d)", format, ours, our_length, theirs, their_length);
}

#define COMPARE(...)                                                                               \
    do {                                                                                           \
        for (size_t size_ = 1; size_ < SIZE; size_ = size_ * 2 - size_ / 3) {                      \
            char ours_[SIZE], theirs_[SIZE];                                                       \
            int our_length_, their_length_;                                                        \
                                                                                                   \
            memset(ours_, GUARD, sizeof(ours_));                                                   \
            our_length_ = hv_snprintf(ours_, size_, __VA_ARGS__);                                  \
            their_length_ = snprintf(theirs_, size_, __VA_ARGS__);                                 \
            expect_same(#__VA_ARGS__, ours_, our_length_, theirs_, their_length_);                 \
            assert_int_equal(ours_[size_], GUARD);                                                 \
        }                                                                                          \
    } while (0)

static const int ints[] = {0, 1, -1, 9, 10, -10, 12345, INT_MAX, INT_MIN};
static const long longs[] = {0, 1, -1, 1000000007, -1000000007, LONG_MAX, LONG_MIN};

static void integers(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(ints) / sizeof(ints[0]); i++) {
        COMPARE("%d", ints[i]);
        COMPARE("%i", ints[i]);
        COMPARE("%u", (unsigned int)ints[i]);
        COMPARE("%x", (unsigned int)ints[i]);
        COMPARE("%X", (unsigned int)ints[i]);
        COMPARE("<%5d|%-5d|%05d>", ints[i], ints[i], ints[i]);
        COMPARE("<%15d|%-15d|%015d>", ints[i], ints[i], ints[i]);
        COMPARE("<%2x|%-2x|%02x|%08x>", (unsigned int)ints[i], (unsigned int)ints[i],
                (unsigned int)ints[i], (unsigned int)ints[i]);
    }
}

static void long_integers(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(longs) / sizeof(longs[0]); i++) {
        COMPARE("%ld", longs[i]);
        COMPARE("%lld", (long long)longs[i]);
        COMPARE("%lu", (unsigned long)longs[i]);
        COMPARE("%llu", (unsigned long long)longs[i]);
        COMPARE("%zu", (size_t)longs[i]);
        COMPARE("%lx", (unsigned long)longs[i]);
        COMPARE("%lX", (unsigned long)longs[i]);
        COMPARE("<%20ld|%-20ld|%020ld>", longs[i], longs[i], longs[i]);
        COMPARE("<%24ld|%-24ld>", longs[i], longs[i]);
        COMPARE("%016lx", (unsigned long)longs[i]);
    }
}

/* Wider than any number needs, with zeros. */
static void wide_zeros(void **state)
{
    (void)state;
    COMPARE("%022d", 5);
    COMPARE("%022d", -5);
    COMPARE("%030lu", ULONG_MAX);
    COMPARE("%064x", 0xabcu);
}

static void strings(void **state)
{
    static const char not_ended[3] = {'a', 'b', 'c'};

    (void)state;
    COMPARE("%s", "");
    COMPARE("%s", "text");
    COMPARE("<%10s|%-10s>", "text", "text");
    COMPARE("<%2s|%-2s>", "text", "text");
    COMPARE("%.*s", 3, not_ended);
    COMPARE("%.2s|%.0s|%.9s", "text", "text", "text");
    COMPARE("<%*.*s>", 8, 2, "text");
    COMPARE("<%-*s>", 8, "text");
    COMPARE("%c%c", 'a', 'b');
    COMPARE("<%3c|%-3c>", 'a', 'b');
    COMPARE("100%%");
    COMPARE("%s: %d of %lu (%02x)", "all", -3, 7ul, 10u);
}

/* A width or precision from an argument can be negative: C17 7.21.6.1, 5 and 6. */
static void negative_arguments(void **state)
{
    (void)state;
    COMPARE("<%*s>", -8, "text");
    COMPARE("<%*d>", -8, 42);
    COMPARE("<%.*s>", -1, "text");
}

static void nothing_is_written_to_no_buffer(void **state)
{
    char guard = GUARD;

    (void)state;
    assert_int_equal(hv_snprintf(&guard, 0, "%s", "text"), 4);
    assert_int_equal(guard, GUARD);
    assert_int_equal(hv_snprintf(NULL, 0, "%d", 12), 2);
}

static bool panics(const char *format)
{
    int (*print)(char *restrict, size_t, const char *restrict, ...) = hv_snprintf;
    char text[16];

    if (setjmp(panicked) != 0)
        return true;
    (void)print(text, sizeof(text), format, 1);
    return false;
}

static void unknown_conversions_stop_the_machine(void **state)
{
    static const char *const formats[] = {"%q", "%f", "%p", "%n", "%"};

    (void)state;
    for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++)
        assert_true(panics(formats[i]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(integers),
        cmocka_unit_test(long_integers),
        cmocka_unit_test(wide_zeros),
        cmocka_unit_test(strings),
        cmocka_unit_test(negative_arguments),
        cmocka_unit_test(nothing_is_written_to_no_buffer),
        cmocka_unit_test(unknown_conversions_stop_the_machine),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
