/* A reader for the JSON of scenario files: objects, arrays, strings, integers, true, false, null. */
#ifndef JSON_H
#define JSON_H

#include <stdbool.h>
#include <stdint.h>

enum json_kind { JSON_NULL, JSON_FALSE, JSON_TRUE, JSON_NUMBER, JSON_STRING, JSON_ARRAY, JSON_OBJECT };

struct json {
  enum json_kind kind;
  char *key;          /* inside an object */
  char *text;         /* of a string */
  int64_t number;
  struct json *first; /* of an array or object */
  struct json *next;
};

/* NULL when the text is not JSON. The tree is never freed: the process that reads it is short-lived. */
struct json *json_read(const char *text);
const struct json *json_get(const struct json *object, const char *key);
/* The text of a string; NULL when there is none. */
const char *json_text(const struct json *object, const char *key);
/* A number, or a string that holds one ("0x1000"); otherwise the default. */
uint64_t json_number(const struct json *object, const char *key, uint64_t otherwise);

#endif
