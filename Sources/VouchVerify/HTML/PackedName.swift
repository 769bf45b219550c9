/// The name of an element or attribute in lower case, in a form that costs nothing to compare.
///
/// Every name that a rule knows has at most sixteen bytes; of a longer one the first sixteen are
/// kept, and `count` keeps it apart.
struct PackedName: Equatable {
  private(set) var low: UInt64 = 0
  private(set) var high: UInt64 = 0
  private(set) var count = 0

  init() {}

  init(_ name: String) {
    for byte in name.utf8 { append(byte) }
  }

  @inline(__always)
  mutating func append(_ byte: UInt8) {
    if count < 8 {
      low |= UInt64(byte) << UInt64(truncatingIfNeeded: count << 3)
    } else if count < 16 {
      high |= UInt64(byte) << UInt64(truncatingIfNeeded: (count - 8) << 3)
    }
    count += 1
  }

  /// Whether it begins with `on`, as what runs a script does.
  var beginsWithOn: Bool { low & 0xFFFF == 0x6E6F }

  fileprivate var slot: Int {
    let mixed = (low ^ (high &* 0x9E37_79B9_7F4A_7C15)) &* 0xD6E8_FEB8_6659_FD93
    return Int(truncatingIfNeeded: mixed >> 48)
  }
}

/// What a rule says of each of a few names, in a table with a place for every name.
struct NameTable<Value: Sendable>: Sendable {
  private var names: [PackedName]
  private var values: [Value?]
  private let mask: Int

  init(_ entries: [(String, Value)]) {
    var size = 64
    while size < entries.count * 4 { size *= 2 }
    mask = size - 1
    names = Array(repeating: PackedName(), count: size)
    values = Array(repeating: nil, count: size)
    for (name, value) in entries {
      let packed = PackedName(name)
      var at = packed.slot & mask
      while values[at] != nil, names[at] != packed { at = (at + 1) & mask }
      names[at] = packed
      values[at] = value
    }
  }

  subscript(_ name: PackedName) -> Value? {
    var at = name.slot & mask
    while let value = values[at] {
      if names[at] == name { return value }
      at = (at + 1) & mask
    }
    return nil
  }
}
