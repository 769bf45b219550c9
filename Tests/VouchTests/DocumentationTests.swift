import Foundation
import Testing
import Vouch
import VouchModel

/// The documentation says what the program does.
@Suite struct DocumentationTests {
  private static let docs = Program.root.appending(path: "docs")

  @Test func thePageOfRecordTypesIsTheOneTheProgramWrites() throws {
    let file = Self.docs.appending(path: "Vouch.docc/RecordTypes.md")
    if ProcessInfo.processInfo.environment["VOUCH_RECORD"] == "1" {
      try RecordTypePage.text.write(to: file, atomically: true, encoding: .utf8)
    }
    #expect(
      try String(contentsOf: file, encoding: .utf8) == RecordTypePage.text, "run 'make generated'")
  }

  /// Ids as the sources spell them, values as `<…>`.
  private static func ids() throws -> Set<String> {
    let sources = Program.root.appending(path: "Sources")
    let names = FileManager.default.enumerator(atPath: sources.path)?.compactMap { $0 as? String }
    var ids: Set<String> = []
    for name in names ?? [] where name.hasSuffix(".swift") {
      let text = try String(contentsOf: sources.appending(path: name), encoding: .utf8)
      for match in text.matches(of: /\bDiagnostic\(\s*"([a-z_<>]+\.[a-z0-9-]+)"/) {
        ids.insert(String(match.1))
      }
      for match in text.matches(of: /\bDiagnostic\(\s*"\\\(format\)\.([a-z0-9-]+)"/) {
        ids.insert("<format>.\(match.1)")
      }
    }
    return ids
  }

  @Test func everyMessageOfTheSourcesIsInThePageOfMessages() throws {
    let page = try String(
      contentsOf: Self.docs.appending(path: "messages.md"), encoding: .utf8)
    let told = Set(page.matches(of: /\n\| `([^`]+)` \|/).map { String($0.1) })
    let ids = try Self.ids()
    #expect(ids.count > 200)
    #expect(
      ids.subtracting(told).sorted() == [], "run 'make generated' and commit docs/messages.md")
    let literal = told.filter { id in !id.contains("<") && !id.hasPrefix("control.") }
    let sources = try Self.allSources()
    let stale = literal.filter { id in
      let last = id.split(separator: ".", maxSplits: 1).last.map(String.init) ?? id
      return !sources.contains("\"\(id)\"") && !sources.contains("\"\(last)\"")
    }
    #expect(stale.sorted() == [], "these messages are gone; run 'make generated'")
  }

  private static func allSources() throws -> String {
    let sources = Program.root.appending(path: "Sources")
    let names = FileManager.default.enumerator(atPath: sources.path)?.compactMap { $0 as? String }
    return try (names ?? []).filter { $0.hasSuffix(".swift") }
      .map { try String(contentsOf: sources.appending(path: $0), encoding: .utf8) }
      .joined(separator: "\n")
  }

  @Test func theDocumentationBuildsWithoutWarnings() throws {
    guard let swift = Program.find("swift"),
      FileManager.default.isExecutableFile(
        atPath: URL(fileURLWithPath: swift).resolvingSymlinksInPath().deletingLastPathComponent()
          .appending(path: "docc").path) || Program.find("docc") != nil
    else {
      print("skipped: docc is not in the toolchain")
      return
    }
    try Program.inFolder { folder in
      let run = try Program.run(
        Program.root.appending(path: ".ci/docs").path, [folder.appending(path: "docs").path])
      #expect(run.status == 0, "\(run.out)\(run.err)")
      #expect(!run.err.contains("warning:"), "\(run.err)")
      #expect(
        FileManager.default.fileExists(
          atPath: folder.appending(path: "docs/site/data/documentation/vouch/forthecpa.json").path))
    }
  }
}
