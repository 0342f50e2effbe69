/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The firmware's ACPI tables (hv/arch/x86/firmware.c): right ones, wrong ones, and thousands of
 * damaged ones. Physical memory is 4 GiB of address space that ends in pages nobody may read.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>

#include <cmocka.h>

#include "arch_layout.h"
#include "hv/arch/x86/firmware.h"
#include "hv/machine/memory.h"

/* Linux's, which POSIX alone doesn't have. */
#ifndef MAP_ANONYMOUS
#define MAP_ANONYMOUS 0x20
#endif
#ifndef MAP_NORESERVE
#define MAP_NORESERVE 0x4000
#endif

#define EBDA 0x9fc00ul
#define ROOT 0x7fe0000ul
#define MADT 0x7fe1000ul
#define OTHER 0x7fe2000ul
#define BEYOND 16 /* pages */
#define RANDOM_RUNS 20000u

static uint8_t *memory;
static struct boot_info boot;
static struct firmware_cpus cpus;

void *map_paddr(paddr_t address)
{
    assert_in_range(address.a, 0, BOOT_MAP_SIZE - 1);
    return memory + address.a;
}

static void put(uint64_t at, uint64_t value, size_t size)
{
    memcpy(memory + at, &value, size);
}

static uint8_t negative_sum(const uint8_t *data, size_t size)
{
    uint8_t sum = 0;

    for (size_t i = 0; i < size; i++)
        sum = (uint8_t)(sum + data[i]);
    return (uint8_t)-sum;
}

static void finish(uint64_t at, uint32_t size)
{
    put(at + 4, size, 4);
    memory[at + 9] = 0;
    memory[at + 9] = negative_sum(memory + at, size);
}

static void put_table(uint64_t at, const char *signature, uint32_t size)
{
    memset(memory + at, 0, 36);
    memcpy(memory + at, signature, 4);
    finish(at, size);
}

static void put_rsdp(uint8_t *rsdp, uint8_t revision, uint64_t rsdt, uint64_t xsdt)
{
    memset(rsdp, 0, 36);
    memcpy(rsdp, "RSD PTR ", 8);
    rsdp[15] = revision;
    memcpy(rsdp + 16, &rsdt, 4);
    rsdp[20] = 36;
    memcpy(rsdp + 24, &xsdt, 8);
    rsdp[8] = negative_sum(rsdp, 20);
    rsdp[32] = negative_sum(rsdp, 36);
}

static uint32_t add_apic(uint32_t at, uint8_t id, uint32_t flags)
{
    memory[MADT + at] = 0;
    memory[MADT + at + 1] = 8;
    memory[MADT + at + 3] = id;
    put(MADT + at + 4, flags, 4);
    return at + 8;
}

static uint32_t add_x2apic(uint32_t at, uint32_t id, uint32_t flags)
{
    memory[MADT + at] = 9;
    memory[MADT + at + 1] = 16;
    put(MADT + at + 4, id, 4);
    put(MADT + at + 8, flags, 4);
    return at + 16;
}

static void clear(void)
{
    memset(memory + EBDA, 0, 1024);
    memset(memory + 0xe0000, 0, 0x20000);
    memset(memory + ROOT, 0, 0x10000);
    put(0x40e, EBDA >> 4, 2);
    memset(&boot, 0, sizeof(boot));
}

/* An XSDT that names another table and a MADT, which lists `n` CPUs. */
static void put_good(unsigned int n)
{
    uint32_t size = 44;

    clear();
    put(ROOT + 36, OTHER, 8);
    put(ROOT + 44, MADT, 8);
    put_table(ROOT, "XSDT", 52);
    put_table(OTHER, "FACP", 100);
    put_table(MADT, "APIC", 0);
    for (unsigned int i = 0; i < n; i++)
        size = i % 2 == 0 ? add_apic(size, (uint8_t)i, 1) : add_x2apic(size, i, 1);
    finish(MADT, size);
    put_rsdp(boot.rsdp, 2, 0, ROOT);
    boot.rsdp_size = 36;
}

static void expect(unsigned int listed)
{
    assert_null(firmware_read_cpus(&boot, &cpus));
    assert_int_equal(cpus.listed, listed);
    assert_int_equal(cpus.kept, listed < CONFIG_MAX_CPUS ? listed : CONFIG_MAX_CPUS);
}

static void expect_nothing(const char *why)
{
    const char *said = firmware_read_cpus(&boot, &cpus);

    assert_non_null(said);
    assert_non_null(strstr(said, why));
    assert_int_equal(cpus.listed, 0);
    assert_int_equal(cpus.kept, 0);
}

static void cpus_are_listed(void **state)
{
    (void)state;
    for (unsigned int n = 0; n <= 5; n++) {
        put_good(n);
        expect(n);
        for (unsigned int i = 0; i < n; i++)
            assert_int_equal(cpus.apic_id[i], i);
    }
    put_good(CONFIG_MAX_CPUS + 7);
    expect(CONFIG_MAX_CPUS + 7);
}

static void only_enabled_cpus_count_and_once(void **state)
{
    uint32_t size = 44;

    (void)state;
    put_good(0);
    size = add_apic(size, 4, 1);
    size = add_apic(size, 5, 0);
    size = add_apic(size, 6, 2); /* could be brought online later: by nobody here */
    size = add_apic(size, 0xff, 1);
    size = add_x2apic(size, 0xffffffff, 1);
    size = add_x2apic(size, 4, 1);
    size = add_x2apic(size, 0x12345, 1);
    finish(MADT, size);
    expect(2);
    assert_int_equal(cpus.apic_id[0], 4);
    assert_int_equal(cpus.apic_id[1], 0x12345);
}

static void the_root_is_found_where_it_may_be(void **state)
{
    static const uint64_t places[] = {EBDA, EBDA + 1024 - 48, 0xe0000, 0xfffc0};

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
        put_good(2);
        boot.rsdp_size = 0;
        put_rsdp(memory + places[i], 2, 0, ROOT);
        expect(2);
        memory[places[i] + 8]++;
        expect_nothing("no ACPI root pointer");
    }
    put_good(2);
    boot.rsdp_size = 0;
    put_rsdp(memory + 0xe0008, 2, 0, ROOT); /* on no boundary of 16 bytes */
    expect_nothing("no ACPI root pointer");
}

/* ACPI 1.0, and a longer root pointer whose second half is wrong: addresses of 32 bits. */
static void the_older_root_table(void **state)
{
    (void)state;
    put_good(3);
    put(ROOT + 36, OTHER, 4);
    put(ROOT + 40, MADT, 4);
    put_table(ROOT, "RSDT", 44);
    put_rsdp(boot.rsdp, 0, ROOT, 0);
    boot.rsdp_size = 20;
    expect(3);
    put_rsdp(boot.rsdp, 2, ROOT, OTHER);
    boot.rsdp_size = 36;
    expect(3);
    boot.rsdp[33]++;
    expect(3);
}

/* The longer root pointer's address counts only if that is what it is. */
static void the_newer_root_table(void **state)
{
    (void)state;
    put_good(3);
    put_rsdp(boot.rsdp, 1, 0, ROOT);
    expect_nothing("aren't where they should be");
    put_rsdp(boot.rsdp, 2, 0, ROOT);
    boot.rsdp_size = 35;
    expect_nothing("aren't where they should be");
    boot.rsdp_size = 36;
    boot.rsdp[32]++;
    expect_nothing("aren't where they should be");
}

/* What a BIOS says about its data area may be nonsense. */
static void the_bios_data_area_may_be_anywhere(void **state)
{
    static const uint64_t bad[] = {0, 0x200, 0x9fd00, 0xa0000, 0xb0000};

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
        put_good(2);
        boot.rsdp_size = 0;
        put(0x40e, bad[i] >> 4, 2);
        put_rsdp(memory + bad[i] + 0x40, 2, 0, ROOT);
        expect_nothing("no ACPI root pointer");
        memset(memory + bad[i] + 0x40, 0, 36);
    }
}

static void tables_out_of_reach(void **state)
{
    static const uint64_t bad[] = {
        0,          BOOT_MAP_SIZE - 1, BOOT_MAP_SIZE - 35, BOOT_MAP_SIZE, UINT64_MAX - 10,
        UINT64_MAX, 1ul << 63};

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
        put_good(2);
        put(ROOT + 44, bad[i], 8);
        finish(ROOT, 52);
        expect_nothing("no table of CPUs");
        put_rsdp(boot.rsdp, 2, 0, bad[i]);
        expect_nothing("aren't where they should be");
    }
    put_good(2); /* one that begins in reach, and doesn't end there */
    put_table(BOOT_MAP_SIZE - 40, "APIC", 36);
    put(BOOT_MAP_SIZE - 40 + 4, 44, 4);
    put(ROOT + 44, BOOT_MAP_SIZE - 40, 8);
    finish(ROOT, 52);
    expect_nothing("no table of CPUs");
    put_table(0, "APIC", 44);
    put(ROOT + 44, 0, 8);
    finish(ROOT, 52);
    expect_nothing("no table of CPUs");
}

/* Tables that end where memory does, and would go on. */
static void tables_at_the_end(void **state)
{
    static const uint32_t sizes[] = {36, 43, 45, 46, 52};

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
        uint64_t at = BOOT_MAP_SIZE - sizes[i];

        put_good(0);
        memset(memory + at, 0, sizes[i]);
        memcpy(memory + at, "APIC", 4);
        if (sizes[i] > 45)
            memory[at + 45] = 9; /* an entry's length */
        finish(at, sizes[i]);
        put(ROOT + 44, at, 8);
        finish(ROOT, 52);
        if (sizes[i] == 45)
            expect(0);
        else
            expect_nothing("malformed");
    }
}

static void wrong_lengths(void **state)
{
    static const uint32_t bad[] = {0, 1, 35, 1024 * 1024 + 1, 0x7fffffff, 0xffffffff};

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
        put_good(2);
        put(MADT + 4, bad[i], 4);
        expect_nothing("no table of CPUs");
        put_good(2);
        put(ROOT + 4, bad[i], 4);
        expect_nothing("aren't where they should be");
    }
    put_good(2);
    finish(MADT, 1024 * 1024 + 1); /* with the right sum */
    expect_nothing("no table of CPUs");
    put_good(2);
    finish(MADT, 36); /* without what comes before its entries */
    expect_nothing("malformed");
    put_good(2);
    finish(MADT, 43);
    expect_nothing("malformed");
}

static void wrong_entries(void **state)
{
    (void)state;
    put_good(1);
    memory[MADT + 45] = 0; /* of no length: would never end */
    finish(MADT, 52);
    expect_nothing("malformed");
    memory[MADT + 45] = 9; /* longer than the table */
    finish(MADT, 52);
    expect_nothing("malformed");
    memory[MADT + 45] = 7; /* too short for what it says it is; a byte is left behind it */
    finish(MADT, 52);
    expect(0);
    memory[MADT + 44] = 200; /* of no known type */
    memory[MADT + 45] = 8;
    finish(MADT, 52);
    expect(0);
    finish(MADT, add_x2apic(44, 5, 1) - 1);
    expect_nothing("malformed");
    memory[MADT + 45] = 15; /* too short for what it says it is */
    finish(MADT, 59);
    expect(0);
    memory[MADT + 44] = 10; /* as long, but something else */
    memory[MADT + 45] = 16;
    finish(MADT, 60);
    expect(0);
    put_good(3);
    memory[MADT + 45 + 24] = 1; /* the first two are right */
    finish(MADT, 76);
    expect_nothing("malformed");
}

static void wrong_sums(void **state)
{
    (void)state;
    put_good(2);
    memory[MADT + 50]++;
    expect_nothing("no table of CPUs");
    put_good(2);
    memory[ROOT + 40]++;
    expect_nothing("aren't where they should be");
}

static uint64_t random_state;

static uint32_t random_below(uint32_t limit)
{
    random_state = random_state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(random_state >> 33) % limit;
}

/* Damaged, and with the right checksum again: whatever comes of it, nothing is read beyond. */
static void damaged_tables(void **state)
{
    (void)state;
    random_state = 1;
    for (unsigned int run = 0; run < RANDOM_RUNS; run++) {
        put_good(random_below(8));
        for (unsigned int i = random_below(4) + 1; i > 0; i--)
            memory[(random_below(2) == 0 ? MADT : ROOT) + random_below(120)] =
                (uint8_t)random_below(256);
        finish(MADT, 44 + random_below(80));
        finish(ROOT, 36 + random_below(40));
        (void)firmware_read_cpus(&boot, &cpus);
        assert_true(cpus.kept <= CONFIG_MAX_CPUS && cpus.kept <= cpus.listed);
    }
}

static int map_memory(void **state)
{
    const size_t guard = BEYOND * PAGE_SIZE, size = BOOT_MAP_SIZE + guard;

    (void)state;
    memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
                  -1, 0);
    return memory == MAP_FAILED || mprotect(memory + BOOT_MAP_SIZE, guard, PROT_NONE) != 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cpus_are_listed),
        cmocka_unit_test(only_enabled_cpus_count_and_once),
        cmocka_unit_test(the_root_is_found_where_it_may_be),
        cmocka_unit_test(the_older_root_table),
        cmocka_unit_test(the_newer_root_table),
        cmocka_unit_test(the_bios_data_area_may_be_anywhere),
        cmocka_unit_test(tables_out_of_reach),
        cmocka_unit_test(tables_at_the_end),
        cmocka_unit_test(wrong_lengths),
        cmocka_unit_test(wrong_entries),
        cmocka_unit_test(wrong_sums),
        cmocka_unit_test(damaged_tables),
    };

    return cmocka_run_group_tests_name("firmware", tests, map_memory, NULL);
}
