/// Makes bytes that arrive in pieces valid UTF-8 without control characters, which is what an
/// XML parser demands and what scanners that quote banners do not always write.
///
/// Each wrong byte or cut-off sequence becomes one U+FFFD (Unicode 3.9, "maximal subparts").
/// Bytes in a declared encoding other than UTF-8 pass unchanged.
struct UTF8Repair {
  /// How many replacements were made.
  private(set) var replaced = 0
  private var isUTF8: Bool?
  private var pending: [UInt8] = []
  private var out: [UInt8] = []

  /// Hands over the repaired bytes. The pointer is valid during the call only.
  mutating func repair(_ chunk: UnsafeRawBufferPointer, _ body: (UnsafeRawBufferPointer) -> Void) {
    if isUTF8 == nil { isUTF8 = Self.declaresUTF8(chunk) }
    guard isUTF8 == true else {
      body(chunk)
      return
    }
    if pending.isEmpty {
      repairWhole(chunk, isLast: false, body)
    } else {
      let joined = pending + chunk
      pending = []
      joined.withUnsafeBytes { repairWhole($0, isLast: false, body) }
    }
  }

  /// Hands over what was kept back because it was the beginning of a character.
  mutating func finish(_ body: (UnsafeRawBufferPointer) -> Void) {
    let rest = pending
    pending = []
    rest.withUnsafeBytes { repairWhole($0, isLast: true, body) }
  }

  private mutating func repairWhole(
    _ bytes: UnsafeRawBufferPointer, isLast: Bool, _ body: (UnsafeRawBufferPointer) -> Void
  ) {
    out.removeAll(keepingCapacity: true)
    var kept = 0
    var at = 0
    while true {
      at = Self.firstUnusual(bytes, from: at)
      if at == bytes.count { break }
      let found = Self.sequence(bytes, at: at)
      switch found {
      case .valid(let length): at += length
      case .invalid(let length):
        out.append(contentsOf: bytes[kept..<at])
        out.append(contentsOf: [0xEF, 0xBF, 0xBD])
        replaced += 1
        at += length
        kept = at
      case .unfinished:
        if isLast {
          out.append(contentsOf: bytes[kept..<at])
          out.append(contentsOf: [0xEF, 0xBF, 0xBD])
          replaced += 1
          kept = bytes.count
        } else {
          pending = Array(bytes[at...])
        }
        return deliver(bytes, kept, isLast ? bytes.count : at, body)
      }
    }
    deliver(bytes, kept, bytes.count, body)
  }

  private mutating func deliver(
    _ bytes: UnsafeRawBufferPointer, _ kept: Int, _ end: Int,
    _ body: (UnsafeRawBufferPointer) -> Void
  ) {
    if out.isEmpty {
      body(UnsafeRawBufferPointer(rebasing: bytes[kept..<end]))
    } else {
      out.append(contentsOf: bytes[kept..<end])
      out.withUnsafeBytes { body($0) }
    }
  }

  /// The first byte from `start` that is not plain ASCII text; the count when all are.
  private static func firstUnusual(_ bytes: UnsafeRawBufferPointer, from start: Int) -> Int {
    typealias Block = SIMD32<UInt8>
    var at = start
    let space = Block(repeating: 0x20)
    while at + 32 <= bytes.count {
      let block = bytes.loadUnaligned(fromByteOffset: at, as: Block.self)
      // Tab, line feed and carriage return count as spaces; as signed bytes, all that XML does
      // not take as it is lies below the space.
      let text = block.replacing(
        with: space, where: (block .== 9) .| (block .== 10) .| (block .== 13))
      let signed = unsafeBitCast(text, to: SIMD32<Int8>.self)
      if any(signed .< 0x20) { break }
      at += 32
    }
    while at < bytes.count {
      let byte = bytes[at]
      if byte >= 0x80 || (byte < 0x20 && byte != 9 && byte != 10 && byte != 13) { return at }
      at += 1
    }
    return at
  }

  private enum Sequence {
    case valid(Int)
    case invalid(Int)
    case unfinished
  }

  /// What begins at a byte that is not plain ASCII text (Unicode, table 3-7).
  private static func sequence(_ bytes: UnsafeRawBufferPointer, at: Int) -> Sequence {
    let first = bytes[at]
    let length: Int
    var second: ClosedRange<UInt8> = 0x80...0xBF
    switch first {
    case 0xC2...0xDF: length = 2
    case 0xE0: (length, second) = (3, 0xA0...0xBF)
    case 0xED: (length, second) = (3, 0x80...0x9F)
    case 0xE1...0xEF: length = 3
    case 0xF0: (length, second) = (4, 0x90...0xBF)
    case 0xF1...0xF3: length = 4
    case 0xF4: (length, second) = (4, 0x80...0x8F)
    default: return .invalid(1)
    }
    for i in 1..<length {
      if at + i == bytes.count { return .unfinished }
      let allowed = i == 1 ? second : 0x80...0xBF
      if !allowed.contains(bytes[at + i]) { return .invalid(i) }
    }
    // U+FFFE and U+FFFF are valid UTF-8 and no characters of XML.
    if first == 0xEF, bytes[at + 1] == 0xBF, bytes[at + 2] >= 0xBE { return .invalid(3) }
    return .valid(length)
  }

  /// Whether a file that begins so is in UTF-8: it says so or says nothing.
  private static func declaresUTF8(_ head: UnsafeRawBufferPointer) -> Bool {
    let start = head.prefix(256)
    if start.starts(with: [0xFF, 0xFE]) || start.starts(with: [0xFE, 0xFF]) { return false }
    if start.prefix(4).contains(0) { return false }
    let text = String(decoding: start, as: UTF8.self)
    guard let end = text.firstRange(of: "?>"),
      let name = text[..<end.lowerBound].firstRange(of: "encoding")
    else { return true }
    let value = text[name.upperBound..<end.lowerBound].drop { "= \t\r\n\"'".contains($0) }
    let encoding = value.prefix { $0 != "\"" && $0 != "'" }.lowercased()
    return encoding == "utf-8" || encoding == "utf8"
  }
}
