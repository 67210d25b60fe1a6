// The part of NumPy's C interface that Martlet uses: how an array lies in memory, and two functions
// of the table that NumPy publishes in a capsule. Both are baked into every extension that was ever
// compiled against NumPy 2, so they stay as they are while the table's version is 2.
#ifndef NUMPY_ABI_H
#define NUMPY_ABI_H

#include "CPythonABI.h"

#pragma clang assume_nonnull begin

/// The head of a NumPy array; what follows is NumPy's own affair.
typedef struct NumPyArrayFields {
  PyObject header;
  /// Where element 0 is; NULL in an array that somebody made without memory.
  void *_Nullable data;
  int rank;
  /// Both NULL for rank 0.
  Py_ssize_t *_Nullable dimensions;
  /// In bytes.
  Py_ssize_t *_Nullable strides;
  /// Who owns the memory; NULL where the array does.
  PyObject *_Nullable base;
  /// The dtype object.
  PyObject *dtype;
  int flags;
} NumPyArrayFields;

#define NUMPY_OWNS_DATA 0x0004
#define NUMPY_ALIGNED 0x0100
#define NUMPY_WRITEABLE 0x0400

typedef void *_Nonnull const *_Nonnull NumPyTable;

/// The interface's version; its first byte from the left is NumPy's own number, 2.
static inline unsigned numpy_abi_version(NumPyTable table) {
  return ((unsigned (*)(void))table[0])();
}

/// A new array on memory of somebody else. Takes over the reference to the dtype.
static inline PyObject *_Nullable numpy_new_array(
    NumPyTable table, PyTypeObject *type, PyObject *dtype, int rank,
    const Py_ssize_t *dimensions, const Py_ssize_t *strides, void *data, int flags) {
  typedef PyObject *(*Function)(
      PyTypeObject *, PyObject *, int, const Py_ssize_t *, const Py_ssize_t *, void *, int,
      PyObject *_Nullable);
  return ((Function)table[94])(type, dtype, rank, dimensions, strides, data, flags, NULL);
}

/// Makes the array keep its memory's owner alive. Takes over the reference to the owner, also when
/// it fails (-1, with an exception set).
static inline int numpy_set_base(NumPyTable table, PyObject *array, PyObject *owner) {
  return ((int (*)(PyObject *, PyObject *))table[282])(array, owner);
}

#pragma clang assume_nonnull end

#endif
