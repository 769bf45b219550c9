import VouchModel

/// Writes CSV after RFC 4180: comma, CRLF, quotes where they are needed.
///
/// UTF-8 with a byte order mark, since Excel takes CSV without one for the system's old encoding
/// and CPAs open these files there; sqlite3, Python's `utf-8-sig`, R and LibreOffice skip it.
///
/// Text that a spreadsheet would run as a formula gets an apostrophe in front. Numbers are numbers
/// and stay as they are, also negative ones.
final class CSVWriter {
  private let sink: any ByteSink
  private var lines = CSVLines()

  /// Characters that have no place in a table and were replaced.
  var replaced: Int { lines.replaced }

  init(_ sink: any ByteSink) { self.sink = sink }

  func row(_ cells: [Cell]) throws {
    for cell in cells { field(cell) }
    try endRow()
  }

  func field(_ cell: Cell) {
    switch cell {
    case .text(let text), .link(let text, _): field(text)
    case .empty, .integer, .real, .flag, .instant: plain(cell.text)
    }
  }

  /// A field of text.
  func field(_ text: String) {
    var text = text
    text.withUTF8 { lines.field($0) }
  }

  /// A field of digits or of a word of ours, which needs neither quotes nor an apostrophe.
  func plain(_ text: String) {
    var text = text
    text.withUTF8 { lines.plain($0) }
  }

  func plain(_ number: Int) { plain(String(number)) }

  func endRow() throws {
    if lines.endRow() >= 1 << 16 { try flush() }
  }

  func flush() throws { try lines.flush(to: sink) }
}

/// The bytes of a CSV that are not yet handed over. A value, so that a field of a million rows
/// costs one check of access and not one a byte.
private struct CSVLines {
  private var buffer: [UInt8] = [0xEF, 0xBB, 0xBF]
  private var isRowEmpty = true
  private(set) var replaced = 0

  init() { buffer.reserveCapacity(1 << 17) }

  mutating func plain(_ bytes: UnsafeBufferPointer<UInt8>) {
    separate()
    buffer.append(contentsOf: bytes)
  }

  mutating func field(_ bytes: UnsafeBufferPointer<UInt8>) {
    separate()
    guard let first = bytes.first else { return }
    let isFormula = Self.startsFormula(first) || first == Self.apostrophe && Self.isGuarded(bytes)
    var needsQuotes = isFormula || first == 0x20 || bytes.last == 0x20
    var isDirty = false
    for byte in bytes where byte <= 0x2C || byte == 0x7F {
      switch byte {
      case UInt8(ascii: "\""), UInt8(ascii: ","), 0x0A, 0x0D, 0x09: needsQuotes = true
      case ..<0x20, 0x7F: isDirty = true
      default: break
      }
    }
    if !needsQuotes, !isDirty {
      buffer.append(contentsOf: bytes)
      return
    }
    buffer.append(UInt8(ascii: "\""))
    if isFormula { buffer.append(UInt8(ascii: "'")) }
    for byte in bytes { putQuoted(byte) }
    buffer.append(UInt8(ascii: "\""))
  }

  /// - Returns: how many bytes wait.
  mutating func endRow() -> Int {
    buffer.append(0x0D)
    buffer.append(0x0A)
    isRowEmpty = true
    return buffer.count
  }

  mutating func flush(to sink: any ByteSink) throws {
    try sink.write(buffer)
    buffer.removeAll(keepingCapacity: true)
  }

  private mutating func separate() {
    if !isRowEmpty { buffer.append(UInt8(ascii: ",")) }
    isRowEmpty = false
  }

  private mutating func putQuoted(_ byte: UInt8) {
    switch byte {
    case UInt8(ascii: "\""):
      buffer.append(byte)
      buffer.append(byte)
    case 0x09, 0x0A, 0x0D: buffer.append(byte)
    case ..<0x20, 0x7F:
      replaced += 1
      buffer.append(contentsOf: [0xEF, 0xBF, 0xBD])
    default: buffer.append(byte)
    }
  }

  private static let apostrophe = UInt8(ascii: "'")

  /// Whether a text looks as if an apostrophe had been put in front of it: it gets one more, so
  /// that taking one away always gives the text itself.
  private static func isGuarded(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
    bytes.first { $0 != apostrophe }.map(startsFormula) ?? false
  }

  /// What spreadsheets take for the beginning of a formula (OWASP, CSV Injection).
  private static func startsFormula(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "="), UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "@"), 0x09, 0x0A,
      0x0D:
      true
    default: false
    }
  }
}
