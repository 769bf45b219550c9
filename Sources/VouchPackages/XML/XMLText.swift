/// The one way of a string into XML: cleaned, counted, escaped.
///
/// libxml2's writer reports success for control characters and U+FFFE and leaves a file that is
/// not XML, so nothing is written without passing here. Works on bytes: escaping by `Character`,
/// as swift-mustache does, lets `"` and `<` through when a combining mark follows them.
enum XMLText {
  enum Form {
    /// Content of an element; line ends stay, a carriage return as `&#13;`.
    case text
    /// Value of an attribute, kept exactly: tab and line ends as character references.
    case attribute
    /// One line for titles and prop values: white space collapsed and trimmed, for both places.
    case line
  }

  /// Appends a string and returns how many characters were replaced by U+FFFD.
  @discardableResult
  static func append(_ text: String, as form: Form, to out: inout [UInt8]) -> Int {
    var text = text
    return text.withUTF8 { append($0, as: form, to: &out) }
  }

  /// The string ready to stand in a template.
  static func escaped(_ text: String, as form: Form, replaced: inout Int) -> String {
    var out: [UInt8] = []
    out.reserveCapacity(text.utf8.count + 16)
    replaced += append(text, as: form, to: &out)
    return String(decoding: out, as: UTF8.self)
  }

  /// Cleaned and in one line, not escaped: for JSON, spreadsheets and lengths.
  static func line(_ text: String) -> String {
    var line = ""
    var pending = false
    for scalar in text.unicodeScalars {
      if scalar.properties.isWhitespace || scalar == "\u{FEFF}" {
        pending = !line.unicodeScalars.isEmpty
        continue
      }
      if pending { line.unicodeScalars.append(" ") }
      pending = false
      line.unicodeScalars.append(isAllowed(scalar) ? scalar : "\u{FFFD}")
    }
    return line
  }

  /// Whether nothing but white space is in the text.
  static func isBlank(_ text: String) -> Bool {
    // Nearly every text begins with a plain character.
    if let first = text.utf8.first, first > 0x20, first < 0x80 { return false }
    return line(text).isEmpty
  }

  /// Cleaned, line ends kept, not escaped.
  static func clean(_ text: String) -> String {
    guard text.unicodeScalars.contains(where: { !isAllowed($0) }) else { return text }
    var clean = String.UnicodeScalarView()
    for scalar in text.unicodeScalars { clean.append(isAllowed(scalar) ? scalar : "\u{FFFD}") }
    return String(clean)
  }

  /// Char of XML 1.0, 2.2; surrogates cannot be in a Swift string.
  static func isAllowed(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x9, 0xA, 0xD: true
    case ..<0x20, 0xFFFE, 0xFFFF: false
    default: true
    }
  }

  private static func append(
    _ bytes: UnsafeBufferPointer<UInt8>, as form: Form, to out: inout [UInt8]
  ) -> Int {
    var replaced = 0
    var start = 0
    var at = 0
    let end = bytes.count
    let first = out.count
    while at < end {
      let byte = bytes[at]
      // Most text needs nothing: a run of plain bytes is copied at once.
      if byte > 0x3E, byte < 0xC2 || form != .line && byte != 0xEF {
        at += 1
        continue
      }
      let width = form == .line ? spaceWidth(bytes, at) : 0
      if width == 1, byte == 0x20, out.count + at - start > first, at + 1 < end,
        !isSpace(bytes, at + 1)
      {
        at += 1
        continue
      }
      if width > 0 {
        out.append(contentsOf: bytes[start..<at])
        at += width
        while at < end, case let more = spaceWidth(bytes, at), more > 0 { at += more }
        start = at
        if out.count > first, at < end { out.append(0x20) }
        continue
      }
      let length = byte == 0xEF ? 3 : 1
      if let replacement = replacement(bytes, at, form) {
        out.append(contentsOf: bytes[start..<at])
        out.append(contentsOf: replacement)
        if replacement[0] == 0xEF { replaced += 1 }
        at += length
        start = at
      } else {
        at += length
      }
    }
    out.append(contentsOf: bytes[start..<end])
    return replaced
  }

  /// What stands in the file for the character at `at`; nil: itself.
  @inline(__always)
  private static func replacement(
    _ bytes: UnsafeBufferPointer<UInt8>, _ at: Int, _ form: Form
  ) -> [UInt8]? {
    switch bytes[at] {
    case UInt8(ascii: "&"): Self.ampersand
    case UInt8(ascii: "<"): Self.less
    case UInt8(ascii: ">"): Self.greater
    case UInt8(ascii: "\""): form == .text ? nil : Self.quote
    case 0x0D: Self.carriageReturn
    case 0x0A: form == .attribute ? Self.lineFeed : nil
    case 0x09: form == .attribute ? Self.tab : nil
    case ..<0x20: Self.replacementCharacter
    case 0xEF where bytes[at + 1] == 0xBF && bytes[at + 2] >= 0xBE: Self.replacementCharacter
    default: nil
    }
  }

  private static let ampersand = Array("&amp;".utf8)
  private static let less = Array("&lt;".utf8)
  private static let greater = Array("&gt;".utf8)
  private static let quote = Array("&quot;".utf8)
  private static let carriageReturn = Array("&#13;".utf8)
  private static let lineFeed = Array("&#10;".utf8)
  private static let tab = Array("&#9;".utf8)
  private static let replacementCharacter: [UInt8] = [0xEF, 0xBF, 0xBD]

  private static func isSpace(_ bytes: UnsafeBufferPointer<UInt8>, _ at: Int) -> Bool {
    spaceWidth(bytes, at) > 0
  }

  /// Bytes of the white space character at `at`, 0 when it is none. Unicode's list with the byte
  /// order mark, since XML Schema's and JSON Schema's idea of `\S` differ in these.
  private static func spaceWidth(_ bytes: UnsafeBufferPointer<UInt8>, _ at: Int) -> Int {
    switch bytes[at] {
    case 0x20, 0x09...0x0D: return 1
    case 0xC2: return bytes[at + 1] == 0x85 || bytes[at + 1] == 0xA0 ? 2 : 0
    case 0xE1: return bytes[at + 1] == 0x9A && bytes[at + 2] == 0x80 ? 3 : 0
    case 0xE2:
      switch (bytes[at + 1], bytes[at + 2]) {
      case (0x80, 0x80...0x8A), (0x80, 0xA8...0xA9), (0x80, 0xAF), (0x81, 0x9F): return 3
      default: return 0
      }
    case 0xE3: return bytes[at + 1] == 0x80 && bytes[at + 2] == 0x80 ? 3 : 0
    case 0xEF: return bytes[at + 1] == 0xBB && bytes[at + 2] == 0xBF ? 3 : 0
    default: return 0
    }
  }
}

extension XMLText {
  /// A token of OSCAL in ASCII: `[A-Za-z_][A-Za-z0-9._-]*`. libxml2 rejects most letters beyond
  /// ASCII although the schema allows them, so other characters become `_`.
  static func token(_ text: String) -> String {
    var out: [UInt8] = []
    for scalar in text.unicodeScalars {
      switch scalar {
      case "A"..."Z", "a"..."z", "0"..."9", ".", "_", "-": out.append(UInt8(scalar.value))
      default: out.append(UInt8(ascii: "_"))
      }
    }
    if let first = out.first, first < UInt8(ascii: "A") { out.insert(UInt8(ascii: "_"), at: 0) }
    return out.isEmpty ? "_" : String(decoding: out, as: UTF8.self)
  }

  /// A path as a relative reference: everything outside RFC 3986's unreserved characters and `/`
  /// is percent-encoded.
  static func href(_ path: String) -> String {
    var out: [UInt8] = []
    let digits = Array("0123456789ABCDEF".utf8)
    for byte in path.utf8 {
      switch byte {
      case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x2F, 0x5F, 0x7E: out.append(byte)
      default: out += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
      }
    }
    return String(decoding: out, as: UTF8.self)
  }
}
