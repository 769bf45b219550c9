/// A JSON value of an export, with lenient readings of what tools write for "none".
///
/// Numbers keep their text, so that ids of any length survive. Objects keep the order of their
/// keys; of a repeated key the last value counts, as in RFC 8259's most common reading.
public enum JSON: Hashable, Sendable {
  case null
  case bool(Bool)
  case number(String)
  case string(String)
  case array([JSON])
  case object([(key: String, value: JSON)])

  public static func == (a: JSON, b: JSON) -> Bool {
    switch (a, b) {
    case (.null, .null): true
    case (.bool(let x), .bool(let y)): x == y
    case (.number(let x), .number(let y)): x == y
    case (.string(let x), .string(let y)): x == y
    case (.array(let x), .array(let y)): x == y
    case (.object(let x), .object(let y)):
      x.count == y.count && zip(x, y).allSatisfy { $0.key == $1.key && $0.value == $1.value }
    default: false
    }
  }

  public func hash(into hasher: inout Hasher) { hasher.combine(text) }

  /// The value of a key; `.null` when this is no object or has no such key.
  public subscript(_ key: String) -> JSON {
    if case .object(let members) = self {
      return members.last { $0.key == key }?.value ?? .null
    }
    return .null
  }

  /// The element at an index; `.null` when this is no array or is shorter.
  public subscript(_ index: Int) -> JSON {
    if case .array(let elements) = self, elements.indices.contains(index) {
      return elements[index]
    }
    return .null
  }

  /// A value some levels down: `json.at("asset", "hostname")`.
  public func at(_ path: String...) -> JSON { path.reduce(self) { $0[$1] } }

  public var isNull: Bool { self == .null }
  public var array: [JSON]? { if case .array(let a) = self { a } else { nil } }
  public var object: [(key: String, value: JSON)]? {
    if case .object(let o) = self { o } else { nil }
  }
  /// The elements of an array; of anything else none.
  public var elements: [JSON] { array ?? [] }
  /// Whether this is an object that has the key.
  public func has(_ key: String) -> Bool { object?.contains { $0.key == key } ?? false }

  /// A string or number as text; nil for null and the spellings of "none".
  public var text: String? {
    switch self {
    case .string(let s): isNoneSpelling(s) ? nil : s
    case .number(let n): n
    case .bool(let b): b ? "true" : "false"
    default: nil
    }
  }

  /// A string exactly as written, empty ones too; nil when this is no string.
  public var string: String? { if case .string(let s) = self { s } else { nil } }

  /// A whole number, also one written as a string.
  public var integer: Int? { text.flatMap { Int($0) ?? Double($0).flatMap { Int(exactly: $0) } } }
  /// A number, also one written as a string.
  public var real: Double? { text.flatMap(Double.init).flatMap { $0.isFinite ? $0 : nil } }
  /// true/false, yes/no, 1/0 in any of their spellings.
  public var flag: Bool? {
    if case .bool(let b) = self { return b }
    return text.flatMap(flagSpelling)
  }
  /// The strings of an array of strings; nil when this is no array.
  public var strings: [String]? { array?.compactMap(\.text) }

  /// An instant written as ISO 8601 with an offset, or as epoch seconds, milli-, micro- or
  /// nanoseconds (told by magnitude). Epoch 0 and times without a zone give nil.
  public var instant: Instant? {
    switch self {
    case .number(let n): epochInstant(n)
    case .string(let s):
      WrittenTime(iso: s)?.instant ?? (s.allSatisfy(\.isNumber) ? epochInstant(s) : nil)
    default: nil
    }
  }

  /// An instant as ``instant``, with times without an offset read in `zone`.
  public func instant(in zone: Zone?) -> Instant? {
    if let instant { return instant }
    guard let zone, let s = text, let time = WrittenTime(iso: s) else { return nil }
    return zone.instant(time)
  }

  /// This value as compact JSON text, for columns of kind `list` and `json`.
  public var serialised: String {
    switch self {
    case .null: "null"
    case .bool(let b): b ? "true" : "false"
    case .number(let n): n
    case .string(let s): JSONText.quoted(s)
    case .array(let a): "[" + a.map(\.serialised).joined(separator: ",") + "]"
    case .object(let o):
      "{" + o.map { JSONText.quoted($0.key) + ":" + $0.value.serialised }.joined(separator: ",")
        + "}"
    }
  }
}

/// Whether a text is one of the ways in which exports write "none" (formats, rule 3).
public func isNoneSpelling(_ text: String) -> Bool {
  switch text {
  case "", "null", "N/A", "n/a", "NA", "-", "0000-00-00", "not_supported", "no_information",
    "None", "none", "NULL", "(null)":
    true
  default: false
  }
}

/// A truth value in one of its spellings; nil for anything else.
public func flagSpelling(_ text: String) -> Bool? {
  switch text.lowercased() {
  case "true", "yes", "y", "1", "on", "enabled", "t": true
  case "false", "no", "n", "0", "off", "disabled", "f": false
  default: nil
  }
}

/// Epoch time as text: seconds, or milli-, micro- or nanoseconds by magnitude; 0 is "none".
public func epochInstant(_ text: String) -> Instant? {
  guard let value = Double(text), value.isFinite, value > 0 else { return nil }
  let seconds =
    switch value {
    case ..<1e11: value
    case ..<1e14: value / 1e3
    case ..<1e17: value / 1e6
    default: value / 1e9
    }
  guard seconds < 32_503_680_000 else { return nil }
  return Instant(seconds: Int64(seconds.rounded(.down)))
}

/// Where JSON text stopped being JSON.
public struct JSONError: Error, Hashable, Sendable {
  /// 0-based position of the byte that does not belong there.
  public let offset: Int
  public let line: Int
  public let text: String
  /// The text ended inside a value: the file was cut off.
  public let isTruncated: Bool
}

extension JSON {
  /// How deep arrays and objects may nest.
  public static let depthLimit = 200

  /// Parses one JSON text (RFC 8259). Invalid UTF-8 in strings becomes U+FFFD.
  ///
  /// Throws ``JSONError`` with the 1-based line.
  public static func parse(_ data: some Collection<UInt8>) throws(JSONError) -> JSON {
    var parser = JSONParser(bytes: Array(data))
    let value = try parser.value(depth: 0)
    parser.skipSpace()
    if !parser.atEnd { throw parser.error("text after the end of the JSON value") }
    return value
  }
}

/// A recursive descent over bytes; depth is bounded, so recursion is.
private struct JSONParser {
  let bytes: [UInt8]
  var at = 0

  init(bytes: [UInt8]) {
    self.bytes = bytes
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { at = 3 }
  }

  var atEnd: Bool { at >= bytes.count }

  func error(_ text: String) -> JSONError {
    let line = 1 + bytes[..<min(at, bytes.count)].reduce(0) { $0 + ($1 == 0x0A ? 1 : 0) }
    return JSONError(offset: at, line: line, text: text, isTruncated: atEnd)
  }

  mutating func skipSpace() {
    while at < bytes.count {
      switch bytes[at] {
      case 0x20, 0x09, 0x0A, 0x0D: at += 1
      default: return
      }
    }
  }

  mutating func value(depth: Int) throws(JSONError) -> JSON {
    if depth > JSON.depthLimit { throw error("nested more than \(JSON.depthLimit) deep") }
    skipSpace()
    guard at < bytes.count else { throw error("the text ends where a value should begin") }
    switch bytes[at] {
    case UInt8(ascii: "{"): return try object(depth: depth)
    case UInt8(ascii: "["): return try array(depth: depth)
    case UInt8(ascii: "\""): return .string(try string())
    case UInt8(ascii: "t"): return try word("true", .bool(true))
    case UInt8(ascii: "f"): return try word("false", .bool(false))
    case UInt8(ascii: "n"): return try word("null", .null)
    case UInt8(ascii: "-"), 48...57: return .number(try number())
    default: throw error("a value cannot begin with byte \(bytes[at])")
    }
  }

  private mutating func word(_ word: String, _ value: JSON) throws(JSONError) -> JSON {
    let expected = Array(word.utf8)
    guard bytes.count - at >= expected.count,
      bytes[at..<at + expected.count].elementsEqual(expected)
    else {
      throw error("misspelt '\(word)'")
    }
    at += expected.count
    return value
  }

  private mutating func number() throws(JSONError) -> String {
    let start = at
    while at < bytes.count, "+-.eE0123456789".utf8.contains(bytes[at]) { at += 1 }
    let text = String(decoding: bytes[start..<at], as: UTF8.self)
    guard Double(text) != nil else { throw error("not a number") }
    return text
  }

  private mutating func object(depth: Int) throws(JSONError) -> JSON {
    at += 1
    var members: [(key: String, value: JSON)] = []
    skipSpace()
    if at < bytes.count, bytes[at] == UInt8(ascii: "}") {
      at += 1
      return .object([])
    }
    while true {
      skipSpace()
      guard at < bytes.count else { throw error("the text ends inside an object") }
      guard bytes[at] == UInt8(ascii: "\"") else { throw error("a key has to be a string") }
      let key = try string()
      skipSpace()
      guard at < bytes.count else { throw error("the text ends inside an object") }
      guard bytes[at] == UInt8(ascii: ":") else { throw error("':' is missing after a key") }
      at += 1
      members.append((key, try value(depth: depth + 1)))
      skipSpace()
      guard at < bytes.count else { throw error("the text ends inside an object") }
      switch bytes[at] {
      case UInt8(ascii: ","): at += 1
      case UInt8(ascii: "}"):
        at += 1
        return .object(members)
      default: throw error("',' or '}' is missing in an object")
      }
    }
  }

  private mutating func array(depth: Int) throws(JSONError) -> JSON {
    at += 1
    var elements: [JSON] = []
    skipSpace()
    if at < bytes.count, bytes[at] == UInt8(ascii: "]") {
      at += 1
      return .array([])
    }
    while true {
      elements.append(try value(depth: depth + 1))
      skipSpace()
      guard at < bytes.count else { throw error("the text ends inside an array") }
      switch bytes[at] {
      case UInt8(ascii: ","): at += 1
      case UInt8(ascii: "]"):
        at += 1
        return .array(elements)
      default: throw error("',' or ']' is missing in an array")
      }
    }
  }

  private mutating func string() throws(JSONError) -> String {
    at += 1
    let start = at
    while at < bytes.count, bytes[at] != UInt8(ascii: "\""), bytes[at] != UInt8(ascii: "\\") {
      at += 1
    }
    guard at < bytes.count else { throw error("the text ends inside a string") }
    if bytes[at] == UInt8(ascii: "\"") {
      at += 1
      return String(decoding: bytes[start..<at - 1], as: UTF8.self)
    }
    var out = Array(bytes[start..<at])
    while true {
      guard at < bytes.count else { throw error("the text ends inside a string") }
      let byte = bytes[at]
      at += 1
      if byte == UInt8(ascii: "\"") { return String(decoding: out, as: UTF8.self) }
      if byte == UInt8(ascii: "\\") { try escape(into: &out) } else { out.append(byte) }
    }
  }

  private mutating func escape(into out: inout [UInt8]) throws(JSONError) {
    guard at < bytes.count else { throw error("the text ends inside a string") }
    let byte = bytes[at]
    at += 1
    switch byte {
    case UInt8(ascii: "n"): out.append(0x0A)
    case UInt8(ascii: "t"): out.append(0x09)
    case UInt8(ascii: "r"): out.append(0x0D)
    case UInt8(ascii: "b"): out.append(0x08)
    case UInt8(ascii: "f"): out.append(0x0C)
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): out.append(byte)
    case UInt8(ascii: "u"):
      var unit = try hex4()
      if (0xD800..<0xDC00).contains(unit), at + 1 < bytes.count, bytes[at] == UInt8(ascii: "\\"),
        bytes[at + 1] == UInt8(ascii: "u")
      {
        at += 2
        let low = try hex4()
        if (0xDC00..<0xE000).contains(low) {
          unit = 0x10000 + (unit - 0xD800) << 10 + (low - 0xDC00)
        } else {
          out.append(contentsOf: "\u{FFFD}".utf8)
          unit = low
        }
      }
      let scalar = Unicode.Scalar(unit) ?? "\u{FFFD}"
      out.append(contentsOf: String(Character(scalar)).utf8)
    default: throw error("unknown escape in a string")
    }
  }

  private mutating func hex4() throws(JSONError) -> UInt32 {
    guard at + 4 <= bytes.count,
      let value = UInt32(String(decoding: bytes[at..<at + 4], as: UTF8.self), radix: 16)
    else { throw error("a \\u escape needs four hexadecimal digits") }
    at += 4
    return value
  }
}
