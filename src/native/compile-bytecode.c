/* For the build: compiles a script to the engine's bytecode, without its source and its debug information. */
#include <stdio.h>
#include <stdlib.h>

#include "quickjs.h"

int main(int argc, char **argv) {
  if (argc != 3) return fprintf(stderr, "usage: compile-bytecode script.js bytecode-file\n"), 2;
  FILE *in = fopen(argv[1], "rb"), *out = fopen(argv[2], "wb");
  if (!in || !out || fseek(in, 0, SEEK_END)) return perror("compile-bytecode"), 1;
  size_t length = (size_t)ftell(in), size;
  rewind(in);
  char *script = calloc(length + 1, 1);
  if (!script || fread(script, 1, length, in) != length) return perror(argv[1]), 1;

  JSContext *context = JS_NewContext(JS_NewRuntime());
  JSValue code = JS_Eval(context, script, length, argv[1], JS_EVAL_TYPE_GLOBAL | JS_EVAL_FLAG_COMPILE_ONLY);
  if (JS_IsException(code)) {
    fprintf(stderr, "%s: %s\n", argv[1], JS_ToCString(context, JS_GetException(context)));
    return 1;
  }
  int flags = JS_WRITE_OBJ_BYTECODE | JS_WRITE_OBJ_STRIP_SOURCE | JS_WRITE_OBJ_STRIP_DEBUG;
  unsigned char *bytes = JS_WriteObject(context, &size, code, flags);
  if (!bytes || fwrite(bytes, 1, size, out) != size || fclose(out)) return perror(argv[2]), 1;
  return 0;
}
