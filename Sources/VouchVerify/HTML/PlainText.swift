/// What bytes may be wrong with before anything in them is looked at.
enum PlainText {
  enum Fault { case encoding, control }

  /// Whether the bytes are UTF-8 (RFC 3629) without control characters but tab and line ends.
  /// What is no UTF-8 goes before what has control characters.
  static func fault(in bytes: UnsafeBufferPointer<UInt8>) -> Fault? {
    guard let start = bytes.baseAddress else { return nil }
    var at = 0
    var hasControl = false
    while at < bytes.count {
      // Eight at a time, as long as all are letters, digits and the like.
      while at + 8 <= bytes.count {
        let word = UnsafeRawPointer(start + at).loadUnaligned(as: UInt64.self)
        let odd = ((word &- 0x2020_2020_2020_2020) & ~word | word) & 0x8080_8080_8080_8080
        if odd != 0 {
          // Of the first odd byte the mark is certain, of those behind it not.
          at += odd.trailingZeroBitCount >> 3
          break
        }
        at += 8
      }
      guard at < bytes.count else { break }
      let byte = start[at]
      if byte < 0x80 {
        if byte < 0x20, byte != 0x09, byte != 0x0A, byte != 0x0D { hasControl = true }
        at += 1
      } else {
        let length = sequence(start + at, bytes.count - at)
        if length == 0 { return .encoding }
        at += length
      }
    }
    return hasControl ? .control : nil
  }

  /// Bytes of the character that begins here; 0 when it is none.
  private static func sequence(_ at: UnsafePointer<UInt8>, _ left: Int) -> Int {
    let first = at[0]
    let (length, low, high): (Int, UInt8, UInt8) =
      switch first {
      case 0xC2...0xDF: (2, 0x80, 0xBF)
      case 0xE0: (3, 0xA0, 0xBF)
      case 0xED: (3, 0x80, 0x9F)
      case 0xE1...0xEF: (3, 0x80, 0xBF)
      case 0xF0: (4, 0x90, 0xBF)
      case 0xF1...0xF3: (4, 0x80, 0xBF)
      case 0xF4: (4, 0x80, 0x8F)
      default: (0, 0, 0)
      }
    guard length > 0, length <= left, (low...high).contains(at[1]) else { return 0 }
    for n in 2..<max(2, length) where at[n] & 0xC0 != 0x80 { return 0 }
    return length
  }
}
