/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The decompressors of the loader of bzImages, compared with what the libraries that compress made,
 * and given what is damaged: then they say so, and stay within their buffers.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/packer.h"
#include "tools/unpack/formats.h"
#include "tools/unpack/ranges.h"

#define LARGEST ((size_t)3 << 20)
#define SMALL ((size_t)40000)
#define DAMAGES 300u

/* Of its own, so that the sanitizer sees what goes beyond. */
static uint8_t *copy_of(const uint8_t *data, size_t size)
{
    uint8_t *copy = malloc(size > 0 ? size : 1);

    assert_non_null(copy);
    memcpy(copy, data, size);
    return copy;
}

void *physical(uint64_t address)
{
    return (void *)address;
}

static uint32_t random_state = 1;

static uint32_t next_random(void)
{
    random_state = random_state * 1664525 + 1013904223;
    return random_state >> 8;
}

/* NULL, or what is wrong. */
static const char *unpack(const uint8_t *payload, size_t size, uint8_t *out, size_t out_size)
{
    return unpack_payload((struct input){payload, payload + size},
                          (struct output){out, out, out + out_size});
}

static void must_come_back(enum packer packer, const uint8_t *data, size_t size)
{
    uint8_t *payload = malloc(packer_room(size)), *out = malloc(size > 0 ? size : 1), *exact;
    size_t packed = packer_pack(packer, data, size, payload, packer_room(size));

    exact = copy_of(payload, packed);
    assert_null(unpack(exact, packed, out, size));
    assert_memory_equal(out, data, size);
    assert_int_equal(load_le(exact + packed - 4, 4), size);
    free(payload);
    free(exact);
    free(out);
}

/* This program: x86 code, tables, texts, zeros. */
static size_t read_code(uint8_t *data, size_t room)
{
    FILE *file = fopen("/proc/self/exe", "rb");
    size_t size;

    assert_non_null(file);
    size = fread(data, 1, room, file);
    (void)fclose(file);
    assert_true(size > SMALL);
    return size;
}

static void code_comes_back(void **state)
{
    uint8_t *data = malloc(LARGEST);
    size_t size = read_code(data, LARGEST);

    (void)state;
    for (enum packer packer = 0; packer < NR_PACKERS; packer++)
        must_come_back(packer, data, size);
    free(data);
}

/* What a byte is chosen from, so that codes of all lengths come up. */
static void make_kind(uint8_t *data, size_t size, unsigned int kind)
{
    for (size_t i = 0; i < size; i++) {
        uint32_t r = next_random();

        switch (kind) {
        case 0:
            data[i] = (uint8_t)r;
            break;
        case 1:
            data[i] = (uint8_t)(__builtin_ctz(r | 1u << 20) + 'a');
            break;
        case 2:
            data[i] = i > 600 && r % 50 > 0 ? data[i - 1 - (size_t)r % 7 * 83] : (uint8_t)r;
            break;
        case 3:
            data[i] = (uint8_t)(r % 9 == 0 ? 0xe8 + r / 9 % 2 : r % 3 == 0 ? 0 : 0xff);
            break;
        default:
            data[i] = 'x';
            break;
        }
    }
}

static void everything_comes_back(void **state)
{
    static const size_t sizes[] = {1, 2, 5, 63, 64, 300, 4096, 70000, 262147};
    uint8_t *data = malloc(LARGEST);

    (void)state;
    for (unsigned int kind = 0; kind < 5; kind++) {
        for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
            make_kind(data, sizes[i], kind);
            for (enum packer packer = 0; packer < NR_PACKERS; packer++)
                must_come_back(packer, data, sizes[i]);
        }
    }
    free(data);
}

/* More than a block of LZ4's, and than zstd's windows of low levels. */
static void large_ones_come_back(void **state)
{
    const size_t size = (size_t)9 << 20;
    uint8_t *data = malloc(size);

    (void)state;
    make_kind(data, size, 2);
    must_come_back(PACKER_LZ4_FAST, data, size);
    must_come_back(PACKER_ZSTD_FAST, data, size);
    must_come_back(PACKER_GZIP_FAST, data, size);
    free(data);
}

static void must_be_damaged(const uint8_t *payload, size_t size, size_t out_size)
{
    uint8_t *exact = copy_of(payload, size), *out = malloc(out_size > 0 ? out_size : 1);
    const char *why = unpack(exact, size, out, out_size);

    assert_non_null(why);
    assert_non_null(strstr(why, "it is damaged"));
    free(exact);
    free(out);
}

static void sizes_must_be_right(void **state)
{
    uint8_t *data = malloc(SMALL), *payload = malloc(packer_room(SMALL));

    (void)state;
    make_kind(data, SMALL, 2);
    for (enum packer packer = 0; packer < NR_PACKERS; packer++) {
        size_t packed = packer_pack(packer, data, SMALL, payload, packer_room(SMALL));

        must_be_damaged(payload, packed, SMALL - 1);
        must_be_damaged(payload, packed, SMALL + 1);
        must_be_damaged(payload, packed, 0);
        must_be_damaged(payload, packed - 1, SMALL);
    }
    free(data);
    free(payload);
}

/* Cut anywhere: what is left is never taken for the whole. */
static void what_is_cut_is_damaged(void **state)
{
    uint8_t *data = malloc(SMALL), *payload = malloc(packer_room(SMALL));

    (void)state;
    make_kind(data, SMALL, 1);
    for (enum packer packer = 0; packer < NR_PACKERS; packer++) {
        size_t packed = packer_pack(packer, data, SMALL, payload, packer_room(SMALL));

        for (size_t size = 16; size < packed; size += 1 + packed / 97)
            must_be_damaged(payload, size, SMALL);
    }
    free(data);
    free(payload);
}

/* LZ4 has no checksum, and some of zstd's levels here have none. */
static bool is_checked(enum packer packer)
{
    return packer != PACKER_LZ4 && packer != PACKER_LZ4_FAST && packer != PACKER_ZSTD_FAST &&
           packer != PACKER_ZSTD_FASTER;
}

/* The data can't come out otherwise than it went in: who has a checksum tells. */
static void what_is_changed_is_found(void **state)
{
    uint8_t *data = malloc(SMALL), *payload = malloc(packer_room(SMALL)), *out = malloc(SMALL);

    (void)state;
    for (enum packer packer = 0; packer < NR_PACKERS; packer++) {
        size_t packed;

        make_kind(data, SMALL, packer % 3);
        packed = packer_pack(packer, data, SMALL, payload, packer_room(SMALL));
        for (unsigned int i = 0; i < DAMAGES; i++) {
            uint8_t *exact = copy_of(payload, packed);

            exact[8 + next_random() % (packed - 8)] ^= (uint8_t)(1u << next_random() % 8);
            if (unpack(exact, packed, out, SMALL) == NULL && is_checked(packer))
                assert_memory_equal(out, data, SMALL);
            free(exact);
        }
    }
    free(data);
    free(payload);
    free(out);
}

static void others_are_named(void **state)
{
    static const uint8_t bzip2[16] = "BZh91AY&SY";
    uint8_t out[16];

    (void)state;
    assert_non_null(
        strstr(unpack(bzip2, sizeof(bzip2), out, sizeof(out)), "gzip, xz, lz4 or zstd"));
    assert_non_null(strstr(unpack(bzip2, 0, out, sizeof(out)), "gzip, xz, lz4 or zstd"));
    for (size_t size = 0; size < 10; size++)
        assert_non_null(
            unpack((const uint8_t *)"\xfd\x37\x7a\x58\x5a\x00\x00\x00\x00", size, out, 1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(code_comes_back),        cmocka_unit_test(everything_comes_back),
        cmocka_unit_test(large_ones_come_back),   cmocka_unit_test(sizes_must_be_right),
        cmocka_unit_test(what_is_cut_is_damaged), cmocka_unit_test(what_is_changed_is_found),
        cmocka_unit_test(others_are_named),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
