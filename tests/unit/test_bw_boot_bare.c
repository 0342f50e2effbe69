/* SPDX-License-Identifier: BSD-2-Clause */
/* What bw-boot has in place of a C library without an operating system, against the host's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tools/probe/xen.h"

int bare_vsnprintf(char *to, size_t room, const char *format, va_list arguments);
int bare_snprintf(char *to, size_t room, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void *bare_memmove(void *to, const void *from, size_t size);
int bare_memcmp(const void *a, const void *b, size_t size);
void *bare_memchr(const void *bytes, int byte, size_t size);
size_t bare_strnlen(const char *text, size_t most);
size_t bare_strlen(const char *text);
int bare_strncmp(const char *a, const char *b, size_t most);
int bare_strcmp(const char *a, const char *b);
char *bare_strrchr(const char *text, int c);
size_t bare_strcspn(const char *text, const char *end);

void shutdown(unsigned int reason)
{
    fail_msg("shutdown %u", reason);
    abort();
}

#define SAME(room, ...)                                                                            \
    do {                                                                                           \
        char theirs[64] = "untouched", ours[64] = "untouched";                                     \
        int length = snprintf(theirs, (room), __VA_ARGS__);                                        \
                                                                                                   \
        assert_int_equal(bare_snprintf(ours, (room), __VA_ARGS__), length);                        \
        assert_string_equal(ours, theirs);                                                         \
    } while (0)

#define SAME_FOR(type, value)                                                                      \
    do {                                                                                           \
        SAME(64, "%" type, value);                                                                 \
        SAME(64, "%12" type "|", value);                                                           \
        SAME(64, "%-12" type "|", value);                                                          \
    } while (0)

static void it_formats_as_the_host_does(void **state)
{
    /* The room is no constant, or the compiler warns of what is cut off. */
    volatile size_t rooms[] = {0, 1, 2, 5, 9, 10, 11, 64};

    (void)state;
    for (size_t i = 0; i < sizeof(rooms) / sizeof(rooms[0]); i++)
        SAME(rooms[i], "ab%scd%uef", "xyz", 10u);
    SAME_FOR("s", "");
    SAME_FOR("s", "word");
    SAME_FOR("s", "a-word-that-is-longer-than-its-field");
    SAME_FOR("d", 0);
    SAME_FOR("d", -1);
    SAME_FOR("d", INT32_MIN);
    SAME_FOR("u", UINT32_MAX);
    SAME_FOR("lu", UINT64_MAX);
    SAME_FOR("x", 0xabcdefu);
    SAME_FOR("lx", 0x123456789abcdef0ul);
    SAME(64, "%02x%02x", 0u, 0xfeu);
    SAME(64, "%04d", 7);
    SAME(64, "100%%");
    SAME(64, "%.*s|", 3, "abcdef");
    SAME(64, "%.*s|", 9, "abcdef");
    SAME(64, "%.*s|", 0, "abcdef");
    SAME(64, "%u %.*s %s", 1u, 2, "xyz", "end");
}

static int sign(int value)
{
    return (value > 0) - (value < 0);
}

static void it_compares_and_finds_as_the_host_does(void **state)
{
    static const char *const texts[] = {"", "a", "b", "ab", "abc", "abd", "abca", "\xff"};
    static const size_t nr = sizeof(texts) / sizeof(texts[0]);

    (void)state;
    for (size_t i = 0; i < nr; i++) {
        const char *a = texts[i];

        assert_int_equal(bare_strlen(a), strlen(a));
        for (size_t j = 0; j < nr; j++) {
            const char *b = texts[j];

            assert_int_equal(sign(bare_strcmp(a, b)), sign(strcmp(a, b)));
            assert_int_equal(bare_strcspn(a, b), strcspn(a, b));
            for (size_t n = 0; n < 6; n++) {
                assert_int_equal(sign(bare_strncmp(a, b, n)), sign(strncmp(a, b, n)));
                assert_int_equal(bare_strnlen(a, n), strnlen(a, n));
            }
        }
        for (int c = 'a' - 1; c <= 'd'; c++) {
            assert_ptr_equal(bare_strrchr(a, c), strrchr(a, c));
            assert_ptr_equal(bare_memchr(a, c, strlen(a)), memchr(a, c, strlen(a)));
        }
        assert_ptr_equal(bare_strrchr(a, '\0'), a + strlen(a));
    }
    assert_int_equal(sign(bare_memcmp("a\0b", "a\0c", 3)), -1);
    assert_int_equal(bare_memcmp("a\0b", "a\0c", 2), 0);
}

static void it_moves_over_itself(void **state)
{
    (void)state;
    for (size_t from = 0; from < 8; from++) {
        for (size_t to = 0; to < 8; to++) {
            char ours[] = "0123456789abcdef", theirs[] = "0123456789abcdef";

            assert_ptr_equal(bare_memmove(ours + to, ours + from, 8), ours + to);
            memmove(theirs + to, theirs + from, 8);
            assert_string_equal(ours, theirs);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_formats_as_the_host_does),
        cmocka_unit_test(it_compares_and_finds_as_the_host_does),
        cmocka_unit_test(it_moves_over_itself),
    };

    return cmocka_run_group_tests_name("bw-boot without a C library", tests, NULL, NULL);
}
