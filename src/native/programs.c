#include "programs.h"

#include <string.h>

#include "inflate.h"
#include "init.h"

/*
 * The bytecode of what is not always needed: see build-native.ts. In the snapshot it would be five times as large, and in
 * memory from the start. Those that a start or a signal would have to wait for are as they are, the others are deflated behind
 * their sizes.
 */
__asm__(".section .programs, \"a\"\n"
        ".balign 8\n"
        "decisions: .incbin \"" DECISIONS "\"\n"
        "decisions_end:\n"
        "texts: .incbin \"" TEXTS "\"\n"
        "texts_end:\n"
        "options: .incbin \"" OPTIONS "\"\n"
        "options_end:\n"
        "services: .incbin \"" SERVICES "\"\n"
        "services_end:\n"
        "compose: .incbin \"" COMPOSE "\"\n"
        "compose_end:\n"
        ".previous");
extern const uint8_t decisions[], decisions_end[], texts[], texts_end[], options[], options_end[], services[], services_end[],
    compose[], compose_end[];

static JSValue run_program(JSContext *context, const uint8_t *code, size_t size) {
  JSValue program = JS_ReadObject(context, code, size, JS_READ_OBJ_BYTECODE);
  return JS_IsException(program) ? program : JS_EvalFunction(context, program);
}

static JSValue run_deflated(JSContext *context, const uint8_t *deflated, const uint8_t *end) {
  enum { PREFIX = 4 };
  size_t size = (size_t)deflated[0] | (size_t)deflated[1] << 8 | (size_t)deflated[2] << 16;
  uint8_t *code = js_malloc(context, size);
  if (!code) return JS_EXCEPTION;
  int failed = inflate(deflated + PREFIX, (size_t)(end - deflated) - PREFIX, code, size);
  JSValue result = failed ? JS_ThrowInternalError(context, "damaged program") : run_program(context, code, size);
  js_free(context, code);
  return result;
}

JSValue load_program_by_name(JSContext *context, const char *name) {
  static const struct {
    const char *name;
    const uint8_t *code, *end;
    int is_deflated;
  } programs[] = {
      {"decisions", decisions, decisions_end, 0},
      {"options", options, options_end, 0},
      {"texts", texts, texts_end, 1},
      {"services", services, services_end, 1},
      {"compose", compose, compose_end, 1},
  };
  size_t which = 0;
  while (which < LENGTH(programs) - 1 && strcmp(programs[which].name, name) != 0) which++;
  const uint8_t *code = programs[which].code, *end = programs[which].end;
  /* The parser of YAML has regular expressions. Nobody else does, and the snapshot is spared them. */
  if (code == compose && JS_AddIntrinsicRegExp(context)) return JS_EXCEPTION;
  return programs[which].is_deflated ? run_deflated(context, code, end) : run_program(context, code, (size_t)(end - code));
}
