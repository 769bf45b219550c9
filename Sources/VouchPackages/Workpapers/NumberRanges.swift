/// Numbers in short: `1-3 5 8-9`.
struct NumberRanges {
  let text: String

  init(_ numbers: [Int]) {
    var ranges: [ClosedRange<Int>] = []
    for number in numbers.sorted() {
      if let last = ranges.last, number <= last.upperBound + 1 {
        ranges[ranges.count - 1] = last.lowerBound...max(last.upperBound, number)
      } else {
        ranges.append(number...number)
      }
    }
    text = ranges.map {
      $0.count == 1 ? "\($0.lowerBound)" : "\($0.lowerBound)-\($0.upperBound)"
    }.joined(separator: " ")
  }
}

extension NumberRanges {
  /// The numbers that a text of ranges names; what is no range names none.
  static func numbers(_ text: String) -> [Int] {
    text.split(separator: " ").flatMap { range -> [Int] in
      let ends = range.split(separator: "-").compactMap { Int($0) }
      guard let first = ends.first, let last = ends.last, first <= last else { return [] }
      return Array(first...last)
    }
  }
}
