#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "martlet_text.h"

#include <locale.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static locale_t plain;
static pthread_once_t plain_made = PTHREAD_ONCE_INIT;

static void make_plain(void) { plain = newlocale(LC_ALL_MASK, "C", (locale_t)0); }

bool martlet_parse_number(const uint8_t *text, int64_t count, double *number) {
  char copy[128];
  if (count <= 0 || count >= (int64_t)sizeof copy) return false;
  memcpy(copy, text, (size_t)count);
  copy[count] = 0;
  pthread_once(&plain_made, make_plain);
  char *end;
  *number = strtod_l(copy, &end, plain);
  return end == copy + count;
}

int64_t martlet_format_number(uint8_t *text, int64_t room, const char *format, double number) {
  pthread_once(&plain_made, make_plain);
  locale_t before = uselocale(plain);
  int count = snprintf((char *)text, (size_t)room, format, number);
  uselocale(before);
  return count;
}
