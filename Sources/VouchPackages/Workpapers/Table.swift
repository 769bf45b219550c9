import VouchModel

/// A workpaper as a table: the same rows make a CSV and a sheet of the workbook.
struct Table {
  struct Column {
    let title: String
    /// Width in the spreadsheet, in characters.
    let width: Double

    init(_ title: String, _ width: Double = 14) {
      self.title = title
      self.width = width
    }
  }

  /// Name of the sheet, at most 31 characters.
  let name: String
  /// The CSV with all rows, in the package; nil when there is only the sheet.
  let path: String?
  let columns: [Column]
  /// Gives the rows in their order, any number of them, without holding them.
  let rows: (_ row: ([Cell]) throws -> Void) throws -> Void

  /// Writes the table as CSV.
  ///
  /// - Returns: characters that were replaced.
  func write(to sink: any ByteSink) throws -> Int {
    let csv = CSVWriter(sink)
    try csv.row(columns.map { .text($0.title) })
    try rows { try csv.row($0) }
    try csv.flush()
    return csv.replaced
  }
}
