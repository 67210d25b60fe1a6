import MartletIR

// What `import Martlet` alone gives a name to, of the modules below.

/// The type of an array's elements.
public typealias DType = MartletIR.DType
/// The sizes of an array's axes.
public typealias Shape = MartletIR.Shape
/// What goes wrong, with what a program needs to know of it.
public typealias MartletError = MartletIR.MartletError
