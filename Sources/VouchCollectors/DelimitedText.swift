import Foundation
import VouchModel

/// One data row of a CSV or TSV export, with its cells by the name of their column.
public struct Row: Sendable {
  public let header: Header
  public let cells: [String]
  /// 1-based number of the data row: the header does not count.
  public let number: Int
  /// 1-based line in the file where the row begins.
  public let line: Int

  /// The cell of a column, white space trimmed; nil when the column does not exist, the row is
  /// short, or the cell holds one of the spellings of "none".
  public subscript(_ column: String) -> String? {
    guard let i = header.positions[column], i < cells.count else { return nil }
    let cell = cells[i].trimmingCharacters(in: .whitespacesAndNewlines)
    return isNoneSpelling(cell) ? nil : cell
  }

  /// The cell exactly as written; nil when the column does not exist or the row is short.
  public func raw(_ column: String) -> String? {
    guard let i = header.positions[column], i < cells.count else { return nil }
    return cells[i]
  }

  /// The place of this row in its evidence: `R12`.
  public var place: String { "R\(number)" }

  public struct Header: Sendable {
    /// Column names as written, a byte order mark and outer white space removed.
    public let names: [String]
    /// Of a name that occurs twice, the first.
    public let positions: [String: Int]

    public init(_ names: [String]) {
      self.names = names
      positions = Dictionary(
        names.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
    }

    public func has(_ columns: String...) -> Bool { columns.allSatisfy { positions[$0] != nil } }
  }
}

/// Splits RFC 4180 text that arrives in pieces into rows of cells.
public struct DelimitedText {
  /// Largest cell, in bytes. A larger one means a quote that never closes.
  public static let cellLimit = 8 << 20

  private let separator: UInt8
  private var cell: [UInt8] = []
  private var cells: [String] = []
  private var inQuotes = false
  private var wasQuote = false
  private var rowLine = 1
  private var line = 1
  private var hasContent = false
  private var isBroken = false

  public init(separator: Character) { self.separator = separator.asciiValue ?? UInt8(ascii: ",") }

  /// Whether the text ended inside a quoted cell: the file was cut off.
  public private(set) var endedInQuotes = false

  /// Feeds bytes; `row` gets the cells and the line on which the row began.
  public mutating func feed(
    _ bytes: ArraySlice<UInt8>, _ row: ([String], Int) throws -> Void
  ) throws {
    for byte in bytes {
      if inQuotes {
        if byte == UInt8(ascii: "\"") {
          inQuotes = false
          wasQuote = true
        } else {
          if byte == 0x0A { line += 1 }
          cell.append(byte)
          if cell.count > Self.cellLimit { throw DelimitedTextError.cellTooLarge(line: rowLine) }
        }
        continue
      }
      switch byte {
      case UInt8(ascii: "\""):
        if wasQuote {
          cell.append(byte)
          inQuotes = true
          wasQuote = false
        } else if cell.isEmpty {
          inQuotes = true
          hasContent = true
        } else {
          cell.append(byte)
        }
      case separator:
        wasQuote = false
        hasContent = true
        endCell()
      case 0x0A:
        wasQuote = false
        try endRow(row)
        line += 1
        rowLine = line
      case 0x0D:
        wasQuote = false
      default:
        wasQuote = false
        hasContent = true
        cell.append(byte)
        if cell.count > Self.cellLimit { throw DelimitedTextError.cellTooLarge(line: rowLine) }
      }
    }
  }

  /// Ends the text: a last row without a line feed is a row too.
  public mutating func finish(_ row: ([String], Int) throws -> Void) throws {
    endedInQuotes = inQuotes
    try endRow(row)
  }

  private mutating func endCell() {
    cells.append(String(decoding: cell, as: UTF8.self))
    cell.removeAll(keepingCapacity: true)
  }

  private mutating func endRow(_ row: ([String], Int) throws -> Void) throws {
    guard hasContent || !cell.isEmpty else { return }
    endCell()
    let finished = cells
    cells.removeAll(keepingCapacity: true)
    hasContent = false
    try row(finished, rowLine)
  }

  /// The separator a header line uses: the most frequent of comma, semicolon, tab, bar outside
  /// of quotes. A line without any has a single column, separated by commas as it were.
  public static func separator(of header: some StringProtocol) -> Character {
    var counts: [Character: Int] = [:]
    var quoted = false
    for c in header {
      if c == "\n" || c == "\r\n", !quoted { break }
      if c == "\"" { quoted.toggle() }
      if !quoted, c == "," || c == ";" || c == "\t" || c == "|" { counts[c, default: 0] += 1 }
    }
    return [",", ";", "\t", "|"].max { counts[$0, default: 0] < counts[$1, default: 0] } ?? ","
  }
}

public enum DelimitedTextError: Error {
  case cellTooLarge(line: Int)
}

extension Head {
  /// The cells of the first line, when it looks like a header: at least two non-empty names.
  public var delimitedHeader: [String]? {
    guard json == nil, xmlRoot == nil else { return nil }
    var parser = DelimitedText(separator: DelimitedText.separator(of: text))
    var header: [String]?
    try? parser.feed(Array(text.utf8)[...]) { cells, _ in if header == nil { header = cells } }
    if header == nil { try? parser.finish { cells, _ in if header == nil { header = cells } } }
    let names = header?.map { $0.trimmingCharacters(in: .whitespaces) }
    guard let names, names.count >= 2, names.count(where: { !$0.isEmpty }) >= 2 else { return nil }
    return names
  }
}

extension EvidenceItem {
  /// The evidence as rows of a CSV or TSV file with a header. Streams.
  ///
  /// A row with more cells than the header is reported and skipped; a short row too, unless
  /// `allowsShort`. A text that ends inside quotes is reported as cut off.
  ///
  /// - Parameters:
  ///   - header: called once with the header; return false to stop reading.
  func rows(
    format: String, separator: Character? = nil, allowsShort: Bool = false, _ reading: Reading,
    header onHeader: (Row.Header) throws -> Bool = { _ in true },
    _ body: (Row) throws -> Void
  ) throws {
    let head = Head(raw: try head(), name: provenance.name)
    var parser = DelimitedText(separator: separator ?? DelimitedText.separator(of: head.text))
    var header: Row.Header?
    var number = 0
    var stopped = false
    func take(_ cells: [String], _ line: Int) throws {
      if stopped { return }
      guard let known = header else {
        let made = Row.Header(cells.map { $0.trimmingCharacters(in: .whitespaces) })
        header = made
        stopped = try !onHeader(made)
        return
      }
      number += 1
      if cells.count > known.names.count || (cells.count < known.names.count && !allowsShort) {
        reading.diagnose(
          Diagnostic(
            "\(format).fields", .error, at: at("L\(line)"),
            "line \(line) has \(cells.count) fields; the header names \(known.names.count)",
            why: "it cannot be told which field is missing, so the row is left out",
            fix: "export the file again; do not edit it in a spreadsheet"))
        return
      }
      try body(Row(header: known, cells: cells, number: number, line: line))
    }
    do {
      try withDecodedChunks(reading) { try parser.feed($0, take) }
      try parser.finish(take)
    } catch DelimitedTextError.cellTooLarge(let line) {
      reading.diagnose(
        Diagnostic(
          "\(format).quote", .error, at: at("L\(line)"),
          "a cell of the row that begins in line \(line) is larger than \(DelimitedText.cellLimit) bytes",
          why: "a quotation mark that never closes swallows the rest of the file",
          fix: "export the file again"))
    }
    if parser.endedInQuotes {
      reading.diagnose(
        Diagnostic(
          "\(format).truncated", .error, at: label, "the file ends inside a quoted cell",
          why: "rows after this place are missing, so the populations it feeds are incomplete",
          fix: "export it again and compare the size with the source"))
    }
    if header == nil {
      reading.diagnose(
        Diagnostic(
          "\(format).empty", .error, at: label, "the file has no header row",
          why: "an export without rows still names its columns",
          fix: "export it again"))
    }
  }
}
