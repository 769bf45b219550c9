/// Numbers out of bytes, least significant first. Everything outside the bytes reads as nil.
struct LittleEndian {
  let bytes: [UInt8]

  func u16(_ at: Int) -> Int? { number(at, 2) }
  func u32(_ at: Int) -> Int? { number(at, 4) }
  /// Nil also for what does not fit a signed number of 64 bits.
  func u64(_ at: Int) -> Int? { number(at, 8) }

  func slice(_ at: Int, _ count: Int) -> [UInt8]? {
    guard at >= 0, count >= 0, at <= bytes.count - count else { return nil }
    return Array(bytes[at..<at + count])
  }

  private func number(_ at: Int, _ width: Int) -> Int? {
    guard at >= 0, at <= bytes.count - width else { return nil }
    var value: UInt64 = 0
    for i in (0..<width).reversed() { value = value << 8 | UInt64(bytes[at + i]) }
    return Int(exactly: value)
  }
}
