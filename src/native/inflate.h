/* The reverse of deflate, RFC 1951: what is rarely needed is kept small in the binary. */
#ifndef DRAINIT_INFLATE_H
#define DRAINIT_INFLATE_H

#include <stddef.h>
#include <stdint.h>

/* Fills `out`, which must be just as large as what comes out; 0, or -1 where the input is not what it should be. */
int inflate(const uint8_t *in, size_t in_size, uint8_t *out, size_t out_size);

#endif
