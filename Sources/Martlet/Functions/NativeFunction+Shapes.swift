import MartletIR

/// The same elements in another shape, order or number.
extension NativeFunction {
  static let shapes: [NativeFunction] = [
    NativeFunction(
      "reshape", "(a, /, shape, order='C', *, copy=None)", "In another shape.", .composed,
      isMethod: true
    ) { call throws(MartletError) in
      if let order = try call.string(2), order != "C" { throw call.notNative("Fortran order") }
      try call.reject(3, "the argument 'copy'")
      guard let sizes = try call.ints(1) else { throw call.notNative("no shape") }
      return .array(try call.array(0).reshaped(sizes))
    },
    NativeFunction(
      "ravel", "(a, order='C')", "The elements in one dimension.", .composed, isMethod: true
    ) { call throws(MartletError) in
      if let order = try call.string(1), order != "C" { throw call.notNative("Fortran order") }
      return .array(try call.array(0).raveled())
    },
    NativeFunction(
      "roll", "(a, shift, axis=None)", "The elements moved on, the last ones first.", .composed
    ) { call throws(MartletError) in
      let a = try call.array(0)
      var shifts = try call.ints(1) ?? []
      guard call.isGiven(2) else {
        guard shifts.count == 1 else { throw call.notNative("several shifts without axes") }
        let flat = try a.raveled()
        let rolled = try call.run(elements: a.count) { [shifts] () throws(MartletError) in
          try flat.rolled(shifts, axes: [0])
        }
        return .array(rolled.view(Layout(contiguous: a.shape)))
      }
      var axes = try call.ints(2) ?? []
      if axes.count == 1 { axes = Array(repeating: axes[0], count: shifts.count) }
      if shifts.count == 1 { shifts = Array(repeating: shifts[0], count: axes.count) }
      guard shifts.count == axes.count else {
        throw call.notNative("shifts and axes of unlike number")
      }
      for axis in axes { _ = try call.normalised(axis, rank: a.rank) }
      return .array(
        try call.run(elements: a.count) { [shifts, axes] () throws(MartletError) in
          try a.rolled(shifts, axes: axes)
        })
    },
  ]
}
