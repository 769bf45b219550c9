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

  /// What a piece of bytes becomes.
  enum Repaired {
    /// These bytes of the piece, as they are.
    case same(Range<Int>)
    case changed([UInt8])
  }

  /// Repairs the next piece. What may be the beginning of a character is kept for the next one.
  mutating func repair(_ piece: UnsafeRawBufferPointer) -> Repaired {
    if isUTF8 == nil { isUTF8 = Self.declaresUTF8(piece) }
    if isUTF8 == false { return .same(0..<piece.count) }
    if pending.isEmpty { return repairWhole(piece, isLast: false) }
    let joined = pending + piece
    pending = []
    return joined.withUnsafeBytes { .changed(bytes(repairWhole($0, isLast: false), of: $0)) }
  }

  /// What is left at the end: one replacement if a character was begun, else nothing.
  mutating func finish() -> [UInt8] {
    let rest = pending
    pending = []
    return rest.withUnsafeBytes { bytes(repairWhole($0, isLast: true), of: $0) }
  }

  private func bytes(_ repaired: Repaired, of piece: UnsafeRawBufferPointer) -> [UInt8] {
    switch repaired {
    case .same(let range): Array(piece[range])
    case .changed(let bytes): bytes
    }
  }

  private mutating func repairWhole(_ bytes: UnsafeRawBufferPointer, isLast: Bool) -> Repaired {
    var out: [UInt8] = []
    var kept = 0
    var at = 0
    func replace(_ count: Int) {
      out.append(contentsOf: bytes[kept..<at])
      out.append(contentsOf: [0xEF, 0xBF, 0xBD])
      replaced += 1
      at += count
      kept = at
    }
    loop: while true {
      at = Self.firstUnusual(bytes, from: at)
      if at == bytes.count { break }
      switch Self.sequence(bytes, at: at) {
      case .valid(let length): at += length
      case .invalid(let length): replace(length)
      case .unfinished where isLast: replace(bytes.count - at)
      case .unfinished:
        pending = Array(bytes[at...])
        break loop
      }
    }
    if kept == 0 { return .same(0..<at) }
    out.append(contentsOf: bytes[kept..<at])
    return .changed(out)
  }

  /// The first byte from `start` that is not plain ASCII text; the count when all are.
  private static func firstUnusual(_ bytes: UnsafeRawBufferPointer, from start: Int) -> Int {
    guard let base = bytes.baseAddress?.assumingMemoryBound(to: UInt8.self) else { return 0 }
    var at = start
    // Blocks of 64 without a branch inside, so that the compiler takes vector instructions: this
    // runs over every byte of files of gigabytes.
    while at &+ 64 <= bytes.count {
      let block = base + at
      var flags: UInt8 = 0
      for i in 0..<64 {
        let byte = block[i]
        // Of the controls 9 to 13 pass: XML takes three of them, and the parser leaves out the
        // other two.
        let control: UInt8 = byte < 0x20 ? 0x80 : 0
        let space: UInt8 = byte &- 9 < 5 ? 0x80 : 0
        flags |= byte | (control ^ space)
      }
      if flags >= 0x80 { break }
      at &+= 64
    }
    while at < bytes.count {
      let byte = base[at]
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
  static func declaresUTF8(_ head: UnsafeRawBufferPointer) -> Bool {
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
