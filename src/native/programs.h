/* The programs of the binary that are not in the snapshot: see build-native.ts. */
#ifndef DRAINIT_PROGRAMS_H
#define DRAINIT_PROGRAMS_H

#include "quickjs.h"

/* Runs the program of this name, such as `decisions`; what it makes is in the global object. */
JSValue load_program_by_name(JSContext *context, const char *name);

#endif
