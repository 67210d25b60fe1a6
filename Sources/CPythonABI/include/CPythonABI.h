// The part of CPython's stable ABI (3.11 and later) that Martlet uses, declared here so that the
// extension builds with no Python installed. The symbols are found in the process that loads it.
//
// Names and layouts are CPython's. What CPython has as a macro is an inline function here, and what
// it has as a variable is one too, because Swift cannot see a variable of an unknown struct.
// `_Nullable` results are NULL with a Python exception set, unless a comment says otherwise.
#ifndef CPYTHON_ABI_H
#define CPYTHON_ABI_H

#include <stddef.h>
#include <stdint.h>

#pragma clang assume_nonnull begin

typedef ptrdiff_t Py_ssize_t;
typedef struct PyTypeObject PyTypeObject;

/// An object's header. Builds without a global interpreter lock have another one; they refuse
/// abi3 extensions by themselves.
typedef struct PyObject {
  union {
    Py_ssize_t whole;
    uint32_t low;
  } refcount;
  PyTypeObject *type;
} PyObject;

// MARK: - Reference counts

void _Py_Dealloc(PyObject *object);

// The lower 32 bits hold the count in every version. Since 3.12 those with the highest bit set are
// immortal and must be left alone; 3.11 has none, and its counts do not get there.
static inline void py_retain(PyObject *object) {
  uint32_t count = object->refcount.low;
  if ((int32_t)count >= 0) object->refcount.low = count + 1;
}

static inline void py_release(PyObject *object) {
  uint32_t count = object->refcount.low;
  if ((int32_t)count < 0) return;
  object->refcount.low = count - 1;
  if (count == 1) _Py_Dealloc(object);
}

/// Whether the caller's reference is the only one.
static inline int py_is_unique(PyObject *object) { return object->refcount.low == 1; }

// MARK: - Constants, types and exceptions

#define PY_CONSTANT(function, symbol) \
  extern struct PyUnknown symbol; \
  static inline PyObject *function(void) { return (PyObject *)&symbol; }

PY_CONSTANT(py_none, _Py_NoneStruct)
PY_CONSTANT(py_true, _Py_TrueStruct)
PY_CONSTANT(py_false, _Py_FalseStruct)
PY_CONSTANT(py_not_implemented, _Py_NotImplementedStruct)
PY_CONSTANT(py_ellipsis, _Py_EllipsisObject)

#define PY_TYPE(function, symbol) \
  extern PyTypeObject symbol; \
  static inline PyTypeObject *function(void) { return &symbol; }

PY_TYPE(py_type_type, PyType_Type)
PY_TYPE(py_bool_type, PyBool_Type)
PY_TYPE(py_long_type, PyLong_Type)
PY_TYPE(py_float_type, PyFloat_Type)
PY_TYPE(py_complex_type, PyComplex_Type)
PY_TYPE(py_unicode_type, PyUnicode_Type)
PY_TYPE(py_bytes_type, PyBytes_Type)
PY_TYPE(py_tuple_type, PyTuple_Type)
PY_TYPE(py_list_type, PyList_Type)
PY_TYPE(py_dict_type, PyDict_Type)
PY_TYPE(py_slice_type, PySlice_Type)

#define PY_EXCEPTION(function, symbol) \
  extern PyObject *symbol; \
  static inline PyObject *function(void) { return symbol; }

PY_EXCEPTION(py_exc_attribute_error, PyExc_AttributeError)
PY_EXCEPTION(py_exc_buffer_error, PyExc_BufferError)
PY_EXCEPTION(py_exc_floating_point_error, PyExc_FloatingPointError)
PY_EXCEPTION(py_exc_import_error, PyExc_ImportError)
PY_EXCEPTION(py_exc_index_error, PyExc_IndexError)
PY_EXCEPTION(py_exc_memory_error, PyExc_MemoryError)
PY_EXCEPTION(py_exc_not_implemented_error, PyExc_NotImplementedError)
PY_EXCEPTION(py_exc_os_error, PyExc_OSError)
PY_EXCEPTION(py_exc_overflow_error, PyExc_OverflowError)
PY_EXCEPTION(py_exc_runtime_error, PyExc_RuntimeError)
PY_EXCEPTION(py_exc_runtime_warning, PyExc_RuntimeWarning)
PY_EXCEPTION(py_exc_deprecation_warning, PyExc_DeprecationWarning)
PY_EXCEPTION(py_exc_type_error, PyExc_TypeError)
PY_EXCEPTION(py_exc_value_error, PyExc_ValueError)
PY_EXCEPTION(py_exc_zero_division_error, PyExc_ZeroDivisionError)

void PyErr_SetString(PyObject *type, const char *message);
void PyErr_SetObject(PyObject *type, PyObject *value);
PyObject *_Nullable PyErr_NoMemory(void);
/// Borrowed; NULL when no exception is set.
PyObject *_Nullable PyErr_Occurred(void);
int PyErr_ExceptionMatches(PyObject *type);
void PyErr_Clear(void);
void PyErr_Fetch(
    PyObject *_Nullable *_Nonnull type, PyObject *_Nullable *_Nonnull value,
    PyObject *_Nullable *_Nonnull traceback);
void PyErr_NormalizeException(
    PyObject *_Nullable *_Nonnull type, PyObject *_Nullable *_Nonnull value,
    PyObject *_Nullable *_Nonnull traceback);
void PyErr_Restore(
    PyObject *_Nullable type, PyObject *_Nullable value, PyObject *_Nullable traceback);
int PyErr_WarnExplicit(PyObject *category, const char *message, const char *filename, int line,
                       const char *_Nullable module, PyObject *_Nullable registry);
int PyErr_WarnEx(PyObject *category, const char *message, Py_ssize_t stack_level);
void PyErr_WriteUnraisable(PyObject *_Nullable object);

// MARK: - Objects

static inline PyTypeObject *py_type(PyObject *object) { return object->type; }
static inline PyObject *py_object(PyTypeObject *type) { return (PyObject *)type; }
static inline PyTypeObject *py_as_type(PyObject *object) { return (PyTypeObject *)object; }

int PyType_IsSubtype(PyTypeObject *type, PyTypeObject *parent);
unsigned long PyType_GetFlags(PyTypeObject *type);
void *_Nullable PyType_GetSlot(PyTypeObject *type, int slot);
PyObject *_Nullable PyType_GenericNew(
    PyTypeObject *type, PyObject *_Nullable arguments, PyObject *_Nullable keywords);
PyObject *_Nullable PyType_GenericAlloc(PyTypeObject *type, Py_ssize_t items);

// Which of the built-in types a type derives from.
#define PY_LONG_SUBCLASS (1UL << 24)
#define PY_LIST_SUBCLASS (1UL << 25)
#define PY_TUPLE_SUBCLASS (1UL << 26)
#define PY_BYTES_SUBCLASS (1UL << 27)
#define PY_UNICODE_SUBCLASS (1UL << 28)
#define PY_DICT_SUBCLASS (1UL << 29)
#define PY_TYPE_SUBCLASS (1UL << 31)
/// The type was made at run time, as all classes of Python programs are.
#define PY_TYPE_HEAP (1UL << 9)

PyObject *_Nullable PyObject_GetAttr(PyObject *object, PyObject *name);
PyObject *_Nullable PyObject_GetAttrString(PyObject *object, const char *name);
int PyObject_SetAttr(PyObject *object, PyObject *name, PyObject *_Nullable value);
int PyObject_SetAttrString(PyObject *object, const char *name, PyObject *_Nullable value);
Py_ssize_t PyObject_HashNotImplemented(PyObject *object);
/// -1 with an exception where the object has none.
Py_ssize_t PyObject_Hash(PyObject *object);
static inline void *py_hash_not_implemented(void) { return (void *)PyObject_HashNotImplemented; }
PyObject *_Nullable PyObject_GenericGetAttr(PyObject *object, PyObject *name);
int PyObject_GenericSetAttr(PyObject *object, PyObject *name, PyObject *_Nullable value);
PyObject *_Nullable PyObject_Call(
    PyObject *callable, PyObject *arguments, PyObject *_Nullable keywords);
PyObject *_Nullable PyObject_CallObject(PyObject *callable, PyObject *_Nullable arguments);
PyObject *_Nullable PyObject_CallNoArgs(PyObject *callable);
/// Calls with arguments in a row, those given by name last; `names` is their tuple. 3.11 exports it
/// although only 3.12 made it part of the stable ABI.
PyObject *_Nullable PyObject_Vectorcall(
    PyObject *callable, PyObject *_Nonnull const *_Nullable arguments, size_t count,
    PyObject *_Nullable names);
/// The same for a method of the first argument, without an object for the bound method.
PyObject *_Nullable PyObject_VectorcallMethod(
    PyObject *name, PyObject *_Nonnull const *_Nullable arguments, size_t count,
    PyObject *_Nullable names);
PyObject *_Nullable PyObject_Str(PyObject *object);
PyObject *_Nullable PyObject_Repr(PyObject *object);
PyObject *_Nullable PyObject_GetItem(PyObject *object, PyObject *key);
int PyObject_SetItem(PyObject *object, PyObject *key, PyObject *value);
PyObject *_Nullable PyObject_GetIter(PyObject *object);
/// An iterator over `object[0]`, `object[1]`, … until IndexError.
PyObject *_Nullable PySeqIter_New(PyObject *object);
PyObject *_Nullable PyIter_Next(PyObject *iterator);
PyObject *_Nullable PyObject_RichCompare(PyObject *a, PyObject *b, int operation);
int PyObject_IsTrue(PyObject *object);
int PyObject_IsInstance(PyObject *object, PyObject *type);
Py_ssize_t PyObject_Size(PyObject *object);
void PyObject_ClearWeakRefs(PyObject *object);
void PyObject_Free(void *_Nullable memory);
void *_Nullable PyObject_Malloc(size_t bytes);
PyObject *PyObject_Init(PyObject *object, PyTypeObject *type);

#define PY_LT 0
#define PY_LE 1
#define PY_EQ 2
#define PY_NE 3
#define PY_GT 4
#define PY_GE 5

// MARK: - Numbers

PyObject *_Nullable PyBool_FromLong(long value);
PyObject *_Nullable PyLong_FromLongLong(long long value);
PyObject *_Nullable PyLong_FromUnsignedLongLong(unsigned long long value);
PyObject *_Nullable PyLong_FromSsize_t(Py_ssize_t value);
/// `overflow` becomes -1 or 1 where the number does not fit, and no exception is set then.
long long PyLong_AsLongLongAndOverflow(PyObject *number, int *overflow);
unsigned long long PyLong_AsUnsignedLongLong(PyObject *number);
double PyLong_AsDouble(PyObject *number);
PyObject *_Nullable PyFloat_FromDouble(double value);
double PyFloat_AsDouble(PyObject *number);
PyObject *_Nullable PyComplex_FromDoubles(double real, double imaginary);
double PyComplex_RealAsDouble(PyObject *number);
double PyComplex_ImagAsDouble(PyObject *number);
PyObject *_Nullable PyNumber_Index(PyObject *object);
int PyIndex_Check(PyObject *object);
PyObject *_Nullable PyNumber_Long(PyObject *object);
PyObject *_Nullable PyNumber_Float(PyObject *object);
/// `exception` NULL clips what does not fit.
Py_ssize_t PyNumber_AsSsize_t(PyObject *object, PyObject *_Nullable exception);

// MARK: - Text

PyObject *_Nullable PyUnicode_FromStringAndSize(const char *_Nullable text, Py_ssize_t bytes);
PyObject *_Nullable PyUnicode_FromString(const char *text);
PyObject *_Nullable PyUnicode_InternFromString(const char *text);
/// Puts the equal string that everybody shares in place of the given one.
void PyUnicode_InternInPlace(PyObject *_Nonnull *_Nonnull text);
/// Borrowed from the string.
const char *_Nullable PyUnicode_AsUTF8AndSize(PyObject *text, Py_ssize_t *_Nullable bytes);
int PyUnicode_CompareWithASCIIString(PyObject *text, const char *ascii);
PyObject *_Nullable PyOS_FSPath(PyObject *path);
PyObject *_Nullable PyUnicode_DecodeFSDefault(const char *text);
PyObject *_Nullable PyUnicode_EncodeFSDefault(PyObject *text);
PyObject *_Nullable PyBytes_FromStringAndSize(const char *_Nullable bytes, Py_ssize_t count);
char *_Nullable PyBytes_AsString(PyObject *bytes);
Py_ssize_t PyBytes_Size(PyObject *bytes);

// MARK: - Containers

PyObject *_Nullable PyTuple_New(Py_ssize_t count);
Py_ssize_t PyTuple_Size(PyObject *tuple);
/// Borrowed.
PyObject *_Nullable PyTuple_GetItem(PyObject *tuple, Py_ssize_t position);
/// Takes over the reference.
int PyTuple_SetItem(PyObject *tuple, Py_ssize_t position, PyObject *item);
PyObject *_Nullable PyList_New(Py_ssize_t count);
Py_ssize_t PyList_Size(PyObject *list);
/// Borrowed.
PyObject *_Nullable PyList_GetItem(PyObject *list, Py_ssize_t position);
/// Takes over the reference.
int PyList_SetItem(PyObject *list, Py_ssize_t position, PyObject *item);
int PyList_Append(PyObject *list, PyObject *item);
int PyList_SetSlice(PyObject *list, Py_ssize_t low, Py_ssize_t high, PyObject *_Nullable items);
PyObject *_Nullable PyDict_New(void);
/// Borrowed; NULL without an exception where the key is missing.
PyObject *_Nullable PyDict_GetItemWithError(PyObject *dict, PyObject *key);
int PyDict_SetItem(PyObject *dict, PyObject *key, PyObject *value);
int PyDict_SetItemString(PyObject *dict, const char *key, PyObject *value);
int PyDict_Next(
    PyObject *dict, Py_ssize_t *position, PyObject *_Nullable *_Nonnull key,
    PyObject *_Nullable *_Nonnull value);
Py_ssize_t PyDict_Size(PyObject *dict);
int PySequence_Check(PyObject *object);
Py_ssize_t PySequence_Size(PyObject *sequence);
int PyCallable_Check(PyObject *object);
PyObject *_Nullable PySequence_GetItem(PyObject *sequence, Py_ssize_t position);
PyObject *_Nullable PySequence_Tuple(PyObject *sequence);
int PySlice_Unpack(PyObject *slice, Py_ssize_t *start, Py_ssize_t *stop, Py_ssize_t *step);
/// Clips the bounds to a length; returns the number of elements.
Py_ssize_t PySlice_AdjustIndices(
    Py_ssize_t length, Py_ssize_t *start, Py_ssize_t *stop, Py_ssize_t step);

// MARK: - The buffer protocol

typedef struct Py_buffer {
  void *_Nullable buf;
  PyObject *_Nullable obj;
  Py_ssize_t len;
  Py_ssize_t itemsize;
  int readonly;
  int ndim;
  char *_Nullable format;
  Py_ssize_t *_Nullable shape;
  Py_ssize_t *_Nullable strides;
  Py_ssize_t *_Nullable suboffsets;
  void *_Nullable internal;
} Py_buffer;

int PyObject_GetBuffer(PyObject *object, Py_buffer *view, int flags);
void PyBuffer_Release(Py_buffer *view);
PyObject *_Nullable PyMemoryView_FromObject(PyObject *object);
int PyObject_CheckBuffer(PyObject *object);

#define PY_BUF_WRITABLE 0x1
#define PY_BUF_FORMAT 0x4
#define PY_BUF_ND 0x8
#define PY_BUF_STRIDES 0x18
#define PY_BUF_C_CONTIGUOUS 0x38
#define PY_BUF_F_CONTIGUOUS 0x58
#define PY_BUF_ANY_CONTIGUOUS 0x98

// MARK: - Types and modules of our own

typedef struct PyType_Slot {
  int slot;
  void *_Nullable pfunc;
} PyType_Slot;

typedef struct PyType_Spec {
  const char *name;
  int basicsize;
  int itemsize;
  unsigned int flags;
  PyType_Slot *slots;
} PyType_Spec;

PyObject *_Nullable PyType_FromSpec(PyType_Spec *spec);
/// The same derived from a class, or from a tuple of them.
PyObject *_Nullable PyType_FromSpecWithBases(PyType_Spec *spec, PyObject *_Nullable bases);

// Py_TPFLAGS_DEFAULT and the flags beside it.
#define PY_TYPE_DEFAULT (1u << 18)
#define PY_TYPE_BASE (1u << 10)
#define PY_TYPE_VECTORCALL (1u << 11)
#define PY_TYPE_SEQUENCE (1u << 5)
#define PY_TYPE_NO_INSTANTIATION (1u << 7)

typedef PyObject *_Nullable (*PyCFunctionFastWithKeywords)(
    PyObject *_Nullable self, PyObject *_Nonnull const *_Nullable arguments, Py_ssize_t count,
    PyObject *_Nullable keyword_names);

/// Calls an object that has the vectorcall protocol from a tuple and a dict: the `tp_call` of such
/// types. 3.11 exports it although only 3.12 made it part of the stable ABI.
PyObject *_Nullable PyVectorcall_Call(
    PyObject *callable, PyObject *tuple, PyObject *_Nullable dictionary);

static inline void *py_vectorcall_call(void) { return (void *)PyVectorcall_Call; }

typedef struct PyMethodDef {
  const char *_Nullable ml_name;
  void *_Nullable ml_meth;
  int ml_flags;
  const char *_Nullable ml_doc;
} PyMethodDef;

#define PY_METH_FASTCALL_KEYWORDS (0x0080 | 0x0002)
#define PY_METH_CLASS 0x0010
#define PY_METH_STATIC 0x0020

PyObject *_Nullable PyCFunction_NewEx(
    PyMethodDef *method, PyObject *_Nullable self, PyObject *_Nullable module);

typedef struct PyGetSetDef {
  const char *_Nullable name;
  PyObject *_Nullable (*_Nullable get)(PyObject *self, void *_Nullable closure);
  int (*_Nullable set)(PyObject *self, PyObject *_Nullable value, void *_Nullable closure);
  const char *_Nullable doc;
  void *_Nullable closure;
} PyGetSetDef;

typedef struct PyMemberDef {
  const char *_Nullable name;
  int type;
  Py_ssize_t offset;
  int flags;
  const char *_Nullable doc;
} PyMemberDef;

#define PY_MEMBER_SSIZE 19
#define PY_MEMBER_READ_ONLY 1

typedef struct PyModuleDef {
  PyObject m_base;
  PyObject *_Nullable (*_Nullable m_init)(void);
  Py_ssize_t m_index;
  PyObject *_Nullable m_copy;
  const char *m_name;
  const char *_Nullable m_doc;
  Py_ssize_t m_size;
  PyMethodDef *_Nullable m_methods;
  void *_Nullable m_slots;
  void *_Nullable m_traverse;
  void *_Nullable m_clear;
  void *_Nullable m_free;
} PyModuleDef;

#define PY_ABI_VERSION 3

PyObject *_Nullable PyModule_Create2(PyModuleDef *definition, int abi_version);
int PyModule_AddObjectRef(PyObject *module, const char *name, PyObject *_Nullable value);
PyObject *_Nullable PyImport_ImportModule(const char *name);

PyObject *_Nullable PyCapsule_New(
    void *pointer, const char *_Nullable name, void (*_Nullable destructor)(PyObject *capsule));
void *_Nullable PyCapsule_GetPointer(PyObject *capsule, const char *_Nullable name);
int PyCapsule_SetName(PyObject *capsule, const char *_Nullable name);
int PyCapsule_IsValid(PyObject *_Nullable capsule, const char *_Nullable name);

// The numbers of a type's slots.
enum {
  PY_BF_GETBUFFER = 1,
  PY_BF_RELEASEBUFFER = 2,
  PY_MP_ASS_SUBSCRIPT = 3,
  PY_MP_LENGTH = 4,
  PY_MP_SUBSCRIPT = 5,
  PY_NB_ABSOLUTE = 6,
  PY_NB_ADD = 7,
  PY_NB_AND = 8,
  PY_NB_BOOL = 9,
  PY_NB_DIVMOD = 10,
  PY_NB_FLOAT = 11,
  PY_NB_FLOOR_DIVIDE = 12,
  PY_NB_INDEX = 13,
  PY_NB_INPLACE_ADD = 14,
  PY_NB_INPLACE_AND = 15,
  PY_NB_INPLACE_FLOOR_DIVIDE = 16,
  PY_NB_INPLACE_LSHIFT = 17,
  PY_NB_INPLACE_MULTIPLY = 18,
  PY_NB_INPLACE_OR = 19,
  PY_NB_INPLACE_POWER = 20,
  PY_NB_INPLACE_REMAINDER = 21,
  PY_NB_INPLACE_RSHIFT = 22,
  PY_NB_INPLACE_SUBTRACT = 23,
  PY_NB_INPLACE_TRUE_DIVIDE = 24,
  PY_NB_INPLACE_XOR = 25,
  PY_NB_INT = 26,
  PY_NB_INVERT = 27,
  PY_NB_LSHIFT = 28,
  PY_NB_MULTIPLY = 29,
  PY_NB_NEGATIVE = 30,
  PY_NB_OR = 31,
  PY_NB_POSITIVE = 32,
  PY_NB_POWER = 33,
  PY_NB_REMAINDER = 34,
  PY_NB_RSHIFT = 35,
  PY_NB_SUBTRACT = 36,
  PY_NB_TRUE_DIVIDE = 37,
  PY_NB_XOR = 38,
  PY_SQ_CONTAINS = 41,
  PY_SQ_ITEM = 44,
  PY_SQ_LENGTH = 45,
  PY_TP_ALLOC = 47,
  PY_TP_CALL = 50,
  PY_TP_DEALLOC = 52,
  PY_TP_DESCR_GET = 54,
  PY_TP_DOC = 56,
  PY_TP_GETATTRO = 58,
  PY_TP_HASH = 59,
  PY_TP_ITER = 62,
  PY_TP_ITERNEXT = 63,
  PY_TP_METHODS = 64,
  PY_TP_NEW = 65,
  PY_TP_REPR = 66,
  PY_TP_RICHCOMPARE = 67,
  PY_TP_SETATTRO = 69,
  PY_TP_STR = 70,
  PY_TP_MEMBERS = 72,
  PY_TP_GETSET = 73,
  PY_TP_FREE = 74,
  PY_NB_MATRIX_MULTIPLY = 75,
  PY_NB_INPLACE_MATRIX_MULTIPLY = 76,
};

/// The object's vectorcall protocol marks its count so when the slot before the first argument may
/// be overwritten.
#define PY_VECTORCALL_OFFSET_BIT ((size_t)1 << 63)

// MARK: - Frames

typedef struct PyFrameObject PyFrameObject;
/// The frame of the Python code that runs; borrowed. NULL without an exception where none does.
PyFrameObject *_Nullable PyEval_GetFrame(void);
/// A new reference.
PyObject *PyFrame_GetCode(PyFrameObject *frame);
/// 0 where there is no line.
int PyFrame_GetLineNumber(PyFrameObject *frame);

// MARK: - Threads

typedef struct PyThreadState PyThreadState;
PyThreadState *PyEval_SaveThread(void);
void PyEval_RestoreThread(PyThreadState *state);
/// NULL where no Python code ever ran on this thread.
PyThreadState *_Nullable PyGILState_GetThisThreadState(void);
int PyGILState_Ensure(void);
void PyGILState_Release(int state);

/// Py_IsFinalizing is not in the 3.11 ABI; this is, and says no once the interpreter is gone.
int Py_IsInitialized(void);
int PyErr_CheckSignals(void);
/// Has the interpreter call the function under its lock soon. Any thread may call it; it fails only
/// when the interpreter's queue is full.
int Py_AddPendingCall(int (*function)(void *_Nullable argument), void *_Nullable argument);

#pragma clang assume_nonnull end

#include "NumPyABI.h"

#endif
