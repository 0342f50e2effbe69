/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A cursor over the image of a policy. The first fault sticks: whatever is read after it is 0 and
 * moves nothing, so that callers only need to look at `status` where a loop or a look-up depends
 * on what was read.
 */
#ifndef XSM_FLASK_READER_H
#define XSM_FLASK_READER_H

#include "xsm/flask/arena.h"
#include "xsm/flask/flask.h"

#define FLASK_MAX_NAME 255u

struct flask_reader {
    const unsigned char *image;
    size_t size, offset;
    const char *section; /* what is being read, for messages */
    struct flask_arena *arena;
    struct xsm_error *error;
    int status; /* 0, -EINVAL or -ENOMEM */
};

/* Record a fault at the cursor, unless there is one already. */
void flask_fail(struct flask_reader *reader, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* The same, of a byte that is behind the cursor. */
void flask_fail_at(struct flask_reader *reader, size_t offset, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

uint16_t flask_u16(struct flask_reader *reader);
uint32_t flask_u32(struct flask_reader *reader);
uint64_t flask_u64(struct flask_reader *reader);

/* Bytes after the cursor. */
size_t flask_left(const struct flask_reader *reader);

/* A number that must be from `low` to `high`. */
uint32_t flask_number(struct flask_reader *reader, uint32_t low, uint32_t high, const char *what);
/* A number of records that follow, each of at least `record` bytes. */
uint32_t flask_count(struct flask_reader *reader, uint32_t most, size_t record, const char *what);

/* A name of `length` bytes, copied to the arena; never NULL. */
const char *flask_name(struct flask_reader *reader, uint32_t length);
/* Any printable text of `length` bytes, copied to the arena; never NULL. */
const char *flask_text(struct flask_reader *reader, uint32_t length);
/* `length` bytes that stay in the image; NULL after a fault. */
const unsigned char *flask_bytes(struct flask_reader *reader, uint32_t length);

/* An ebitmap whose bits must be below `limit`, kept in the arena. */
void flask_read_set(struct flask_reader *reader, unsigned int limit, struct flask_set *set);
/* The same, kept as long as loading goes on. */
void flask_read_scratch_set(struct flask_reader *reader, unsigned int limit, struct flask_set *set);
/* The same, not kept at all. Returns one more than the highest bit. */
unsigned int flask_skip_set(struct flask_reader *reader, unsigned int limit);
/* The categories of a level, as a map of FLASK_CATEGORY_WORDS words. */
void flask_read_map(struct flask_reader *reader, uint64_t *map);

/* Memory; a fault if none is left. */
void *flask_reader_keep(struct flask_reader *reader, size_t count, size_t size);
void *flask_reader_scratch(struct flask_reader *reader, size_t count, size_t size);

#endif
