import Foundation
import VouchModel

/// Rows of comma-separated text (RFC 4180), read as bytes so that size does not matter.
struct RowCounter: ~Copyable {
  private(set) var shape = TableShape()
  private var isQuoted = false
  private var isEmpty = true
  /// The first cell of the row, as it is written.
  private var key: [UInt8] = []
  private var isKey = true
  private var keys = SortedKeys()

  mutating func take(_ bytes: UnsafeRawBufferPointer) {
    var at = 0
    while at < bytes.count {
      if isEmpty, isKey, bytes[at] != 0x0D,
        let end = takeRow(UnsafeRawBufferPointer(rebasing: bytes[at...]))
      {
        at += end
      } else {
        take(bytes[at])
        at += 1
      }
    }
    shape.isCut = isQuoted || !isEmpty
  }

  /// Takes a whole row at the beginning of the bytes; nil when they end inside it, or when it
  /// has to be looked at byte by byte.
  private mutating func takeRow(_ bytes: UnsafeRawBufferPointer) -> Int? {
    guard let start = bytes.baseAddress, let end = Self.end(start, bytes.count) else { return nil }
    let length =
      memchr(start, Int32(UInt8(ascii: ",")), end).map { UnsafeRawPointer($0) - start } ?? end
    // Quotes, lone carriage returns and guards against spreadsheets take the long way.
    guard length > 0, bytes[0] != UInt8(ascii: "'"),
      memchr(start, Int32(UInt8(ascii: "\"")), length) == nil,
      memchr(start, 0x0D, length) == nil
    else { return nil }
    shape.lines += 1
    if shape.lines > 1 { keys.add(UnsafeRawBufferPointer(rebasing: bytes[..<length])) }
    return end + 1
  }

  /// Where the first line feed outside of quotes is.
  private static func end(_ start: UnsafeRawPointer, _ count: Int) -> Int? {
    var at = 0
    var quotes = 0
    while at < count, let found = memchr(start + at, 0x0A, count - at) {
      let end = UnsafeRawPointer(found) - start
      for n in at..<end where start.load(fromByteOffset: n, as: UInt8.self) == UInt8(ascii: "\"") {
        quotes &+= 1
      }
      if quotes & 1 == 0 { return end }
      at = end + 1
    }
    return nil
  }

  private mutating func take(_ byte: UInt8) {
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

  /// The digest of the first column below the header; see ``SortedKeys``.
  mutating func keyDigest() -> Digest? { keys.finish() }

  private mutating func endRow() {
    if !isEmpty {
      shape.lines += 1
      if shape.lines > 1 { Self.cell(key).withUnsafeBytes { keys.add($0) } }
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
  /// What is to be hashed next: a key is too little to hash by itself.
  private var gathered: [UInt8] = []

  private static let enough = 1 << 14

  mutating func add(_ key: UnsafeRawBufferPointer) {
    guard hash != nil else { return }
    if precedesLast(key) {
      hash = nil
      return
    }
    if gathered.count >= Self.enough { flush() }
    gathered.append(contentsOf: key)
    gathered.append(0x0A)
    last.removeAll(keepingCapacity: true)
    last.append(contentsOf: key)
  }

  private func precedesLast(_ key: UnsafeRawBufferPointer) -> Bool {
    guard let bytes = key.baseAddress else { return !last.isEmpty }
    let order = last.withUnsafeBytes { last in
      last.baseAddress.map { memcmp(bytes, $0, min(key.count, last.count)) } ?? 0
    }
    return order < 0 || order == 0 && key.count < last.count
  }

  private mutating func flush() {
    gathered.withUnsafeBytes { hash?.update($0) }
    gathered.removeAll(keepingCapacity: true)
  }

  mutating func finish() -> Digest? {
    flush()
    return hash.take()?.finish()
  }

  /// Of keys in any order.
  static func digest(of keys: [[UInt8]]) -> Digest {
    var sorted = SortedKeys()
    for key in keys.sorted(by: { $0.lexicographicallyPrecedes($1) }) {
      key.withUnsafeBytes { sorted.add($0) }
    }
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

/// A row of a table. It is only there while it is handed over.
struct DelimitedRow: ~Copyable {
  private let bytes: UnsafeRawBufferPointer
  /// Where each cell ends.
  private let ends: UnsafeBufferPointer<Int>

  fileprivate init(_ bytes: UnsafeRawBufferPointer, ends: UnsafeBufferPointer<Int>) {
    self.bytes = bytes
    self.ends = ends
  }

  var count: Int { ends.count }

  /// A cell without its quotes.
  func bytes(_ index: Int) -> UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(rebasing: bytes[(index == 0 ? 0 : ends[index - 1])..<ends[index]])
  }

  subscript(_ index: Int) -> String { String(decoding: bytes(index), as: UTF8.self) }

  /// All cells as texts.
  var texts: [String] { (0..<count).map { self[$0] } }
}

/// Reads the rows of comma-separated text as they come, whatever their number.
struct DelimitedReader {
  /// The cells of the row, one behind another, and where each of the finished ones ends.
  private var cells: [UInt8] = []
  private var ends: [Int] = []
  private var isQuoted = false
  /// The last byte was a quote inside quotes: the next one tells what it meant.
  private var isQuotePending = false
  /// No byte has been seen after a byte order mark.
  private var isFresh = true

  mutating func take(_ bytes: UnsafeRawBufferPointer, _ body: (borrowing DelimitedRow) -> Void) {
    var at = 0
    while at < bytes.count {
      if !isFresh, !isQuotePending {
        let end = plainEnd(bytes, at)
        if end > at {
          cells.append(contentsOf: UnsafeRawBufferPointer(rebasing: bytes[at..<end]))
          at = end
          if at == bytes.count { break }
        }
      }
      take(bytes[at], body)
      at += 1
    }
  }

  /// Where the bytes that are simply part of the cell end.
  @inline(__always)
  private func plainEnd(_ bytes: UnsafeRawBufferPointer, _ start: Int) -> Int {
    var at = start
    if isQuoted {
      while at < bytes.count, bytes[at] != UInt8(ascii: "\"") { at += 1 }
    } else {
      while at < bytes.count {
        let byte = bytes[at]
        if byte == UInt8(ascii: ",") || byte == UInt8(ascii: "\"") || byte == 0x0A || byte == 0x0D {
          break
        }
        at += 1
      }
    }
    return at
  }

  /// Hands over what is left; false when the text ends inside quotes.
  mutating func finish(_ body: (borrowing DelimitedRow) -> Void) -> Bool {
    if isQuotePending { isQuoted = false }
    if !ends.isEmpty || !cells.isEmpty { endRow(body) }
    return !isQuoted
  }

  private mutating func take(_ byte: UInt8, _ body: (borrowing DelimitedRow) -> Void) {
    if isQuotePending {
      isQuotePending = false
      if byte == UInt8(ascii: "\"") {
        cells.append(byte)
        return
      }
      isQuoted = false
    }
    switch byte {
    case UInt8(ascii: "\"") where isQuoted: isQuotePending = true
    case _ where isQuoted: cells.append(byte)
    case UInt8(ascii: "\""): isQuoted = true
    case UInt8(ascii: ","): ends.append(cells.count)
    case 0x0D: break
    case 0x0A: if !ends.isEmpty || !cells.isEmpty { endRow(body) }
    default: cells.append(byte)
    }
    // The mark is three bytes that cannot be part of a name.
    if isFresh, cells.count >= 3 {
      isFresh = false
      if cells == [0xEF, 0xBB, 0xBF], ends.isEmpty { cells.removeAll(keepingCapacity: true) }
    }
  }

  private mutating func endRow(_ body: (borrowing DelimitedRow) -> Void) {
    ends.append(cells.count)
    cells.withUnsafeBytes { cells in
      ends.withUnsafeBufferPointer { body(DelimitedRow(cells, ends: $0)) }
    }
    cells.removeAll(keepingCapacity: true)
    ends.removeAll(keepingCapacity: true)
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

extension PackageContents {
  /// Hands over every row of a table; false when it could not be read to its end, which becomes
  /// a finding of the check.
  func readRows(
    _ path: BagPath, for check: inout Check, _ body: (borrowing DelimitedRow) -> Void
  ) -> Bool {
    guard has(path) else {
      check.find("missing", path, "is missing")
      return false
    }
    var reader = DelimitedReader()
    do {
      let stream = try open(path)
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

/// The same over bytes, with those that are plain already handed on as they are.
func withPlainCell<Result>(
  _ cell: UnsafeRawBufferPointer, _ body: (UnsafeRawBufferPointer) -> Result
) -> Result {
  let isPlain =
    cell.first != UInt8(ascii: "'") && !cell.contains { $0 < 0x20 || $0 == 0x7F }
  if isPlain { return body(cell) }
  var text = plainCell(String(decoding: cell, as: UTF8.self))
  return text.withUTF8 { body(UnsafeRawBufferPointer($0)) }
}
