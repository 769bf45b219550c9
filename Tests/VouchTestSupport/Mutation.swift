import Foundation

/// Changes an export the way an attacker, a bug or a bad disk would: the same changes for the
/// same seed.
public struct Mutation {
  private var state: UInt64

  public init(seed: UInt64) { state = seed &* 2_862_933_555_777_941_757 &+ 3_037_000_493 }

  public mutating func next(_ bound: Int) -> Int {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return Int((state >> 33) % UInt64(max(1, bound)))
  }

  private mutating func pick<T>(_ all: [T]) -> T { all[next(all.count)] }

  /// Numbers at the edges of the types that could hold them.
  static let numbers = [
    "0", "-1", "-0", "1e308", "1e-400", "-1e308", "9223372036854775807", "-9223372036854775808",
    "9223372036854775808", "18446744073709551616", "99999999999999999999999999", "2147483647",
    "2147483648", "-2147483648", "4294967296", "0.5", "NaN", "Infinity", "1E400", "", "-", "+5",
    "0x7fffffffffffffff", "٣", "253402300800", "-62135596800", "32503680000", "9007199254740993",
  ]

  /// Texts that break what takes them for granted.
  static let texts = [
    "", " ", "\u{0}", "a\u{0}b", "\u{FEFF}", "\u{202E}", "\u{1B}[31m", "%n%s%x",
    "'; DROP TABLE x; --",
    "../../../../etc/passwd", "=cmd|' /C calc'!A0", "<script>alert(1)</script>", "]]>", "&lt;",
    "&x;",
    "{{{x}}}", "\u{10FFFF}", "e\u{301}\u{301}\u{301}", "-", "N/A", "null", "true", "[]", "{}", "\\",
    "\\u0000", "\"", "9999-12-31T23:59:59Z", "0000-00-00", "2026-02-30", "2026-13-01T00:00:00Z",
    "2999-12-31T24:00:00+14:00", "1900-01-01T00:00:00-14:00", "1.2.3.4.5", "::ffff:1.2.3.4/129",
    "0.0.0.0/0", "0-65535", "65535-0", "CVE-0000-99999999999999999999", "99:99:99", "1d2h", "∞",
    "(1000000000+23:59)", "up 99999999999 days", "-1:-1",
  ]

  /// One to four changes.
  public mutating func change(_ bytes: [UInt8]) -> [UInt8] {
    var bytes = bytes
    for _ in 0...next(4) { bytes = once(bytes) }
    return bytes
  }

  private mutating func once(_ bytes: [UInt8]) -> [UInt8] {
    guard !bytes.isEmpty else { return Array(pick(Self.texts).utf8) }
    switch next(12) {
    case 0: return replacing(run(of: bytes, where: Self.isDigit), in: bytes, by: pick(Self.numbers))
    case 1, 2: return replacing(run(of: bytes, where: Self.isWord), in: bytes, by: pick(Self.texts))
    case 3: return replacing(run(of: bytes, where: Self.isWord), in: bytes, by: pick(Self.numbers))
    case 4:
      let long = String(
        repeating: pick(["A", "9", "\u{1F600}", "\u{0}", " ", "\""]), count: 70_000)
      return replacing(run(of: bytes, where: Self.isWord), in: bytes, by: long)
    case 5: return nested(bytes)
    case 6: return removing(piece(of: bytes), from: bytes)
    case 7: return repeating(piece(of: bytes), in: bytes, times: pick([2, 3, 50]))
    case 8: return exchanged(piece(of: bytes), piece(of: bytes), in: bytes)
    case 9: return Array(bytes.prefix(next(bytes.count)))
    case 10: return jsonValue(bytes)
    default:
      var changed = bytes
      for _ in 0...next(6) { changed[next(changed.count)] = UInt8(next(256)) }
      return changed
    }
  }

  private static func isDigit(_ byte: UInt8) -> Bool { (48...57).contains(byte) }
  private static func isWord(_ byte: UInt8) -> Bool {
    isDigit(byte) || (65...90).contains(byte) || (97...122).contains(byte) || byte >= 0x80
      || [UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."), UInt8(ascii: ":")]
        .contains(byte)
  }

  /// A stretch of bytes of a kind, near a random place.
  private mutating func run(of bytes: [UInt8], where fits: (UInt8) -> Bool) -> Range<Int> {
    let start = next(bytes.count)
    guard let first = bytes[start...].firstIndex(where: fits) ?? bytes.firstIndex(where: fits)
    else { return start..<start }
    var low = first
    while low > 0, fits(bytes[low - 1]) { low -= 1 }
    var high = first
    while high < bytes.count, fits(bytes[high]) { high += 1 }
    return low..<high
  }

  /// A stretch between two marks that structure exports: lines, values, elements.
  private mutating func piece(of bytes: [UInt8]) -> Range<Int> {
    let marks: [[UInt8]] = [[0x0A], [UInt8(ascii: ","), 0x0A], Array("{}[],<>".utf8), [0x3E]]
    let mark = pick(marks)
    let start = next(bytes.count)
    let low = bytes[..<start].lastIndex { mark.contains($0) } ?? 0
    let high = bytes[start...].dropFirst().firstIndex { mark.contains($0) } ?? bytes.count
    return low..<high
  }

  private func replacing(_ range: Range<Int>, in bytes: [UInt8], by text: String) -> [UInt8] {
    var changed = Array(bytes[..<range.lowerBound])
    changed += text.utf8
    changed += bytes[range.upperBound...]
    return changed
  }

  private func removing(_ range: Range<Int>, from bytes: [UInt8]) -> [UInt8] {
    replacing(range, in: bytes, by: "")
  }

  private func repeating(_ range: Range<Int>, in bytes: [UInt8], times: Int) -> [UInt8] {
    let copies = Array(repeatElement(Array(bytes[range]), count: times).joined())
    var changed = Array(bytes[..<range.lowerBound])
    changed += copies
    changed += bytes[range.upperBound...]
    return changed
  }

  private func exchanged(_ a: Range<Int>, _ b: Range<Int>, in bytes: [UInt8]) -> [UInt8] {
    let (a, b) = a.lowerBound < b.lowerBound ? (a, b) : (b, a)
    guard a.upperBound <= b.lowerBound else { return bytes }
    var changed = Array(bytes[..<a.lowerBound])
    changed += bytes[b]
    changed += bytes[a.upperBound..<b.lowerBound]
    changed += bytes[a]
    changed += bytes[b.upperBound...]
    return changed
  }

  /// Opens more than anybody closes, or closes what nobody opened.
  private mutating func nested(_ bytes: [UInt8]) -> [UInt8] {
    let parts = ["[", "{\"a\":", "<a>", "</a>", "]", "}", "(", "\"", "<!--", "<![CDATA[", "<?x "]
    let text = String(repeating: pick(parts), count: pick([1, 210, 5000]))
    let at = next(bytes.count)
    return replacing(at..<at, in: bytes, by: text)
  }

  /// Another JSON value behind a colon.
  private mutating func jsonValue(_ bytes: [UInt8]) -> [UInt8] {
    let start = next(bytes.count)
    guard let colon = bytes[start...].firstIndex(of: UInt8(ascii: ":")) else { return bytes }
    let stop = Set(",}]\n".utf8)
    let end = bytes[(colon + 1)...].firstIndex { stop.contains($0) } ?? bytes.count
    let values = [
      "null", "{}", "[]", "[null]", "[[]]", "{\"a\":{}}", "true", "\"\"", "-9223372036854775808",
      "1e308", "\"2026-07-01\"", "[1,\"a\",null,{}]", "\"\\ud800\"",
    ]
    return replacing(colon + 1..<end, in: bytes, by: pick(values))
  }
}
