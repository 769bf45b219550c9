import Foundation
import Testing
import Vouch
import VouchControls
import VouchModel

/// `vouch init`, with and without exports to look at.
@Suite struct InitTests {
  private static let library = ControlLibrary(
    templates: Templates(files: Templates.builtIn).below(""))

  /// A folder with exports of several tools, one of them packed, and three that nobody reads.
  private func fill(_ folder: URL) throws {
    let fixtures = Program.root.appending(path: "Tests/Fixtures/collectors")
    let exports = [
      ("nessus/two-hosts/export.nessus", "scans/weekly-2026-07-05.nessus"),
      ("nessus/compliance/export.nessus", "scans/weekly-2026-07-12.nessus"),
      ("okta_users/active-only/export.json", "okta.json"),
      ("aws_credential_report/from-the-console/export.csv", "people/credentials.csv"),
    ]
    for (from, to) in exports {
      let source = try #require(
        try FileManager.default.contentsOfDirectory(
          at: fixtures.appending(path: from).deletingLastPathComponent(),
          includingPropertiesForKeys: nil
        ).first { $0.lastPathComponent.hasPrefix("export") }, "no export beside \(from)")
      try write(Data(contentsOf: source), folder, to)
    }
    try write(Data("person_id,status\np-001,active\n".utf8), folder, "people/person-2026-06-30.csv")
    try write(Data("Name,Begin,Shoe size\na,b,c\n".utf8), folder, "people/list.csv")
    try write(Data("%PDF-1.7".utf8), folder, "minutes.pdf")
    try write(Data(), folder, "empty.csv")
    if let gzip = Program.find("gzip") {
      try write(Data("person_id,status\np-002,active\n".utf8), folder, "person-2026-07-31.csv")
      _ = try Program.run(gzip, [folder.appending(path: "person-2026-07-31.csv").path])
    }
  }

  private func write(_ data: Data, _ folder: URL, _ path: String) throws {
    let file = folder.appending(path: path)
    try FileManager.default.createDirectory(
      at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    try data.write(to: file)
  }

  private func propose(_ exports: URL, _ workspace: URL) throws -> Proposal {
    let found = try Workspace.recognise(folder: exports.path, zone: nil)
    return Proposal(
      found, folder: exports.path, workspace: workspace.path, library: Self.library)
  }

  @Test func saysOfEveryExportWhatItIsOrWhyNot() throws {
    try Program.inFolder { folder in
      try fill(folder)
      let proposal = try propose(folder, folder)
      let told = proposal.exports.map { export in
        switch export.outcome {
        case .format(let format, _): "\(export.name) \(format)"
        case .unknown(let reason): "\(export.name): \(reason)"
        }
      }
      #expect(
        told == [
          "empty.csv: the file is empty",
          "minutes.pdf: a PDF; it can be kept as a document with 'format: attachment', but not read",
          "okta.json okta_users",
          "people/credentials.csv aws_credential_report",
          "people/list.csv: a table of 3 columns (Name, Begin, Shoe size), which are those of no format",
          "people/person-2026-06-30.csv table",
          "person-2026-07-31.csv.gz!person-2026-07-31.csv table",
          "scans/weekly-2026-07-05.nessus nessus",
          "scans/weekly-2026-07-12.nessus nessus",
        ])
      let report = ProposalReport.text(proposal, folder: "exports")
      #expect(report.contains("try: vouch sources map exports/people/list.csv"))
    }
  }

  @Test func patternsMatchTheFilesOfTheirSourceAndNoOther() throws {
    try Program.inFolder { folder in
      try fill(folder)
      let sources = try propose(folder, folder).sources
      #expect(
        sources.map { "\($0.name) \($0.globs.joined(separator: " "))" } == [
          "archives *.gz",
          "aws_credential_report people/credentials.csv",
          "nessus scans/*.nessus",
          "okta_users *.json",
          "person people/person-*.csv",
        ])
    }
  }

  @Test func proposesExactlyTheControlsWhoseRecordsAreAllThere() throws {
    try Program.inFolder { folder in
      try fill(folder)
      let proposal = try propose(folder, folder)
      var given: Set<RecordType> = []
      for export in proposal.exports {
        if case .format(_, let found) = export.outcome { given.formUnion(found.types) }
      }
      #expect(given.contains(.account) && given.contains(.person) && given.contains(.finding))
      let expected = Self.library.files.map(\.control)
        .filter { !$0.requires.isEmpty && $0.requires.allSatisfy(given.contains) }
      #expect(proposal.controls.map(\.id) == expected.map(\.id))
      #expect(!proposal.controls.isEmpty)
      #expect(proposal.nearly.allSatisfy { !$0.missing.isEmpty })
    }
  }

  @Test func theProposedWorkspaceCollectsWhatWasRecognised() throws {
    try Program.inFolder { folder in
      let exports = folder.appending(path: "my exports {a}")
      let place = folder.appending(path: "audit")
      try fill(exports)
      let proposal = try propose(exports, place)
      _ = try Workspace.initialise(place.path, Beginning(proposal: proposal))
      let workspace = try Workspace(path: place.path)
      #expect(
        workspace.configuration.engagement.adoptions.map(\.control) == proposal.controls.map(\.id))
      let outcomes = try workspace.collect(
        [], now: { Instant(year: 2026, month: 10, day: 1) }, operator: "p-001", host: "desk")
      for source in proposal.sources {
        let outcome = outcomes.first { $0.source == source.name }
        #expect(outcome?.failures == [], "\(source.name)")
        #expect(outcome?.records == source.records, "\(source.name)")
      }
    }
  }

  @Test func placeholdersAreShownByCheckAndRefusedByBundle() throws {
    try Program.inFolder { folder in
      _ = try Workspace.initialise(folder.path)
      let workspace = try Workspace(path: folder.path)
      let assessment = try workspace.assess(period: workspace.period(nil), asOf: nil)
      let shown = assessment.diagnostics.filter { $0.id == "config.placeholder" }
      #expect(shown.count == 2)
      #expect(shown.contains { $0.text.hasPrefix("4 controls have no owner yet: AST-01") })
      #expect(throws: Refusal.self) {
        try workspace.bundle(period: workspace.period(nil), asOf: nil)
      }
      #expect(!FileManager.default.fileExists(atPath: folder.path + "/output"))
    }
  }

  @Test func whatIsNamedOnTheCommandLineIsNoPlaceholder() throws {
    try Program.inFolder { folder in
      let name = "Grün & Söhne: \"Books\" # 1"
      _ = try Workspace.initialise(
        folder.path,
        Beginning(organization: name, system: "Books", owner: "p-001", zone: "Europe/Berlin"))
      let configuration = try Workspace(path: folder.path).configuration
      #expect(configuration.engagement.organization == name)
      #expect(configuration.placeholders.map(\.text) == ["the system is not described yet"])
    }
  }

  @Test func existingFilesAreNotTouched() throws {
    try Program.inFolder { folder in
      try write(Data("mine".utf8), folder, "vouch.yaml")
      #expect(throws: Refusal.self) { try Workspace.initialise(folder.path) }
      #expect(
        try String(contentsOf: folder.appending(path: "vouch.yaml"), encoding: .utf8) == "mine")
    }
  }
}
