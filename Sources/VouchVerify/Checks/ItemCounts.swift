import VouchModel

/// The deviating items that a table lists of one control, each as often as it stands there: once
/// for each slice of the period.
struct ItemCounts {
  private var counts: [CheckDocument.Item: Int] = [:]

  mutating func add(_ item: CheckDocument.Item) { counts[Self.plain(item), default: 0] += 1 }

  /// As a table of ours writes it, so that both sides are alike.
  private static func plain(_ item: CheckDocument.Item) -> CheckDocument.Item {
    CheckDocument.Item(
      item: plainCell(item.item), attribute: plainCell(item.attribute), result: item.result)
  }

  /// - Parameter writes: how the table writes an item's key.
  func compare(
    with control: CheckDocument.ControlFigures, at path: BagPath, _ check: inout Check,
    writes: (String) -> String = { $0 }
  ) {
    var expected = ItemCounts()
    for item in control.items {
      expected.add(
        CheckDocument.Item(
          item: writes(item.item), attribute: item.attribute, result: item.result))
    }
    let missing = expected.counts.filter { counts[$0.key, default: 0] < $0.value }.count
    let added = counts.filter { expected.counts[$0.key, default: 0] < $0.value }.count
    let (should, has) = (String(control.items.count), String(counts.values.reduce(0, +)))
    if missing > 0 {
      check.find(
        "deviation-missing", path, "lacks \(missing) of the deviating items of \(control.id)",
        expected: should, actual: has)
    }
    if added > 0 {
      check.find(
        "deviation-added", path,
        "has \(added) items of \(control.id) that data/check.json does not have",
        expected: should, actual: has)
    }
  }
}
