#include "json.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

static const char *skip(const char *p) {
  while (isspace((unsigned char)*p)) {
    p++;
  }
  return p;
}

static struct json *node(enum json_kind kind) {
  struct json *n = calloc(1, sizeof *n);
  n->kind = kind;
  return n;
}

static const char *read_text(const char *p, char **text) {
  size_t room = 1;
  char *out;
  for (const char *q = p + 1; *q && *q != '"'; q += *q == '\\' && q[1] ? 2 : 1) {
    room++;
  }
  out = *text = malloc(room);
  for (p++; *p && *p != '"'; p++) {
    if (*p == '\\' && p[1]) {
      p++;
    }
    *out++ = *p;
  }
  *out = 0;
  return *p ? p + 1 : NULL;
}

static const char *read_value(const char *p, struct json **value);

static const char *read_list(const char *p, struct json **value, bool object) {
  struct json **tail;
  char close = object ? '}' : ']';
  *value = node(object ? JSON_OBJECT : JSON_ARRAY);
  tail = &(*value)->first;
  p = skip(p + 1);
  if (*p == close) {
    return p + 1;
  }
  for (;;) {
    char *key = NULL;
    if (object) {
      p = *p == '"' ? read_text(p, &key) : NULL;
      if (!p || *(p = skip(p)) != ':') {
        return NULL;
      }
      p++;
    }
    p = read_value(skip(p), tail);
    if (!p) {
      return NULL;
    }
    (*tail)->key = key;
    tail = &(*tail)->next;
    p = skip(p);
    if (*p == close) {
      return p + 1;
    }
    if (*p != ',') {
      return NULL;
    }
    p = skip(p + 1);
  }
}

static const char *read_value(const char *p, struct json **value) {
  static const struct {
    const char *word;
    enum json_kind kind;
  } words[] = {{"null", JSON_NULL}, {"false", JSON_FALSE}, {"true", JSON_TRUE}};

  if (*p == '{' || *p == '[') {
    return read_list(p, value, *p == '{');
  }
  if (*p == '"') {
    *value = node(JSON_STRING);
    return read_text(p, &(*value)->text);
  }
  for (unsigned i = 0; i < 3; i++) {
    if (!strncmp(p, words[i].word, strlen(words[i].word))) {
      *value = node(words[i].kind);
      return p + strlen(words[i].word);
    }
  }
  if (*p == '-' || isdigit((unsigned char)*p)) {
    char *end;
    *value = node(JSON_NUMBER);
    (*value)->number = strtoll(p, &end, 10);
    return end;
  }
  return NULL;
}

struct json *json_read(const char *text) {
  struct json *value = NULL;
  const char *end = read_value(skip(text), &value);
  return end && !*skip(end) ? value : NULL;
}

const struct json *json_get(const struct json *object, const char *key) {
  const struct json *n = object ? object->first : NULL;
  while (n && (!n->key || strcmp(n->key, key) != 0)) {
    n = n->next;
  }
  return n;
}

const char *json_text(const struct json *object, const char *key) {
  const struct json *n = json_get(object, key);
  return n && n->kind == JSON_STRING ? n->text : NULL;
}

uint64_t json_number(const struct json *object, const char *key, uint64_t otherwise) {
  const struct json *n = json_get(object, key);
  if (n && n->kind == JSON_NUMBER) {
    return (uint64_t)n->number;
  }
  return n && n->kind == JSON_STRING ? strtoull(n->text, NULL, 0) : otherwise;
}
