import VouchModel

/// Rows of comma-separated text (RFC 4180), read byte by byte so that size does not matter.
struct RowCounter: ~Copyable {
  private(set) var shape = TableShape()
  private var isQuoted = false
  private var isEmpty = true
  /// The first cell of the row, as it is written.
  private var key: [UInt8] = []
  private var isKey = true
  private var keys = SortedKeys()

  mutating func take(_ bytes: UnsafeRawBufferPointer) {
    for byte in bytes {
      switch byte {
      case UInt8(ascii: "\""):
        isQuoted.toggle()
        isEmpty = false
      case 0x0A where !isQuoted: endRow()
      case 0x0D where !isQuoted: break
      case UInt8(ascii: ",") where !isQuoted:
        isKey = false
        isEmpty = false
      default: isEmpty = false
      }
      if isKey, !isEmpty { key.append(byte) }
    }
    shape.isCut = isQuoted || !isEmpty
  }

  /// The digest of the first column below the header; see ``SortedKeys``.
  mutating func keyDigest() -> Digest? { keys.finish() }

  private mutating func endRow() {
    if !isEmpty {
      shape.lines += 1
      if shape.lines > 1 { keys.add(Self.cell(key)) }
    }
    isEmpty = true
    isKey = true
    key.removeAll(keepingCapacity: true)
  }

  /// A cell without its quotes and without the apostrophe that guards it from spreadsheets.
  static func cell(_ written: [UInt8]) -> [UInt8] {
    let written = written.last == 0x0D ? written.dropLast() : written[...]
    var text: [UInt8] = []
    text.reserveCapacity(written.count)
    let quote = UInt8(ascii: "\"")
    if written.first == quote {
      var isSecond = false
      for byte in written.dropFirst().dropLast(written.last == quote ? 1 : 0) {
        if byte == quote, !isSecond {
          isSecond = true
          continue
        }
        isSecond = false
        text.append(byte)
      }
    } else {
      text = Array(written)
    }
    let apostrophe = UInt8(ascii: "'")
    if text.first == apostrophe, let next = text.first(where: { $0 != apostrophe }),
      "=+-@\t\n\r".utf8.contains(next)
    {
      text.removeFirst()
    }
    return text
  }
}

/// SHA-256 over keys that come sorted, a line feed after each; what comes out of order has to be
/// gathered and sorted instead.
struct SortedKeys: ~Copyable {
  private var hash: SHA256? = SHA256()
  private var last: [UInt8] = []

  mutating func add(_ key: [UInt8]) {
    guard hash != nil else { return }
    if key.lexicographicallyPrecedes(last) {
      hash = nil
      return
    }
    (key + [0x0A]).withUnsafeBytes { hash?.update($0) }
    last = key
  }

  mutating func finish() -> Digest? { hash.take()?.finish() }

  /// Of keys in any order.
  static func digest(of keys: [[UInt8]]) -> Digest {
    var sorted = SortedKeys()
    for key in keys.sorted(by: { $0.lexicographicallyPrecedes($1) }) { sorted.add(key) }
    return sorted.finish() ?? .zero
  }
}

/// The outline of a table.
struct TableShape: Sendable, Hashable {
  /// Rows that are not empty, the header among them.
  fileprivate(set) var lines = 0
  /// The text ends inside a row.
  fileprivate(set) var isCut = false
  /// The digest of the first column; nil when its cells do not come sorted.
  var keyDigest: Digest?

  /// Rows below the header.
  var rows: Int { max(0, lines - 1) }
}

/// Reads the rows of comma-separated text as they come, whatever their number.
struct DelimitedReader {
  private var row: [String] = []
  private var cell: [UInt8] = []
  private var isQuoted = false
  /// The last byte was a quote inside quotes: the next one tells what it meant.
  private var isQuotePending = false
  /// No byte has been seen after a byte order mark.
  private var isFresh = true

  mutating func take(_ bytes: UnsafeRawBufferPointer, _ body: ([String]) -> Void) {
    for byte in bytes { take(byte, body) }
  }

  /// Hands over what is left; false when the text ends inside quotes.
  mutating func finish(_ body: ([String]) -> Void) -> Bool {
    if isQuotePending { isQuoted = false }
    if !row.isEmpty || !cell.isEmpty { endRow(body) }
    return !isQuoted
  }

  private mutating func take(_ byte: UInt8, _ body: ([String]) -> Void) {
    if isQuotePending {
      isQuotePending = false
      if byte == UInt8(ascii: "\"") {
        cell.append(byte)
        return
      }
      isQuoted = false
    }
    switch byte {
    case UInt8(ascii: "\"") where isQuoted: isQuotePending = true
    case _ where isQuoted: cell.append(byte)
    case UInt8(ascii: "\""): isQuoted = true
    case UInt8(ascii: ","): endCell()
    case 0x0D: break
    case 0x0A: if !row.isEmpty || !cell.isEmpty { endRow(body) }
    default: cell.append(byte)
    }
    // The mark is three bytes that cannot be part of a name.
    if isFresh, cell.count == 3 {
      isFresh = false
      if cell == [0xEF, 0xBB, 0xBF] { cell.removeAll(keepingCapacity: true) }
    }
  }

  private mutating func endCell() {
    row.append(String(decoding: cell, as: UTF8.self))
    cell.removeAll(keepingCapacity: true)
  }

  private mutating func endRow(_ body: ([String]) -> Void) {
    endCell()
    body(row)
    row.removeAll(keepingCapacity: true)
  }
}

/// The header of a table. Names are compared in lower case.
struct TableColumns {
  private let positions: [String: Int]
  let count: Int

  init(_ header: [String]) {
    count = header.count
    positions = Dictionary(
      header.enumerated().map { ($1.lowercased(), $0) }, uniquingKeysWith: { first, _ in first })
  }

  /// The positions of columns; nil when one is missing.
  func positions(_ names: String...) -> [Int]? {
    let found = names.compactMap { positions[$0] }
    return found.count == names.count ? found : nil
  }

  subscript(_ name: String) -> Int? { positions[name] }
}

extension Context {
  /// Hands over every row of a table; false when it could not be read to its end, which becomes
  /// a finding of the check.
  func readRows(_ path: BagPath, for check: inout Check, _ body: ([String]) -> Void) -> Bool {
    guard package.has(path) else {
      check.find("missing", path, "is missing")
      return false
    }
    var reader = DelimitedReader()
    do {
      let stream = try package.open(path)
      let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 18, alignment: 16)
      defer { buffer.deallocate() }
      while true {
        let count = try stream.read(into: buffer)
        if count == 0 { break }
        reader.take(UnsafeRawBufferPointer(rebasing: buffer[..<count]), body)
      }
    } catch {
      check.find("unreadable", path, (error as? ReadFault)?.text ?? "cannot be read")
      return false
    }
    if reader.finish(body) { return true }
    check.find("malformed", path, "has a quote that is not closed")
    return false
  }
}

/// Text as a cell of ours holds it, told apart from how it had to be written there.
///
/// A cell that a spreadsheet would run as a formula has an apostrophe in front (contract 7), and
/// control characters are U+FFFD in tables while JSON keeps them.
func plainCell(_ cell: String) -> String {
  var scalars = cell.unicodeScalars[...]
  if scalars.first == "'", let text = scalars.first(where: { $0 != "'" }),
    "=+-@\t\n\r".unicodeScalars.contains(text)
  {
    scalars = scalars.dropFirst()
  }
  let plain = scalars.map { scalar -> Unicode.Scalar in
    let isKept = scalar == "\t" || scalar == "\n" || scalar == "\r"
    return scalar.value < 0x20 && !isKept || scalar.value == 0x7F ? "\u{FFFD}" : scalar
  }
  return String(String.UnicodeScalarView(plain))
}
