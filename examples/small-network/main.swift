// Two layers learn the exclusive or, by the gradient of their loss.

import Martlet

struct Network: ArrayTree {
  var w1, b1, w2, b2: NDArray

  var leaves: [NDArray] { [w1, b1, w2, b2] }
  func replacing(_ leaves: inout ArraySlice<NDArray>) -> Network {
    Network(
      w1: leaves.removeFirst(), b1: leaves.removeFirst(), w2: leaves.removeFirst(),
      b2: leaves.removeFirst())
  }

  func callAsFunction(_ x: NDArray) throws -> NDArray {
    let hidden = try tanh(x.matmul(w1) + b1)
    return try 1 / (1 + exp(-(hidden.matmul(w2) + b2)))
  }
}

let x: NDArray = [[0, 0], [0, 1], [1, 0], [1, 1]]
let y: NDArray = [[0], [1], [1], [0]]

var random = RandomGenerator(seed: 4)
var network = try Network(
  w1: random.normal(shape: [2, 8]), b1: .zeros([8]), w2: random.normal(shape: [8, 1]),
  b2: .zeros([1]))

let lossAndSlope = valueAndGrad { (network: Network) in
  let output = try network(x)
  return try -(y * log(output) + (1 - y) * log(1 - output)).mean()
}

var loss = 0.0
for step in 0..<1000 {
  let (value, slope) = try lossAndSlope(network)
  loss = Double(value)
  if step == 0 { print("loss at first is above 0.5:", loss > 0.5) }
  network = network.mapArrays(with: slope) { $0 - 0.5 * $1 }
}
print("loss at last is below 0.05:", loss < 0.05)
for (inputs, answer) in try zip(x, network(x)) {
  print("\(inputs) -> \(try answer.rounded())")
}
