/// A value of a record's column.
public enum Value: Hashable, Sendable {
  case null
  case integer(Int64)
  case real(Double)
  case text(String)

  public static func flag(_ value: Bool?) -> Value {
    value.map { .integer($0 ? 1 : 0) } ?? .null
  }
  public static func instant(_ value: Instant?) -> Value {
    value.map { .integer($0.seconds) } ?? .null
  }
  public static func text(_ value: String?) -> Value {
    if let value { .text(value) } else { .null }
  }
  public static func integer(_ value: Int?) -> Value {
    value.map { .integer(Int64($0)) } ?? .null
  }
  public static func real(_ value: Double?) -> Value {
    if let value { .real(value) } else { .null }
  }
  /// A JSON array of strings; NULL for nil, `[]` for an empty list.
  public static func list(_ values: [String]?) -> Value {
    values.map { .text("[" + $0.map(JSONText.quoted).joined(separator: ",") + "]") } ?? .null
  }
}

/// Writes JSON text by hand where a whole encoder would be too much.
public enum JSONText {
  /// A JSON string literal, quotes included. Control characters, also those above 7F, and marks
  /// that turn the direction of writing are escaped, `/` is not.
  public static func quoted(_ text: String) -> String {
    var out: [UInt8] = []
    out.reserveCapacity(text.utf8.count + 2)
    append(text, to: &out)
    return String(decoding: out, as: UTF8.self)
  }

  /// Appends the literal to bytes.
  public static func append(_ text: String, to out: inout [UInt8]) {
    out.append(UInt8(ascii: "\""))
    var text = text
    text.withUTF8 { bytes in
      var start = 0
      for at in bytes.indices where needsEscape(bytes[at]) {
        out.append(contentsOf: bytes[start..<at])
        start = at + 1
        guard bytes[at] >= 0x80 else {
          escape(bytes[at], to: &out)
          continue
        }
        if let (value, length) = steering(bytes[at...]) {
          out.append(contentsOf: "\\u\(hex(value))".utf8)
          start = at + length
        } else {
          out.append(bytes[at])
        }
      }
      out.append(contentsOf: bytes[start...])
    }
    out.append(UInt8(ascii: "\""))
  }

  private static func needsEscape(_ byte: UInt8) -> Bool {
    byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") || byte == 0x7F
      || byte == 0xC2 || byte == 0xE2
  }

  private static func escape(_ byte: UInt8, to out: inout [UInt8]) {
    let letter: UInt8? =
      switch byte {
      case UInt8(ascii: "\""), UInt8(ascii: "\\"): byte
      case 0x0A: UInt8(ascii: "n")
      case 0x0D: UInt8(ascii: "r")
      case 0x09: UInt8(ascii: "t")
      default: nil
      }
    out.append(UInt8(ascii: "\\"))
    if let letter {
      out.append(letter)
      return
    }
    out.append(contentsOf: "u\(hex(UInt32(byte)))".utf8)
  }

  /// The character at the beginning, and its length in UTF-8, when it is one that steers.
  private static func steering(
    _ bytes: Slice<UnsafeBufferPointer<UInt8>>
  ) -> (value: UInt32, length: Int)? {
    let head = Array(bytes.prefix(3))
    let length = head.first == 0xC2 ? 2 : 3
    guard head.count >= length else { return nil }
    let value =
      length == 2
      ? UInt32(head[1]) : 0x2000 | UInt32(head[1] & 0x3F) << 6 | UInt32(head[2] & 0x3F)
    let isForeign = Unicode.Scalar(value).map(isControl) ?? false
    return isForeign ? (value, length) : nil
  }

  /// Four digits.
  private static func hex(_ value: UInt32) -> String {
    let digits = String(value, radix: 16)
    return String(repeating: "0", count: 4 - digits.count) + digits
  }
}

/// One record that a collector read, with its place in the evidence.
public struct Record: Hashable, Sendable {
  public let type: RecordType
  /// One value per column of the type, in the type's order.
  public private(set) var values: [Value]
  /// When the row speaks of another time than its evidence: that time.
  public var at: Instant?
  /// `L41`, `R12`, `/issues/3`: line, data row or JSON pointer.
  public let place: String

  public init(_ type: RecordType, place: String, at: Instant? = nil) {
    self.type = type
    self.place = place
    self.at = at
    values = [Value](repeating: .null, count: type.columns.count)
  }

  /// The value of a column. A column that the type does not have is a mistake in the program.
  public subscript(_ column: String) -> Value {
    get {
      guard let i = type.position(of: column) else {
        preconditionFailure("record type \(type.name) has no column \(column)")
      }
      return values[i]
    }
    set {
      guard let i = type.position(of: column) else {
        preconditionFailure("record type \(type.name) has no column \(column)")
      }
      values[i] = newValue
    }
  }
}

/// One sighting of one test's result on one host in one scan, the raw material of a finding.
///
/// Scanners deliver millions of these, so numbers stand for the host and the plugin: they are
/// those that ``Reading/host(_:)`` and ``Reading/plugin(_:)`` gave out in this reading.
public struct Observation: Sendable {
  public var host: Int32
  public var plugin: Int32
  public var port: Int32
  /// 0 tcp, 1 udp, 2 icmp, 3 other.
  public var transport: Int8
  /// 0 none to 4 critical, -1 unknown.
  public var severity: Int8
  /// Accepted or hidden in the scanner.
  public var accepted: Bool
  /// 1-based line in the evidence.
  public var line: Int64

  public init(
    host: Int32, plugin: Int32, port: Int32, transport: Int8, severity: Int8,
    accepted: Bool = false, line: Int64
  ) {
    self.host = host
    self.plugin = plugin
    self.port = port
    self.transport = transport
    self.severity = severity
    self.accepted = accepted
    self.line = line
  }
}

/// What a scanner says of one of its tests, or of one vulnerable package.
public struct Plugin: Hashable, Sendable {
  /// The scanner's id of the test; for package scanners `CVE package`.
  public var id: String
  public var name: String
  public var family = ""
  /// Vendor product or package name, without version; empty when the scanner does not say.
  public var app = ""
  public var cves: [String] = []
  /// Base score on the scan's severity basis.
  public var score: Double?
  public var fixAvailableAt: Instant?
  public var fixedVersion = ""
  public var kev = false

  public init(id: String, name: String) {
    self.id = id
    self.name = name
  }
}
