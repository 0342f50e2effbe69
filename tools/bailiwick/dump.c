/* SPDX-License-Identifier: BSD-2-Clause */
#include "tools/bailiwick/dump.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_ROOM 1024u

static bool make_room(struct dump *dump)
{
    size_t room = dump->room ? 2 * dump->room : FIRST_ROOM;
    char **moved;

    if (dump->count < dump->room)
        return true;
    moved = realloc(dump->line, room * sizeof(*moved));
    if (!moved)
        return false;
    dump->line = moved;
    dump->room = room;
    return true;
}

void dump_line(struct dump *dump, const char *format, ...)
{
    va_list arguments;
    char *text = NULL;
    size_t size;
    FILE *out = make_room(dump) ? open_memstream(&text, &size) : NULL;

    if (!out) {
        dump->failed = true;
        return;
    }
    va_start(arguments, format);
    vfprintf(out, format, arguments);
    va_end(arguments);
    if (fclose(out) != 0)
        dump->failed = true;
    dump->line[dump->count++] = text;
}

static int compare(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

void dump_sort(struct dump *dump)
{
    size_t kept = 0;

    if (dump->count == 0 || dump->failed)
        return;
    qsort(dump->line, dump->count, sizeof(*dump->line), compare);
    for (size_t i = 0; i < dump->count; i++) {
        if (kept > 0 && strcmp(dump->line[kept - 1], dump->line[i]) == 0)
            free(dump->line[i]);
        else
            dump->line[kept++] = dump->line[i];
    }
    dump->count = kept;
}

void dump_free(struct dump *dump)
{
    for (size_t i = 0; i < dump->count; i++)
        free(dump->line[i]);
    free(dump->line);
    *dump = (struct dump){.asked = dump->asked};
}

const char *dump_permissions(const struct flask_class *class, uint32_t permissions)
{
    static char text[FLASK_PERMISSIONS * 64u];
    const char *name[FLASK_PERMISSIONS] = {NULL};
    unsigned int count = 0;
    size_t used = 0;

    for (unsigned int bit = 0; bit < FLASK_PERMISSIONS; bit++)
        if ((permissions >> bit & 1u) != 0 && class->permission[bit])
            name[count++] = class->permission[bit];
    qsort(name, count, sizeof(name[0]), compare);
    for (unsigned int i = 0; i < count && used < sizeof(text); i++)
        used += (size_t)snprintf(text + used, sizeof(text) - used, " %s", name[i]);
    if (count == 0)
        text[0] = '\0';
    return text;
}
