#include "values.h"

int int_of(JSContext *context, JSValueConst value) {
  int32_t number = 0;
  JS_ToInt32(context, &number, value);
  return number;
}

JSValue from_bytes(JSContext *context, const char *bytes, size_t length) {
  size_t high = 0;
  for (size_t i = 0; i < length; i++) high += (unsigned char)bytes[i] >> 7;
  if (high == 0) return JS_NewStringLen(context, bytes, length);
  char *utf8 = js_malloc(context, length + high), *end = utf8;
  if (!utf8) return JS_EXCEPTION;
  for (size_t i = 0; i < length; i++) {
    unsigned char byte = (unsigned char)bytes[i];
    if (byte >= 0x80) *end++ = (char)(0xc0 | byte >> 6);
    *end++ = (char)(byte < 0x80 ? byte : 0x80 | (byte & 0x3f));
  }
  JSValue string = JS_NewStringLen(context, utf8, length + high);
  js_free(context, utf8);
  return string;
}

char *to_bytes(JSContext *context, JSValueConst string, size_t *length) {
  size_t size, used = 0;
  const char *utf8 = JS_ToCStringLen(context, &size, string);
  char *bytes = utf8 ? js_malloc(context, size + 1) : NULL;
  for (size_t i = 0; bytes && i < size; i++) {
    unsigned char first = (unsigned char)utf8[i];
    if (first == 0xc2 || first == 0xc3) bytes[used++] = (char)((first & 3) << 6 | (utf8[++i] & 0x3f));
    else if (first < 0x80 || first > 0xc3) bytes[used++] = (char)(first < 0x80 ? first : '?');
  }
  if (bytes) bytes[used] = 0;
  JS_FreeCString(context, utf8);
  *length = used;
  return bytes;
}

char **to_list(JSContext *context, JSValueConst array) {
  int64_t count = 0;
  size_t size;
  if (!JS_IsArray(array) || JS_GetLength(context, array, &count) < 0) return NULL;
  char **list = js_mallocz(context, ((size_t)count + 2) * sizeof *list);
  if (!list) return NULL;
  list++;
  for (int64_t i = 0; i < count; i++) {
    JSValue value = JS_GetPropertyInt64(context, array, i);
    list[i] = to_bytes(context, value, &size);
    JS_FreeValue(context, value);
    if (!list[i]) break;
  }
  return list;
}

void free_list(JSContext *context, char **list) {
  if (!list) return;
  for (char **item = list; *item; item++) js_free(context, *item);
  js_free(context, list - 1);
}
