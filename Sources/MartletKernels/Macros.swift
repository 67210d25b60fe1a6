/// Makes a function of numbers one of arrays as well.
///
///     @Vectorized
///     func saturate(x: Float, gain: Float) -> Float {
///       let y = x * gain
///       return y > 1 ? 1 : y
///     }
///
///     saturate(x: 0.5, gain: 3)          // the function as it is written
///     saturate(x: a, gain: 0.5)          // an array, computed when it is looked at, on its device
///     try $saturate(a, b)                // the same, with errors thrown
///     try $saturate.reduce(a)            // and the other methods of ufuncs
///
/// The function is checked while the program is compiled; what the language of kernels lacks is an
/// error at its line and column. `docs/kernels.md` tells what there is. Constants from outside are
/// read once, when an array is first given. Integers wrap where Swift stops at overflow.
@attached(peer, names: overloaded, prefixed(`$`))
public macro Vectorized() =
  #externalMacro(module: "MartletMacros", type: "VectorizedMacro")

/// Makes a function what each thread of a grid runs, on a GPU or the Simulator.
///
///     @Kernel
///     func increment(_ t: GPUThread, x: DeviceArray<Float>) {
///       if t.index < x.count { x[t.index] += 1 }
///     }
///
///     try increment(.grid(64, block: 256), x: a)                 // on the current device
///     try increment(.grid(2, block: 8, natively: true), x: a)    // as Swift, under a debugger
///
/// Arrays that the function only reads may be `NDArray`s; those it writes are `DeviceArray`s, which
/// everybody who holds them sees change.
@attached(peer, names: overloaded, prefixed(`$`))
public macro Kernel() = #externalMacro(module: "MartletMacros", type: "KernelMacro")
