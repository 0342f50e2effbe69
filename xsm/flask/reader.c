/* SPDX-License-Identifier: BSD-2-Clause */
#include "xsm/flask/reader.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static void record_fault(struct flask_reader *reader, int status, size_t offset, const char *format,
                         va_list arguments) __attribute__((format(printf, 4, 0)));
static void fail_memory(struct flask_reader *reader, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void record_fault(struct flask_reader *reader, int status, size_t offset, const char *format,
                         va_list arguments)
{
    struct xsm_error *error = reader->error;
    int used;

    if (reader->status != 0)
        return;
    reader->status = status;
    error->offset = offset;
    used = snprintf(error->text, sizeof(error->text), "%s, byte %zu: ", reader->section, offset);
    if (used > 0 && (size_t)used < sizeof(error->text))
        vsnprintf(error->text + used, sizeof(error->text) - (size_t)used, format, arguments);
}

void flask_fail(struct flask_reader *reader, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    record_fault(reader, -EINVAL, reader->offset, format, arguments);
    va_end(arguments);
}

void flask_fail_at(struct flask_reader *reader, size_t offset, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    record_fault(reader, -EINVAL, offset, format, arguments);
    va_end(arguments);
}

static void fail_memory(struct flask_reader *reader, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    record_fault(reader, -ENOMEM, reader->offset, format, arguments);
    va_end(arguments);
}

size_t flask_left(const struct flask_reader *reader)
{
    return reader->size - reader->offset;
}

const unsigned char *flask_bytes(struct flask_reader *reader, uint32_t length)
{
    if (reader->status == 0 && length > flask_left(reader))
        flask_fail(reader, "the file ends here, %u more bytes were expected", length);
    if (reader->status != 0)
        return NULL;
    reader->offset += length;
    return reader->image + reader->offset - length;
}

static uint64_t little_endian(struct flask_reader *reader, uint32_t width)
{
    const unsigned char *bytes = flask_bytes(reader, width);
    uint64_t value = 0;

    if (bytes == NULL)
        return 0;
    for (uint32_t i = width; i > 0; i--)
        value = value << 8 | bytes[i - 1];
    return value;
}

uint16_t flask_u16(struct flask_reader *reader)
{
    return (uint16_t)little_endian(reader, 2);
}

uint32_t flask_u32(struct flask_reader *reader)
{
    return (uint32_t)little_endian(reader, 4);
}

uint64_t flask_u64(struct flask_reader *reader)
{
    return little_endian(reader, 8);
}

uint32_t flask_number(struct flask_reader *reader, uint32_t low, uint32_t high, const char *what)
{
    size_t start = reader->offset;
    uint32_t value = flask_u32(reader);

    if (reader->status == 0 && (value < low || value > high)) {
        flask_fail_at(reader, start, "%s is %u, must be %u to %u", what, value, low, high);
        return 0;
    }
    return value;
}

uint32_t flask_count(struct flask_reader *reader, uint32_t most, size_t record, const char *what)
{
    size_t start = reader->offset;
    uint32_t count = flask_u32(reader);

    if (count > most)
        flask_fail_at(reader, start, "%u %s, at most %u are supported", count, what, most);
    else if (count > flask_left(reader) / record)
        flask_fail_at(reader, start, "%u %s don't fit in the rest of the file", count, what);
    return reader->status == 0 ? count : 0;
}

/* No blanks, colons or braces: names stand in contexts, audit lines and messages. */
static bool is_name_character(unsigned char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-' || c == '.';
}

static bool is_printable(unsigned char c)
{
    return c >= ' ' && c <= '~';
}

static const char *keep_text(struct flask_reader *reader, uint32_t length, bool name)
{
    size_t start = reader->offset;
    const unsigned char *bytes;
    char *copy;

    if (length == 0 || length > FLASK_MAX_NAME)
        flask_fail(reader, "a name of %u characters, must be 1 to %u", length, FLASK_MAX_NAME);
    bytes = flask_bytes(reader, length);
    if (bytes == NULL)
        return "";
    for (uint32_t i = 0; i < length; i++)
        if (!(name ? is_name_character(bytes[i]) : is_printable(bytes[i])))
            flask_fail_at(reader, start + i, "character 0x%02x in a name", bytes[i]);
    copy = flask_keep_text(reader->arena, bytes, length);
    if (copy == NULL)
        fail_memory(reader, "the arena has no room for a name");
    return copy != NULL ? copy : "";
}

const char *flask_name(struct flask_reader *reader, uint32_t length)
{
    return keep_text(reader, length, true);
}

const char *flask_text(struct flask_reader *reader, uint32_t length)
{
    return keep_text(reader, length, false);
}

void *flask_reader_keep(struct flask_reader *reader, size_t count, size_t size)
{
    void *memory = reader->status == 0 ? flask_keep(reader->arena, count, size) : NULL;

    if (memory == NULL)
        fail_memory(reader, "the arena has no room for %zu times %zu bytes", count, size);
    return memory;
}

void *flask_reader_scratch(struct flask_reader *reader, size_t count, size_t size)
{
    void *memory = reader->status == 0 ? flask_scratch(reader->arena, count, size) : NULL;

    if (memory == NULL)
        fail_memory(reader, "the arena has no room for %zu times %zu bytes", count, size);
    return memory;
}
