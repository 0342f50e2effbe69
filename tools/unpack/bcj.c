/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Source: the x86 filter of the LZMA SDK (Igor Pavlov, public domain), which is its specification.
 * E8 or E9 and four bytes may be a call or jump. The filter takes them for one if the fourth byte
 * is 0 or 255, unless an opcode within the last three bytes makes that unlikely.
 */
#include "tools/unpack/bcj.h"

#include <stdbool.h>

#include "tools/unpack/stream.h"

#define SIZE 5u        /* of a call or jump */
#define MOST_ROUNDS 4u /* nobody needs more than two */
#define RECENT 7u      /* a bit for each of the last three bytes: was it an opcode? */
#define RECENT_BYTES 3u

static bool is_sign(uint8_t byte)
{
    return byte == 0 || byte == UINT8_MAX;
}

/* For each pattern of recent opcodes: may this one be a call? */
static const bool allowed[RECENT + 1] = {true, true, true, false, true, false, false, false};
/* How many bytes before the operand's last one it is that the most recent operand ends with. */
static const uint8_t shared[RECENT + 1] = {0, 1, 2, 2, 3, 3, 3, 3};

/* The operand as it was. `next` is the address behind the instruction. */
static uint32_t relative(uint32_t operand, uint32_t next, unsigned int recent)
{
    unsigned int below = 32 - shared[recent] * 8u;
    uint32_t result = operand - next;

    for (unsigned int i = 0; recent != 0 && i < MOST_ROUNDS; i++) {
        if (!is_sign((uint8_t)(result >> (below - 8))))
            break;
        result = (result ^ (uint32_t)((1ul << below) - 1)) - next;
    }
    return result;
}

static void store_operand(uint8_t *at, uint32_t value)
{
    at[0] = (uint8_t)value;
    at[1] = (uint8_t)(value >> 8);
    at[2] = (uint8_t)(value >> 16);
    at[3] = value >> 24 & 1 ? UINT8_MAX : 0;
}

/* Forget opcodes that are further back than three bytes. */
static unsigned int age(unsigned int recent, size_t bytes)
{
    return bytes > RECENT_BYTES ? 0 : recent << (bytes - 1) & RECENT;
}

void bcj_x86_undo(uint8_t *code, size_t size, uint32_t origin)
{
    size_t at = 0, last = 0; /* `last` is the byte behind the opcode that was looked at last */
    unsigned int recent = 0;

    while (size >= SIZE && at <= size - SIZE) {
        uint8_t *operand = code + at + 1;

        if ((code[at] & 0xfe) != 0xe8) {
            at++;
            continue;
        }
        recent = age(recent, at - last + 1);
        last = at + 1;
        if (is_sign(operand[3]) &&
            (recent == 0 || (allowed[recent] && !is_sign(operand[3 - shared[recent]])))) {
            uint32_t next = origin + (uint32_t)at + SIZE;

            store_operand(operand, relative((uint32_t)load_le(operand, 4), next, recent));
            at += SIZE;
            last = at;
            recent = 0;
            continue;
        }
        recent = (recent << 1 & RECENT) | 1;
        at++;
    }
}
