/* How a function of sys.d.ts is written. */
#ifndef DRAINIT_CALLS_H
#define DRAINIT_CALLS_H

#include "values.h"

#define CALL_OF(name) JSValue js_##name(JSContext *context, JSValueConst self, int argc, JSValueConst *argv)
#define UNUSED (void)self, (void)argc, (void)argv
#define ARG(index) int_of(context, argv[index])

#endif
