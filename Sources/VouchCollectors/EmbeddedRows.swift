import Foundation
import VouchModel

extension EvidenceItem {
  /// The rows of CSV text that was taken out of this evidence: of a JSON wrapping, or from below
  /// lines that are no table. Rows are numbered inside the table.
  func rows(
    of text: [UInt8], format: String, separator: Character = ",", firstLine: Int = 1,
    _ reading: Reading, _ body: (Row) throws -> Void
  ) throws {
    var parser = DelimitedText(separator: separator)
    var header: Row.Header?
    var number = 0
    func take(_ cells: [String], _ line: Int) throws {
      guard let known = header else {
        header = Row.Header(cells.map { $0.trimmingCharacters(in: .whitespaces) })
        return
      }
      number += 1
      guard cells.count == known.names.count else {
        let line = line + firstLine - 1
        reading.diagnose(
          Diagnostic(
            "\(format).fields", .error, at: at("R\(number)"),
            "line \(line) of the table has \(cells.count) fields; the header names "
              + "\(known.names.count)",
            why: "it cannot be told which field is missing, so the row is left out",
            fix: "export the file again; do not edit it in a spreadsheet"))
        return
      }
      try body(Row(header: known, cells: cells, number: number, line: line + firstLine - 1))
    }
    try parser.feed(text[...], take)
    try parser.finish(take)
    if parser.endedInQuotes {
      reading.diagnose(
        Diagnostic(
          "\(format).truncated", .error, at: label, "the table ends inside a quoted cell",
          why: "rows after this place are missing, so the populations it feeds are incomplete",
          fix: "export it again and compare the size with the source"))
    }
  }
}
