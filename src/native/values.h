/* What goes between JavaScript and C. In a string one char code is one byte. */
#ifndef DRAINIT_VALUES_H
#define DRAINIT_VALUES_H

#include <stddef.h>

#include "quickjs.h"

int int_of(JSContext *context, JSValueConst value);

JSValue from_bytes(JSContext *context, const char *bytes, size_t length);

/* The bytes of a string, to be freed with js_free; what is above 255, which no string of ours holds, becomes a '?'. */
char *to_bytes(JSContext *context, JSValueConst string, size_t *length);

/* A list of strings, ended by NULL, with one free place before it; NULL where it is no list, or memory is short. */
char **to_list(JSContext *context, JSValueConst array);
void free_list(JSContext *context, char **list);

#endif
