/// A growing piece of memory that is emptied and filled again, without an allocation each time.
struct ByteBuffer {
  private(set) var bytes: UnsafeMutablePointer<UInt8>
  private(set) var count = 0
  private var capacity: Int

  init(capacity: Int) {
    self.capacity = capacity
    bytes = .allocate(capacity: capacity)
  }

  /// The same bytes in memory of their own.
  init(copying other: ByteBuffer) {
    self.init(capacity: max(1, other.count))
    append(other.all)
  }

  func deallocate() { bytes.deallocate() }

  @inline(__always)
  mutating func removeAll() { count = 0 }

  @inline(__always)
  mutating func append(_ source: UnsafeBufferPointer<UInt8>) {
    if count &+ source.count > capacity { grow(to: count + source.count) }
    guard let base = source.baseAddress else { return }
    // Of an entity comes one byte.
    if source.count == 1 {
      bytes[count] = base.pointee
    } else {
      (bytes + count).update(from: base, count: source.count)
    }
    count &+= source.count
  }

  @inline(__always)
  mutating func append(_ byte: UInt8) {
    if count == capacity { grow(to: count + 1) }
    bytes[count] = byte
    count &+= 1
  }

  @inline(never)
  private mutating func grow(to needed: Int) {
    capacity = max(needed, capacity * 2)
    let larger = UnsafeMutablePointer<UInt8>.allocate(capacity: capacity)
    larger.update(from: bytes, count: count)
    bytes.deallocate()
    bytes = larger
  }

  @inline(__always)
  subscript(range: Range<Int>) -> UnsafeBufferPointer<UInt8> {
    UnsafeBufferPointer(start: bytes + range.lowerBound, count: range.count)
  }

  var all: UnsafeBufferPointer<UInt8> { self[0..<count] }
}
