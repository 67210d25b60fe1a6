// Sales sorted, and summed by shop.

import Martlet

let shop: NDArray = [2, 0, 1, 2, 0, 2, 1, 1, 0, 2]
let amount: NDArray = [12.5, 3.0, 8.25, 7.5, 20.0, 1.0, 4.75, 9.0, 2.0, 30.0]
let names = ["Basel", "Chur", "Thun"]

// By hand: sort by the key, then sum the runs.
let order = try shop.argSort()
let sorted = shop[order]
let (keys, counts) = try sorted.uniqueCounts()
let ends = try counts.cumulativeSum()
let running = try amount[order].cumulativeSum()[ends - 1]
let sums = try NDArray.concatenate([running[..<1], running.differences()])
for (key, (sum, count)) in zip(keys, zip(sums, counts)) {
  print("\(names[Int(key)]): \(count) sales, \(sum)")
}

// With bincount.
let totals = try shop.binCount(weights: amount)
print("bincount agrees:", try allClose(totals, sums))
print("best shop:", names[Int(try totals.argMax())])

// The three largest sales and where they were made.
let top = try amount.argSort()[stride(from: 9, to: 6, by: -1)]
for i in top {
  print(amount[i], names[Int(shop[i])])
}

// Sorted by shop, then by falling amount.
let both = try NDArray.lexSort([-amount, shop])
print(amount[both])
print("median \(try amount.median()), quartiles \(try amount.quantile([0.25, 0.75]))")
print("ranks", try amount.argSort().argSort() + 1)
print("shops above 10:", try shop[amount .> 10].unique())
