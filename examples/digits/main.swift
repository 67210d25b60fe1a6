// Trains a small network on scikit-learn's handwritten digits, as `train.py` does from Python.
//
//     swift run -c release ExampleDigits FILE [PICTURE]
//
// FILE is `digits.csv.gz`, which lies in scikit-learn's folder `datasets/data`. A bar shows the loss of
// every epoch; at the end stands the share of unseen digits that are read rightly. PICTURE becomes a
// drawing of the loss (SVG).

import Glibc
import Martlet

// MARK: The network

struct Network: ArrayTree {
  var w1, b1, w2, b2: NDArray

  init(inputs: Int, hidden: Int, outputs: Int, _ random: inout RandomGenerator) throws {
    func weights(_ n: Int, _ m: Int) throws -> NDArray {
      let limit = (6 / Double(n + m)).squareRoot()
      return try random.uniform(in: -limit..<limit, shape: [n, m])
    }
    (w1, b1) = (try weights(inputs, hidden), try .zeros([hidden]))
    (w2, b2) = (try weights(hidden, outputs), try .zeros([outputs]))
  }

  var leaves: [NDArray] { [w1, b1, w2, b2] }
  func replacing(_ leaves: inout ArraySlice<NDArray>) -> Network {
    var network = self
    network.w1 = leaves.removeFirst()
    network.b1 = leaves.removeFirst()
    network.w2 = leaves.removeFirst()
    network.b2 = leaves.removeFirst()
    return network
  }

  /// Scores for the ten digits.
  func scores(_ pictures: NDArray) throws -> NDArray {
    try maximum(pictures.matmul(w1) + b1, 0).matmul(w2) + b2
  }
}

/// The mean of what the true classes' probabilities lack, as logarithms.
func crossEntropy(_ scores: NDArray, _ classes: NDArray) throws -> NDArray {
  let shifted = try scores - stopGradient(scores.max(axis: 1, keepDimensions: true))
  let logarithms = try shifted - log(exp(shifted).sum(axis: 1, keepDimensions: true))
  return try -logarithms[NDArray.arange(classes.count), classes].mean()
}

/// Adam's steps (Kingma and Ba 2015).
struct Adam {
  var rate = 0.004
  private var mean, square: Network
  private var count = 0.0

  init(for network: Network) {
    mean = network.mapArrays { $0 * 0 }
    square = mean
  }

  mutating func step(_ network: inout Network, _ slope: Network) {
    count += 1
    mean = mean.mapArrays(with: slope) { 0.9 * $0 + 0.1 * $1 }
    square = square.mapArrays(with: slope) { 0.999 * $0 + 0.001 * $1 * $1 }
    let (first, second) = (1 - pow(0.9, count), 1 - pow(0.999, count))
    let change = mean.mapArrays(with: square) { rate * ($0 / first) / (sqrt($1 / second) + 1e-8) }
    network = network.mapArrays(with: change) { $0 - $1 }
  }
}

// MARK: What is seen of it

func show(_ epoch: Int, of epochs: Int, share: Double, loss: Double) {
  guard isatty(1) != 0 || share == 1 else { return }
  let done = Int(30 * share)
  let bar = String(repeating: "#", count: done) + String(repeating: " ", count: 30 - done)
  let start = isatty(1) != 0 ? "\r" : ""
  let thousandths = Int((loss * 1000).rounded())
  let text = "\(thousandths / 1000).\(String(thousandths % 1000 + 1000).suffix(3))"
  print(
    "\(start)epoch \(epoch + 1)/\(epochs) [\(bar)] loss \(text)",
    terminator: share == 1 ? "\n" : "")
  fflush(nil)
}

/// A line over the epochs.
func draw(_ losses: [Double], to path: String) {
  let (width, height, rim) = (480.0, 240.0, 24.0)
  let step = (width - 2 * rim) / Double(max(losses.count - 1, 1))
  func tenths(_ number: Double) -> Double { (10 * number).rounded() / 10 }
  let points = losses.enumerated().map { i, loss in
    let down = (height - 2 * rim) * (1 - loss / losses[0])
    return "\(tenths(rim + step * Double(i))),\(tenths(rim + down))"
  }
  let picture = """
    <svg xmlns="http://www.w3.org/2000/svg" width="\(width)" height="\(height)">
    <rect width="100%" height="100%" fill="white"/>
    <path d="M\(rim),\(rim) V\(height - rim) H\(width - rim)" fill="none" stroke="gray"/>
    <polyline points="\(points.joined(separator: " "))" fill="none" stroke="navy" stroke-width="2"/>
    <text x="\(rim + 4)" y="\(rim)" font-size="12">the loss of \(losses.count) epochs</text>
    </svg>

    """
  guard let file = fopen(path, "w") else { return perror(path) }
  fputs(picture, file)
  fclose(file)
}

// MARK: Training

guard CommandLine.arguments.count > 1 else {
  print("usage: ExampleDigits FILE [PICTURE]")
  exit(1)
}
let table = try NDArray(textContentsOf: CommandLine.arguments[1], delimiter: ",")
let (pictures, classes) = try (table[.all, 0..<64] / 16, table[.all, 64].asType(.int64))

var random = RandomGenerator(seed: 0)
let order = try random.permutation(table.shape[0])
let (seen, unseen) = (order[..<1400], order[1400...])

var network = try Network(inputs: 64, hidden: 48, outputs: 10, &random)
var method = Adam(for: network)
let (epochs, size) = (8, 64)
var losses: [Double] = []
for epoch in 0..<epochs {
  let order = try random.permutation(of: seen)
  var total = 0.0
  for start in stride(from: 0, to: order.count, by: size) {
    let rows = order[start..<start + size]
    let (x, y) = (pictures[rows], classes[rows])
    let (loss, slope) = try valueAndGrad { (network: Network) in
      try crossEntropy(network.scores(x), y)
    }(network)
    method.step(&network, slope)
    total += Double(loss) * Double(rows.count)
    let done = start + rows.count
    show(
      epoch, of: epochs, share: Double(done) / Double(order.count), loss: total / Double(done))
  }
  losses.append(total / Double(order.count))
}
if CommandLine.arguments.count > 2 { draw(losses, to: CommandLine.arguments[2]) }

let read = try network.scores(pictures[unseen]).argMax(axis: 1)
let right = try (read .== classes[unseen]).mean()
print("more than nine in ten of \(unseen.count) unseen digits are read rightly:", right > 0.9)
