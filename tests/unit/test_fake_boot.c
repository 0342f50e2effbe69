/* SPDX-License-Identifier: BSD-2-Clause */
/* The bootloader's hand-over: both protocols, and bootloaders that are wrong. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "hv/boot/boot_info.h"
#include "hv/machine/memory.h"
#include "hv_invariants.h"
#include "hv_machine.h"

#define MB2 0x36d76289u
#define MB1 0x2badb002u
#define MEMORY (16 * MIB)
#define AT (3 * MIB)      /* the information */
#define TEXTS (AT + 4096) /* what Multiboot's information points to */
#define RANDOM_RUNS 5000u

static struct boot_info boot;
static uint32_t *words; /* the information, and how many words it has */
static unsigned int n;

static void add(uint32_t word)
{
    words[n++] = word;
}

static void start(void)
{
    fake_power_on(MEMORY);
    words = map_paddr(paddr(AT));
    n = 2;
}

static void add_module(uint32_t first, uint32_t end, const char *line)
{
    uint32_t size = (uint32_t)strlen(line) + 1;

    add(3);
    add(16 + size);
    add(first);
    add(end);
    memcpy(&words[n], line, size);
    n += (size + 7) / 8 * 2;
}

static void add_ram(uint64_t first, uint64_t size, uint32_t type)
{
    const uint64_t numbers[] = {first, size};

    memcpy(&words[n], numbers, sizeof(numbers));
    n += 4;
    add(type);
    add(0);
}

static void add_memory_map(unsigned int entries, uint32_t entry_size)
{
    add(6);
    add(16 + entries * 24);
    add(entry_size);
    add(0);
}

static void end_tags(void)
{
    add(0);
    add(8);
    words[0] = n * 4;
}

/* A good Multiboot2 hand-over: 1 range of RAM, 2 modules. */
static void start_good(void)
{
    start();
    add_memory_map(2, 24);
    add_ram(0, MEMORY, 1);
    add_ram(MEMORY, 4096, 2);
    add_module(4 * MIB, 4 * MIB + 5000, "first and arguments");
    add_module(5 * MIB, 5 * MIB, "");
    end_tags();
}

static void read_mb2(void *argument)
{
    (void)argument;
    boot_read_multiboot(MB2, paddr(AT), &boot);
}

static void read_mb1(void *argument)
{
    (void)argument;
    boot_read_multiboot(MB1, paddr(AT), &boot);
}

static void read_magic(void *argument)
{
    boot_read_multiboot(*(uint32_t *)argument, paddr(AT), &boot);
}

static void expect_stop(const char *text)
{
    assert_int_equal(fake_run(read_mb2, NULL), FAKE_HALTED);
    assert_int_equal(fake.end_code, 2);
    assert_true(machine_said(text));
}

static void multiboot2_is_read(void **state)
{
    (void)state;
    start_good();
    assert_int_equal(fake_run(read_mb2, NULL), FAKE_RETURNED);
    assert_string_equal(boot.protocol, "Multiboot2");
    assert_int_equal(boot.nr_ram, 1);
    assert_int_equal(boot.ram[0].end.a, MEMORY);
    assert_int_equal(boot.nr_modules, 2);
    assert_string_equal(boot.module[0].line, "first and arguments");
    assert_int_equal(boot.module[0].range.end.a, 4 * MIB + 5000);
    assert_string_equal(boot.module[1].line, "");
    assert_int_equal(boot.information.end.a - boot.information.start.a, n * 4);
}

static void add_rsdp(uint32_t type, uint32_t size, uint8_t first)
{
    add(type);
    add(8 + size);
    memset(&words[n], first, size);
    n += (size + 7) / 8 * 2;
}

/* Of the copies of ACPI's root pointer the longest is kept, and no more than it can have. */
static void acpi_root_pointer_is_kept(void **state)
{
    static const uint32_t sizes[][2] = {{20, 36}, {36, 20}, {0, 36}, {60, 20}};

    (void)state;
    start_good();
    assert_int_equal(fake_run(read_mb2, NULL), FAKE_RETURNED);
    assert_int_equal(boot.rsdp_size, 0);
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        start();
        add_memory_map(1, 24);
        add_ram(0, MEMORY, 1);
        add_rsdp(14, sizes[i][0], (uint8_t)sizes[i][0]);
        add_rsdp(15, sizes[i][1], (uint8_t)sizes[i][1]);
        end_tags();
        assert_int_equal(fake_run(read_mb2, NULL), FAKE_RETURNED);
        assert_int_equal(boot.rsdp_size, 36);
        assert_int_equal(boot.rsdp[0], sizes[i][sizes[i][1] > sizes[i][0]]);
        assert_int_equal(boot.rsdp[35], boot.rsdp[0]);
    }
}

static void multiboot1_is_read(void **state)
{
    static const uint32_t module[] = {4 * MIB, 5 * MIB, TEXTS, 0};
    static const uint32_t map[] = {20, 0, 0, MEMORY, 0, 1, 20, 0, 1, 4096, 0, 2};

    (void)state;
    start();
    memcpy(map_paddr(paddr(TEXTS)), "kernel a b", 11);
    memcpy(map_paddr(paddr(TEXTS + 64)), module, sizeof(module));
    memcpy(map_paddr(paddr(TEXTS + 128)), map, sizeof(map));
    words[0] = 1u << 2 | 1u << 3 | 1u << 6 | 1u << 9;
    words[4] = TEXTS;
    words[5] = 1;
    words[6] = TEXTS + 64;
    words[11] = sizeof(map);
    words[12] = TEXTS + 128;
    words[16] = TEXTS;
    assert_int_equal(fake_run(read_mb1, NULL), FAKE_RETURNED);
    assert_string_equal(boot.protocol, "Multiboot");
    assert_string_equal(boot.command_line, "kernel a b");
    assert_string_equal(boot.loader, "kernel a b");
    assert_string_equal(boot.module[0].line, "kernel a b");
    assert_int_equal(boot.nr_ram, 1);

    /* An entry that says it is longer than the map, and one that is too short. */
    *(uint32_t *)map_paddr(paddr(TEXTS + 128)) = 64;
    assert_int_equal(fake_run(read_mb1, NULL), FAKE_HALTED);
    assert_true(machine_said("the Multiboot memory map is malformed"));
    *(uint32_t *)map_paddr(paddr(TEXTS + 128)) = 0;
    assert_int_equal(fake_run(read_mb1, NULL), FAKE_HALTED);
}

static void other_loaders_are_refused(void **state)
{
    uint32_t magic = 0x12345678;

    (void)state;
    start();
    assert_int_equal(fake_run(read_magic, &magic), FAKE_HALTED);
    assert_true(machine_said("magic 0x12345678"));
    magic = MB2;
    end_tags();
    assert_int_equal(fake_run(read_magic, &magic), FAKE_HALTED);
    start();
    end_tags();
    expect_stop("gave no memory map");
}

static void malformed_tags_stop_the_boot(void **state)
{
    (void)state;
    start_good();
    words[0] = 4;
    expect_stop("is 4 bytes long");
    start_good();
    words[0] = UINT32_MAX;
    expect_stop("bytes long");
    start_good();
    words[0] -= 8;
    expect_stop("has no end tag");
    start_good();
    words[3] = 4; /* the first tag's size */
    expect_stop("tag at offset 8 is malformed");
    start_good();
    words[3] = 1 * MIB;
    expect_stop("tag at offset 8 is malformed");
    start_good();
    words[3] = 12;
    expect_stop("memory map is malformed");
    start_good();
    words[4] = 8; /* the entries' size */
    expect_stop("memory map is malformed");
}

static void bad_modules_stop_the_boot(void **state)
{
    (void)state;
    start();
    add(3);
    add(12);
    add(0);
    add(0);
    end_tags();
    expect_stop("module tag is malformed");
    start();
    add_module(5 * MIB, 4 * MIB, "backwards");
    end_tags();
    expect_stop("ends before it begins");
    start();
    for (unsigned int i = 0; i <= BOOT_MAX_MODULES; i++)
        add_module(4 * MIB, 4 * MIB, "many");
    end_tags();
    expect_stop("more than 64 modules");
}

static void long_lines_stop_the_boot(void **state)
{
    static char line[BOOT_MAX_LINE + 2];

    (void)state;
    start();
    memset(line, 'x', BOOT_MAX_LINE);
    add_module(4 * MIB, 4 * MIB, line);
    end_tags();
    expect_stop("a module line is longer than 511 bytes");
}

/* A frame of two ranges would be given out twice: they become one. */
static void overlapping_memory_becomes_one_range(void **state)
{
    (void)state;
    start();
    add_memory_map(4, 24);
    add_ram(32 * MIB, 8 * MIB, 1);
    add_ram(8 * MIB - 4096, 8 * MIB, 1);
    add_ram(0, 8 * MIB, 1);
    add_ram(33 * MIB, MIB, 1);
    end_tags();
    assert_int_equal(fake_run(read_mb2, NULL), FAKE_RETURNED);
    assert_int_equal(boot.nr_ram, 2);
    assert_int_equal(boot.ram[0].start.a, 0);
    assert_int_equal(boot.ram[0].end.a, 16 * MIB - 4096);
    assert_int_equal(boot.ram[1].start.a, 32 * MIB);
    assert_int_equal(boot.ram[1].end.a, 40 * MIB);
}

static void too_many_ranges_stop_the_boot(void **state)
{
    (void)state;
    start();
    add_memory_map(BOOT_MAX_RANGES + 1, 24);
    for (unsigned int i = 0; i <= BOOT_MAX_RANGES; i++)
        add_ram(i * 8192ul, 4096, 1);
    end_tags();
    expect_stop("more than 64 ranges");
}

/* RAM in pieces that are no whole frames, and pieces that reach beyond all addresses. */
static void memory_of_any_shape_is_accounted_for(void **state)
{
    (void)state;
    fake_power_on(MEMORY);
    memset(&boot, 0, sizeof(boot));
    boot.ram[boot.nr_ram++] = (struct boot_range){paddr(100), paddr(0x9fc01)};
    boot.ram[boot.nr_ram++] = (struct boot_range){paddr(MIB), paddr(6 * MIB + 1)};
    boot.ram[boot.nr_ram++] = (struct boot_range){paddr(6 * MIB + 2), paddr(6 * MIB + 100)};
    boot.ram[boot.nr_ram++] = (struct boot_range){paddr(7 * MIB - 1), paddr(MEMORY)};
    boot.module[boot.nr_modules++].range =
        (struct boot_range){paddr(8 * MIB + 1), paddr(8 * MIB + 2)};
    boot.module[boot.nr_modules++].range = (struct boot_range){paddr(8 * MIB), paddr(9 * MIB)};
    memory_init(&boot);
    memory_add_high(&boot);
    assert_null(invariants_broken(invariants_hypervisor_frames()));
    assert_int_equal(memory_reclaim_boot(paddr(8 * MIB), paddr(9 * MIB)), 256);
    assert_int_equal(memory_reclaim_boot(paddr(8 * MIB), paddr(9 * MIB)), 0);
    assert_null(invariants_broken(invariants_hypervisor_frames()));
}

/* Whatever the bytes are, they are read or refused. */
static void random_changes_are_survived(void **state)
{
    unsigned int refused = 0;
    uint64_t word = 7;

    (void)state;
    for (unsigned int run = 0; run < RANDOM_RUNS; run++) {
        start_good();
        for (unsigned int i = 0; i < 1 + run % 4; i++) {
            uint8_t *byte;

            word = word * 6364136223846793005u + 1442695040888963407u;
            byte = (uint8_t *)words + (word >> 40) % (n * 4ul);
            *byte = (uint8_t)(word >> 33);
        }
        refused += fake_run(read_mb2, NULL) == FAKE_HALTED ? 1 : 0;
    }
    assert_true(refused > RANDOM_RUNS / 20 && refused < RANDOM_RUNS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(multiboot2_is_read),
        cmocka_unit_test(acpi_root_pointer_is_kept),
        cmocka_unit_test(multiboot1_is_read),
        cmocka_unit_test(other_loaders_are_refused),
        cmocka_unit_test(malformed_tags_stop_the_boot),
        cmocka_unit_test(bad_modules_stop_the_boot),
        cmocka_unit_test(long_lines_stop_the_boot),
        cmocka_unit_test(overlapping_memory_becomes_one_range),
        cmocka_unit_test(too_many_ranges_stop_the_boot),
        cmocka_unit_test(memory_of_any_shape_is_accounted_for),
        cmocka_unit_test(random_changes_are_survived),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
