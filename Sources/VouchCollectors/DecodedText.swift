import Foundation
import VouchModel

extension EvidenceItem {
  /// All bytes as UTF-8: byte order mark removed, UTF-16 converted, invalid bytes replaced and
  /// counted in the reading (formats, rule 5).
  func decodedText(_ reading: Reading) throws -> [UInt8] {
    var text: [UInt8] = []
    text.reserveCapacity(size)
    try withDecodedChunks(reading) { text.append(contentsOf: $0) }
    return text
  }

  /// Hands over the bytes of lines without their line feed (and carriage return), with the
  /// 1-based line number. Streams; only one line is held.
  func lines(_ reading: Reading, _ body: (ArraySlice<UInt8>, Int) throws -> Void) throws {
    var rest: [UInt8] = []
    var number = 0
    func emit(_ line: ArraySlice<UInt8>) throws {
      number += 1
      try body(line.last == 0x0D ? line.dropLast() : line, number)
    }
    try withDecodedChunks(reading) { chunk in
      var start = chunk.startIndex
      while let end = chunk[start...].firstIndex(of: 0x0A) {
        if rest.isEmpty {
          try emit(chunk[start..<end])
        } else {
          rest.append(contentsOf: chunk[start..<end])
          let line = rest
          rest.removeAll(keepingCapacity: true)
          try emit(line[...])
        }
        start = end + 1
      }
      rest.append(contentsOf: chunk[start...])
    }
    if !rest.isEmpty { try emit(rest[...]) }
  }

  /// The evidence as UTF-8 in pieces. A piece may end inside a line, never inside a character.
  func withDecodedChunks(_ reading: Reading, _ body: (ArraySlice<UInt8>) throws -> Void) throws {
    var decoder = Decoder()
    try withChunks { chunk in
      let piece = decoder.decode(chunk)
      if !piece.isEmpty { try body(piece[...]) }
      return true
    }
    let last = decoder.finish()
    if !last.isEmpty { try body(last[...]) }
    reading.replacedBytes += decoder.replaced
  }
}

/// Turns UTF-8 or UTF-16 bytes that arrive in pieces into valid UTF-8.
private struct Decoder {
  private enum Encoding { case utf8, utf16(littleEndian: Bool) }
  private var encoding: Encoding?
  private var pending: [UInt8] = []
  private(set) var replaced = 0

  mutating func decode(_ chunk: UnsafeRawBufferPointer) -> [UInt8] {
    var bytes = pending
    bytes.append(contentsOf: chunk)
    pending = []
    if encoding == nil {
      if bytes.count < 3 {
        pending = bytes
        return []
      }
      if bytes.starts(with: [0xFF, 0xFE]) || bytes.starts(with: [0xFE, 0xFF]) {
        encoding = .utf16(littleEndian: bytes[0] == 0xFF)
        bytes.removeFirst(2)
      } else {
        encoding = .utf8
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { bytes.removeFirst(3) }
      }
    }
    return convert(bytes, isLast: false)
  }

  mutating func finish() -> [UInt8] {
    if encoding == nil { encoding = .utf8 }
    let bytes = pending
    pending = []
    return convert(bytes, isLast: true)
  }

  private mutating func convert(_ bytes: [UInt8], isLast: Bool) -> [UInt8] {
    switch encoding {
    case .utf16(let little):
      var count = bytes.count & ~1
      func unit(_ i: Int) -> UInt16 {
        little
          ? UInt16(bytes[i]) | UInt16(bytes[i + 1]) << 8
          : UInt16(bytes[i]) << 8 | UInt16(bytes[i + 1])
      }
      if !isLast, count >= 2, (0xD800..<0xDC00).contains(unit(count - 2)) { count -= 2 }
      pending = Array(bytes[count...])
      let text = String(decoding: stride(from: 0, to: count, by: 2).map(unit), as: UTF16.self)
      return Array(text.utf8)
    case .utf8, nil:
      var end = bytes.count
      if !isLast { end -= incompleteTail(bytes) }
      pending = Array(bytes[end...])
      return repaired(bytes[..<end])
    }
  }

  /// How many bytes at the end begin a character that is not finished yet.
  private func incompleteTail(_ bytes: [UInt8]) -> Int {
    var i = bytes.count - 1
    var back = 0
    while i >= 0, back < 4 {
      let byte = bytes[i]
      back += 1
      if byte < 0x80 { return 0 }
      if byte >= 0xC0 {
        let needed = byte >= 0xF0 ? 4 : byte >= 0xE0 ? 3 : 2
        return back < needed ? back : 0
      }
      i -= 1
    }
    return 0
  }

  private mutating func repaired(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
    let isValid = bytes.withUnsafeBufferPointer {
      String(validating: $0, as: UTF8.self) != nil
    }
    if isValid { return Array(bytes) }
    let text = String(decoding: bytes, as: UTF8.self)
    replaced += text.unicodeScalars.count { $0 == "\u{FFFD}" }
    return Array(text.utf8)
  }
}
