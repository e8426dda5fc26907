#include "inflate.h"

#include <string.h>

struct stream {
  const uint8_t *next, *end;
  uint32_t bits; /* taken from the input and not used yet, the oldest lowest */
  int count;     /* how many */
  uint8_t *out, *out_start, *out_end;
};

enum { LONGEST_CODE = 15, LITERALS = 288, DISTANCES = 30 };

/* A Huffman code (3.2.2): how many codes there are of each length, and what they stand for, in the order of the codes. */
struct code {
  uint16_t lengths[LONGEST_CODE + 1];
  uint16_t symbols[LITERALS];
};

static unsigned take(struct stream *stream, int count) {
  while (stream->count < count) {
    uint32_t byte = stream->next < stream->end ? *stream->next : 0;
    stream->next++; /* one past the end is noticed by the caller */
    stream->bits |= byte << stream->count;
    stream->count += 8;
  }
  unsigned value = stream->bits & ((1u << count) - 1);
  stream->bits >>= count;
  stream->count -= count;
  return value;
}

static void make_code(struct code *code, const uint8_t *lengths, int count) {
  uint16_t place[LONGEST_CODE + 2] = {0};
  memset(code, 0, sizeof *code);
  for (int i = 0; i < count; i++) code->lengths[lengths[i]]++;
  code->lengths[0] = 0;
  for (int length = 1; length <= LONGEST_CODE; length++) place[length + 1] = place[length] + code->lengths[length];
  for (int i = 0; i < count; i++)
    if (lengths[i] != 0) code->symbols[place[lengths[i]]++] = (uint16_t)i;
}

/* Codes of one length are consecutive numbers, and follow on those of the lengths before. */
static int take_symbol(struct stream *stream, const struct code *code) {
  int value = 0, first = 0, index = 0;
  for (int length = 1; length <= LONGEST_CODE; length++) {
    value = value << 1 | (int)take(stream, 1);
    int count = code->lengths[length];
    if (value - first < count) return code->symbols[index + value - first];
    index += count;
    first = (first + count) << 1;
  }
  return -1;
}

static int copy_block(struct stream *stream, const struct code *literals, const struct code *distances) {
  static const uint16_t length_base[] = {3,  4,  5,  6,  7,  8,  9,  10, 11,  13,  15,  17,  19,  23, 27,
                                         31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258};
  static const uint8_t length_bits[] = {0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0};
  static const uint16_t distance_base[] = {1,   2,   3,   4,   5,   7,    9,    13,   17,   25,   33,   49,   65,    97,    129,
                                           193, 257, 385, 513, 769, 1025, 1537, 2049, 3073, 4097, 6145, 8193, 12289, 16385, 24577};
  for (;;) {
    int symbol = take_symbol(stream, literals);
    if (symbol < 0 || symbol > 285 || stream->next > stream->end + 4) return -1;
    if (symbol == 256) return 0;
    if (symbol < 256) {
      if (stream->out == stream->out_end) return -1;
      *stream->out++ = (uint8_t)symbol;
      continue;
    }
    size_t length = length_base[symbol - 257] + take(stream, length_bits[symbol - 257]);
    int code = take_symbol(stream, distances);
    if (code < 0 || code >= DISTANCES) return -1;
    size_t distance = distance_base[code] + take(stream, code < 2 ? 0 : code / 2 - 1);
    if (distance > (size_t)(stream->out - stream->out_start) || length > (size_t)(stream->out_end - stream->out)) return -1;
    for (; length > 0; length--, stream->out++) *stream->out = stream->out[-(ptrdiff_t)distance];
  }
}

static int copy_stored(struct stream *stream) {
  stream->bits = 0;
  stream->count = 0;
  if (stream->end - stream->next < 4) return -1;
  size_t length = (size_t)stream->next[0] | (size_t)stream->next[1] << 8;
  stream->next += 4;
  if (length > (size_t)(stream->end - stream->next) || length > (size_t)(stream->out_end - stream->out)) return -1;
  memcpy(stream->out, stream->next, length);
  stream->next += length;
  stream->out += length;
  return 0;
}

static int fixed_codes(struct code *literals, struct code *distances) {
  uint8_t lengths[LITERALS];
  memset(lengths, 8, 144);
  memset(lengths + 144, 9, 112);
  memset(lengths + 256, 7, 24);
  memset(lengths + 280, 8, 8);
  make_code(literals, lengths, LITERALS);
  memset(lengths, 5, DISTANCES);
  make_code(distances, lengths, DISTANCES);
  return 0;
}

/* The code lengths of both codes are themselves in a code, with runs (3.2.7). */
static int read_codes(struct stream *stream, struct code *literals, struct code *distances) {
  static const uint8_t order[19] = {16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15};
  uint8_t lengths[LITERALS + 32] = {0};
  int literal_count = (int)take(stream, 5) + 257, distance_count = (int)take(stream, 5) + 1;
  int total = literal_count + distance_count, order_count = (int)take(stream, 4) + 4;
  if (literal_count > 286 || distance_count > DISTANCES) return -1;
  for (int i = 0; i < order_count; i++) lengths[order[i]] = (uint8_t)take(stream, 3);
  make_code(literals, lengths, 19);
  memset(lengths, 0, sizeof lengths);
  for (int i = 0; i < total;) {
    int symbol = take_symbol(stream, literals), previous = i > 0 ? lengths[i - 1] : 0;
    if (symbol < 0 || (symbol == 16 && i == 0)) return -1;
    int is_run = symbol >= 16, count = 1;
    if (symbol == 16) count = 3 + (int)take(stream, 2);
    if (symbol == 17) count = 3 + (int)take(stream, 3);
    if (symbol == 18) count = 11 + (int)take(stream, 7);
    if (i + count > total) return -1;
    for (; count > 0; count--) lengths[i++] = (uint8_t)(!is_run ? symbol : symbol == 16 ? previous : 0);
  }
  make_code(literals, lengths, literal_count);
  make_code(distances, lengths + literal_count, distance_count);
  return 0;
}

int inflate(const uint8_t *in, size_t in_size, uint8_t *out, size_t out_size) {
  struct stream stream = {in, in + in_size, 0, 0, out, out, out + out_size};
  struct code literals, distances;
  for (int is_last = 0; !is_last;) {
    if (stream.next > stream.end) return -1;
    is_last = (int)take(&stream, 1);
    unsigned type = take(&stream, 2);
    int failed = type == 0   ? copy_stored(&stream)
                 : type == 1 ? fixed_codes(&literals, &distances)
                 : type == 2 ? read_codes(&stream, &literals, &distances)
                             : -1;
    if (!failed && type != 0) failed = copy_block(&stream, &literals, &distances);
    if (failed) return -1;
  }
  return stream.out == stream.out_end ? 0 : -1;
}
