/* SPDX-License-Identifier: BSD-2-Clause */
#define _DEFAULT_SOURCE /* MAP_ANONYMOUS */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/unit/lcm_blob.h"

#define BLOBS "build/tests/lcm"
#define LARGEST 65536u
#define ALIGNMENT 8u

void lcm_blob_copy(struct lcm_blob *blob, const void *data, size_t size)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    size_t room = (size + page) / page * page;
    uint8_t *map;

    map = mmap(NULL, room + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    assert_true((void *)map != MAP_FAILED);
    assert_int_equal(mprotect(map + room, page, PROT_NONE), 0);
    blob->map = map;
    blob->map_size = room + page;
    blob->size = size;
    blob->data = map + (room - size) / ALIGNMENT * ALIGNMENT;
    memcpy(blob->data, data, size);
}

void lcm_blob_read(struct lcm_blob *blob, const char *name)
{
    static uint8_t content[LARGEST];
    char path[256];
    FILE *stream;
    size_t size;

    snprintf(path, sizeof(path), BLOBS "/%s.dtb", name);
    stream = fopen(path, "rb");
    assert_non_null(stream);
    size = fread(content, 1, sizeof(content), stream);
    fclose(stream);
    assert_true(size > 0 && size < sizeof(content));
    lcm_blob_copy(blob, content, size);
}

void lcm_blob_free(struct lcm_blob *blob)
{
    munmap(blob->map, blob->map_size);
}
