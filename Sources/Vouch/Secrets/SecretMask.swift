import Foundation
import VouchModel

/// Takes secrets out of a copy of a file: every sign of a secret becomes `*`, nothing moves, so
/// that lines, rows and pointers stay where they are and the format stays whole.
enum SecretMask {
  /// Larger files are not copied in memory.
  static let sizeLimit = 256 << 20

  /// The bytes with all secrets masked, and how many there were of each kind, by line.
  static func masked(_ bytes: [UInt8]) -> (bytes: [UInt8], found: [FoundSecret]) {
    var bytes = bytes
    var all: [FoundSecret] = []
    // What is masked is no longer found, so this ends; a second round sees what one secret hid of
    // another.
    for _ in 0..<4 {
      let found = SecretScanner.scan(bytes)
      if found.isEmpty { break }
      for secret in found { mask(secret, in: &bytes) }
      all += found
    }
    return (bytes, all.sorted { ($0.offset, $0.kind.rawValue) < ($1.offset, $1.kind.rawValue) })
  }

  private static func mask(_ secret: FoundSecret, in bytes: inout [UInt8]) {
    let range = extent(of: secret, in: bytes)
    var at = range.lowerBound
    while at < range.upperBound {
      if bytes[at] == UInt8(ascii: "\\") {
        // `\n` in JSON stays what it is.
        at += 2
        continue
      }
      if isPart(bytes[at]) { bytes[at] = UInt8(ascii: "*") }
      at += 1
    }
  }

  /// Signs that secrets are written with; what structures a file is not among them.
  private static func isPart(_ byte: UInt8) -> Bool {
    switch byte {
    case 48...57, 65...90, 97...122, 0x80...: true
    default: "+/=_-.$!%^~@".utf8.contains(byte)
    }
  }

  private static func extent(of secret: FoundSecret, in bytes: [UInt8]) -> Range<Int> {
    func end(_ from: Int, limit: Int, while fits: (UInt8) -> Bool) -> Int {
      var end = from
      while end < bytes.count, end - from < limit, fits(bytes[end]) { end += 1 }
      return end
    }
    let at = secret.offset
    switch secret.kind {
    case .privateKey:
      let from = min(bytes.count, at + "PRIVATE KEY-----".utf8.count)
      let limit = min(bytes.count, from + (32 << 10))
      let stop = bytes[from..<limit].firstRange(of: Array("-----END".utf8))?.lowerBound
      return from..<(stop ?? limit)
    case .awsKey:
      // The secret is one of the words of forty signs behind the id.
      return min(bytes.count, at + 20)..<min(bytes.count, at + 20 + 300 + 40)
    case .passwordHash:
      return at
        + 2..<end(at + 2, limit: 1024) { isPart($0) && $0 != UInt8(ascii: ":") || $0 == 0x2C }
    case .passwordInAddress:
      let authority = end(at + 3, limit: 1024) {
        $0 > 0x20 && $0 < 0x7F && !"/\"'<>?#,;`()".utf8.contains($0)
      }
      guard let sign = bytes[at + 3..<authority].lastIndex(of: UInt8(ascii: "@")),
        let colon = bytes[at + 3..<sign].firstIndex(of: UInt8(ascii: ":"))
      else { return at..<at }
      return colon + 1..<sign
    default:
      // The words that tokens begin with stay, so that a reader sees what stood there.
      let word = end(at, limit: 8192) { isPart($0) || $0 == 0x20 && secret.kind == .oktaToken }
      return min(word, at + 4)..<word
    }
  }
}

extension SecretScanner {
  /// All secrets of bytes in memory.
  static func scan(_ bytes: [UInt8]) -> [FoundSecret] {
    var at = 0
    return scan(limit: .max) { buffer, count in
      let n = min(count, bytes.count - at)
      bytes[at..<at + n].withUnsafeBytes { part in
        if let base = part.baseAddress { buffer.copyMemory(from: base, byteCount: n) }
      }
      at += n
      return n
    }
  }
}
