import MartletIR

// What `import Martlet` alone gives a name to, of the modules below.

public typealias DType = MartletIR.DType
public typealias Shape = MartletIR.Shape
public typealias MartletError = MartletIR.MartletError
