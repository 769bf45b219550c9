/// Numbers the plugins of a file by the bytes that describe them, so that the hundred-thousandth
/// item of a plugin costs a comparison and no `String`.
///
/// A key is id, name and family, each with a zero byte after it, then ``NessusField`` code, text
/// and zero byte of each field that describes the plugin.
final class NessusKeys {
  private let table: UnsafeMutablePointer<Table>

  /// Behind a pointer, since it is asked for every item.
  private struct Table {
    /// Keys of all plugins, one after the other.
    var keys = ByteBuffer(capacity: 1 << 16)
    /// Index into `entries` plus one, by hash; 0 is free. A power of two, at most half full.
    var slots: UnsafeMutablePointer<Int32>
    var mask: Int
    var entries: UnsafeMutablePointer<Entry>
    var count = 0

    init(slots count: Int) {
      mask = count - 1
      slots = .allocate(capacity: count)
      slots.initialize(repeating: 0, count: count)
      entries = .allocate(capacity: count / 2 + 1)
    }

    func deallocateSlots() {
      slots.deallocate()
      entries.deallocate()
    }
  }

  private struct Entry {
    let hash: UInt64
    let begin: Int
    let count: Int
  }

  init() {
    table = .allocate(capacity: 1)
    table.initialize(to: Table(slots: 1024))
  }

  deinit {
    table.pointee.keys.deallocate()
    table.pointee.deallocateSlots()
    table.deallocate()
  }

  /// How many plugins there are; their numbers count from 0.
  var count: Int { table.pointee.count }

  /// The key of a plugin, valid until another one is added.
  func key(_ number: Int32) -> UnsafeBufferPointer<UInt8> {
    let entry = table.pointee.entries[Int(number)]
    return table.pointee.keys[entry.begin..<entry.begin + entry.count]
  }

  /// The number of the plugin with this key.
  @inline(__always)
  func number(_ key: UnsafeBufferPointer<UInt8>) -> Int32 {
    let hash = Self.hash(key)
    let mask = table.pointee.mask
    var slot = Int(truncatingIfNeeded: hash) & mask
    while table.pointee.slots[slot] != 0 {
      let entry = table.pointee.entries + Int(table.pointee.slots[slot] &- 1)
      if entry.pointee.hash == hash, entry.pointee.count == key.count,
        Self.isEqual(table.pointee.keys.bytes + entry.pointee.begin, key)
      {
        return table.pointee.slots[slot] &- 1
      }
      slot = (slot &+ 1) & mask
    }
    return add(key, hash)
  }

  @inline(never)
  private func add(_ key: UnsafeBufferPointer<UInt8>, _ hash: UInt64) -> Int32 {
    if table.pointee.count * 2 > table.pointee.mask { grow() }
    let begin = table.pointee.keys.count
    table.pointee.keys.append(key)
    insert(Entry(hash: hash, begin: begin, count: key.count))
    return Int32(table.pointee.count - 1)
  }

  private func insert(_ entry: Entry) {
    var slot = Int(truncatingIfNeeded: entry.hash) & table.pointee.mask
    while table.pointee.slots[slot] != 0 { slot = (slot + 1) & table.pointee.mask }
    table.pointee.entries[table.pointee.count] = entry
    table.pointee.count += 1
    table.pointee.slots[slot] = Int32(table.pointee.count)
  }

  private func grow() {
    let old = table.pointee
    table.pointee = Table(slots: (old.mask + 1) * 2)
    table.pointee.keys.deallocate()
    table.pointee.keys = old.keys
    for i in 0..<old.count { insert(old.entries[i]) }
    old.deallocateSlots()
  }

  private static func isEqual(
    _ known: UnsafeMutablePointer<UInt8>, _ key: UnsafeBufferPointer<UInt8>
  ) -> Bool {
    var i = 0
    let a = UnsafeRawPointer(known)
    guard let b = key.baseAddress.map(UnsafeRawPointer.init) else { return true }
    while i &+ 8 <= key.count {
      if a.loadUnaligned(fromByteOffset: i, as: UInt64.self)
        != b.loadUnaligned(fromByteOffset: i, as: UInt64.self)
      {
        return false
      }
      i &+= 8
    }
    while i < key.count {
      if known[i] != key[i] { return false }
      i &+= 1
    }
    return true
  }

  /// Multiply and fold, eight bytes at a time. Only decides where to look: keys are compared.
  private static func hash(_ key: UnsafeBufferPointer<UInt8>) -> UInt64 {
    guard let base = key.baseAddress.map(UnsafeRawPointer.init) else { return 0 }
    var hash: UInt64 = 0x9e37_79b9_7f4a_7c15 ^ UInt64(key.count)
    var i = 0
    while i &+ 8 <= key.count {
      hash = fold(hash ^ base.loadUnaligned(fromByteOffset: i, as: UInt64.self))
      i &+= 8
    }
    var last: UInt64 = 0
    while i < key.count {
      last = last << 8 | UInt64(key[i])
      i &+= 1
    }
    return fold(hash ^ last)
  }

  @inline(__always)
  private static func fold(_ value: UInt64) -> UInt64 {
    let product = value.multipliedFullWidth(by: 0xd6e8_feb8_6659_fd93)
    return product.high ^ product.low
  }
}
