/// The functions that kernels know by their signatures: those of NumPy that are no ufuncs, and
/// methods of arrays.
public enum FunctionTable {
  public static let rows: [FunctionRow] =
    reductions + making + shapes + joining + selecting + ordering + products + statistics + methods

  /// The row of this full name, such as `numpy.sum`; nil where there is none.
  static func row(named name: String) -> FunctionRow? { byName[name] }

  private static let byName = Dictionary(
    rows.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })

  /// The row of a ufunc, whose signature follows from the number of its operands and results.
  static func ufunc(_ name: String, inputs: Int, outputs: Int) -> FunctionRow {
    let operands = inputs == 1 ? ["x"] : (1...inputs).map { "x\($0)" }
    let nothing = [String](repeating: "None", count: outputs).joined(separator: ", ")
    return FunctionRow(
      "numpy.\(name)",
      "(\(operands.joined(separator: ", ")), /, out=\(outputs == 1 ? "None" : "(\(nothing))"), *, "
        + "where=True, casting='same_kind', order='K', dtype=None, subok=True, signature=None)")
  }

  /// The rows of ufuncs' methods, by the reductions that they are.
  static let foldings = [
    "add": "sum", "multiply": "prod", "minimum": "min", "maximum": "max", "logical_and": "all",
    "logical_or": "any",
  ]

  private static let methods: [FunctionRow] = foldings.keys.flatMap { name in
    [
      FunctionRow(
        "numpy.\(name).reduce",
        "(array, /, axis=0, dtype=None, out=None, keepdims=False, initial=<no value>, where=True)"),
      FunctionRow("numpy.\(name).accumulate", "(array, /, axis=0, dtype=None, out=None)"),
    ]
  }

  // MARK: Reductions

  private static let reductions: [FunctionRow] = {
    let sum =
      "(a, axis=None, dtype=None, out=None, keepdims=<no value>, initial=<no value>, "
      + "where=<no value>)"
    let extreme =
      "(a, axis=None, out=None, keepdims=<no value>, initial=<no value>, where=<no value>)"
    let mean = "(a, axis=None, dtype=None, out=None, keepdims=<no value>, *, where=<no value>)"
    let spread =
      "(a, axis=None, dtype=None, out=None, ddof=0, keepdims=<no value>, *, where=<no value>, "
      + "mean=<no value>, correction=<no value>)"
    let test = "(a, axis=None, out=None, keepdims=<no value>, *, where=<no value>)"
    let place = "(a, axis=None, out=None, *, keepdims=<no value>)"
    let running = "(a, axis=None, dtype=None, out=None)"
    var rows: [FunctionRow] = []
    for name in ["sum", "prod", "nansum", "nanprod"] { rows.append(.init("numpy.\(name)", sum)) }
    for name in ["min", "max", "nanmin", "nanmax"] { rows.append(.init("numpy.\(name)", extreme)) }
    for name in ["mean", "nanmean"] { rows.append(.init("numpy.\(name)", mean)) }
    for name in ["std", "var", "nanstd", "nanvar"] { rows.append(.init("numpy.\(name)", spread)) }
    for name in ["any", "all"] { rows.append(.init("numpy.\(name)", test)) }
    for name in ["argmin", "argmax", "nanargmin", "nanargmax"] {
      rows.append(.init("numpy.\(name)", place, output: .widening))
    }
    for name in ["cumsum", "cumprod", "nancumsum", "nancumprod"] {
      rows.append(.init("numpy.\(name)", running))
    }
    for name in ["sum", "prod"] {
      rows.append(
        .init(
          "ndarray.\(name)",
          "(a, axis=None, dtype=None, out=None, keepdims=False, initial=<no value>, where=True)"))
    }
    for name in ["min", "max"] {
      rows.append(
        .init(
          "ndarray.\(name)",
          "(a, axis=None, out=None, keepdims=False, initial=<no value>, where=True)"))
    }
    for name in ["std", "var"] {
      rows.append(
        .init(
          "ndarray.\(name)",
          "(a, axis=None, dtype=None, out=None, ddof=0, keepdims=False, *, where=True, mean=None)"))
    }
    for name in ["any", "all"] {
      rows.append(
        .init(
          "ndarray.\(name)",
          "(a, axis=None, dtype=None, out=None, keepdims=False, *, where=True)"))
    }
    for name in ["argmin", "argmax"] {
      rows.append(
        .init(
          "ndarray.\(name)", "(a, axis=None, out=None, *, keepdims=False)", output: .widening))
    }
    for name in ["cumsum", "cumprod"] { rows.append(.init("ndarray.\(name)", running)) }
    return rows + [
      .init(
        "ndarray.mean", "(a, axis=None, dtype=None, out=None, keepdims=False, *, where=True)"),
      .init("numpy.ptp", "(a, axis=None, out=None, keepdims=<no value>)"),
      .init("numpy.count_nonzero", "(a, axis=None, *, keepdims=False)"),
    ]
  }()

  // MARK: New arrays

  private static let making: [FunctionRow] = [
    .init(
      "numpy.array",
      "(object, dtype=None, *, copy=True, order='K', subok=False, ndmin=0, ndmax=0, like=None)"),
    .init(
      "numpy.asarray", "(a, dtype=None, order=None, *, device=None, copy=None, like=None)"),
    .init(
      "numpy.asanyarray", "(a, dtype=None, order=None, *, device=None, copy=None, like=None)"),
    .init("numpy.ascontiguousarray", "(a, dtype=None, *, like=None)"),
    .init("numpy.asfortranarray", "(a, dtype=None, *, like=None)"),
    .init("numpy.copy", "(a, order='K', subok=False)"),
    .init("ndarray.copy", "(a, order='C')"),
    .init(
      "ndarray.astype", "(a, dtype, order='K', casting='unsafe', subok=True, copy=True)"),
    // NumPy takes no name here, whatever it writes.
    .init("ndarray.fill", "(a, value, /)"),
    .init("ndarray.item", "(a, *args)"),
    .init("numpy.zeros", "(shape, dtype=None, order='C', *, device=None, like=None)"),
    .init("numpy.ones", "(shape, dtype=None, order='C', *, device=None, like=None)"),
    .init("numpy.empty", "(shape, dtype=None, order='C', *, device=None, like=None)"),
    .init("numpy.full", "(shape, fill_value, dtype=None, order='C', *, device=None, like=None)"),
    .init(
      "numpy.zeros_like", "(a, dtype=None, order='K', subok=True, shape=None, *, device=None)"),
    .init(
      "numpy.ones_like", "(a, dtype=None, order='K', subok=True, shape=None, *, device=None)"),
    .init(
      "numpy.empty_like",
      "(prototype, /, dtype=None, order='K', subok=True, shape=None, *, device=None)"),
    .init(
      "numpy.full_like",
      "(a, fill_value, dtype=None, order='K', subok=True, shape=None, *, device=None)"),
    // As NumPy takes it: what it writes leaves out the names and the dtype's place.
    .init(
      "numpy.arange",
      "(start=<no value>, stop=None, step=1, dtype=None, *, device=None, like=None)"),
    .init(
      "numpy.linspace",
      "(start, stop, num=50, endpoint=True, retstep=False, dtype=None, axis=0, *, device=None)"),
    .init(
      "numpy.logspace",
      "(start, stop, num=50, endpoint=True, base=10.0, dtype=None, axis=0)"),
    .init(
      "numpy.geomspace", "(start, stop, num=50, endpoint=True, dtype=None, axis=0)"),
    .init("numpy.tri", "(N, M=None, k=0, dtype=<class 'float'>, *, like=None)"),
    .init(
      "numpy.eye",
      "(N, M=None, k=0, dtype=<class 'float'>, order='C', *, device=None, like=None)"),
    .init("numpy.identity", "(n, dtype=None, *, like=None)"),
    .init("numpy.meshgrid", "(*xi, copy=True, sparse=False, indexing='xy')"),
    .init("numpy.tril_indices", "(n, k=0, m=None)"),
    .init("numpy.triu_indices", "(n, k=0, m=None)"),
    .init("numpy.tril_indices_from", "(arr, k=0)"),
    .init("numpy.triu_indices_from", "(arr, k=0)"),
    .init("numpy.diag", "(v, k=0)"),
    .init("numpy.diagflat", "(v, k=0)"),
    .init("numpy.tril", "(m, k=0)"),
    .init("numpy.triu", "(m, k=0)"),
    .init("numpy.vander", "(x, N=None, increasing=False)"),
    .init("numpy.fill_diagonal", "(a, val, wrap=False)"),
  ]

  // MARK: Shapes

  private static let shapes: [FunctionRow] = [
    .init("numpy.shape", "(a)"),
    .init("numpy.ndim", "(a)"),
    .init("numpy.size", "(a, axis=None)"),
    .init("numpy.reshape", "(a, /, shape, order='C', *, copy=None)"),
    .init("ndarray.reshape", "(a, *shape, order='C', copy=None)"),
    .init("numpy.ravel", "(a, order='C')"),
    .init("ndarray.ravel", "(a, order='C')"),
    .init("ndarray.flatten", "(a, order='C')"),
    .init("numpy.transpose", "(a, axes=None)"),
    .init("numpy.permute_dims", "(a, axes=None)"),
    .init("ndarray.transpose", "(a, *axes)"),
    .init("numpy.swapaxes", "(a, axis1, axis2)"),
    .init("ndarray.swapaxes", "(a, axis1, axis2, /)"),
    .init("numpy.moveaxis", "(a, source, destination)"),
    .init("numpy.squeeze", "(a, axis=None)"),
    .init("ndarray.squeeze", "(a, axis=None)"),
    .init("numpy.expand_dims", "(a, axis)"),
    .init("numpy.atleast_1d", "(*arys)"),
    .init("numpy.atleast_2d", "(*arys)"),
    .init("numpy.atleast_3d", "(*arys)"),
    .init("numpy.flip", "(m, axis=None)"),
    .init("numpy.flipud", "(m)"),
    .init("numpy.fliplr", "(m)"),
    .init("numpy.rot90", "(m, k=1, axes=(0, 1))"),
    .init("numpy.roll", "(a, shift, axis=None)"),
    .init("numpy.repeat", "(a, repeats, axis=None)"),
    .init("ndarray.repeat", "(a, repeats, /, axis=None)"),
    .init("numpy.tile", "(A, reps)"),
    .init("numpy.resize", "(a, new_shape)"),
    .init("numpy.broadcast_to", "(array, shape, subok=False)"),
    .init("numpy.broadcast_shapes", "(*args)"),
    .init("numpy.broadcast_arrays", "(*args, subok=False)"),
    .init(
      "numpy.lib.stride_tricks.sliding_window_view",
      "(x, window_shape, axis=None, *, subok=False, writeable=False)"),
    .init("numpy.array_split", "(ary, indices_or_sections, axis=0)"),
    .init("numpy.split", "(ary, indices_or_sections, axis=0)"),
    .init("numpy.vsplit", "(ary, indices_or_sections)"),
    .init("numpy.hsplit", "(ary, indices_or_sections)"),
    .init("numpy.dsplit", "(ary, indices_or_sections)"),
    .init("numpy.indices", "(dimensions, dtype=<class 'int'>, sparse=False)"),
    .init("numpy.trim_zeros", "(filt, trim='fb', axis=None)"),
  ]

  // MARK: Parts together

  private static let joining: [FunctionRow] = [
    .init(
      "numpy.concatenate", "(arrays, /, axis=0, out=None, *, dtype=None, casting='same_kind')"),
    .init("numpy.stack", "(arrays, axis=0, out=None, *, dtype=None, casting='same_kind')"),
    .init("numpy.vstack", "(tup, *, dtype=None, casting='same_kind')"),
    .init("numpy.hstack", "(tup, *, dtype=None, casting='same_kind')"),
    .init("numpy.column_stack", "(tup)"),
    .init("numpy.dstack", "(tup)"),
    .init("numpy.append", "(arr, values, axis=None)"),
  ]

  // MARK: Elements chosen

  private static let selecting: [FunctionRow] = [
    .init("numpy.where", "(condition, x=None, y=None, /)"),
    .init("numpy.nonzero", "(a)"),
    .init("ndarray.nonzero", "(a)"),
    .init("numpy.flatnonzero", "(a)"),
    .init("numpy.argwhere", "(a)"),
    .init(
      "numpy.take", "(a, indices, axis=None, out=None, mode='raise')", output: .widening),
    .init(
      "ndarray.take", "(a, indices, /, axis=None, out=None, mode='raise')", output: .widening),
    .init("numpy.compress", "(condition, a, axis=None, out=None)", output: .widening),
    .init("ndarray.compress", "(a, condition, axis=None, out=None)", output: .widening),
    .init("numpy.delete", "(arr, obj, axis=None)"),
    .init("numpy.insert", "(arr, obj, values, axis=None)"),
    .init("numpy.take_along_axis", "(arr, indices, axis=-1)"),
    .init("numpy.select", "(condlist, choicelist, default=0)"),
    .init("numpy.extract", "(condition, arr)"),
    .init(
      "numpy.clip",
      "(a, a_min=<no value>, a_max=<no value>, out=None, *, min=<no value>, max=<no value>, "
        + "where=True, casting='same_kind', order='K', dtype=None, subok=True, signature=None)"),
    .init(
      "ndarray.clip",
      "(a, min=None, max=None, out=None, *, where=True, casting='same_kind', order='K', "
        + "dtype=None, subok=True, signature=None)"),
    .init("numpy.trace", "(a, offset=0, axis1=0, axis2=1, dtype=None, out=None)"),
    .init("ndarray.trace", "(a, offset=0, axis1=0, axis2=1, dtype=None, out=None)"),
    .init("numpy.nan_to_num", "(x, copy=True, nan=0.0, posinf=None, neginf=None)"),
  ]

  // MARK: Order

  private static let ordering: [FunctionRow] = [
    .init("numpy.sort", "(a, axis=-1, kind=None, order=None, *, stable=None)"),
    .init("ndarray.sort", "(a, axis=-1, kind=None, order=None, *, stable=None)"),
    .init("numpy.argsort", "(a, axis=-1, kind=None, order=None, *, stable=None)"),
    .init("ndarray.argsort", "(a, axis=-1, kind=None, order=None, *, stable=None)"),
    .init(
      "numpy.unique",
      "(ar, return_index=False, return_inverse=False, return_counts=False, axis=None, *, "
        + "equal_nan=True, sorted=True)"),
    .init("numpy.partition", "(a, kth, axis=-1, kind='introselect', order=None)"),
    .init("numpy.argpartition", "(a, kth, axis=-1, kind='introselect', order=None)"),
    .init("numpy.intersect1d", "(ar1, ar2, assume_unique=False, return_indices=False)"),
    .init("numpy.setdiff1d", "(ar1, ar2, assume_unique=False)"),
    .init("numpy.setxor1d", "(ar1, ar2, assume_unique=False)"),
    .init("numpy.union1d", "(ar1, ar2)"),
    .init(
      "numpy.isin", "(element, test_elements, assume_unique=False, invert=False, *, kind=None)"),
    .init("numpy.searchsorted", "(a, v, side='left', sorter=None)"),
    .init("ndarray.searchsorted", "(a, v, /, side='left', sorter=None)"),
    .init("numpy.digitize", "(x, bins, right=False)"),
    .init(
      "numpy.median", "(a, axis=None, out=None, overwrite_input=False, keepdims=False)"),
    .init(
      "numpy.nanmedian",
      "(a, axis=None, out=None, overwrite_input=False, keepdims=<no value>)"),
    .init(
      "numpy.percentile",
      "(a, q, axis=None, out=None, overwrite_input=False, method='linear', keepdims=False, *, "
        + "weights=None)"),
    .init(
      "numpy.quantile",
      "(a, q, axis=None, out=None, overwrite_input=False, method='linear', keepdims=False, *, "
        + "weights=None)"),
    .init(
      "numpy.nanpercentile",
      "(a, q, axis=None, out=None, overwrite_input=False, method='linear', keepdims=<no value>, "
        + "*, weights=None)"),
    .init(
      "numpy.nanquantile",
      "(a, q, axis=None, out=None, overwrite_input=False, method='linear', keepdims=<no value>, "
        + "*, weights=None)"),
  ]

  // MARK: Products

  private static let products: [FunctionRow] = [
    .init("numpy.dot", "(a, b, out=None)", output: .exact),
    .init("ndarray.dot", "(a, other, /, out=None)", output: .exact),
    .init(
      "numpy.matmul",
      "(x1, x2, /, out=None, *, axes=<no value>, axis=<no value>, keepdims=False, "
        + "casting='same_kind', order='K', dtype=None, subok=True, signature=None)"),
    .init("numpy.vdot", "(a, b, /)"),
    .init("numpy.inner", "(a, b, /)"),
    .init("numpy.outer", "(a, b, out=None)"),
    .init("numpy.kron", "(a, b)"),
    .init("numpy.cross", "(a, b, axisa=-1, axisb=-1, axisc=-1, axis=None)"),
    .init("numpy.convolve", "(a, v, mode='full')"),
    .init("numpy.correlate", "(a, v, mode='valid')"),
    .init("numpy.linalg.norm", "(x, ord=None, axis=None, keepdims=False)"),
    .init("numpy.linalg.det", "(a)"),
    .init("numpy.linalg.inv", "(a)"),
    .init("numpy.linalg.solve", "(a, b)"),
    .init("numpy.linalg.cholesky", "(a, /, *, upper=False)"),
    .init("numpy.linalg.matrix_power", "(a, n)"),
  ]

  // MARK: Statistics and tables

  private static let statistics: [FunctionRow] = [
    .init(
      "numpy.average", "(a, axis=None, weights=None, returned=False, *, keepdims=<no value>)"),
    .init(
      "numpy.cov",
      "(m, y=None, rowvar=True, bias=False, ddof=None, fweights=None, aweights=None, *, "
        + "dtype=None)"),
    .init("numpy.corrcoef", "(x, y=None, rowvar=True, *, dtype=None)"),
    .init("numpy.trapezoid", "(y, x=None, dx=1.0, axis=-1)"),
    .init("numpy.round", "(a, decimals=0, out=None)", output: .safe),
    .init("ndarray.round", "(a, decimals=0, out=None)", output: .safe),
    .init("numpy.angle", "(z, deg=False)"),
    .init("numpy.sinc", "(x)"),
    .init("numpy.diff", "(a, n=1, axis=-1, prepend=<no value>, append=<no value>)"),
    .init("numpy.ediff1d", "(ary, to_end=None, to_begin=None)"),
    .init("numpy.bincount", "(x, /, weights=None, minlength=0)"),
    .init("numpy.histogram", "(a, bins=10, range=None, density=None, weights=None)"),
    .init("numpy.interp", "(x, xp, fp, left=None, right=None, period=None)"),
    .init("numpy.polyval", "(p, x)"),
    .init("numpy.unwrap", "(p, discont=None, axis=-1, *, period=6.283185307179586)"),
    .init("numpy.bartlett", "(M)"),
    .init("numpy.blackman", "(M)"),
    .init("numpy.hamming", "(M)"),
    .init("numpy.hanning", "(M)"),
    .init("numpy.kaiser", "(M, beta)"),
    .init("numpy.i0", "(x)"),
    .init("numpy.isneginf", "(x, out=None)"),
    .init("numpy.isposinf", "(x, out=None)"),
    .init("numpy.isreal", "(x)"),
    .init("numpy.iscomplex", "(x)"),
    .init("numpy.isrealobj", "(x)"),
    .init("numpy.iscomplexobj", "(x)"),
    .init("numpy.isscalar", "(element)"),
    .init("numpy.asarray_chkfinite", "(a, dtype=None, order=None)"),
    .init("numpy.array_equal", "(a1, a2, equal_nan=False)"),
    .init("numpy.isclose", "(a, b, rtol=1e-05, atol=1e-08, equal_nan=False)"),
    .init("numpy.allclose", "(a, b, rtol=1e-05, atol=1e-08, equal_nan=False)"),
  ]
}
