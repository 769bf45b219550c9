import VouchModel

/// An item of a slice that is false on attributes that decide, with what was found.
struct Deviation {
  let item: String
  /// The results that make it one, in the order of the attributes.
  let results: [ItemResult]
  /// Every one of them is covered by a waiver, so the item does not count.
  let isWaived: Bool
}

extension SliceResult {
  /// Items that deviate and items that are waived, in the order of their keys. What a person
  /// still has to state is neither.
  func deviations(of control: Control) -> [Deviation] {
    let attested = Set(control.attributes.filter(\.attested).map(\.key))
    var found: [Deviation] = []
    var own: [ItemResult] = []
    func close() {
      if let first = own.first {
        found.append(
          Deviation(
            item: first.item, results: own, isWaived: own.allSatisfy { $0.waiver != nil }))
      }
      own = []
    }
    for result in items where result.decides && result.result == .false {
      if attested.contains(result.attribute) { continue }
      if result.item != own.first?.item { close() }
      own.append(result)
    }
    close()
    return found
  }
}
