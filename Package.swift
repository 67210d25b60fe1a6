// swift-tools-version: 6.2
import PackageDescription

// The house, from the ground up: a target may depend only on the targets above it in this list.
let package = Package(
  name: "Martlet",
  products: [
    .library(name: "Martlet", targets: ["Martlet"]),
    .executable(name: "martlet", targets: ["MartletTool"]),
    .library(name: "MartletPython", type: .dynamic, targets: ["MartletPython"]),
  ],
  targets: [
    .target(name: "CMartlet"),
    .target(name: "CPythonABI"),
    .target(name: "MartletIR", dependencies: ["CMartlet"]),
    .target(name: "MartletCodegen", dependencies: ["MartletIR"]),
    .target(name: "MartletRuntime", dependencies: ["MartletCodegen"]),
    .target(name: "MartletFrontend", dependencies: ["MartletIR"]),
    .target(name: "Martlet", dependencies: ["MartletRuntime", "MartletFrontend"]),
    .target(name: "MartletPython", dependencies: ["Martlet", "CPythonABI"]),
    .executableTarget(name: "MartletTool", dependencies: ["Martlet"]),
    .executableTarget(name: "Convolution", dependencies: ["Martlet"], path: "demo/convolution"),

    .testTarget(name: "MartletIRTests", dependencies: ["MartletIR"]),
    .testTarget(name: "MartletCodegenTests", dependencies: ["MartletCodegen"]),
    .testTarget(name: "MartletRuntimeTests", dependencies: ["MartletRuntime"]),
    .testTarget(name: "MartletFrontendTests", dependencies: ["MartletFrontend", "MartletCodegen"]),
    .testTarget(name: "MartletTests", dependencies: ["Martlet"]),
    .testTarget(name: "MartletToolTests", dependencies: ["MartletTool"]),
  ],
  swiftLanguageModes: [.v6]
)
