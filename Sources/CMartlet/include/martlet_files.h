// Users' files, and the part of zlib that Martlet uses.
#ifndef MARTLET_FILES_H
#define MARTLET_FILES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// Opens a user's file, following links and closed on exec; -1 with `errno` on error.
int32_t martlet_open_users_file(const char *_Nonnull path, int32_t flags, uint32_t mode);

/// The CRC-32 of archives, continued from that of what came before (0 for nothing).
uint32_t martlet_crc32(uint32_t before, const void *_Nonnull bytes, size_t count);

// Values of zlib's enumerations.
#define MARTLET_Z_OK 0
#define MARTLET_Z_STREAM_END 1
#define MARTLET_Z_MEM_ERROR (-4)
#define MARTLET_Z_BUF_ERROR (-5)
#define MARTLET_Z_NO_FLUSH 0
#define MARTLET_Z_FINISH 4

// What zlib calls z_stream.
typedef struct martlet_zstream {
  const uint8_t *_Nullable next_in;
  unsigned avail_in;
  unsigned long total_in;
  uint8_t *_Nullable next_out;
  unsigned avail_out;
  unsigned long total_out;
  const char *_Nullable message;
  void *_Nullable state;
  void *_Nullable allocate;
  void *_Nullable release;
  void *_Nullable opaque;
  int data_type;
  unsigned long adler;
  unsigned long reserved;
} martlet_zstream;

// One row per function: name, arguments. All return an int.
#define MARTLET_ZLIB_FUNCTIONS(X) \
  X(inflateInit2_, (martlet_zstream *_Nonnull, int, const char *_Nonnull, int)) \
  X(inflate, (martlet_zstream *_Nonnull, int)) \
  X(inflateEnd, (martlet_zstream *_Nonnull)) \
  X(deflateInit2_, (martlet_zstream *_Nonnull, int, int, int, int, int, const char *_Nonnull, int)) \
  X(deflate, (martlet_zstream *_Nonnull, int)) \
  X(deflateEnd, (martlet_zstream *_Nonnull))

typedef struct martlet_zlib {
#define MEMBER(function, arguments) int (*_Nonnull function) arguments;
  MARTLET_ZLIB_FUNCTIONS(MEMBER)
#undef MEMBER
} martlet_zlib;

/// Opens zlib under a soname; false leaves a message.
bool martlet_zlib_open(const char *_Nonnull name, martlet_zlib *_Nonnull table,
                       char *_Nonnull message, int32_t message_bytes);

/// Begins to unpack, or to pack at a level, a stream without a header of its own; one to be unpacked
/// may be that of a gzip file.
int32_t martlet_inflate_begin(const martlet_zlib *_Nonnull table, martlet_zstream *_Nonnull stream,
                              bool is_gzip);
int32_t martlet_deflate_begin(const martlet_zlib *_Nonnull table, martlet_zstream *_Nonnull stream,
                              int32_t level);

#endif
