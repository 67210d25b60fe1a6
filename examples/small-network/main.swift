// Two layers learn the exclusive or; the derivatives are written out.

import Martlet

let x: NDArray = [[0, 0], [0, 1], [1, 0], [1, 1]]
let y: NDArray = [[0], [1], [1], [0]]

var random = RandomGenerator(seed: 4)
var w1 = try random.normal(shape: [2, 8])
var b1 = try NDArray.zeros([8])
var w2 = try random.normal(shape: [8, 1])
var b2 = try NDArray.zeros([1])
let rate = 0.5

func sigmoid(_ x: NDArray) -> NDArray { 1 / (1 + exp(-x)) }

var loss = 0.0
for step in 0..<2000 {
  // Forward.
  let hidden = try tanh(x.matmul(w1) + b1)
  let output = try sigmoid(hidden.matmul(w2) + b2)
  loss = try Double(-(y * log(output) + (1 - y) * log(1 - output)).mean())
  if step == 0 { print("loss at first is above 0.5:", loss > 0.5) }

  // Backward.
  let d2 = (output - y) / 4
  let d1 = try d2.matmul(w2.T) * (1 - hidden ** 2)
  w2 -= try rate * hidden.T.matmul(d2)
  b2 -= try rate * d2.sum(axis: 0)
  w1 -= try rate * x.T.matmul(d1)
  b1 -= try rate * d1.sum(axis: 0)
}
print("loss at last is below 0.05:", loss < 0.05)
let learned = try sigmoid(tanh(x.matmul(w1) + b1).matmul(w2) + b2)
for (inputs, answer) in zip(x, learned) {
  print("\(inputs) -> \(try answer.rounded())")
}
