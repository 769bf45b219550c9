import Foundation
import Testing
import VouchModel

@testable import VouchPackages

@Suite struct WorkbookTests {
  private func write(
    _ name: String, in folder: URL, rowLimit: Int = Workbook.rowLimit, _ tables: [Table]
  ) throws -> Workbook {
    let book = try Workbook(
      folder.appending(path: name).path, temporary: folder.path, title: "Workpapers",
      company: "Example Shop Inc.", created: Sample.period.end, rowLimit: rowLimit)
    for table in tables { try book.add(table) }
    try book.close()
    return book
  }

  private func numbers(_ count: Int) -> Table {
    Table(
      name: "Numbers", path: "data/workpapers/numbers.csv", columns: [.init("Number")],
      rows: { row in for number in 0..<count { try row([.integer(number)]) } })
  }

  @Test func openpyxlReadsEverySheetWithItsTypes() throws {
    try Sample.withFolder { folder in
      let workpapers = Workpapers(try Sample.input(in: folder))
      let sheets = workpapers.sheets(populations: ["VM-02": PopulationSummary(rows: 8)])
      _ = try write("book.xlsx", in: folder, sheets)
      let script = """
        import openpyxl, datetime
        book = openpyxl.load_workbook('book.xlsx')
        assert len(book.sheetnames) == 13, book.sheetnames
        for sheet in book:
          assert sheet.freeze_panes == 'A2' and sheet.auto_filter.ref, sheet.title
          for row in sheet.iter_rows():
            for cell in row: assert cell.data_type != 'f', (sheet.title, cell.value)
        rows = list(book['Deviations'].iter_rows(values_only=True))
        head = rows[0]
        waived = [r for r in rows if r[head.index('Waiver')] == 'W-1'][0]
        assert waived[head.index('Waiver expires')] == datetime.datetime(2026, 12, 1)
        assert waived[head.index('Decides')] is True
        assert waived[head.index('Evidence number')] == 1
        assert any(str(r[2]).startswith('=cmd') for r in rows[1:])
        matrix = book['Control matrix']
        assert 'controls/BCK-01.html' in matrix['A2'].hyperlink.target.replace('\\\\', '/')
        assert len(list(book['Criteria'].iter_rows())) == 62
        """
      let run = try Tool.python(module: "openpyxl", script, in: folder)
      #expect(run == nil || run?.status == 0, "\(run?.output ?? "")")
    }
  }

  @Test func libreOfficeReadsTheCellsThatTheCSVHas() throws {
    try Sample.withFolder { folder in
      let workpapers = Workpapers(try Sample.input(in: folder))
      _ = try write("book.xlsx", in: folder, [workpapers.controlMatrix])
      let arguments = [
        "--headless", "-env:UserInstallation=file://\(folder.path)/profile", "--convert-to", "csv",
        "--outdir", folder.path, "\(folder.path)/book.xlsx",
      ]
      guard let run = try Tool.run("soffice", arguments, in: folder) else { return }
      #expect(run.status == 0, "\(run.output)")
      let script = """
        import csv, sys
        ours = list(csv.reader(open(sys.argv[1], encoding='utf-8-sig', newline='')))
        theirs = list(csv.reader(open(sys.argv[2], encoding='utf-8', newline='')))
        assert len(ours) == len(theirs), (len(ours), len(theirs))
        for a, b in zip(ours, theirs):
          for x, y in zip(a, b):
            assert x.lstrip("'").split() == y.lstrip("'").split(), (x, y)
        """
      _ = try workpapers.controlMatrix.write(to: FileSink(folder.appending(path: "own.csv").path))
      let compared = try Tool.run(
        "python3", ["-c", script, "own.csv", "book.csv"], in: folder)
      #expect(compared == nil || compared?.status == 0, "\(compared?.output ?? "")")
    }
  }

  /// A file as a sink.
  private final class FileSink: ByteSink {
    private let handle: FileHandle
    init(_ path: String) throws {
      _ = FileManager.default.createFile(atPath: path, contents: nil)
      handle = try #require(FileHandle(forWritingAtPath: path))
    }
    func write(_ bytes: UnsafeRawBufferPointer) throws {
      try handle.write(contentsOf: Data(bytes))
    }
  }

  @Test func givesTheSameBytesTwice() throws {
    try Sample.withFolder { folder in
      let workpapers = Workpapers(try Sample.input(in: folder))
      for name in ["a.xlsx", "b.xlsx"] {
        _ = try write(name, in: folder, workpapers.sheets(populations: [:]))
      }
      let files = try ["a.xlsx", "b.xlsx"].map {
        try Data(contentsOf: folder.appending(path: $0))
      }
      #expect(files[0] == files[1])
    }
  }

  @Test func endsAFullSheetWithANoteThatPointsToTheCSV() throws {
    try Sample.withFolder { folder in
      let book = try write("small.xlsx", in: folder, rowLimit: 10, [numbers(100)])
      #expect(book.capped == ["Numbers"])
      let script = """
        import openpyxl
        rows = list(openpyxl.load_workbook('small.xlsx')['Numbers'].iter_rows(values_only=True))
        assert len(rows) == 10 and rows[8] == (7,), rows
        assert rows[9][0].endswith('all rows are in numbers.csv'), rows[9]
        """
      let run = try Tool.python(module: "openpyxl", script, in: folder)
      #expect(run == nil || run?.status == 0, "\(run?.output ?? "")")
    }
  }

  @Test func fillsASheetToItsLastRowWithoutANote() throws {
    try Sample.withFolder { folder in
      let book = try write("full.xlsx", in: folder, rowLimit: 10, [numbers(8)])
      #expect(book.capped.isEmpty)
    }
  }

  @Test func cutsTextThatExcelCannotHold() throws {
    try Sample.withFolder { folder in
      let long = Table(
        name: "Long", path: nil, columns: [.init("Text")],
        rows: { try $0([.text(String(repeating: "é", count: 40_000))]) })
      let book = try write("long.xlsx", in: folder, [long])
      #expect(book.cut == 1)
    }
  }
}
