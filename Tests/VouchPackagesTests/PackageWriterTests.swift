import Foundation
import Testing
import VouchModel

@testable import VouchPackages

@Suite struct PackageWriterTests {
  private let name = "example-shop-soc2-2026-Q3"

  private func write(in folder: URL, schemas: String? = nil) throws -> PackageReceipt {
    let input = try Sample.input(in: folder, schemas: schemas)
    return try PackageWriter.write(input, to: folder.appending(path: "output").path)
  }

  private func names(below folder: URL) throws -> [String] {
    let found = FileManager.default.enumerator(atPath: folder.path)?.compactMap { $0 as? String }
    return (found ?? []).sorted()
  }

  @Test func layoutIsThatOfTheContract() throws {
    try Sample.withFolder { folder in
      let receipt = try write(in: folder)
      let found = try names(below: URL(filePath: receipt.folder))
        .filter { !$0.contains("reperform/templates") }
      let list = folder.appending(path: "layout.txt")
      try (found.joined(separator: "\n") + "\n").write(to: list, atomically: true, encoding: .utf8)
      try Golden.hold(list, against: "packages/layout.txt")
    }
  }

  @Test func isAValidBagWithAValidZip() throws {
    try Sample.withFolder { folder in
      let receipt = try write(in: folder)
      let bag = URL(filePath: receipt.folder)
      for manifest in ["manifest-sha256.txt", "tagmanifest-sha256.txt"] {
        let run = try Tool.run("sha256sum", ["-c", "--strict", "--quiet", manifest], in: bag)
        #expect(run == nil || run?.status == 0, "\(run?.output ?? "")")
      }
      let output = folder.appending(path: "output")
      let valid = try Tool.python(
        module: "bagit", "import bagit; bagit.Bag('\(name)').validate()", in: output)
      #expect(valid == nil || valid?.status == 0, "\(valid?.output ?? "")")
      let zip = try Tool.run("unzip", ["-tq", receipt.archive])
      #expect(zip == nil || zip?.status == 0, "\(zip?.output ?? "")")
    }
  }

  @Test func bagInfoSaysWhatThePackageIs() throws {
    try Sample.withFolder { folder in
      let receipt = try write(in: folder)
      let info = try String(
        contentsOf: URL(filePath: receipt.folder).appending(path: "bag-info.txt"), encoding: .utf8)
      // The size changes with every template that is packed; receiptCounts… looks at it.
      let lines = info.split(separator: "\n").filter { !$0.hasPrefix("Payload-Oxum") }
      let shown = folder.appending(path: "bag-info.txt")
      try (lines.joined(separator: "\n") + "\n").write(
        to: shown, atomically: true, encoding: .utf8)
      try Golden.hold(shown, against: "packages/bag-info.txt")
      #expect(!receipt.isComplete)
    }
  }

  @Test func givesTheSameBytesTwice() throws {
    var zips: [Data] = []
    var digests: [Digest] = []
    for _ in 0..<2 {
      try Sample.withFolder { folder in
        let receipt = try write(in: folder)
        digests.append(receipt.tagManifest)
        zips.append(try Data(contentsOf: URL(filePath: receipt.archive)))
      }
    }
    #expect(digests[0] == digests[1])
    #expect(zips[0] == zips[1])
  }

  @Test func receiptCountsWhatIsInTheFolder() throws {
    try Sample.withFolder { folder in
      let receipt = try write(in: folder)
      let files = try names(below: URL(filePath: receipt.folder)).filter { path in
        path.hasPrefix("data/")
          && !URL(filePath: receipt.folder).appending(path: path).hasDirectoryPath
      }
      #expect(receipt.files > 0 && receipt.files <= files.count)
      #expect(receipt.evidenceFiles == Sample.files.count)
      #expect(receipt.observations == 7)
      #expect(receipt.pages == 2)
      let info = try String(
        contentsOf: URL(filePath: receipt.folder).appending(path: "bag-info.txt"), encoding: .utf8)
      #expect(info.contains("Payload-Oxum: \(receipt.bytes).\(receipt.files)\n"))
    }
  }

  /// The hostile item has two characters that XML does not allow.
  @Test func countsReplacedCharactersAndSaysSo() throws {
    try Sample.withFolder { folder in
      let receipt = try write(in: folder)
      #expect(receipt.replacedCharacters > 0)
      #expect(receipt.notes.map(\.id).contains("package.replaced-characters"))
      let xml = try String(
        contentsOf: URL(filePath: receipt.folder).appending(path: PackageLayout.package),
        encoding: .utf8)
      #expect(
        xml.contains("<replaced-characters>\(receipt.replacedCharacters)</replaced-characters>"))
    }
  }

  @Test func packageXMLIsWhatTheGoldenFileShows() throws {
    try Sample.withFolder { folder in
      let receipt = try write(in: folder)
      try Golden.hold(
        URL(filePath: receipt.folder).appending(path: PackageLayout.package),
        against: "packages/package.xml")
    }
  }

  @Test func xmlIsValidForXmllintAndNIST() throws {
    guard let schemas = Shared.schemas else { return Shared.skip("NIST schemas", cases: 2) }
    try Sample.withFolder { folder in
      let receipt = try write(in: folder, schemas: schemas.path)
      let xml = URL(filePath: receipt.folder).appending(path: "data/xml")
      for (schema, document) in [
        ("package.xsd", "package.xml"), ("oscal-subset.xsd", "assessment-results.xml"),
      ] {
        let run = try Tool.run(
          "xmllint", ["--noout", "--nonet", "--schema", schema, document], in: xml)
        #expect(run == nil || run?.status == 0, "\(run?.output ?? "")")
      }
    }
  }

  @Test func replacesAnOlderPackageOnlyWhenTheNewOneIsComplete() throws {
    try Sample.withFolder { folder in
      let first = try write(in: folder)
      let input = try Sample.input(in: folder)
      try Data("edited".utf8).write(to: URL(filePath: input.evidencePath(Sample.evidence[1])))
      #expect(throws: Refusal.self) {
        try PackageWriter.write(input, to: folder.appending(path: "output").path)
      }
      let output = folder.appending(path: "output")
      #expect(try names(below: output).filter { !$0.contains("/") } == [name, "\(name).zip"])
      let run = try Tool.run(
        "sha256sum", ["-c", "--quiet", "manifest-sha256.txt"], in: URL(filePath: first.folder))
      #expect(run == nil || run?.status == 0)
    }
  }

  @Test func packsTheSealBesideTheTagManifest() throws {
    try Sample.withFolder { folder in
      let plain = try Sample.input(in: folder)
      let input = PackageInput(
        assessment: plain.assessment, check: plain.check, evidencePath: plain.evidencePath,
        ledger: plain.ledger, records: plain.records, controlsSQL: plain.controlsSQL,
        expectedCSV: plain.expectedCSV, files: plain.files, population: plain.population,
        toolVersion: plain.toolVersion, rulesDigest: plain.rulesDigest, pages: plain.pages,
        seal: { [PackageFile(path: "tagmanifest-sha256.txt.sig", text: "seal of \($0.count)\n")] })
      let receipt = try PackageWriter.write(input, to: folder.appending(path: "output").path)
      let manifest = try Data(
        contentsOf: URL(filePath: receipt.folder).appending(path: "tagmanifest-sha256.txt"))
      let seal = try String(
        contentsOf: URL(filePath: receipt.folder).appending(path: "tagmanifest-sha256.txt.sig"),
        encoding: .utf8)
      #expect(seal == "seal of \(manifest.count)\n")
      #expect(receipt.tagManifest == Digest.sha256(manifest))
    }
  }

  @Test func refusesAPopulationThatIsNotTheOneThatWasJudged() throws {
    try Sample.withFolder { folder in
      let plain = try Sample.input(in: folder)
      let input = PackageInput(
        assessment: plain.assessment, check: plain.check, evidencePath: plain.evidencePath,
        ledger: plain.ledger, records: plain.records, controlsSQL: plain.controlsSQL,
        expectedCSV: plain.expectedCSV, files: plain.files,
        population: Sample.written({ _, columns, _ in try columns(["x"]) }, in: folder),
        toolVersion: plain.toolVersion,
        rulesDigest: plain.rulesDigest, pages: plain.pages)
      do {
        _ = try PackageWriter.write(input, to: folder.appending(path: "output").path)
        Issue.record("an empty population was taken for a full one")
      } catch let refusal as Refusal {
        #expect(refusal.diagnostics.map(\.id) == ["package.population-differs"])
      }
    }
  }

  /// A page that leads out of the package.
  private struct Escaping: PageSource {
    func pages(of input: PackageInput, deliver: (PackageFile) throws -> Void) throws {
      try deliver(PackageFile(path: "../outside.html", text: "x"))
    }
  }

  @Test func leavesNothingBehindWhenAPageIsRefused() throws {
    try Sample.withFolder { folder in
      let input = try Sample.input(in: folder, pages: Escaping())
      #expect(throws: Refusal.self) {
        try PackageWriter.write(input, to: folder.appending(path: "output").path)
      }
      #expect(try names(below: folder.appending(path: "output")) == [])
      #expect(!FileManager.default.fileExists(atPath: folder.appending(path: "outside.html").path))
    }
  }

  @Test(arguments: [
    ("assessment-results.xml.mustache", "{{{observations}}}", ""),
    ("assessment-plan.xml.mustache", "</assessment-plan>", ""),
    ("controls-catalog.xml.mustache", "<title>{{{title}}}</title>", ""),
    ("tsc-catalog.xml.mustache", "{{#groups}}", "{{#groups"),
    ("oscal-subset.xsd", "</xs:schema>", ""),
  ])
  func refusesATemplateThatBreaksTheXML(template: String, text: String, other: String) throws {
    try Sample.withFolder { folder in
      let plain = try Sample.input(in: folder)
      let path = XMLTemplates.folder + template
      let files = plain.files.map { file in
        guard file.path == path else { return file }
        let broken = String(decoding: file.bytes, as: UTF8.self).replacing(text, with: other)
        return PackageFile(path: path, text: broken)
      }
      #expect(files != plain.files)
      let input = PackageInput(
        assessment: plain.assessment, check: plain.check, evidencePath: plain.evidencePath,
        ledger: plain.ledger, records: plain.records, controlsSQL: plain.controlsSQL,
        expectedCSV: plain.expectedCSV, files: files, population: plain.population,
        toolVersion: plain.toolVersion, rulesDigest: plain.rulesDigest, pages: plain.pages)
      do {
        _ = try PackageWriter.write(input, to: folder.appending(path: "output").path)
        Issue.record("the package was written")
      } catch let refusal as Refusal {
        #expect(refusal.status == .data)
        #expect(refusal.diagnostics.first?.at.isEmpty == false)
      }
    }
  }
}
