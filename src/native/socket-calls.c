#include "socket-calls.h"

#include <string.h>

#include "init.h"
#include "sockets.h"

/* Numbers up to 2^53, two for each listener: port, inode. */
static JSValue listeners_of(JSContext *context, const struct sockets *found) {
  if (found->listener_count > LENGTH(found->listeners)) return JS_NULL;
  JSValue list = JS_NewArray(context);
  int failed = JS_IsException(list);
  const struct listener *listener = found->listeners;
  for (uint32_t i = 0; i < found->listener_count && !failed; i++, listener++) {
    failed = JS_SetPropertyUint32(context, list, 2 * i, JS_NewInt32(context, listener->port)) < 0 ||
             JS_SetPropertyUint32(context, list, 2 * i + 1, JS_NewInt64(context, (int64_t)listener->inode)) < 0;
  }
  if (!failed) return list;
  JS_FreeValue(context, list);
  return JS_EXCEPTION;
}

CALL_OF(scanSockets) {
  UNUSED;
  static struct sockets found;
  static port_set ports;
  int is_chosen = JS_IsArray(argv[0]);
  int64_t count = 0;
  memset(ports, 0, sizeof ports);
  if (is_chosen && JS_GetLength(context, argv[0], &count) < 0) return JS_EXCEPTION;
  for (uint32_t i = 0; i < (uint32_t)count; i++) {
    JSValue value = JS_GetPropertyUint32(context, argv[0], i);
    unsigned port = (unsigned)int_of(context, value) & 0xffff;
    ports[port / 8] |= (uint8_t)(1 << port % 8);
    JS_FreeValue(context, value);
  }
  int error = scan_sockets(is_chosen ? ports : NULL, (unsigned long)ARG(1), &found);
  if (error < 0) return JS_NewInt32(context, error);
  JSValue values[] = {
      JS_NewInt64(context, (int64_t)found.connected),
      JS_NewString(context, found.example),
      JS_NewInt64(context, (int64_t)found.others_open),
      JS_NewInt64(context, (int64_t)found.others_closed),
      JS_NewInt64(context, found.listening),
      listeners_of(context, &found),
  };
  return JS_NewArrayFrom(context, LENGTH(values), values);
}

CALL_OF(listSockets) {
  UNUSED;
  static uint64_t inodes[4096];
  static JSValue values[LENGTH(inodes)];
  int count = list_sockets_of(ARG(0), inodes, LENGTH(inodes));
  if (count < 0) return JS_NewInt32(context, count);
  for (int i = 0; i < count; i++) values[i] = JS_NewInt64(context, (int64_t)inodes[i]);
  return JS_NewArrayFrom(context, count, values);
}
