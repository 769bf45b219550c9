/// Rows of comma-separated text (RFC 4180), read byte by byte so that size does not matter.
struct RowCounter {
  private(set) var shape = TableShape()
  private var isQuoted = false
  private var isEmpty = true

  mutating func take(_ bytes: UnsafeRawBufferPointer) {
    for byte in bytes {
      switch byte {
      case UInt8(ascii: "\""):
        isQuoted.toggle()
        isEmpty = false
      case 0x0A where !isQuoted: endRow()
      case 0x0D where !isQuoted: break
      default: isEmpty = false
      }
    }
    shape.isCut = isQuoted || !isEmpty
  }

  private mutating func endRow() {
    if !isEmpty { shape.lines += 1 }
    isEmpty = true
  }
}

/// The outline of a table.
struct TableShape: Sendable, Hashable {
  /// Rows that are not empty, the header among them.
  fileprivate(set) var lines = 0
  /// The text ends inside a row.
  fileprivate(set) var isCut = false

  /// Rows below the header.
  var rows: Int { max(0, lines - 1) }
}

/// A table that is small enough to be read whole, its header apart.
struct DelimitedTable {
  private let columns: [String: Int]
  let rows: [[String]]

  /// Nil when there is no header, a quote is not closed, a row is longer or shorter than the
  /// header, or two columns have one name.
  init?(_ bytes: [UInt8]) {
    guard var rows = delimitedRows(bytes), !rows.isEmpty else { return nil }
    let header = rows.removeFirst()
    var columns: [String: Int] = [:]
    for (index, name) in header.enumerated() {
      guard columns.updateValue(index, forKey: name.lowercased()) == nil else { return nil }
    }
    guard rows.allSatisfy({ $0.count == header.count }) else { return nil }
    self.columns = columns
    self.rows = rows
  }

  /// The position of a column, by its name in lower case.
  func column(_ name: String) -> Int? { columns[name] }
}

/// The rows of a text that is small enough to be read whole; nil when a quote is not closed.
func delimitedRows(_ bytes: [UInt8]) -> [[String]]? {
  var rows: [[String]] = []
  var row: [String] = []
  var cell: [UInt8] = []
  var isQuoted = false
  var at = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
  func text() -> String { String(decoding: cell, as: UTF8.self) }
  while at < bytes.count {
    let byte = bytes[at]
    at += 1
    switch byte {
    case UInt8(ascii: "\"") where isQuoted:
      if at < bytes.count, bytes[at] == UInt8(ascii: "\"") {
        cell.append(byte)
        at += 1
      } else {
        isQuoted = false
      }
    case _ where isQuoted: cell.append(byte)
    case UInt8(ascii: "\""): isQuoted = true
    case UInt8(ascii: ","):
      row.append(text())
      cell.removeAll(keepingCapacity: true)
    case 0x0D: break
    case 0x0A:
      if !row.isEmpty || !cell.isEmpty { rows.append(row + [text()]) }
      row.removeAll()
      cell.removeAll(keepingCapacity: true)
    default: cell.append(byte)
    }
  }
  if isQuoted { return nil }
  if !row.isEmpty || !cell.isEmpty { rows.append(row + [text()]) }
  return rows
}

/// Text as a cell of ours holds it, told apart from how it had to be written there.
///
/// A cell that a spreadsheet would run as a formula has an apostrophe in front (contract 7), and
/// control characters are U+FFFD in tables while JSON keeps them.
func plainCell(_ cell: String) -> String {
  var scalars = cell.unicodeScalars[...]
  if scalars.first == "'", let second = scalars.dropFirst().first,
    "=+-@\t\n\r".unicodeScalars.contains(second)
  {
    scalars = scalars.dropFirst()
  }
  let plain = scalars.map { scalar -> Unicode.Scalar in
    let isKept = scalar == "\t" || scalar == "\n" || scalar == "\r"
    return scalar.value < 0x20 && !isKept || scalar.value == 0x7F ? "\u{FFFD}" : scalar
  }
  return String(String.UnicodeScalarView(plain))
}
