// swift-tools-version: 6.2
import CompilerPluginSupport
import PackageDescription

// The house, from the ground up: a target may depend only on the targets above it in this list.
// The programs in `examples`: what depends on Martlet doesn't build them.
let examples = [
  "ComplexNumbers": "complex-numbers", "Digits": "digits", "GaussianBlur": "gaussian-blur",
  "HeatEquation": "heat-equation", "KMeans": "k-means", "LinearRegression": "linear-regression",
  "LinearSystems": "linear-systems", "MonteCarloPi": "monte-carlo-pi",
  "NumPyFiles": "numpy-files", "PrincipalComponents": "principal-components",
  "SmallNetwork": "small-network", "SortAndGroup": "sort-and-group", "Spectrum": "spectrum",
  "TasksAndActors": "tasks-and-actors",
].sorted { $0.key < $1.key }
// What else lies in their folders.
let notOfSwift = ["Digits": ["train.py"], "LinearRegression": ["houses.csv"]]

let package = Package(
  name: "Martlet",
  products: [
    .library(name: "Martlet", targets: ["Martlet"]),
    .executable(name: "martlet", targets: ["MartletTool"]),
    .library(name: "MartletKernels", targets: ["MartletKernels"]),
    .library(name: "MartletFoundation", targets: ["MartletFoundation"]),
    .library(name: "MartletDifferentiation", targets: ["MartletDifferentiation"]),
    .library(name: "MartletNumerics", targets: ["MartletNumerics"]),
    .library(name: "MartletPython", type: .dynamic, targets: ["MartletPython"]),
  ],
  traits: [
    .default(enabledTraits: ["Kernels", "Numerics"]),
    .trait(
      name: "Kernels",
      description: "`MartletKernels` with its macros: without it swift-syntax is not even fetched."),
    .trait(
      name: "Numerics",
      description: "`MartletNumerics`: without it swift-numerics is not even fetched."),
  ],
  dependencies: [
    // For `MartletMacros` alone.
    .package(url: "https://github.com/swiftlang/swift-syntax.git", from: "603.0.1"),
    // For `MartletNumerics` alone.
    .package(url: "https://github.com/apple/swift-numerics.git", from: "1.1.1"),
  ],
  targets: [
    .target(name: "CMartlet"),
    .target(name: "CPythonABI"),
    .target(name: "CSwiftMemory", dependencies: ["CMartlet"]),
    .target(name: "MartletIR", dependencies: ["CMartlet"]),
    .target(name: "MartletCodegen", dependencies: ["MartletIR"]),
    .target(name: "MartletRuntime", dependencies: ["MartletCodegen"]),
    .target(name: "MartletFrontend", dependencies: ["MartletIR"]),
    .target(name: "Martlet", dependencies: ["MartletRuntime", "MartletFrontend"]),
    .macro(
      name: "MartletMacros",
      dependencies: [
        "MartletFrontend", "MartletIR",
        .product(
          name: "SwiftSyntax", package: "swift-syntax", condition: .when(traits: ["Kernels"])),
        .product(
          name: "SwiftOperators", package: "swift-syntax", condition: .when(traits: ["Kernels"])),
        .product(
          name: "SwiftSyntaxMacros", package: "swift-syntax", condition: .when(traits: ["Kernels"])),
        .product(
          name: "SwiftDiagnostics", package: "swift-syntax", condition: .when(traits: ["Kernels"])),
        .product(
          name: "SwiftCompilerPlugin", package: "swift-syntax",
          condition: .when(traits: ["Kernels"])),
      ]),
    .target(name: "MartletKernels", dependencies: ["Martlet", "MartletMacros"]),
    .target(name: "MartletFoundation", dependencies: ["Martlet"]),
    .target(name: "MartletDifferentiation", dependencies: ["Martlet"]),
    .target(
      name: "MartletNumerics",
      dependencies: [
        "Martlet",
        .product(
          name: "ComplexModule", package: "swift-numerics", condition: .when(traits: ["Numerics"])),
        .product(
          name: "RealModule", package: "swift-numerics", condition: .when(traits: ["Numerics"])),
      ]),
    .target(name: "MartletPython", dependencies: ["Martlet", "CPythonABI", "CSwiftMemory"]),
    .executableTarget(name: "MartletTool", dependencies: ["Martlet"]),
    .executableTarget(name: "Convolution", dependencies: ["Martlet"], path: "demo/convolution"),
    .executableTarget(name: "ArrayBenchmarks", dependencies: ["Martlet"], path: "Benchmarks/swift"),

    .testTarget(name: "MartletIRTests", dependencies: ["MartletIR"]),
    .testTarget(name: "MartletCodegenTests", dependencies: ["MartletCodegen"]),
    .testTarget(name: "MartletRuntimeTests", dependencies: ["MartletRuntime"]),
    .testTarget(name: "MartletFrontendTests", dependencies: ["MartletFrontend", "MartletCodegen"]),
    .testTarget(name: "MartletTests", dependencies: ["Martlet"], exclude: ["surface"]),
    .testTarget(name: "MartletFoundationTests", dependencies: ["MartletFoundation"]),
    .testTarget(name: "MartletDifferentiationTests", dependencies: ["MartletDifferentiation"]),
    .testTarget(
      name: "MartletNumericsTests",
      dependencies: [
        "MartletNumerics",
        .product(
          name: "ComplexModule", package: "swift-numerics", condition: .when(traits: ["Numerics"])),
        .product(
          name: "RealModule", package: "swift-numerics", condition: .when(traits: ["Numerics"])),
      ]),
    .testTarget(name: "MartletToolTests", dependencies: ["MartletTool"]),
    .testTarget(name: "MartletKernelsTests", dependencies: ["MartletKernels"]),
    .testTarget(
      name: "MartletMacrosTests", dependencies: ["MartletKernels"], exclude: ["wrong_programs"]),
    .testTarget(
      name: "ExampleTests",
      dependencies: ["ExampleSimulatorKernel"]
        + examples.map { .target(name: "Example\($0.key)") },
      exclude: ["expected"]),
    .executableTarget(
      name: "ExampleSimulatorKernel", dependencies: ["MartletKernels"],
      path: "examples/simulator-kernel"),
  ]
    + examples.map { name, folder in
      .executableTarget(
        name: "Example\(name)", dependencies: ["Martlet"], path: "examples/\(folder)",
        exclude: notOfSwift[name] ?? [])
    },
  swiftLanguageModes: [.v6]
)
