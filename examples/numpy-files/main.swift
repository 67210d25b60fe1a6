// Arrays in NumPy's own files: one alone, several by name, and text.

import Martlet

let folder = CommandLine.arguments.dropFirst().first ?? "/tmp"
let grid = try NDArray.arange(12, dtype: .float32).reshaped(3, 4)
try grid.write(to: "\(folder)/martlet-grid.npy")
let again = try NDArray(contentsOf: "\(folder)/martlet-grid.npy")
print(again)
print("same:", again == grid, again.dtype, again.shape)

let mask = grid .> 5
try NDArray.write(
  archive: ["grid": grid, "mask": mask], to: "\(folder)/martlet-both.npz", isCompressed: true)
let archive = try NDArray.archive(contentsOf: "\(folder)/martlet-both.npz")
for (name, array) in archive.sorted(by: { $0.key < $1.key }) {
  print(name, array.dtype, array.shape)
}
print("same:", archive["mask"]! == mask)

try grid.write(textTo: "\(folder)/martlet-grid.txt", delimiter: ",", format: "%.2f")
let text = try NDArray(textContentsOf: "\(folder)/martlet-grid.txt", delimiter: ",")
print("text:", text.dtype, try allClose(text, grid))

do {
  _ = try NDArray(contentsOf: "\(folder)/martlet-missing.npy")
} catch {
  print("error:", error)
}
