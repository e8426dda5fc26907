/* Each allocation of the engine comes here. */
#pragma GCC optimize("O2")

#include "heap.h"

#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#ifndef ARENA_BYTES
#define ARENA_BYTES 8192
#endif
/* Blocks below SMALL come in sizes of STEP, to which the engine, too, aligns; larger ones eight to each power of two. */
enum { STEP = 8, SMALL = 512, BINS = SMALL / STEP + 8 * 23, HEADER = sizeof(size_t), REGION = 128 << 10 };

struct block {
  size_t size;
  struct block *next; /* while it is free; otherwise the user's bytes */
};

static union {
  struct {
    struct snapshot snapshot;
    size_t used;
    struct block *bins[BINS]; /* free blocks, each at least as large as its bin says */
  } head;
  unsigned char bytes[ARENA_BYTES];
} arena __attribute__((section(".snapshot"), aligned(4096))) = {.bytes = {0}};

struct snapshot *const snapshot = &arena.head.snapshot;

/* Where the heap grows once the snapshot runs: first in pages that are there already, then in regions of the kernel's. */
static unsigned char first_region[REGION] __attribute__((aligned(4096)));
static unsigned char *region = first_region;
static size_t region_left = REGION;

size_t heap_left = SIZE_MAX;

static struct block *block_of(const void *data) { return (struct block *)((uintptr_t)data - HEADER); }

/* How far apart the sizes around this one are, as a power of two. */
static int spacing_of(size_t size) { return size < SMALL ? 3 : 60 - __builtin_clzl(size); }

static struct block **bin_of(size_t size) {
  int spacing = spacing_of(size);
  return &arena.head.bins[size < SMALL ? size / STEP : SMALL / STEP + (size_t)(spacing - 6) * 8 + (size >> spacing & 7)];
}

static struct block *grow(size_t size) {
  if (size > region_left) {
    size_t bytes = size > REGION ? (size + 4095) & ~(size_t)4095 : REGION;
    void *fresh = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (fresh == MAP_FAILED) return NULL;
    region = fresh;
    region_left = bytes;
  }
  struct block *block = (struct block *)region;
  region += size;
  region_left -= size;
  return block;
}

static void *heap_malloc(void *opaque, size_t size) {
  (void)opaque;
  if (arena.head.used == 0) arena.head.used = sizeof arena.head;
  if (size > heap_left || size > INT32_MAX) return NULL;
  int is_running = snapshot->context != NULL;
  size_t step = (size_t)1 << (is_running ? spacing_of(size) : 3); /* the build packs tightly */
  size = size < STEP ? STEP : (size + step - 1) & ~(step - 1);
  struct block **bin = bin_of(size), *block = *bin;
  if (block && block->size >= size) {
    *bin = block->next;
  } else {
    int is_full = HEADER + size > sizeof arena - arena.head.used;
    if (is_full && !is_running) return NULL;
    block = is_full ? grow(HEADER + size) : (struct block *)(arena.bytes + arena.head.used);
    if (!block) return NULL;
    if (!is_full) arena.head.used += HEADER + size;
    block->size = size;
  }
  if (heap_left != SIZE_MAX) heap_left -= block->size < heap_left ? block->size : heap_left;
  return &block->next;
}

static void heap_free(void *opaque, void *data) {
  (void)opaque;
  if (!data) return;
  struct block *block = block_of(data), **bin = bin_of(block->size);
  if (heap_left != SIZE_MAX) heap_left += block->size;
  block->next = *bin;
  *bin = block;
}

static void *heap_calloc(void *opaque, size_t count, size_t size) {
  size_t bytes;
  void *data = __builtin_mul_overflow(count, size, &bytes) ? NULL : heap_malloc(opaque, bytes);
  return data ? memset(data, 0, bytes) : NULL;
}

static size_t heap_usable(const void *data) { return data ? block_of(data)->size : 0; }

static void *heap_realloc(void *opaque, void *data, size_t size) {
  if (data && size <= heap_usable(data)) return data;
  void *moved = heap_malloc(opaque, size);
  if (moved && data) memcpy(moved, data, heap_usable(data));
  if (moved) heap_free(opaque, data);
  return moved;
}

const JSMallocFunctions heap_functions = {heap_calloc, heap_malloc, heap_free, heap_realloc, heap_usable};

size_t write_heap(int fd) {
  return write(fd, &arena, sizeof arena) == (ssize_t)sizeof arena ? arena.head.used : 0;
}
