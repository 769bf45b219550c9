import Foundation
import Testing
import VouchModel

@testable import VouchPackages

@Suite struct WorkpaperTests {
  private func csv(_ rows: [[Cell]]) throws -> String {
    let sink = MemoryByteSink()
    let writer = CSVWriter(sink)
    for row in rows { try writer.row(row) }
    try writer.flush()
    return String(decoding: sink.bytes, as: UTF8.self)
  }

  @Test(arguments: [
    ("=1+1", "\"'=1+1\""), ("+1", "\"'+1\""), ("-1", "\"'-1\""), ("@x", "\"'@x\""),
    ("\tx", "\"'\tx\""), ("\rx", "\"'\rx\""), ("a=b", "a=b"), ("", ""), ("a,b", "\"a,b\""),
    ("say \"x\"", "\"say \"\"x\"\"\""), ("two\nlines", "\"two\nlines\""), (" x", "\" x\""),
    ("ü漢", "ü漢"), ("a\u{0}b", "\"a\u{FFFD}b\""),
  ])
  func makesTextSafeForSpreadsheets(text: String, field: String) throws {
    #expect(try csv([[.text(text), .integer(1)]]) == "\u{FEFF}\(field),1\r\n")
  }

  @Test func numbersStayNumbers() throws {
    let row: [Cell] = [
      .integer(-5), .real(-1.5), .real(1e-7), .real(3), .real(.nan), .flag(false), .empty,
      .instant(Instant(year: 2026, month: 7, day: 1)),
    ]
    #expect(
      try csv([row]) == "\u{FEFF}-5,-1.5,0.0000001,3,,false,,2026-07-01T00:00:00Z\r\n")
  }

  @Test func tablesAreWhatTheGoldenFilesShow() throws {
    try Sample.withFolder { folder in
      let receipt = try PackageWriter.write(
        try Sample.input(in: folder), to: folder.appending(path: "output").path)
      for path in [
        PackageLayout.controlMatrix, PackageLayout.deviations, PackageLayout.kpis,
        PackageLayout.evidenceIndex, PackageLayout.population("IAM-04"),
        PackageLayout.population("VM-02"),
      ] {
        let name = path.dropFirst("data/".count)
        try Golden.hold(
          URL(filePath: receipt.folder).appending(path: path), against: "packages/\(name)")
      }
    }
  }

  @Test func pythonReadsEveryTableWithOneWidth() throws {
    try Sample.withFolder { folder in
      let receipt = try PackageWriter.write(
        try Sample.input(in: folder), to: folder.appending(path: "output").path)
      let script = """
        import csv, glob
        files = glob.glob('**/*.csv', recursive=True)
        assert len(files) == 10, files
        for f in files:
          raw = open(f, 'rb').read()
          assert raw.startswith(b'\\xef\\xbb\\xbf') and raw.endswith(b'\\r\\n'), f
          rows = list(csv.reader(open(f, encoding='utf-8-sig', newline=''), strict=True))
          assert len({len(r) for r in rows}) == 1, f
          for r in rows[1:]:
            for c in r:
              assert not c[:1] in '=+@\\t\\r' or c == '', (f, c)
        """
      let workpapers = URL(filePath: receipt.folder).appending(path: "data/workpapers")
      let run = try Tool.python(module: "csv", script, in: workpapers)
      #expect(run == nil || run?.status == 0, "\(run?.output ?? "")")
    }
  }

  @Test func listsEveryItemThatIsNotTrue() throws {
    let sink = MemoryByteSink()
    try Sample.withFolder { folder in
      let workpapers = Workpapers(try Sample.input(in: folder))
      _ = try workpapers.deviations.write(to: sink)
    }
    let items = Sample.conclusions.flatMap(\.items)
    #expect(sink.bytes.count { $0 == 0x0A } == items.count + 1)
  }

  /// Writes the population of one of the sample's controls; `text` is the file, empty if none.
  private func written(
    _ control: String, _ stream: @escaping Sample.PopulationStream = Sample.population
  ) throws -> (population: WrittenPopulation?, text: String) {
    try Sample.withFolder { folder in
      let conclusion = try #require(Sample.conclusions.first { $0.control.id == control })
      let population = try Sample.written(stream, in: folder)(conclusion)
      let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
      let text = try names.map {
        String(decoding: try Data(contentsOf: folder.appending(path: $0)), as: UTF8.self)
      }
      return (population, text.joined())
    }
  }

  @Test func keepsRowsOfDeviationsAndLeavesOutWhatIsWaived() throws {
    let written = try #require(try written("VM-02").population)
    #expect(written.summary.rows == 8)
    // The first part's only false deciding item is waived; the second part's two come last.
    #expect(written.summary.exceptions == [[], [7, 8]])
  }

  @Test func opensNoFileForAControlWithoutAPopulation() throws {
    let written = try written("PHY-01")
    #expect(written.population == nil)
    #expect(written.text == "")
  }

  @Test func writesRowsWhoseColumnsNobodyNamed() throws {
    let text = try written("IAM-04") { _, _, row in
      try row(
        PopulationItem(
          slice: 0, item: "a", evidence: nil, place: "", results: [.true, .false],
          values: [.null], isDeviation: false))
    }.text
    #expect(text == "\u{FEFF}item,evidence,place,A,B\r\na,,,true,false\r\n")
  }

  @Test func showsInstantsAsDates() throws {
    let text = try written("VM-02") { _, columns, row in
      try columns(["item", "fixed_at", "first_seen", "deadline", "first", "port"])
      let july: Value = .integer(1_782_864_000)
      try row(
        PopulationItem(
          slice: 0, item: "a", evidence: 1, place: "L1", results: [.true, .true],
          values: [.text("a"), july, july, july, .integer(3), .integer(443)], isDeviation: false))
    }.text
    let lines = text.split(separator: "\r\n")
    let day = "2026-07-01T00:00:00Z"
    #expect(lines[0].hasSuffix("A,C,part_of_period_from,fixed_at,first_seen,deadline,first,port"))
    #expect(lines[1] == "a,1,L1,true,true,\(day),\(day),\(day),\(day),3,443")
  }

  @Test(arguments: [
    ([3, 1, 2, 5], "1-3 5"), ([], ""), ([7], "7"), ([1, 1, 2], "1-2"), ([8, 9, 1], "1 8-9"),
  ])
  func writesNumbersAsRanges(numbers: [Int], text: String) {
    #expect(NumberRanges(numbers).text == text)
    #expect(NumberRanges.numbers(text) == Set(numbers).sorted())
  }
}
