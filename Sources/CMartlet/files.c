#include "martlet_files.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "martlet_system.h"

int32_t martlet_open_users_file(const char *path, int32_t flags, uint32_t mode) {
  return open(path, flags | O_CLOEXEC, (mode_t)mode);
}

// Eight bytes at a time: table k is for a byte that k more follow.
static uint32_t crc_tables[8][256];
static pthread_once_t crc_made = PTHREAD_ONCE_INIT;

static void make_crc_tables(void) {
  for (uint32_t i = 0; i < 256; ++i) {
    uint32_t word = i;
    for (int bit = 0; bit < 8; ++bit) word = word >> 1 ^ (word & 1 ? 0xedb88320u : 0);
    crc_tables[0][i] = word;
  }
  for (int k = 1; k < 8; ++k) {
    for (int i = 0; i < 256; ++i) {
      uint32_t word = crc_tables[k - 1][i];
      crc_tables[k][i] = word >> 8 ^ crc_tables[0][word & 255];
    }
  }
}

uint32_t martlet_crc32(uint32_t before, const void *bytes, size_t count) {
  pthread_once(&crc_made, make_crc_tables);
  const uint8_t *next = bytes;
  uint32_t word = ~before;
  for (; count >= 8; count -= 8, next += 8) {
    uint32_t low, high;
    memcpy(&low, next, 4);
    memcpy(&high, next + 4, 4);
    low ^= word;
    word = crc_tables[7][low & 255] ^ crc_tables[6][low >> 8 & 255] ^
           crc_tables[5][low >> 16 & 255] ^ crc_tables[4][low >> 24] ^
           crc_tables[3][high & 255] ^ crc_tables[2][high >> 8 & 255] ^
           crc_tables[1][high >> 16 & 255] ^ crc_tables[0][high >> 24];
  }
  for (; count > 0; --count, ++next) word = word >> 8 ^ crc_tables[0][(word ^ *next) & 255];
  return ~word;
}

bool martlet_zlib_open(const char *name, martlet_zlib *table, char *message,
                       int32_t message_bytes) {
  void *library = martlet_open_library(name, message, message_bytes);
  if (library == NULL) return false;
  martlet_zlib found;
  const char *missing = NULL;
#define LOAD(function, arguments)                                            \
  {                                                                          \
    void *address = dlsym(library, #function);                               \
    if (address == NULL) missing = #function;                                \
    memcpy((char *)&found + offsetof(martlet_zlib, function), &address, sizeof address); \
  }
  MARTLET_ZLIB_FUNCTIONS(LOAD)
#undef LOAD
  if (missing != NULL) {
    snprintf(message, (size_t)message_bytes, "%s has no function %s", name, missing);
    return false;
  }
  *table = found;
  return true;
}

// The version that the layout of `martlet_zstream` belongs to; zlib compares the first figure.
static const char zlib_version[] = "1.2.11";
enum { deflated = 8, raw_window = -15, gzip_window = 31, usual_memory = 8, usual_strategy = 0 };

int32_t martlet_inflate_begin(const martlet_zlib *table, martlet_zstream *stream, bool is_gzip) {
  memset(stream, 0, sizeof *stream);
  return table->inflateInit2_(stream, is_gzip ? gzip_window : raw_window, zlib_version,
                              (int)sizeof *stream);
}

int32_t martlet_deflate_begin(const martlet_zlib *table, martlet_zstream *stream, int32_t level) {
  memset(stream, 0, sizeof *stream);
  return table->deflateInit2_(stream, level, deflated, raw_window, usual_memory, usual_strategy,
                              zlib_version, (int)sizeof *stream);
}
