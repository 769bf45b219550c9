import CXlsxWriter
import VouchModel

/// Writes tables as the sheets of one Excel workbook, a row at a time, in constant memory.
///
/// Deterministic: the creation date is given, libxlsxwriter stamps nothing else.
final class Workbook {
  /// Rows of an Excel sheet, its header among them.
  static let rowLimit = Int(LXW_ROW_MAX)
  /// Links of a sheet; beyond, a path is text. Excel takes 65,530, but each costs two kilobytes of
  /// memory until the workbook is closed, and nobody follows so many.
  static let linkLimit = 10_000
  /// UTF-16 units that Excel takes a cell.
  static let textLimit = 32_767

  private let book: UnsafeMutablePointer<lxw_workbook>
  private let path: String
  private let header: UnsafeMutablePointer<lxw_format>?
  private let body: UnsafeMutablePointer<lxw_format>?
  private let time: UnsafeMutablePointer<lxw_format>?
  private let link: UnsafeMutablePointer<lxw_format>?
  private let rowLimit: Int
  /// Sheets that could not hold all rows of their table.
  private(set) var capped: [String] = []
  /// Cells whose text was cut.
  private(set) var cut = 0

  /// - Parameters:
  ///   - folder: where libxlsxwriter may put its temporary files.
  ///   - created: the date of creation that Excel shows.
  init(
    _ path: String, temporary folder: String, title: String, company: String, created: Instant,
    rowLimit: Int = Workbook.rowLimit
  ) throws {
    self.path = path
    self.rowLimit = rowLimit
    let book = folder.withCString { folder in
      var options = lxw_workbook_options(
        constant_memory: 1, tmpdir: UnsafeMutablePointer(mutating: folder), use_zip64: 0)
      return workbook_new_opt(path, &options)
    }
    guard let book else { throw Refusal.io("create", path, ENOMEM) }
    self.book = book
    header = workbook_add_format(book)
    format_set_bold(header)
    format_set_text_wrap(header)
    format_set_bottom(header, UInt8(LXW_BORDER_THIN.rawValue))
    format_set_align(header, UInt8(LXW_ALIGN_VERTICAL_TOP.rawValue))
    body = workbook_add_format(book)
    format_set_text_wrap(body)
    format_set_align(body, UInt8(LXW_ALIGN_VERTICAL_TOP.rawValue))
    time = workbook_add_format(book)
    format_set_num_format(time, "yyyy-mm-dd hh:mm:ss")
    format_set_align(time, UInt8(LXW_ALIGN_VERTICAL_TOP.rawValue))
    link = workbook_add_format(book)
    format_set_font_color(link, 0x0563C1)
    format_set_underline(link, UInt8(LXW_UNDERLINE_SINGLE.rawValue))
    format_set_align(link, UInt8(LXW_ALIGN_VERTICAL_TOP.rawValue))
    properties(title: title, company: company, created: created)
  }

  private func properties(title: String, company: String, created: Instant) {
    XMLText.line(title).withCString { title in
      XMLText.line(company).withCString { company in
        var properties = lxw_doc_properties()
        properties.title = UnsafeMutablePointer(mutating: title)
        properties.company = UnsafeMutablePointer(mutating: company)
        properties.created = time_t(created.seconds)
        workbook_set_properties(book, &properties)
      }
    }
  }

  /// Adds a table as the next sheet: frozen header, filter, column widths.
  func add(_ table: Table) throws {
    guard let sheet = workbook_add_worksheet(book, table.name) else {
      throw Refusal.io("write", path, EINVAL)
    }
    for (index, column) in table.columns.enumerated() {
      worksheet_set_column(sheet, UInt16(index), UInt16(index), column.width, nil)
      try check(worksheet_write_string(sheet, 0, UInt16(index), column.title, header))
    }
    var writer = SheetWriter(sheet: sheet, lastRow: rowLimit - 1)
    try table.rows { try write($0, &writer, table) }
    worksheet_freeze_panes(sheet, 1, 0)
    worksheet_autofilter(
      sheet, 0, 0, UInt32(max(1, writer.row - 1)), UInt16(table.columns.count - 1))
    worksheet_set_landscape(sheet)
    worksheet_fit_to_pages(sheet, 1, 0)
    worksheet_repeat_rows(sheet, 0, 0)
  }

  private struct SheetWriter {
    let sheet: UnsafeMutablePointer<lxw_worksheet>
    let lastRow: Int
    var row = 1
    var links = 0
    var isFull = false
  }

  private func write(_ cells: [Cell], _ writer: inout SheetWriter, _ table: Table) throws {
    if writer.isFull { return }
    if writer.row == writer.lastRow {
      writer.isFull = true
      capped.append(table.name)
      let place = table.path.map { "all rows are in \(Workpapers.relative($0))" }
      let note = "Excel's limit of rows is reached; \(place ?? "package.xml has the rest")"
      try check(worksheet_write_string(writer.sheet, UInt32(writer.row), 0, note, header))
      return
    }
    for (column, cell) in cells.enumerated() {
      try write(cell, UInt16(column), &writer)
    }
    writer.row += 1
  }

  private func write(_ cell: Cell, _ column: UInt16, _ writer: inout SheetWriter) throws {
    let sheet = writer.sheet
    let row = UInt32(writer.row)
    switch cell {
    case .empty: break
    case .text(let text): try string(text, sheet, row, column, body)
    case .integer(let n):
      // A spreadsheet's numbers are doubles; beyond their exact range digits would change.
      if n.magnitude < 1 << 53 {
        try check(worksheet_write_number(sheet, row, column, Double(n), body))
      } else {
        try string(String(n), sheet, row, column, body)
      }
    case .real(let x):
      if x.isFinite { try check(worksheet_write_number(sheet, row, column, x, body)) }
    case .flag(let flag): try check(worksheet_write_boolean(sheet, row, column, flag ? 1 : 0, body))
    case .instant(let instant):
      // Days since 1899-12-30, Excel's day 0 after its leap year bug (ECMA-376, 18.17.4.1).
      let days = Double(instant.seconds) / 86400 + 25569
      try check(worksheet_write_number(sheet, row, column, days, time))
    case .link(let text, let target):
      guard writer.links < Self.linkLimit else {
        return try string(text, sheet, row, column, body)
      }
      writer.links += 1
      try check(
        worksheet_write_url_opt(
          sheet, row, column, "external:\(XMLText.href(target))", link, XMLText.line(text), nil))
    }
  }

  private func string(
    _ text: String, _ sheet: UnsafeMutablePointer<lxw_worksheet>, _ row: UInt32, _ column: UInt16,
    _ format: UnsafeMutablePointer<lxw_format>?
  ) throws {
    if text.isEmpty { return }
    var clean = XMLText.clean(text)
    if clean.utf8.count > Self.textLimit, clean.utf16.count > Self.textLimit {
      cut += 1
      clean = String(clean.unicodeScalars.prefix(Self.textLimit / 2)) + " … (cut)"
    }
    try check(worksheet_write_string(sheet, row, column, clean, format))
  }

  /// Writes the file. Call it once, last.
  func close() throws { try check(workbook_close(book)) }

  private func check(_ error: lxw_error) throws {
    if error == LXW_NO_ERROR { return }
    throw Refusal(
      .io,
      Diagnostic(
        "package.workbook", .error, at: path,
        "the workbook cannot be written: \(String(cString: lxw_strerror(error)))",
        why: "a package is finished whole or not at all"))
  }
}
