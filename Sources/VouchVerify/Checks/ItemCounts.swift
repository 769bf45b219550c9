import VouchModel

/// Deviating items of one control, each as often as it is listed: once for each slice of the
/// period.
///
/// A document may list a million, so of each only a hash value is kept. It is keyed anew in every
/// run: nobody can write two items that have the same one.
struct ItemCounts: Sendable {
  private var values: [Int] = []

  var count: Int { values.count }

  /// Notes an item as a table of ours writes it, so that all places are alike.
  mutating func add(
    item: UnsafeRawBufferPointer, attribute: UnsafeRawBufferPointer,
    result: UnsafeRawBufferPointer
  ) {
    withPlainCell(item) { item in
      withPlainCell(attribute) { attribute in
        var hasher = Hasher()
        for part in [item.count, attribute.count] { hasher.combine(part) }
        hasher.combine(bytes: item)
        hasher.combine(bytes: attribute)
        hasher.combine(bytes: result)
        values.append(hasher.finalize())
      }
    }
  }

  mutating func add(item: String, attribute: String, result: String) {
    var (item, attribute, result) = (item, attribute, result)
    item.withUTF8 { item in
      attribute.withUTF8 { attribute in
        result.withUTF8 { result in
          add(
            item: UnsafeRawBufferPointer(item), attribute: UnsafeRawBufferPointer(attribute),
            result: UnsafeRawBufferPointer(result))
        }
      }
    }
  }

  /// Compares what a table lists with what `data/check.json` does.
  func compare(
    with expected: ItemCounts, of control: String, at path: BagPath, _ check: inout Check
  ) {
    let (missing, added) = Self.differences(values.sorted(), expected.values.sorted())
    let (should, has) = (String(expected.count), String(count))
    if missing > 0 {
      check.find(
        "deviation-missing", path, "lacks \(missing) of the deviating items of \(control)",
        expected: should, actual: has)
    }
    if added > 0 {
      check.find(
        "deviation-added", path,
        "has \(added) items of \(control) that data/check.json does not have",
        expected: should, actual: has)
    }
  }

  /// How many different items the first list has too seldom, and how many too often.
  private static func differences(_ a: [Int], _ b: [Int]) -> (missing: Int, added: Int) {
    var (missing, added) = (0, 0)
    var (i, j) = (0, 0)
    while i < a.count || j < b.count {
      let value = min(i < a.count ? a[i] : Int.max, j < b.count ? b[j] : Int.max)
      let (from, start) = (i, j)
      while i < a.count, a[i] == value { i += 1 }
      while j < b.count, b[j] == value { j += 1 }
      if i - from < j - start { missing += 1 }
      if i - from > j - start { added += 1 }
    }
    return (missing, added)
  }
}

/// The items of several controls, as the rows of a table name them.
struct ListedItems {
  private var numbers: [[UInt8]: Int] = [:]
  private var counts: [ItemCounts] = []
  private var last: (control: [UInt8], number: Int) = ([], -1)

  /// Adds an item of the control that a row names; rows of one control mostly follow each other.
  mutating func add(
    to control: UnsafeRawBufferPointer, item: UnsafeRawBufferPointer,
    attribute: UnsafeRawBufferPointer, result: UnsafeRawBufferPointer
  ) {
    if last.number < 0 || !last.control.elementsEqual(control) {
      let name = Array(control)
      let number = numbers[name] ?? counts.count
      if number == counts.count {
        numbers[name] = number
        counts.append(ItemCounts())
      }
      last = (name, number)
    }
    counts[last.number].add(item: item, attribute: attribute, result: result)
  }

  subscript(_ control: String) -> ItemCounts {
    numbers[Array(control.utf8)].map { counts[$0] } ?? ItemCounts()
  }

  var controls: [String] { numbers.keys.map { String(decoding: $0, as: UTF8.self) } }
}
