import Foundation
import Testing
import VouchCollectors
import VouchModel

/// Each folder `Tests/Fixtures/collectors/FORMAT/CASE/` is one test: an export and the records
/// and diagnostics it must give.
///
/// - `export.*`: the export.
/// - `options.json`, optional: `zone`, `effective` and `collected` (ISO 8601), `name` (file name
///   it came with), `format` (true: named in the configuration, not told by content), `options`
///   (an object of strings); for output of a command `command`, the `host` it ran on, and
///   `parameters` (an object of strings).
/// - `expected.txt`: what ``Gathered/text`` writes. `VOUCH_RECORD=1 swift test --filter Fixture`
///   rewrites it; review the difference line by line against the export.
struct FixtureTests {
  @Test(arguments: FixtureCase.all)
  func readsWhatTheFixtureExpects(_ fixture: FixtureCase) throws {
    let collector = try #require(
      Collectors.named(fixture.format),
      "no collector has the format '\(fixture.format)'; the folder is named after it")
    let item = try fixture.item()
    if item.format == nil {
      let head = Head(raw: try item.head(), name: item.provenance.name)
      let recognising = Collectors.all.filter { $0.recognises(head) }.map { $0.format }
      #expect(
        recognising == [fixture.format],
        "exactly one collector has to recognise this export by its content")
    }
    let text = Gathered(item, by: collector, named: fixture.export.lastPathComponent).text
    let expectedFile = fixture.folder.appending(path: "expected.txt")
    if ProcessInfo.processInfo.environment["VOUCH_RECORD"] == "1" {
      try text.write(to: expectedFile, atomically: true, encoding: .utf8)
      return
    }
    let expected = try String(contentsOf: expectedFile, encoding: .utf8)
    #expect(
      text == expected,
      """
      \(fixture): \(firstDifference(expected, text))
      VOUCH_RECORD=1 swift test --filter FixtureTests rewrites expected.txt; review the difference
      """)
  }

  @Test(arguments: Collectors.all.map { $0.format })
  func everyCollectorHasAFixture(format: String) {
    #expect(
      FixtureCase.all.contains { $0.format == format },
      "add Tests/Fixtures/collectors/\(format)/CASE/ with an export and expected.txt")
  }

  @Test(arguments: FixtureCase.all)
  func givesOnlyWhatTheCollectorDeclares(_ fixture: FixtureCase) throws {
    let collector = try #require(Collectors.named(fixture.format))
    let gathered = Gathered(try fixture.item(), by: collector)
    let declared = Set(collector.gives.map(\.name))
    let given = gathered.provided.subtracting(declared)
    // A table's record type is chosen in the configuration.
    if !declared.isEmpty {
      #expect(given.isEmpty, "\(fixture.format) gives \(given.sorted()), not listed in `gives`")
    }
  }
}

struct FixtureCase: Sendable, CustomTestStringConvertible {
  let format: String
  let name: String
  let folder: URL
  let export: URL

  var testDescription: String { "\(format)/\(name)" }

  static let all: [FixtureCase] = {
    let root = URL(fileURLWithPath: #filePath)
      .deletingLastPathComponent().deletingLastPathComponent()
      .appending(path: "Fixtures/collectors")
    return children(of: root).flatMap { format in
      children(of: format).compactMap { folder in
        children(of: folder).first { $0.lastPathComponent.hasPrefix("export") }.map {
          FixtureCase(
            format: format.lastPathComponent, name: folder.lastPathComponent, folder: folder,
            export: $0)
        }
      }
    }
  }()

  private static func children(of folder: URL) -> [URL] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
    return names.filter { !$0.hasPrefix(".") }.sorted().map { folder.appending(path: $0) }
  }

  func item() throws -> EvidenceItem {
    let file = folder.appending(path: "options.json")
    let json = try (try? Data(contentsOf: file)).map { try JSON.parse($0) } ?? .null
    return .made(
      try Data(contentsOf: export), name: json["name"].text ?? export.lastPathComponent,
      zone: json["zone"].text, format: json["format"].flag == true ? format : nil,
      effective: json["effective"].instant, collected: json["collected"].instant,
      options: strings(json["options"]), command: json["command"].text,
      host: json["host"].text ?? "", parameters: strings(json["parameters"]))
  }

  private func strings(_ json: JSON) -> [String: String] {
    Dictionary(uniqueKeysWithValues: (json.object ?? []).map { ($0.key, $0.value.text ?? "") })
  }
}

/// The first line in which two texts differ, for people.
func firstDifference(_ expected: String, _ actual: String) -> String {
  let a = expected.split(separator: "\n", omittingEmptySubsequences: false)
  let b = actual.split(separator: "\n", omittingEmptySubsequences: false)
  let i = zip(a, b).enumerated().first { $1.0 != $1.1 }?.offset ?? min(a.count, b.count)
  return """
    line \(i + 1) differs
      expected: \(i < a.count ? a[i] : "(end)")
      actual:   \(i < b.count ? b[i] : "(end)")
    """
}
