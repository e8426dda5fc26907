/*
 * The engine's heap, which is part of the program. The build runs the TypeScript up to main() and puts the heap as it is
 * then into the ELF file, so that starting costs the same however much there is to load. It works because the engine keeps
 * all its state in what its allocator hands out, and because the program is static and not position-independent, so that
 * pointers stay true.
 */
#ifndef DRAINIT_HEAP_H
#define DRAINIT_HEAP_H

#include <stddef.h>

#include "quickjs.h"

/* What the heap holds; NULL until the build has filled it. From then on the heap grows beyond what the file has. */
extern struct snapshot {
  JSRuntime *runtime;
  JSContext *context;
} *const snapshot;

extern const JSMallocFunctions heap_functions;

/* How many bytes may still be taken: less than SIZE_MAX only in a test that runs out of memory. */
extern size_t heap_left;

/* Writes the heap to a file; how many of its bytes are used, 0 where it failed. */
size_t write_heap(int fd);

#endif
