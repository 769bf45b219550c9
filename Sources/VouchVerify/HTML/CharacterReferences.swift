/// `&amp;` and its like.
enum CharacterReferences {
  private static let named = [
    "amp": "&", "lt": "<", "gt": ">", "quot": "\"", "apos": "'", "nbsp": "\u{A0}",
    "thinsp": "\u{2009}",
  ]

  /// Text with the references above and numeric ones decoded; others are left as they are.
  static func decodedText(_ bytes: ArraySlice<UInt8>) -> String {
    decode(bytes) { String(decoding: $0, as: UTF8.self) } ?? ""
  }

  /// The value of an attribute; nil when it has an `&` that is none of these references.
  ///
  /// A browser knows two thousand names, some without `;`, and with them an address can be
  /// written so that it does not look like one.
  static func decodedStrictly(_ bytes: ArraySlice<UInt8>) -> String? {
    decode(bytes) { _ in nil }
  }

  private static func decode(
    _ bytes: ArraySlice<UInt8>, unknown: (ArraySlice<UInt8>) -> String?
  ) -> String? {
    guard bytes.contains(UInt8(ascii: "&")) else { return String(decoding: bytes, as: UTF8.self) }
    var out = ""
    var rest = bytes
    while let start = rest.firstIndex(of: UInt8(ascii: "&")) {
      out += String(decoding: rest[..<start], as: UTF8.self)
      let end = rest[start...].prefix(12).firstIndex(of: UInt8(ascii: ";"))
      if let end, let text = character(rest[(start + 1)..<end]) {
        out += text
        rest = rest[(end + 1)...]
      } else {
        guard let text = unknown(rest[start...start]) else { return nil }
        out += text
        rest = rest[(start + 1)...]
      }
    }
    return out + String(decoding: rest, as: UTF8.self)
  }

  private static func character(_ bytes: ArraySlice<UInt8>) -> String? {
    let name = String(decoding: bytes, as: UTF8.self)
    guard name.first == "#" else { return named[name] }
    let digits = name.dropFirst()
    let value =
      digits.first == "x" || digits.first == "X"
      ? UInt32(digits.dropFirst(), radix: 16) : UInt32(digits)
    return value.flatMap(Unicode.Scalar.init).map { String(Character($0)) }
  }
}
