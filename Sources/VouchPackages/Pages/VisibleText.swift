/// The one cleaning function in front of every text of a page: what a reader sees is all there is.
///
/// Exports quote attackers. Control characters, direction overrides and characters without a
/// shape are replaced by a sign that names them, so that no name can be drawn as another name.
enum VisibleText {
  /// Which line breaks belong to the text.
  enum Lines {
    /// One line: a line break or a tab in it is foreign and gets a sign.
    case one
    /// Paragraphs or code: line feeds and tabs stay.
    case many
  }

  /// The text with everything invisible made visible, cut after `limit` Unicode scalars.
  static func clean(_ text: String, _ lines: Lines = .one, limit: Int = .max) -> String {
    if text.utf8.count <= limit, isPlain(text) { return text }
    var out = String.UnicodeScalarView()
    var count = 0
    for scalar in text.unicodeScalars {
      count += 1
      if count > limit { continue }
      if lines == .many, scalar == "\n" || scalar == "\t" {
        out.append(scalar)
      } else if lines == .many, scalar == "\r" {
        continue
      } else if let sign = sign(for: scalar) {
        out.append(contentsOf: sign.unicodeScalars)
      } else {
        out.append(scalar)
      }
    }
    if count > limit {
      out.append(contentsOf: "… [\(count - limit) more characters]".unicodeScalars)
    }
    return String(out)
  }

  /// Printable ASCII only, the usual case.
  private static func isPlain(_ text: String) -> Bool {
    var text = text
    return text.withUTF8 { bytes in
      for byte in bytes where byte < 0x20 || byte > 0x7E { return false }
      return true
    }
  }

  /// What stands for a character that has no shape or changes the order of others.
  private static func sign(for scalar: Unicode.Scalar) -> String? {
    switch scalar.value {
    case 0..<0x20: Unicode.Scalar(0x2400 + scalar.value).map { String($0) }
    case 0x20..<0x7F: nil
    case 0x7F: "\u{2421}"
    case 0x80..<0xA0: named(scalar)
    // Joiners and variation selectors shape ordinary writing: Persian, Hindi, emoji.
    case 0x200C, 0x200D, 0x034F, 0xFE00...0xFE0F, 0xE0100...0xE01EF: nil
    case 0x2028, 0x2029, 0xFFF9...0xFFFB, 0xFDD0...0xFDEF: named(scalar)
    case let value where value & 0xFFFE == 0xFFFE: named(scalar)
    default: scalar.properties.isDefaultIgnorableCodePoint ? named(scalar) : nil
    }
  }

  /// `‹U+202E›`.
  private static func named(_ scalar: Unicode.Scalar) -> String {
    let digits = String(scalar.value, radix: 16, uppercase: true)
    return "‹U+\(String(repeating: "0", count: max(0, 4 - digits.count)))\(digits)›"
  }

  /// Bytes the text takes in a page at most, escaped; an estimate for planning pages.
  static func size(_ text: String, limit: Int = .max) -> Int {
    var text = text
    return text.withUTF8 { bytes in
      var size = 0
      for byte in bytes.prefix(limit == .max ? .max : limit * 4) {
        switch byte {
        case UInt8(ascii: "<"), UInt8(ascii: ">"), UInt8(ascii: "&"), UInt8(ascii: "\""),
          UInt8(ascii: "'"):
          size += 6
        case 0x20...0x7E: size += 1
        default: size += 5
        }
      }
      return size
    }
  }
}
