/* SPDX-License-Identifier: BSD-2-Clause */
/* Heapsort: in place, without recursion, and never quadratic. */
#include "xsm/flask/policydb.h"

static void sift_down(uint64_t *key, size_t root, size_t count)
{
    while (root * 2 + 1 < count) {
        size_t child = root * 2 + 1;
        uint64_t swap = key[root];

        if (child + 1 < count && key[child] < key[child + 1])
            child++;
        if (swap >= key[child])
            return;
        key[root] = key[child];
        key[child] = swap;
        root = child;
    }
}

void flask_sort(uint64_t *key, size_t count)
{
    for (size_t root = count / 2; root > 0; root--)
        sift_down(key, root - 1, count);
    for (size_t end = count; end > 1; end--) {
        uint64_t swap = key[0];

        key[0] = key[end - 1];
        key[end - 1] = swap;
        sift_down(key, 0, end - 1);
    }
}
