// The part of CPython's stable ABI (3.11 and later) that a Swift program needs to call NumPy,
// declared here so that Martlet builds where no Python is installed. No layout of an object is
// assumed, so builds without a global interpreter lock work as well.
#ifndef MARTLET_PYTHON_H
#define MARTLET_PYTHON_H

#include <stddef.h>
#include <stdint.h>
#include <wchar.h>

typedef struct martlet_python_object *martlet_python_ref;

/// A view of an object's memory: the layout of CPython's `Py_buffer`, stable since 3.11.
typedef struct martlet_python_buffer {
  void *_Nullable memory;
  martlet_python_ref _Nullable object;
  ptrdiff_t byte_count;
  ptrdiff_t item_size;
  int read_only;
  int rank;
  /// As the `struct` module writes element types.
  char *_Nullable format;
  ptrdiff_t *_Nullable shape;
  /// In bytes.
  ptrdiff_t *_Nullable strides;
  ptrdiff_t *_Nullable suboffsets;
  void *_Nullable internal;
} martlet_python_buffer;

/// Strides and a format; the second one for writing.
#define MARTLET_PYTHON_BUFFER_READ 0x1c
#define MARTLET_PYTHON_BUFFER_WRITE 0x1d

/// Where the memory of one's own begins in an object: behind the largest header that a build has.
#define MARTLET_PYTHON_HEADER_BYTES 32

// The numbers of a type's slots, and its flags.
#define MARTLET_PYTHON_SLOT_GET_BUFFER 1
#define MARTLET_PYTHON_SLOT_DEALLOC 52
#define MARTLET_PYTHON_TYPE_DEFAULT 0x40000u
#define MARTLET_PYTHON_TYPE_NO_INSTANTIATION 0x80u

typedef struct martlet_python_slot {
  int slot;
  void *_Nullable function;
} martlet_python_slot;

typedef struct martlet_python_type_spec {
  const char *_Nonnull name;
  int basic_size;
  int item_size;
  unsigned int flags;
  martlet_python_slot *_Nonnull slots;
} martlet_python_type_spec;

// Which built-in type an object's type derives from, by `PyType_GetFlags`.
#define MARTLET_PYTHON_IS_TUPLE 0x04000000
#define MARTLET_PYTHON_IS_STRING 0x10000000

// One row per function: result, name after "Py", arguments. NULL results and negative statuses mean
// that an exception is set, unless a comment says otherwise; results are owned by the caller.
#define MARTLET_PYTHON_FUNCTIONS(X) \
  X(int, _IsInitialized, (void)) \
  X(void, _InitializeEx, (int)) \
  X(void, _SetProgramName, (const wchar_t *_Nonnull)) \
  X(const char *_Nonnull, _GetVersion, (void)) \
  X(void, _IncRef, (martlet_python_ref _Nullable)) \
  X(void, _DecRef, (martlet_python_ref _Nullable)) \
  X(int, _AddPendingCall, (int (*_Nonnull)(void *_Nullable), void *_Nullable)) \
  X(void *_Nonnull, Eval_SaveThread, (void)) \
  X(int, GILState_Ensure, (void)) \
  X(void, GILState_Release, (int)) \
  /* Borrowed; NULL without an exception. */ \
  X(martlet_python_ref _Nullable, Err_Occurred, (void)) \
  X(void, Err_Clear, (void)) \
  X(void, Err_SetString, (martlet_python_ref _Nonnull, const char *_Nonnull)) \
  X(void, Err_Fetch, (martlet_python_ref _Nullable *_Nonnull, \
    martlet_python_ref _Nullable *_Nonnull, martlet_python_ref _Nullable *_Nonnull)) \
  X(void, Err_NormalizeException, (martlet_python_ref _Nullable *_Nonnull, \
    martlet_python_ref _Nullable *_Nonnull, martlet_python_ref _Nullable *_Nonnull)) \
  X(martlet_python_ref _Nullable, Import_ImportModule, (const char *_Nonnull)) \
  X(martlet_python_ref _Nullable, Object_GetAttrString, \
    (martlet_python_ref _Nonnull, const char *_Nonnull)) \
  X(martlet_python_ref _Nullable, Object_Call, (martlet_python_ref _Nonnull, \
    martlet_python_ref _Nonnull, martlet_python_ref _Nullable)) \
  X(martlet_python_ref _Nullable, Object_GetItem, \
    (martlet_python_ref _Nonnull, martlet_python_ref _Nonnull)) \
  X(ptrdiff_t, Object_Size, (martlet_python_ref _Nonnull)) \
  X(martlet_python_ref _Nullable, Object_Str, (martlet_python_ref _Nonnull)) \
  X(martlet_python_ref _Nullable, Object_Repr, (martlet_python_ref _Nonnull)) \
  X(martlet_python_ref _Nonnull, Object_Type, (martlet_python_ref _Nonnull)) \
  X(int, Object_IsTrue, (martlet_python_ref _Nonnull)) \
  X(int, Object_IsInstance, (martlet_python_ref _Nonnull, martlet_python_ref _Nonnull)) \
  X(martlet_python_ref _Nullable, Object_GetIter, (martlet_python_ref _Nonnull)) \
  /* NULL without an exception at the end. */ \
  X(martlet_python_ref _Nullable, Iter_Next, (martlet_python_ref _Nonnull)) \
  X(int, Object_GetBuffer, \
    (martlet_python_ref _Nonnull, martlet_python_buffer *_Nonnull, int)) \
  X(void, Buffer_Release, (martlet_python_buffer *_Nonnull)) \
  X(unsigned long, Type_GetFlags, (martlet_python_ref _Nonnull)) \
  X(martlet_python_ref _Nullable, Type_FromSpec, (martlet_python_type_spec *_Nonnull)) \
  X(martlet_python_ref _Nullable, Type_GenericAlloc, (martlet_python_ref _Nonnull, ptrdiff_t)) \
  X(void, Object_Free, (void *_Nullable)) \
  X(martlet_python_ref _Nullable, Bool_FromLong, (long)) \
  X(martlet_python_ref _Nullable, Long_FromLongLong, (long long)) \
  X(martlet_python_ref _Nullable, Long_FromUnsignedLongLong, (unsigned long long)) \
  /* `overflow` becomes -1 or 1 where the number does not fit, without an exception. */ \
  X(long long, Long_AsLongLongAndOverflow, (martlet_python_ref _Nonnull, int *_Nonnull)) \
  X(martlet_python_ref _Nullable, Float_FromDouble, (double)) \
  X(double, Float_AsDouble, (martlet_python_ref _Nonnull)) \
  X(martlet_python_ref _Nullable, Complex_FromDoubles, (double, double)) \
  X(double, Complex_RealAsDouble, (martlet_python_ref _Nonnull)) \
  X(double, Complex_ImagAsDouble, (martlet_python_ref _Nonnull)) \
  X(martlet_python_ref _Nullable, Number_Index, (martlet_python_ref _Nonnull)) \
  X(martlet_python_ref _Nullable, Unicode_FromStringAndSize, \
    (const char *_Nullable, ptrdiff_t)) \
  /* Borrowed from the string. */ \
  X(const char *_Nullable, Unicode_AsUTF8AndSize, \
    (martlet_python_ref _Nonnull, ptrdiff_t *_Nullable)) \
  X(martlet_python_ref _Nullable, Tuple_New, (ptrdiff_t)) \
  X(ptrdiff_t, Tuple_Size, (martlet_python_ref _Nonnull)) \
  /* Borrowed. */ \
  X(martlet_python_ref _Nullable, Tuple_GetItem, (martlet_python_ref _Nonnull, ptrdiff_t)) \
  /* Takes over the item's reference, in every case. */ \
  X(int, Tuple_SetItem, (martlet_python_ref _Nonnull, ptrdiff_t, martlet_python_ref _Nonnull)) \
  X(martlet_python_ref _Nullable, List_New, (ptrdiff_t)) \
  X(ptrdiff_t, List_Size, (martlet_python_ref _Nonnull)) \
  /* Borrowed. */ \
  X(martlet_python_ref _Nullable, List_GetItem, (martlet_python_ref _Nonnull, ptrdiff_t)) \
  /* Takes over the item's reference, in every case. */ \
  X(int, List_SetItem, (martlet_python_ref _Nonnull, ptrdiff_t, martlet_python_ref _Nonnull)) \
  X(martlet_python_ref _Nullable, Dict_New, (void)) \
  X(int, Dict_SetItem, \
    (martlet_python_ref _Nonnull, martlet_python_ref _Nonnull, martlet_python_ref _Nonnull)) \
  /* Borrowed keys and values; 0 at the end. */ \
  X(int, Dict_Next, (martlet_python_ref _Nonnull, ptrdiff_t *_Nonnull, \
    martlet_python_ref _Nullable *_Nullable, martlet_python_ref _Nullable *_Nullable)) \
  X(martlet_python_ref _Nullable, Slice_New, (martlet_python_ref _Nullable, \
    martlet_python_ref _Nullable, martlet_python_ref _Nullable))

#define MARTLET_PYTHON_FIELD(result, name, arguments) result (*_Nonnull name) arguments;

/// Functions and constants of one libpython. But for those that begin with an underscore (save the
/// reference counts') and `GILState_Ensure`, whoever calls them holds the interpreter's lock.
typedef struct martlet_python {
  MARTLET_PYTHON_FUNCTIONS(MARTLET_PYTHON_FIELD)
  martlet_python_ref _Nonnull none;
  martlet_python_ref _Nonnull ellipsis;
  /// Variables that hold the exception types: they are set when the interpreter is.
  martlet_python_ref _Nullable *_Nonnull attribute_error;
  martlet_python_ref _Nullable *_Nonnull buffer_error;
} martlet_python;

/// Runs an executable with `-I -c script` and reads what it writes to standard output and error into
/// `output`, as much as fits, with a zero behind it. False where it could not be started.
_Bool martlet_python_ask(const char *_Nonnull executable, const char *_Nonnull script,
                         char *_Nonnull output, int32_t output_bytes);

/// The libpython that this process has loaded already and whose interpreter runs; NULL where there
/// is none. Not thread-safe, as the function below: call both under a lock.
const martlet_python *_Nullable martlet_python_running(void);

/// Opens the libpython at an absolute path, for all extension modules to see; it stays open. NULL
/// leaves in `message` why not.
const martlet_python *_Nullable martlet_python_open(const char *_Nonnull path,
                                                    char *_Nonnull message,
                                                    int32_t message_bytes);

/// Initialises the interpreter of the library opened last, without signal handlers, as if `program`
/// (the absolute path of a `python` executable) had been started: so that its environment is the one
/// used. The interpreter's lock is held afterwards.
void martlet_python_start(const wchar_t *_Nonnull program);

#endif
